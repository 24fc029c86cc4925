// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace hailo {

/// "0x1dd89de0"
inline std::string hex(std::uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// "0x00000002": a 32-bit word as the specification writes it.
inline std::string hex32(std::uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof(text), "0x%08x", static_cast<unsigned>(value));
  return text;
}

/// Text from a device or file, safe for a terminal: other than printable ASCII
/// becomes \xNN.
inline std::string printable(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
      continue;
    }
    char escaped[5];
    std::snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned>(c));
    out += escaped;
  }
  return out;
}

/// Whether `text` is UTF-8 without control characters: fit for JSON, HTML and
/// one line of a terminal.
inline bool is_utf8_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    if (first < 0x20 || first == 0x7f) return false;
    if (first < 0x80) continue;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() - i < static_cast<std::size_t>(more))
      return false;
    std::uint32_t value = first & (0x3fU >> more);
    for (int n = 0; n < more; n++) {
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xc0) != 0x80) return false;
      value = value << 6 | (next & 0x3f);
    }
    // Neither longer than needed, nor half of a pair, nor beyond the last, nor C1 controls.
    if (value < 0xa0 || (more == 2 && value < 0x800) || (more == 3 && value < 0x10000) ||
        (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
      return false;
  }
  return true;
}

}  // namespace hailo
