// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "emulator/model/device.h"

namespace hailo::emu {

/// What a board answers about itself.
struct BoardFacts {
  std::string name;  ///< "Hailo-8" on both boards
  std::string serial;
  std::string part;
  std::string product;
  std::uint32_t architecture;
};

/// The board's defaults, overridden by what the configuration sets.
BoardFacts board_facts(const Config& config);

}  // namespace hailo::emu
