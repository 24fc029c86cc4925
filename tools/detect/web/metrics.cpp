// SPDX-License-Identifier: MIT
#include "detect/web/metrics.h"

#include <sstream>

#include "detect/draw/draw.h"
#include "lib/http/metrics.h"

namespace hailo::detect::web {
namespace {

using http::metric_head;
using http::metric_label;

double seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

}  // namespace

void Totals::add(const Frame& frame) {
  frames++;
  stages.decode += frame.timings.decode;
  stages.prepare += frame.timings.prepare;
  stages.inference += frame.timings.inference;
  stages.total += frame.timings.total;
  for (const auto& detection : frame.detections) detections[detection.class_index]++;
}

std::string metrics_text(const Status& status, const Totals& totals, const Serving& serving) {
  std::ostringstream out;
  out.precision(15);
  const auto one = [&](const char* name, const char* type, const char* help, auto value) {
    out << metric_head(name, type, help) << name << " " << value << "\n";
  };
  out << metric_head("hailo_detect_info", "gauge", "What runs on what.")
      << "hailo_detect_info{network=" << metric_label(status.network)
      << ",engine=" << metric_label(status.engine) << ",board=" << metric_label(status.board)
      << ",driver=" << metric_label(status.driver_version)
      << ",firmware=" << metric_label(status.firmware_version) << "} 1\n";
  one("hailo_detect_camera_ready", "gauge", "Whether the camera brings pictures.",
      status.camera.ready ? 1 : 0);
  one("hailo_detect_chip_ready", "gauge", "Whether the chip runs the network.",
      status.chip.ready ? 1 : 0);
  if (status.temperature)
    one("hailo_detect_temperature_celsius", "gauge", "Temperature of the chip.",
        *status.temperature);
  one("hailo_detect_frames_total", "counter", "Frames that were looked at.", status.frames);
  one("hailo_detect_dropped_frames_total", "counter", "Frames captured, but not looked at.",
      status.dropped);
  one("hailo_detect_frames_per_second", "gauge", "Frames looked at, of the last seconds.",
      status.frames_per_second);

  out << metric_head("hailo_detect_stage_seconds", "summary", "Time of a frame in a stage.");
  const std::pair<const char*, std::chrono::nanoseconds> stages[] = {
      {"decode", totals.stages.decode},
      {"prepare", totals.stages.prepare},
      {"inference", totals.stages.inference},
      {"total", totals.stages.total}};
  for (const auto& [name, time] : stages)
    out << "hailo_detect_stage_seconds_sum{stage=\"" << name << "\"} " << seconds(time)
        << "\nhailo_detect_stage_seconds_count{stage=\"" << name << "\"} " << totals.frames << "\n";

  out << metric_head("hailo_detect_detections_total", "counter", "Objects found, over all frames.");
  // Lists of labels repeat themselves ("n/a"); a series that is there twice is an error.
  std::map<std::string, std::uint64_t> by_label;
  for (const auto& [index, count] : totals.detections)
    by_label[label_of(index, status.labels)] += count;
  for (const auto& [label, count] : by_label)
    out << "hailo_detect_detections_total{class=" << metric_label(label) << "} " << count << "\n";

  out << metric_head("hailo_detect_viewers", "gauge", "Who looks at a stream now.")
      << "hailo_detect_viewers{stream=\"boxes\"} " << serving.boxed_viewers
      << "\nhailo_detect_viewers{stream=\"plain\"} " << serving.plain_viewers
      << "\nhailo_detect_viewers{stream=\"events\"} " << serving.event_viewers << "\n"
      << metric_head("hailo_detect_jpegs_total", "counter", "Pictures encoded.")
      << "hailo_detect_jpegs_total{kind=\"boxes\"} " << serving.boxed_jpegs
      << "\nhailo_detect_jpegs_total{kind=\"plain\"} " << serving.plain_jpegs << "\n";
  return out.str();
}

}  // namespace hailo::detect::web
