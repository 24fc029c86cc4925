// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hailo {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Little-endian word at `offset`; the caller has checked the size.
inline std::uint32_t load_le32(ByteView b, std::size_t offset) {
  return static_cast<std::uint32_t>(b[offset]) | static_cast<std::uint32_t>(b[offset + 1]) << 8 |
         static_cast<std::uint32_t>(b[offset + 2]) << 16 |
         static_cast<std::uint32_t>(b[offset + 3]) << 24;
}

/// Big-endian word at `offset`; the caller has checked the size.
inline std::uint32_t load_be32(ByteView b, std::size_t offset) {
  return static_cast<std::uint32_t>(b[offset]) << 24 |
         static_cast<std::uint32_t>(b[offset + 1]) << 16 |
         static_cast<std::uint32_t>(b[offset + 2]) << 8 | static_cast<std::uint32_t>(b[offset + 3]);
}

inline void append_be32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace hailo
