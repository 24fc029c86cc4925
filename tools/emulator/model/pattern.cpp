// SPDX-License-Identifier: MIT
#include "emulator/model/pattern.h"

#include <zlib.h>

namespace hailo::emu {

std::uint32_t add_crc32(std::uint32_t crc, ByteView bytes) {
  return static_cast<std::uint32_t>(::crc32_z(crc, bytes.data(), bytes.size()));
}

Bytes pattern_frame(std::uint32_t size, std::uint32_t crc, bool nms) {
  if (nms) return Bytes(size, 0xff);
  Bytes frame = ByteWriter().padded("EMU", 4).le32(crc).take();
  frame.resize(size);
  return frame;
}

}  // namespace hailo::emu
