// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hailo::detect {

inline constexpr std::uint32_t glyph_width = 5;
inline constexpr std::uint32_t glyph_height = 7;
/// From a letter to the next.
inline constexpr std::uint32_t glyph_advance = glyph_width + 1;

/// Rows from the top; the highest of the five bits is on the left.
using Glyph = std::array<std::uint8_t, glyph_height>;

/// Of printable ASCII; anything else is a box.
const Glyph& glyph_of(char c);

/// Dots that a text in UTF-8 is wide.
std::int64_t text_columns(std::string_view text);

}  // namespace hailo::detect
