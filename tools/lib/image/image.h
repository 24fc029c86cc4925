// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo {

/// Red, green, blue; 8 bits each, rows from the top without gaps.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes rgb;
};

/// More would be a mistake or an attack.
inline constexpr std::uint64_t max_image_pixels = 1 << 26;

/// A picture in PNG, JPEG or PPM (P6 of 8 bits), told by its first bytes.
/// Transparent parts of a PNG become black; the rotation that a camera may
/// have noted in a JPEG is left alone.
Result<Image> decode_image(ByteView file);

/// A JPEG as cameras give it: quicker, and what libjpeg merely warns of is let
/// pass, since many append bytes or leave the last ones out.
Result<Image> decode_camera_jpeg(ByteView jpeg);

}  // namespace hailo
