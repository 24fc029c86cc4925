// SPDX-License-Identifier: MIT
#include "run/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/hef/digest.h"

namespace hailo::run {
namespace {

using nlohmann::ordered_json;

template <typename... T>
std::string format(const char* pattern, T... values) {
  char text[128];
  std::snprintf(text, sizeof(text), pattern, values...);
  return text;
}

std::string digest_text(std::uint64_t digest) {
  return format("%016llx", static_cast<unsigned long long>(digest));
}

std::string label_of(std::size_t index, const std::vector<std::string>& labels) {
  return index < labels.size() ? labels[index] : std::string();
}

/// Pixels need no more; JSON has the shortest text of a double.
double rounded(double value, double steps) { return std::round(value * steps) / steps; }

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string boxes_text(const hef::BoxesByClass& boxes, const std::vector<std::string>& labels) {
  std::string text;
  for (std::size_t c = 0; c < boxes.size(); c++) {
    const std::string label = label_of(c, labels);
    for (const auto& box : boxes[c]) {
      text += "    class " + std::to_string(c) + (label.empty() ? "" : " " + label) +
              format(" score %.3f box %.1f,%.1f %.1f,%.1f\n", double{box.score}, double{box.x_min},
                     double{box.y_min}, double{box.x_max}, double{box.y_max});
    }
  }
  return text;
}

ordered_json boxes_json(const hef::BoxesByClass& boxes, const std::vector<std::string>& labels) {
  ordered_json list = ordered_json::array();
  for (std::size_t c = 0; c < boxes.size(); c++) {
    const std::string label = label_of(c, labels);
    for (const auto& box : boxes[c]) {
      ordered_json detection = {{"class", c}};
      if (!label.empty()) detection["label"] = label;
      detection["score"] = rounded(box.score, 1e4);
      detection["box"] = {rounded(box.x_min, 100), rounded(box.y_min, 100), rounded(box.x_max, 100),
                          rounded(box.y_max, 100)};
      list.push_back(std::move(detection));
    }
  }
  return list;
}

std::size_t count(const hef::BoxesByClass& boxes) {
  std::size_t total = 0;
  for (const auto& of_class : boxes) total += of_class.size();
  return total;
}

}  // namespace

Result<Output> read_output(const hef::Stream& stream, ByteView bytes, const Placement& placement) {
  Output output{stream.name, bytes.size(), hef::xxh3_64(bytes), {}};
  if (!stream.nms) return output;
  auto boxes = hef::unpack_nms_frame(bytes, *stream.nms, stream.quantisation);
  if (!boxes) return std::unexpected(boxes.error());
  for (auto& of_class : *boxes)
    for (auto& box : of_class) box = to_image(box, placement);
  output.boxes = std::move(*boxes);
  return output;
}

std::string frame_text(const FrameReport& report, const std::vector<std::string>& labels) {
  std::string text = "frame " + std::to_string(report.number) + ": " + printable(report.input) +
                     " " + std::to_string(report.width) + "x" + std::to_string(report.height) +
                     "\n";
  for (const auto& output : report.outputs) {
    text += "  " + printable(output.name) + ": ";
    if (output.boxes)
      text += std::to_string(count(*output.boxes)) + " detections\n" +
              boxes_text(*output.boxes, labels);
    else
      text += std::to_string(output.bytes) + " bytes, xxh3 " + digest_text(output.digest) + "\n";
  }
  return text;
}

std::string frame_json(const FrameReport& report, const std::vector<std::string>& labels) {
  ordered_json outputs = ordered_json::array();
  for (const auto& output : report.outputs) {
    ordered_json entry = {{"name", printable(output.name)},
                          {"bytes", output.bytes},
                          {"xxh3", digest_text(output.digest)}};
    if (output.boxes) entry["detections"] = boxes_json(*output.boxes, labels);
    outputs.push_back(std::move(entry));
  }
  const ordered_json line = {{"frame", report.number},
                             {"input", printable(report.input)},
                             {"width", report.width},
                             {"height", report.height},
                             {"outputs", std::move(outputs)}};
  return line.dump() + "\n";
}

double Bench::frames_per_second() const {
  const double seconds = std::chrono::duration<double>(duration).count();
  return seconds > 0 ? static_cast<double>(latencies.size()) / seconds : 0;
}

std::chrono::nanoseconds Bench::latency(double part) const {
  if (latencies.empty()) return {};
  auto sorted = latencies;
  std::ranges::sort(sorted);
  const auto rank = std::ceil(part * static_cast<double>(sorted.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return sorted[std::min(index, sorted.size() - 1)];
}

std::string bench_text(const Bench& bench) {
  const std::size_t frames = bench.latencies.size();
  return "network: " + printable(bench.network) + ", " + std::to_string(bench.in_flight) +
         " frames in flight\n" + "frames: " + std::to_string(frames) +
         format(" in %.3f s, %.1f frames per second\n", milliseconds(bench.duration) / 1000,
                bench.frames_per_second()) +
         format("latency: least %.3f ms, median %.3f ms, 99th percentile %.3f ms, most %.3f ms\n",
                milliseconds(bench.latency(0)), milliseconds(bench.latency(0.5)),
                milliseconds(bench.latency(0.99)), milliseconds(bench.latency(1)));
}

std::string bench_json(const Bench& bench) {
  const ordered_json line = {
      {"network", printable(bench.network)},
      {"in_flight", bench.in_flight},
      {"frames", bench.latencies.size()},
      {"seconds", milliseconds(bench.duration) / 1000},
      {"frames_per_second", bench.frames_per_second()},
      {"latency_ms",
       {{"least", milliseconds(bench.latency(0))},
        {"median", milliseconds(bench.latency(0.5))},
        {"p99", milliseconds(bench.latency(0.99))},
        {"most", milliseconds(bench.latency(1))}}},
  };
  return line.dump() + "\n";
}

}  // namespace hailo::run
