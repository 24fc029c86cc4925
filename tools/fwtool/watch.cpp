// SPDX-License-Identifier: MIT
#include "fwtool/watch.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/base/text.h"
#include "lib/sys/processes.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;
using Count = std::optional<std::uint64_t>;
using std::chrono::milliseconds;

/// How fast counters go between two looks.
class Rates {
 public:
  Rates(const Look& now, const Look* before) : now_(now), before_(before) {}

  std::optional<double> seconds() const {
    if (!before_ || now_.time <= before_->time) return std::nullopt;
    return static_cast<double>((now_.time - before_->time).count()) / 1000.0;
  }
  /// Nothing for a counter that went back: the driver has taken the board anew.
  std::optional<double> of(Count before, Count now) const {
    const auto time = seconds();
    if (!time || !before || !now || *now < *before) return std::nullopt;
    return static_cast<double>(*now - *before) / *time;
  }
  std::optional<double> interrupts() const {
    // The two sources began to count at different times.
    if (!before_ || before_->activity.has_value() != now_.activity.has_value()) return std::nullopt;
    return of(interrupts_of(*before_), interrupts_of(now_));
  }
  std::optional<double> controls() const {
    if (!comparable()) return std::nullopt;
    return of(before_->activity->controls, now_.activity->controls);
  }
  std::optional<double> of(const ChannelActivity& now,
                           std::uint64_t ChannelActivity::* counter) const {
    if (!comparable()) return std::nullopt;
    const auto& channels = before_->activity->channels;
    const auto before = std::ranges::find(channels, now.number, &ChannelActivity::number);
    // One that was not there had never been used.
    return of(before == channels.end() ? 0 : (*before).*counter, now.*counter);
  }

  static Count interrupts_of(const Look& look) {
    return look.activity ? Count(look.activity->interrupts) : look.sample.interrupts;
  }

 private:
  bool comparable() const { return before_ && before_->activity && now_.activity; }

  const Look& now_;
  const Look* before_;
};

std::string text_of(const std::optional<std::string>& text) {
  return text && !text->empty() ? printable(*text) : "-";
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

const char* direction_of(bool to_device) { return to_device ? "h2d" : "d2h"; }

Json channels_of(const Look& now, const Rates& rates) {
  if (!now.activity) return {};
  Json list = Json::array();
  for (const auto& channel : now.activity->channels)
    list.push_back(
        {{"channel", channel.number},
         {"direction", direction_of(channel.to_device)},
         {"enabled", channel.enabled},
         {"in_flight", channel.in_flight},
         {"transfers", channel.transfers},
         {"bytes", channel.bytes},
         {"transfers_per_second", or_null(rates.of(channel, &ChannelActivity::transfers))},
         {"bytes_per_second", or_null(rates.of(channel, &ChannelActivity::bytes))}});
  return list;
}

/// "45.2", or "-"
std::string decimal(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", *value);
  return text;
}

std::string count_text(const std::optional<int>& value) {
  return value ? std::to_string(*value) : "-";
}

constexpr const char* kIndent = "         ";  // to the second column

void print_activity(std::ostream& out, const Activity& activity, const Rates& rates) {
  out << kIndent << "controls " << activity.controls << ", " << activity.controls_failed
      << " of them failed, " << decimal(rates.controls()) << " per s\n";
  if (activity.channels.empty()) return;
  out << kIndent << "CHANNEL     IN FLIGHT    TRANSFERS      PER S   BYTES PER S\n";
  for (const auto& channel : activity.channels) {
    char row[128];
    std::snprintf(row, sizeof(row), "%2u %s %-4s %10llu %12llu %10s %13s", channel.number,
                  direction_of(channel.to_device), channel.enabled ? "" : "off",
                  static_cast<unsigned long long>(channel.in_flight),
                  static_cast<unsigned long long>(channel.transfers),
                  decimal(rates.of(channel, &ChannelActivity::transfers)).c_str(),
                  decimal(rates.of(channel, &ChannelActivity::bytes)).c_str());
    out << kIndent << row << "\n";
  }
}

}  // namespace

void print_json(std::ostream& out, const Look& now, const Look* before) {
  const Sample& sample = now.sample;
  const Rates rates(now, before);
  Json temperatures = Json::object();
  for (const auto& [label, value] : sample.temperatures)
    temperatures[printable(label)] = value ? Json(static_cast<double>(*value) / 1000.0) : Json();
  Json holders = Json::array();
  for (const auto& process : sample.holders.processes)
    holders.push_back(
        {{"pid", process.pid},
         {"comm", printable(process.comm)},
         {"container", process.container.empty() ? Json() : Json(process.container)}});
  const Json json = {
      {"device", sample.board.name},
      {"location", text_of(sample.board.location)},
      {"state", text_of(sample.board.state)},
      {"firmware", text_of(sample.board.firmware_version)},
      {"seconds", or_null(rates.seconds())},
      {"interrupts", or_null(Rates::interrupts_of(now))},
      {"interrupts_per_second", or_null(rates.interrupts())},
      {"controls", now.activity ? Json(now.activity->controls) : Json()},
      {"controls_failed", now.activity ? Json(now.activity->controls_failed) : Json()},
      {"controls_per_second", or_null(rates.controls())},
      {"channels", channels_of(now, rates)},
      {"celsius", temperatures},
      {"holders", holders}};
  out << json.dump() << "\n";
}

void print_json(std::ostream& out, const ClientMonitors& clients) {
  for (const auto& client : clients.clients) {
    Json networks = Json::array();
    for (const auto& network : client.networks) {
      Json streams = Json::array();
      for (const auto& stream : network.streams)
        streams.push_back({{"name", printable(stream.name)},
                           {"direction", direction_of(stream.to_device)},
                           {"queue_size", or_null(stream.size)},
                           {"pending", or_null(stream.pending)},
                           {"least", or_null(stream.least)},
                           {"most", or_null(stream.most)},
                           {"average", or_null(stream.average)}});
      networks.push_back({{"name", printable(network.name)},
                          {"frames_per_second", or_null(network.fps)},
                          {"utilization_percent", or_null(network.utilization)},
                          {"streams", streams}});
    }
    Json devices = Json::array();
    for (const auto& device : client.devices)
      devices.push_back({{"location", printable(device.id)},
                         {"architecture", printable(device.architecture)},
                         {"utilization_percent", or_null(device.utilization)}});
    const Json json = {
        {"client", printable(client.pid)}, {"networks", networks}, {"devices", devices}};
    out << json.dump() << "\n";
  }
  for (const auto& defect : clients.defects)
    out << Json{{"client", nullptr}, {"defect", printable(defect)}}.dump() << "\n";
}

void print_head(std::ostream& out) {
  out << "BOARD    LOCATION      STATE      FIRMWARE    INTERRUPTS     PER S CELSIUS      HELD "
         "BY\n";
}

void print_rows(std::ostream& out, const Look& now, const Look* before) {
  const Sample& sample = now.sample;
  const Rates rates(now, before);
  std::string temperatures;
  for (const auto& [label, value] : sample.temperatures)
    temperatures +=
        (temperatures.empty() ? "" : "/") +
        decimal(value ? std::optional(static_cast<double>(*value) / 1000.0) : std::nullopt);
  const auto interrupts = Rates::interrupts_of(now);
  char row[160];
  std::snprintf(row, sizeof(row), "%-8.8s %-13.13s %-10.10s %-9.9s %12s %9s %-12.12s ",
                sample.board.name.c_str(), text_of(sample.board.location).c_str(),
                text_of(sample.board.state).c_str(), text_of(sample.board.firmware_version).c_str(),
                interrupts ? std::to_string(*interrupts).c_str() : "-",
                decimal(rates.interrupts()).c_str(),
                temperatures.empty() ? "-" : temperatures.c_str());
  const std::string holders = sys::names_of(sample.holders);
  out << row << (holders.empty() ? "nobody" : holders) << "\n";
  if (now.activity)
    print_activity(out, *now.activity, rates);
  else
    out << kIndent << "controls and channels: run as root, with debugfs mounted\n";
}

void print_rows(std::ostream& out, const ClientMonitors& clients) {
  for (const auto& client : clients.clients) {
    out << "client " << printable(client.pid);
    for (const auto& device : client.devices)
      out << " on " << printable(device.id) << " (" << decimal(device.utilization) << " % used)";
    out << "\n";
    for (const auto& network : client.networks) {
      out << kIndent << "network " << printable(network.name) << ": " << decimal(network.fps)
          << " frames per s, uses " << decimal(network.utilization) << " %\n";
      for (const auto& stream : network.streams)
        out << kIndent << "  " << direction_of(stream.to_device) << " " << printable(stream.name)
            << ": " << count_text(stream.pending) << " of " << count_text(stream.size)
            << " frames wait (" << count_text(stream.least) << " to " << count_text(stream.most)
            << ", on average " << decimal(stream.average) << ")\n";
    }
  }
  for (const auto& defect : clients.defects)
    out << "client file not understood: " << printable(defect) << "\n";
}

}  // namespace hailo::fwtool
