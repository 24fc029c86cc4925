// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/image/image.h"

namespace hailo::detect {

/// How a camera's pictures lie in memory.
struct PixelFormat {
  std::uint32_t fourcc = 0;  ///< V4L2's: MJPEG, YUYV, NV12, NV12M or RGB24
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t stride = 0;         ///< bytes from row to row; of MJPEG, 0
  std::size_t chroma_stride = 0;  ///< of the second plane, if there is one
};

/// "YUYV"; what is no text in it as \xNN.
std::string fourcc_name(std::uint32_t fourcc);

/// Pieces of memory that a picture lies in: 2 of NV12M, 1 of all others.
std::size_t planes_of(std::uint32_t fourcc);

/// The least bytes of a row; 0 for MJPEG and for unknown formats.
std::size_t row_bytes(std::uint32_t fourcc, std::uint32_t width);

/// A camera's bytes, as many pieces as planes_of() says, as a picture. YUV is taken for BT.601 of
/// limited range, as cameras give it that say nothing else. Error::Code::protocol if there are too
/// few bytes, or no JPEG of the right size.
Result<Image> to_image(std::span<const ByteView> planes, const PixelFormat& format);

}  // namespace hailo::detect
