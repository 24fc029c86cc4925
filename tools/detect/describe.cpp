// SPDX-License-Identifier: MIT
#include "detect/describe.h"

#include <cmath>
#include <cstdio>

#include "detect/capture/pixels.h"
#include "lib/base/text.h"
#include "lib/hef/names.h"

namespace hailo::detect {
namespace {

std::string shape_text(const hef::Stream& stream) {
  if (stream.nms)
    return "detections, " + std::to_string(stream.nms->classes) + " classes, at most " +
           std::to_string(stream.nms->max_boxes_per_class) + " boxes of each";
  const auto& s = stream.shape;
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.features) + " " + std::string(name_of(stream.order).value_or("?")) +
         ", " + std::to_string(stream.data_bytes * 8) + " bits";
}

std::string rate_text(double rate) {
  if (rate <= 0) return "";
  char text[32];
  std::snprintf(text, sizeof(text), "@%g", std::round(rate * 100) / 100);
  return text;
}

}  // namespace

std::string describe(const std::string& file, const hef::Hef& hef) {
  std::string text = printable(file) + ": for " +
                     std::string(name_of(hef.architecture()).value_or("an unknown chip")) +
                     ", made by " + printable(hef.sdk_version()) + "\n";
  for (const auto& group : hef.groups()) {
    text += "network " + printable(group.name) + "\n";
    for (const auto& stream : group.reference().streams)
      text += "  " + std::string(name_of(stream.direction)) + " " + printable(stream.name) + ": " +
              shape_text(stream) + "\n";
  }
  return text;
}

std::string describe(const std::vector<CameraInfo>& cameras) {
  std::string text;
  for (const auto& camera : cameras) {
    text += camera.node + ": " + camera.card + " (" + camera.driver + ")\n";
    for (const auto& format : camera.formats) {
      text += "  " + fourcc_name(format.fourcc) + ":";
      for (const auto& size : format.sizes)
        text += " " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                rate_text(size.rate);
      text += "\n";
    }
  }
  return text;
}

std::string describe(const std::vector<PluginCamera>& cameras, const std::string& library) {
  std::string text;
  for (const auto& camera : cameras)
    text += "libcamera:" + camera.id + ": " + camera.model + " (" + library + ")\n";
  return text;
}

}  // namespace hailo::detect
