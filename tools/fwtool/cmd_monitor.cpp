// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/sample.h"
#include "lib/base/text.h"
#include "lib/sys/host.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

struct Options {
  bool json = false;
  bool table = false;
  unsigned interval_ms = 1000;
  unsigned count = 0;
};

/// Interrupts of a board when it was looked at last.
struct Before {
  std::uint64_t interrupts;
  milliseconds time;
};

std::optional<double> rate(const std::optional<Before>& before,
                           const std::optional<std::uint64_t>& now, milliseconds time) {
  if (!before || !now || *now < before->interrupts || time <= before->time) return std::nullopt;
  return static_cast<double>(*now - before->interrupts) * 1000.0 /
         static_cast<double>((time - before->time).count());
}

std::string text_of(const std::optional<std::string>& text) {
  return text && !text->empty() ? printable(*text) : "-";
}

Json to_json(const Sample& sample, std::optional<double> per_second) {
  Json temperatures = Json::object();
  for (const auto& [label, value] : sample.temperatures)
    temperatures[printable(label)] = value ? Json(static_cast<double>(*value) / 1000.0) : Json();
  Json holders = Json::array();
  for (const auto& process : sample.holders.processes)
    holders.push_back(
        {{"pid", process.pid},
         {"comm", printable(process.comm)},
         {"container", process.container.empty() ? Json() : Json(process.container)}});
  return {{"device", sample.board.name},
          {"location", text_of(sample.board.location)},
          {"state", text_of(sample.board.state)},
          {"firmware", text_of(sample.board.firmware_version)},
          {"interrupts", sample.interrupts ? Json(*sample.interrupts) : Json()},
          {"interrupts_per_second", per_second ? Json(*per_second) : Json()},
          {"celsius", temperatures},
          {"holders", holders}};
}

void print_row(std::ostream& out, const Sample& sample, std::optional<double> per_second) {
  std::string temperatures;
  for (const auto& [label, value] : sample.temperatures) {
    char text[16] = "-";
    if (value) std::snprintf(text, sizeof(text), "%.1f", static_cast<double>(*value) / 1000.0);
    temperatures += (temperatures.empty() ? "" : "/") + std::string(text);
  }
  char row[160];
  std::snprintf(row, sizeof(row), "%-8.8s %-13.13s %-10.10s %-9.9s %12s %9.1f %-12.12s ",
                sample.board.name.c_str(), text_of(sample.board.location).c_str(),
                text_of(sample.board.state).c_str(), text_of(sample.board.firmware_version).c_str(),
                sample.interrupts ? std::to_string(*sample.interrupts).c_str() : "-",
                per_second.value_or(0), temperatures.empty() ? "-" : temperatures.c_str());
  const std::string holders = sys::names_of(sample.holders);
  out << row << (holders.empty() ? "nobody" : holders) << "\n";
}

Exit run(const Context& context, const Options& options) {
  const bool table = options.table || (!options.json && ::isatty(STDOUT_FILENO));
  std::map<std::string, Before> before;
  for (unsigned i = 1;; i++) {
    auto samples = take_samples(context.root);
    if (!samples) return report(context, explain_host(samples.error()));
    if (samples->empty()) return report(context, explain_no_board(context.root));
    const milliseconds time = context.host->now();
    if (table && i > 1) context.out << "\x1b[H\x1b[J";  // over the last one
    if (table)
      context.out << "BOARD    LOCATION      STATE      FIRMWARE    INTERRUPTS     PER S CELSIUS"
                     "      HELD BY\n";
    for (const auto& sample : *samples) {
      auto last = before.find(sample.board.name);
      const auto per_second =
          rate(last == before.end() ? std::nullopt : std::optional(last->second), sample.interrupts,
               time);
      if (table)
        print_row(context.out, sample, per_second);
      else
        context.out << to_json(sample, per_second).dump() << "\n";
      if (sample.interrupts) before[sample.board.name] = {*sample.interrupts, time};
    }
    context.out.flush();
    if (i == options.count || !context.out) return Exit::ok;
    context.host->sleep(milliseconds(options.interval_ms));
  }
}

}  // namespace

Action configure_monitor(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* json = app.add_flag("--json", options->json, "Print JSON lines also to a terminal");
  app.add_flag("--table", options->table, "Print the table also elsewhere")->excludes(json);
  app.add_option("--interval", options->interval_ms, "Time between two looks")
      ->type_name("MS")
      ->check(CLI::Range(100u, 3600000u))
      ->capture_default_str();
  app.add_option("--count", options->count, "End after this many looks; 0 is never")
      ->capture_default_str();
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
