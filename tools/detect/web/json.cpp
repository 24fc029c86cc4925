// SPDX-License-Identifier: MIT
#include "detect/web/json.h"

#include <nlohmann/json.hpp>

#include "detect/draw/draw.h"

namespace hailo::detect::web {
namespace {

using Json = nlohmann::ordered_json;

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

/// Labels come from files: what is no UTF-8 becomes U+FFFD.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json part(const Part& from) { return {{"ready", from.ready}, {"text", from.text}}; }

Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

std::string frame_json(const Frame& frame, const std::vector<std::string>& labels) {
  Json detections = Json::array();
  for (const auto& [class_index, box] : frame.detections)
    detections.push_back({{"class", class_index},
                          {"label", label_of(class_index, labels)},
                          {"score", box.score},
                          {"box",
                           {{"x_min", box.x_min},
                            {"y_min", box.y_min},
                            {"x_max", box.x_max},
                            {"y_max", box.y_max}}}});
  const auto since_1970 = frame.captured.time_since_epoch();
  return dump({{"frame", frame.number},
               {"time", std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count()},
               {"width", frame.picture ? frame.picture->width : 0},
               {"height", frame.picture ? frame.picture->height : 0},
               {"stages",
                {{"decode", milliseconds(frame.timings.decode)},
                 {"prepare", milliseconds(frame.timings.prepare)},
                 {"inference", milliseconds(frame.timings.inference)},
                 {"total", milliseconds(frame.timings.total)}}},
               {"detections", detections}});
}

std::string status_json(const Status& status) {
  Json classes = Json::array();
  for (std::uint32_t i = 0; i < status.labels.size(); i++)
    classes.push_back({{"label", label_of(i, status.labels)}, {"colour", css(colour_of(i))}});
  return dump({{"camera", part(status.camera)},
               {"chip", part(status.chip)},
               {"network", known(status.network)},
               {"engine", known(status.engine)},
               {"board", known(status.board)},
               {"driver", known(status.driver_version)},
               {"firmware", known(status.firmware_version)},
               {"celsius", status.temperature ? Json(*status.temperature) : Json()},
               {"frames", status.frames},
               {"dropped", status.dropped},
               {"frames_per_second", status.frames_per_second},
               {"classes", classes}});
}

}  // namespace hailo::detect::web
