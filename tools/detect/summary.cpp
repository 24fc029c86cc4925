// SPDX-License-Identifier: MIT
#include "detect/summary.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/base/text.h"

namespace hailo::detect {
namespace {

using nlohmann::ordered_json;

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

ordered_json latency_json(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::ranges::sort(values);
  double sum = 0;
  for (const double value : values) sum += value;
  const auto at = [&](double part) {
    return rounded(values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))]);
  };
  return {{"mean", rounded(sum / static_cast<double>(values.size()))},
          {"p50", at(0.5)},
          {"p95", at(0.95)},
          {"max", at(1)}};
}

std::string class_name(std::uint32_t index, const std::vector<std::string>& labels) {
  return index < labels.size() && !labels[index].empty() ? labels[index]
                                                         : "#" + std::to_string(index);
}

}  // namespace

Summary::Summary(std::uint64_t frames, const std::vector<std::string>& labels) : wanted_(frames) {
  std::map<std::string_view, std::uint32_t> first;
  for (std::uint32_t i = 0; i < labels.size(); i++)
    first_of_name_.push_back(labels[i].empty() ? i : first.try_emplace(labels[i], i).first->second);
}

std::uint32_t Summary::named_class(std::uint32_t class_index) const {
  return class_index < first_of_name_.size() ? first_of_name_[class_index] : class_index;
}

bool Summary::add(const Frame& frame) {
  if (frames_ == wanted_) return false;
  last_ = Clock::now();
  if (frames_++ == 0) first_ = last_;
  std::vector<std::uint32_t> here;
  for (const auto& detection : frame.detections) {
    const auto index = named_class(detection.class_index);
    classes_[index].detections++;
    here.push_back(index);
  }
  std::ranges::sort(here);
  const auto repeated = std::ranges::unique(here);
  here.erase(repeated.begin(), repeated.end());
  for (const auto index : here) classes_[index].frames++;

  const auto& t = frame.timings;
  const std::array times = {t.decode, t.prepare, t.inference, t.total};
  for (std::size_t i = 0; i < times.size(); i++) stages_[i].push_back(milliseconds(times[i]));
  return frames_ == wanted_;
}

std::uint64_t Summary::frames_with(std::uint32_t class_index) const {
  const auto found = classes_.find(class_index);
  return found == classes_.end() ? 0 : found->second.frames;
}

std::string Summary::json(const Status& status) const {
  ordered_json classes = ordered_json::object();
  for (const auto& [index, seen] : classes_)
    classes[class_name(index, status.labels)] = {{"detections", seen.detections},
                                                 {"frames", seen.frames}};
  const double seconds = std::chrono::duration<double>(last_ - first_).count();
  const double intervals = frames_ > 1 ? static_cast<double>(frames_ - 1) : 0;
  const ordered_json summary = {
      {"frames", frames_},
      {"dropped", status.dropped},
      {"frames_per_second", seconds > 0 ? rounded(intervals / seconds) : 0},
      {"classes", std::move(classes)},
      {"latency_ms",
       {{"decode", latency_json(stages_[0])},
        {"prepare", latency_json(stages_[1])},
        {"inference", latency_json(stages_[2])},
        {"total", latency_json(stages_[3])}}},
      {"camera", status.camera.text},
      {"network", status.network},
      {"engine", status.engine},
      {"board", status.board},
      {"driver", status.driver_version},
      {"firmware", status.firmware_version}};
  return summary.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<std::uint32_t> find_class(const std::string& name, const std::vector<std::string>& labels) {
  if (const auto found = std::ranges::find(labels, name); found != labels.end() && !name.empty())
    return static_cast<std::uint32_t>(found - labels.begin());
  std::uint32_t index = 0;
  const char* end = name.data() + name.size();
  if (name.starts_with('#')) {
    const auto [stopped, error] = std::from_chars(name.data() + 1, end, index);
    if (error == std::errc() && stopped == end) return index;
  }
  constexpr std::size_t kShown = 20;
  std::string known;
  for (std::size_t i = 0; i < std::min(labels.size(), kShown); i++)
    known += (i > 0 ? ", " : "") + printable(labels[i]);
  if (labels.size() > kShown) known += ", ...";
  return fail(Error::Code::invalid_argument,
              "no class is called " + printable(name) +
                  (known.empty() ? "; give --labels, or a number as #0" : "; there are: " + known));
}

}  // namespace hailo::detect
