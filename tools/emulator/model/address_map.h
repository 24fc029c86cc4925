// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace hailo::emu {

// Targets of windows 1 to 3.  No host software knows them on a Hailo-8: window
// 1 takes the address of the sibling boards, the log addresses are ours.
constexpr std::uint32_t kPcieBlockAddress = 0x00200000;
constexpr std::uint32_t kPcieBlockSize = 0x1000;
constexpr std::uint32_t kLogAppAddress = 0x60002000;
constexpr std::uint32_t kLogCoreAddress = 0x60003000;

}  // namespace hailo::emu
