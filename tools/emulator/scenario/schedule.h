// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/scenario/line.h"

namespace hailo::emu {

/// Lines that wait for a time or an event.
class Schedule {
 public:
  using Time = std::chrono::nanoseconds;
  static constexpr std::size_t kMaxLines = 1024;

  /// Takes a line with at least one trigger.  False if too many wait already.
  bool add(Line line, Time now);

  /// Lines due at `now`, in order of time; their first trigger is taken off.
  std::vector<Line> due(Time now);

  /// Lines waiting for this occurrence of `event`; first trigger taken off.
  std::vector<Line> happened(Trigger::Kind event);

  std::optional<Time> next() const;

 private:
  struct Entry {
    Line line;
    Time due{};              ///< Kind::after
    std::uint64_t left = 0;  ///< occurrences still to come, other kinds
  };

  std::vector<Entry> entries_;
};

}  // namespace hailo::emu
