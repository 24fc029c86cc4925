// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/nms.h"
#include "lib/hef/stream.h"
#include "lib/image/letterbox.h"

namespace hailo::run {

/// What one output gave for one frame.
struct Output {
  std::string name;
  std::size_t bytes = 0;
  std::uint64_t digest = 0;                ///< XXH3-64 of the bytes
  std::optional<hef::BoxesByClass> boxes;  ///< of NMS, in pixels of the picture
};

/// Error::Code::protocol if the bytes are no frame of the stream.
Result<Output> read_output(const hef::Stream& stream, ByteView bytes, const Placement& placement);

struct FrameReport {
  std::size_t number = 0;
  std::string input;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<Output> outputs;
};

/// Several lines for people.
std::string frame_text(const FrameReport& report, const std::vector<std::string>& labels);
/// One line with one JSON object.
std::string frame_json(const FrameReport& report, const std::vector<std::string>& labels);

/// What --bench measures.
struct Bench {
  std::string network;
  unsigned in_flight = 0;
  std::chrono::nanoseconds duration{0};               ///< first submit to last result
  std::vector<std::chrono::nanoseconds> latencies{};  ///< submit to result, of each frame

  double frames_per_second() const;
  /// The latency that this part of the frames, 0 to 1, did not exceed.
  std::chrono::nanoseconds latency(double part) const;
};

std::string bench_text(const Bench& bench);
std::string bench_json(const Bench& bench);

}  // namespace hailo::run
