// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>

#include "emulator/model/host.h"

namespace hailo::emu {

/// Share of the last second that something was busy, in steps of 100 ms.
class Utilisation {
 public:
  void set_busy(bool busy, Time now) {
    settle(now);
    busy_ = busy;
  }

  double share(Time now) {
    settle(now);
    const Time start = std::max(now - std::chrono::seconds(1), Time(0));
    if (now == start) return 0;
    Time busy{0};
    for (const Slot& slot : slots_)
      if (slot.start + kSlot > start) busy += slot.busy;
    return std::min(1.0, std::chrono::duration<double>(busy) / (now - start));
  }

 private:
  static constexpr Time kSlot = std::chrono::milliseconds(100);
  struct Slot {
    Time start{-kSlot};
    Time busy{0};
  };

  void settle(Time now) {
    if (busy_) {
      // Older than a second counts for nothing.
      for (Time at = std::max(since_, now - std::chrono::seconds(1)); at < now;) {
        const Time start = at - at % kSlot;
        Slot& slot = slots_[static_cast<std::size_t>(start / kSlot) % slots_.size()];
        if (slot.start != start) slot = {start, Time(0)};
        const Time end = std::min(start + kSlot, now);
        slot.busy += end - at;
        at = end;
      }
    }
    since_ = now;
  }

  std::array<Slot, 11> slots_{};
  bool busy_ = false;
  Time since_{0};
};

}  // namespace hailo::emu
