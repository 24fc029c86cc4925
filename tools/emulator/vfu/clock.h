// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "emulator/model/host.h"

namespace hailo::emu::vfu {

/// The model's time: monotonic, zero when the emulator starts.
class Clock {
 public:
  Time now() const { return std::chrono::steady_clock::now() - start_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace hailo::emu::vfu
