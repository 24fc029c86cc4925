// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/image/image.h"

namespace hailo::detect {

/// How a camera's pictures lie in memory.
struct PixelFormat {
  std::uint32_t fourcc = 0;  ///< V4L2's: MJPEG, YUYV, NV12 or RGB24
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t stride = 0;  ///< bytes from row to row; of MJPEG, 0
};

/// "YUYV"; the number of one that is no text.
std::string fourcc_name(std::uint32_t fourcc);

/// The least bytes of a row; 0 for MJPEG and for unknown formats.
std::size_t row_bytes(std::uint32_t fourcc, std::uint32_t width);

/// A camera's bytes as a picture. YUV is taken for BT.601 of limited range, as
/// cameras give it that say nothing else. Error::Code::protocol if there are
/// too few bytes, or no JPEG of the right size.
Result<Image> to_image(ByteView bytes, const PixelFormat& format);

}  // namespace hailo::detect
