// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "detect/frame.h"

namespace hailo::detect::web {

/// Sums over all frames since the start.
struct Totals {
  std::uint64_t frames = 0;
  Timings stages;
  std::map<std::uint32_t, std::uint64_t> detections;  ///< by class

  void add(const Frame& frame);
};

/// What the server itself counts.
struct Serving {
  std::size_t plain_viewers = 0;
  std::size_t boxed_viewers = 0;
  std::size_t event_viewers = 0;
  std::uint64_t plain_jpegs = 0;
  std::uint64_t boxed_jpegs = 0;
};

/// In Prometheus' text format.
std::string metrics_text(const Status& status, const Totals& totals, const Serving& serving);

}  // namespace hailo::detect::web
