// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "emulator/model/wire.h"

namespace hailo::emu {

/// Puts the next bytes into a CRC-32 (of zlib) that starts as 0.
std::uint32_t add_crc32(std::uint32_t crc, ByteView bytes);

/// The output frame of a network that was compiled for a real chip, which
/// nobody has computed: "EMU\0", the CRC-32 of the frame's inputs in the order
/// of their channels, zeros.  Of an NMS stream: delimiters, so no boxes.
Bytes pattern_frame(std::uint32_t size, std::uint32_t crc, bool nms);

}  // namespace hailo::emu
