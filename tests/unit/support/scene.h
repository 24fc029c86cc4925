// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "detect/frame.h"

namespace hailo::test {

/// A shape in a drawn picture, which is also what a perfect network finds.
struct Shape {
  std::uint32_t class_index;
  hef::Box box;
};

/// A grey picture with white rectangles where the shapes are.
inline std::shared_ptr<const detect::Frame> scene(std::uint64_t number,
                                                  const std::vector<Shape>& shapes,
                                                  std::uint32_t width = 640,
                                                  std::uint32_t height = 480) {
  Image picture{width, height, Bytes(std::size_t{3} * width * height, 64)};
  detect::Frame frame;
  frame.number = number;
  frame.captured = std::chrono::system_clock::now();
  for (const auto& [class_index, box] : shapes) {
    frame.detections.push_back({class_index, box});
    const auto at = [](float part, std::uint32_t size) {
      return static_cast<std::uint32_t>(std::lround(part * static_cast<float>(size)));
    };
    for (auto y = at(box.y_min, height); y < at(box.y_max, height); y++)
      for (auto x = at(box.x_min, width) * 3; x < at(box.x_max, width) * 3; x++)
        picture.rgb[std::size_t{3} * width * y + x] = 255;
  }
  using std::chrono::microseconds;
  frame.timings = {microseconds(1500), microseconds(500), microseconds(8000), microseconds(12000)};
  frame.picture = std::make_shared<const Image>(std::move(picture));
  return std::make_shared<const detect::Frame>(std::move(frame));
}

inline std::vector<Shape> two_shapes() {
  return {{0, {.y_min = 0.25F, .x_min = 0.125F, .y_max = 0.5F, .x_max = 0.375F, .score = 0.9F}},
          {1, {.y_min = 0.5F, .x_min = 0.625F, .y_max = 0.875F, .x_max = 0.875F, .score = 0.5F}}};
}

inline detect::Status ready_status() {
  return {.camera = {true, "synthetic 640x480"},
          .chip = {true, "running"},
          .network = "shapes 320x320",
          .engine = "native",
          .board = "HAILO8L 0000:01:00.0",
          .driver_version = "0.1.0",
          .firmware_version = "4.20.0",
          .temperature = 48.25F,
          .labels = {"circle", "square"},
          .frames = 7,
          .dropped = 2,
          .frames_per_second = 29.5};
}

}  // namespace hailo::test
