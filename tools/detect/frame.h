// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/hef/nms.h"
#include "lib/image/image.h"

namespace hailo::detect {

struct Detection {
  std::uint32_t class_index = 0;  ///< into Status::labels
  hef::Box box;                   ///< in parts of the picture, 0 to 1, within it; with its score
};

/// How long each stage had a frame.
struct Timings {
  std::chrono::nanoseconds decode{0};     ///< from the camera's bytes to pixels
  std::chrono::nanoseconds prepare{0};    ///< scaling to the network's input
  std::chrono::nanoseconds inference{0};  ///< submitted to result
  std::chrono::nanoseconds total{0};      ///< captured to published
};

/// One picture and what was found in it; never changed once published, so that
/// any number of viewers share it.
struct Frame {
  std::uint64_t number = 0;  ///< counts from 1, goes on when a camera comes back
  std::chrono::system_clock::time_point captured{};
  std::shared_ptr<const Image> picture;
  std::vector<Detection> detections;
  Timings timings;
};

/// A part of the chain that comes and goes.
struct Part {
  bool ready = false;
  std::string text;  ///< what it is, or what it waits for
};

/// What is true of the whole chain now.
struct Status {
  Part camera;
  Part chip;
  std::string network;               ///< name, with size of its input
  std::string engine;                ///< "native", "HailoRT 4.23.0"
  std::string board;                 ///< "HAILO8L 0000:01:00.0"; empty: none
  std::string driver_version;        ///< empty: not known
  std::string firmware_version;      ///< empty: not known
  std::optional<float> temperature;  ///< degrees Celsius
  std::vector<std::string> labels;   ///< by class index
  std::uint64_t frames = 0;          ///< published
  std::uint64_t dropped = 0;         ///< captured, but not inferred
  double frames_per_second = 0;      ///< of the last seconds
};

}  // namespace hailo::detect
