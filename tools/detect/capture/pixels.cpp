// SPDX-License-Identifier: MIT
#include "detect/capture/pixels.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <string>

#include "lib/base/text.h"

namespace hailo::detect {
namespace {

constexpr std::size_t kColours = 3;

std::unexpected<Error> damaged(std::string message) {
  return fail(Error::Code::protocol, std::move(message));
}

/// BT.601 of limited range, in 256ths.
void yuv_to_rgb(int y, int u, int v, std::uint8_t* out) {
  const auto limit = [](int value) {
    return static_cast<std::uint8_t>(std::clamp(value / 256, 0, 255));
  };
  const int luma = 298 * (y - 16) + 128;
  out[0] = limit(luma + 409 * (v - 128));
  out[1] = limit(luma - 100 * (u - 128) - 208 * (v - 128));
  out[2] = limit(luma + 516 * (u - 128));
}

void from_rgb24(ByteView bytes, const PixelFormat& f, Image& image) {
  const std::size_t row = f.width * kColours;
  for (std::size_t y = 0; y < f.height; y++)
    std::ranges::copy(bytes.subspan(y * f.stride, row),
                      image.rgb.begin() + static_cast<std::ptrdiff_t>(y * row));
}

void from_yuyv(ByteView bytes, const PixelFormat& f, Image& image) {
  std::uint8_t* out = image.rgb.data();
  for (std::size_t y = 0; y < f.height; y++) {
    const std::uint8_t* row = bytes.data() + y * f.stride;
    for (std::size_t x = 0; x < f.width; x++, out += kColours) {
      const std::uint8_t* pair = row + x / 2 * 4;
      yuv_to_rgb(pair[x % 2 * 2], pair[1], pair[3], out);
    }
  }
}

void from_nv12(ByteView bytes, const PixelFormat& f, Image& image) {
  std::uint8_t* out = image.rgb.data();
  const std::uint8_t* chroma = bytes.data() + f.stride * f.height;
  for (std::size_t y = 0; y < f.height; y++) {
    const std::uint8_t* row = bytes.data() + y * f.stride;
    const std::uint8_t* pairs = chroma + y / 2 * f.stride;
    for (std::size_t x = 0; x < f.width; x++, out += kColours)
      yuv_to_rgb(row[x], pairs[x / 2 * 2], pairs[x / 2 * 2 + 1], out);
  }
}

/// Bytes that to_image() reads.
std::size_t needed(const PixelFormat& f) {
  const std::size_t rows = f.fourcc == V4L2_PIX_FMT_NV12 ? f.height + (f.height + 1) / 2 : f.height;
  return (rows - 1) * f.stride + row_bytes(f.fourcc, f.width);
}

Result<Image> from_jpeg(ByteView bytes, const PixelFormat& f) {
  auto image = decode_camera_jpeg(bytes);
  if (!image) return damaged(image.error().message);
  if (image->width != f.width || image->height != f.height)
    return damaged("a picture of " + std::to_string(image->width) + "x" +
                   std::to_string(image->height) + " where " + std::to_string(f.width) + "x" +
                   std::to_string(f.height) + " was agreed");
  return image;
}

}  // namespace

std::string fourcc_name(std::uint32_t fourcc) {
  std::string name;
  for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>(fourcc >> shift & 0x7f);
  if (name == "MJPG") return "MJPEG";
  if (name == "RGB3") return "RGB24";
  return printable(name);
}

std::size_t row_bytes(std::uint32_t fourcc, std::uint32_t width) {
  switch (fourcc) {
    case V4L2_PIX_FMT_RGB24:
      return std::size_t{width} * kColours;
    case V4L2_PIX_FMT_YUYV:
      return (std::size_t{width} + 1) / 2 * 4;
    case V4L2_PIX_FMT_NV12:
      return (std::size_t{width} + 1) / 2 * 2;
    default:
      return 0;
  }
}

Result<Image> to_image(ByteView bytes, const PixelFormat& format) {
  if (format.fourcc == V4L2_PIX_FMT_MJPEG) return from_jpeg(bytes, format);
  const std::uint64_t pixels = std::uint64_t{format.width} * format.height;
  if (pixels == 0 || pixels > max_image_pixels) return damaged("a picture of no possible size");
  if (format.stride < row_bytes(format.fourcc, format.width) || bytes.size() < needed(format))
    return damaged("a picture of " + std::to_string(bytes.size()) + " bytes, " +
                   std::to_string(needed(format)) + " are needed");
  Image image{format.width, format.height, Bytes(pixels * kColours)};
  switch (format.fourcc) {
    case V4L2_PIX_FMT_RGB24:
      from_rgb24(bytes, format, image);
      return image;
    case V4L2_PIX_FMT_YUYV:
      from_yuyv(bytes, format, image);
      return image;
    case V4L2_PIX_FMT_NV12:
      from_nv12(bytes, format, image);
      return image;
    default:
      return damaged("pixels of an unknown format " + fourcc_name(format.fourcc));
  }
}

}  // namespace hailo::detect
