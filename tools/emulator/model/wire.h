// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hailo::emu {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline std::uint16_t load_le16(ByteView b, std::size_t at) {
  return static_cast<std::uint16_t>(b[at] | b[at + 1] << 8);
}

inline std::uint32_t load_le32(ByteView b, std::size_t at) {
  return static_cast<std::uint32_t>(load_le16(b, at)) |
         static_cast<std::uint32_t>(load_le16(b, at + 2)) << 16;
}

inline std::uint16_t load_be16(ByteView b, std::size_t at) {
  return static_cast<std::uint16_t>(b[at] << 8 | b[at + 1]);
}

inline std::uint32_t load_be32(ByteView b, std::size_t at) {
  return static_cast<std::uint32_t>(load_be16(b, at)) << 16 |
         static_cast<std::uint32_t>(load_be16(b, at + 2));
}

inline void store_le16(std::span<std::uint8_t> b, std::size_t at, std::uint16_t v) {
  b[at] = static_cast<std::uint8_t>(v);
  b[at + 1] = static_cast<std::uint8_t>(v >> 8);
}

inline void store_le32(std::span<std::uint8_t> b, std::size_t at, std::uint32_t v) {
  store_le16(b, at, static_cast<std::uint16_t>(v));
  store_le16(b, at + 2, static_cast<std::uint16_t>(v >> 16));
}

/// Appends values in wire order.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint32_t v) {
    bytes_.push_back(static_cast<std::uint8_t>(v));
    return *this;
  }
  ByteWriter& le16(std::uint32_t v) { return u8(v).u8(v >> 8); }
  ByteWriter& le32(std::uint32_t v) { return le16(v).le16(v >> 16); }
  ByteWriter& be16(std::uint32_t v) { return u8(v >> 8).u8(v); }
  ByteWriter& be32(std::uint32_t v) { return be16(v >> 16).be16(v); }
  ByteWriter& f32(float v) { return le32(std::bit_cast<std::uint32_t>(v)); }
  ByteWriter& raw(ByteView v) {
    bytes_.insert(bytes_.end(), v.begin(), v.end());
    return *this;
  }
  /// `text` cut or NUL padded to `size` bytes.
  ByteWriter& padded(std::string_view text, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      u8(i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
    return *this;
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

inline std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace hailo::emu
