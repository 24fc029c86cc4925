// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detect/frame.h"
#include "lib/base/result.h"

namespace hailo::detect {

/// What a run of so many frames has seen. Used by one thread at a time.
class Summary {
 public:
  /// Classes that `labels` call the same count as the first of them.
  explicit Summary(std::uint64_t frames, const std::vector<std::string>& labels = {});

  /// True for the frame that completes it; later ones do not count.
  bool add(const Frame& frame);

  std::uint64_t frames() const { return frames_; }
  /// In how many frames there was a detection of the class that find_class() gives.
  std::uint64_t frames_with(std::uint32_t class_index) const;

  /// One JSON object in a line: frames, rate, detections by class, latencies of
  /// each stage in ms, and what `status` tells of network and board.
  std::string json(const Status& status) const;

 private:
  using Clock = std::chrono::steady_clock;

  std::uint32_t named_class(std::uint32_t class_index) const;

  struct Seen {
    std::uint64_t detections = 0;
    std::uint64_t frames = 0;
  };

  std::uint64_t wanted_;
  std::vector<std::uint32_t> first_of_name_;  ///< by class
  std::uint64_t frames_ = 0;
  std::map<std::uint32_t, Seen> classes_;
  std::array<std::vector<double>, 4> stages_;  ///< ms of each frame, in the order of Timings
  Clock::time_point first_{};
  Clock::time_point last_{};
};

/// The class of this name; "#3" is class 3 of a network without names.
/// Error::Code::invalid_argument, with the names there are, if there is none.
Result<std::uint32_t> find_class(const std::string& name, const std::vector<std::string>& labels);

}  // namespace hailo::detect
