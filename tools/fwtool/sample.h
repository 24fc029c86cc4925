// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/hailo/discovery.h"
#include "lib/sys/processes.h"
#include "lib/sys/root.h"

namespace hailo::fwtool {

/// One sensor of a board.
struct Temperature {
  std::string label;                ///< "ts0"
  std::optional<long> millidegree;  ///< Celsius; nothing while the board cannot tell
};

/// What a board is doing, as far as everybody may know it; read_activity() has what
/// only root may.
struct Sample {
  Board board;
  std::optional<std::uint64_t> interrupts;  ///< since the module was loaded
  std::vector<Temperature> temperatures;
  sys::Holders holders;
};

/// Of all boards. Reading the temperature wakes a sleeping one.
Result<std::vector<Sample>> take_samples(const sys::Root& root);

}  // namespace hailo::fwtool
