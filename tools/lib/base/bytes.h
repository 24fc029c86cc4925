// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace hailo {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Little- and big-endian numbers at `offset`; the caller has checked the size.

inline std::uint16_t load_le16(ByteView b, std::size_t offset) {
  return static_cast<std::uint16_t>(b[offset] | b[offset + 1] << 8);
}

inline std::uint32_t load_le32(ByteView b, std::size_t offset) {
  return std::uint32_t{load_le16(b, offset)} | std::uint32_t{load_le16(b, offset + 2)} << 16;
}

inline std::uint64_t load_le64(ByteView b, std::size_t offset) {
  return std::uint64_t{load_le32(b, offset)} | std::uint64_t{load_le32(b, offset + 4)} << 32;
}

inline std::uint16_t load_be16(ByteView b, std::size_t offset) {
  return static_cast<std::uint16_t>(b[offset] << 8 | b[offset + 1]);
}

inline std::uint32_t load_be32(ByteView b, std::size_t offset) {
  return std::uint32_t{load_be16(b, offset)} << 16 | std::uint32_t{load_be16(b, offset + 2)};
}

inline std::uint64_t load_be64(ByteView b, std::size_t offset) {
  return std::uint64_t{load_be32(b, offset)} << 32 | std::uint64_t{load_be32(b, offset + 4)};
}

inline void append_be32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

inline void append_be64(Bytes& out, std::uint64_t value) {
  append_be32(out, static_cast<std::uint32_t>(value >> 32));
  append_be32(out, static_cast<std::uint32_t>(value));
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
  ByteWriter& le64(std::uint64_t v) {
    return le32(static_cast<std::uint32_t>(v)).le32(static_cast<std::uint32_t>(v >> 32));
  }
  ByteWriter& be16(std::uint32_t v) { return u8(v >> 8).u8(v); }
  ByteWriter& be32(std::uint32_t v) { return be16(v >> 16).be16(v); }
  ByteWriter& f32(float v) { return le32(std::bit_cast<std::uint32_t>(v)); }
  ByteWriter& raw(ByteView v) {
    bytes_.insert(bytes_.end(), v.begin(), v.end());
    return *this;
  }
  ByteWriter& zeros(std::size_t count) {
    bytes_.insert(bytes_.end(), count, 0);
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

}  // namespace hailo
