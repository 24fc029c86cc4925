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

/// One pair of colours for four pixels.
void from_nv12(ByteView luma, std::size_t luma_stride, ByteView chroma, std::size_t chroma_stride,
               Image& image) {
  std::uint8_t* out = image.rgb.data();
  for (std::size_t y = 0; y < image.height; y++) {
    const std::uint8_t* row = luma.data() + y * luma_stride;
    const std::uint8_t* pairs = chroma.data() + y / 2 * chroma_stride;
    for (std::size_t x = 0; x < image.width; x++, out += kColours)
      yuv_to_rgb(row[x], pairs[x / 2 * 2], pairs[x / 2 * 2 + 1], out);
  }
}

/// Bytes of a plane that to_image() reads, the last row without what is behind it.
std::size_t needed(const PixelFormat& f, std::size_t plane) {
  const std::size_t chroma_rows = (std::size_t{f.height} + 1) / 2;
  const std::size_t row = row_bytes(f.fourcc, f.width);
  if (plane == 1) return (chroma_rows - 1) * f.chroma_stride + row;
  const std::size_t rows = f.height + (f.fourcc == V4L2_PIX_FMT_NV12 ? chroma_rows : 0);
  return (rows - 1) * f.stride + row;
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
  if (name == "NM12") return "NV12M";
  return printable(name);
}

std::size_t row_bytes(std::uint32_t fourcc, std::uint32_t width) {
  switch (fourcc) {
    case V4L2_PIX_FMT_RGB24:
      return std::size_t{width} * kColours;
    case V4L2_PIX_FMT_YUYV:
      return (std::size_t{width} + 1) / 2 * 4;
    case V4L2_PIX_FMT_NV12:
    case V4L2_PIX_FMT_NV12M:
      return (std::size_t{width} + 1) / 2 * 2;
    default:
      return 0;
  }
}

std::size_t planes_of(std::uint32_t fourcc) { return fourcc == V4L2_PIX_FMT_NV12M ? 2 : 1; }

Result<Image> to_image(std::span<const ByteView> planes, const PixelFormat& format) {
  if (planes.size() != planes_of(format.fourcc))
    return damaged("a picture in " + std::to_string(planes.size()) + " planes");
  const ByteView bytes = planes[0];
  if (format.fourcc == V4L2_PIX_FMT_MJPEG) return from_jpeg(bytes, format);
  const std::uint64_t pixels = std::uint64_t{format.width} * format.height;
  if (pixels == 0 || pixels > max_image_pixels) return damaged("a picture of no possible size");
  for (std::size_t i = 0; i < planes.size(); i++) {
    const std::size_t stride = i == 0 ? format.stride : format.chroma_stride;
    if (stride < row_bytes(format.fourcc, format.width) || planes[i].size() < needed(format, i))
      return damaged("a picture of " + std::to_string(planes[i].size()) + " bytes, " +
                     std::to_string(needed(format, i)) + " are needed");
  }
  Image image{format.width, format.height, Bytes(pixels * kColours)};
  switch (format.fourcc) {
    case V4L2_PIX_FMT_RGB24:
      from_rgb24(bytes, format, image);
      return image;
    case V4L2_PIX_FMT_YUYV:
      from_yuyv(bytes, format, image);
      return image;
    case V4L2_PIX_FMT_NV12:
      from_nv12(bytes, format.stride, bytes.subspan(format.stride * format.height), format.stride,
                image);
      return image;
    case V4L2_PIX_FMT_NV12M:
      from_nv12(bytes, format.stride, planes[1], format.chroma_stride, image);
      return image;
    default:
      return damaged("pixels of an unknown format " + fourcc_name(format.fourcc));
  }
}

}  // namespace hailo::detect
