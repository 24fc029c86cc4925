// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "detect/infer/engine.h"
#include "detect/infer/settings.h"
#include "lib/hailo/device.h"
#include "lib/hef/hef.h"
#include "lib/runtime/board.h"
#include "lib/sys/root.h"

namespace hailo::detect {

struct NativeOptions {
  std::string device{};  ///< node, name or PCI address; empty: the first board
  unsigned frames_in_flight = 2;
  std::chrono::milliseconds control_timeout{1000};
};

/// A network on a board through our own runtime.
Result<std::unique_ptr<Engine>> start_native(Device device, const runtime::BoardFacts& facts,
                                             const hef::Hef& hef, const std::string& location,
                                             const NativeOptions& options);

/// Finds the board and the model for its chip, and starts it. A model for the
/// other chip is refused with the names of both, and a busy board's holder is
/// named.
Outcome<std::unique_ptr<Engine>> open_native(const sys::Root& root, const ModelFiles& files,
                                             const NativeOptions& options);

}  // namespace hailo::detect
