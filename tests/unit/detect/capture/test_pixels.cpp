// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <array>

#include "detect/capture/pixels.h"
#include "support/pictures.h"

namespace hailo::detect {
namespace {

using Rgb = std::array<int, 3>;

Rgb pixel(const Image& image, std::size_t x, std::size_t y) {
  const auto* at = image.rgb.data() + (y * image.width + x) * 3;
  return {at[0], at[1], at[2]};
}

Result<Image> to_image(ByteView bytes, const PixelFormat& format) {
  const std::array planes{bytes};
  return to_image(planes, format);
}

TEST(Pixels, Rgb24WithGapsBetweenRows) {
  Bytes bytes(2 * 10);
  for (std::size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<std::uint8_t>(i);
  const auto image = to_image(bytes, {V4L2_PIX_FMT_RGB24, 2, 2, 10});
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(pixel(*image, 1, 0), (Rgb{3, 4, 5}));
  EXPECT_EQ(pixel(*image, 0, 1), (Rgb{10, 11, 12}));
}

TEST(Pixels, YuyvBlackWhiteAndPrimaries) {
  // Y, U, Y, V: black and white; then red twice (BT.601, limited range).
  const Bytes bytes = {16, 128, 235, 128, 81, 90, 81, 240};
  const auto image = to_image(bytes, {V4L2_PIX_FMT_YUYV, 2, 2, 4});
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(pixel(*image, 0, 0), (Rgb{0, 0, 0}));
  EXPECT_EQ(pixel(*image, 1, 0), (Rgb{255, 255, 255}));
  for (const std::size_t x : {0, 1}) {
    const auto [r, g, b] = pixel(*image, x, 1);
    EXPECT_GE(r, 250);
    EXPECT_LE(g, 5);
    EXPECT_LE(b, 5);
  }
}

TEST(Pixels, Nv12SharesItsColoursByFour) {
  // 4x2 luma, then one row of two pairs: blue on the left, green on the right.
  const Bytes bytes = {41, 41, 145, 145, 41, 41, 145, 145, 240, 110, 54, 34};
  const auto image = to_image(bytes, {V4L2_PIX_FMT_NV12, 4, 2, 4});
  ASSERT_TRUE(image) << image.error().message;
  for (const std::size_t y : {0, 1}) {
    EXPECT_GE(pixel(*image, 1, y)[2], 250);
    EXPECT_LE(pixel(*image, 1, y)[0], 5);
    EXPECT_GE(pixel(*image, 2, y)[1], 250);
    EXPECT_LE(pixel(*image, 2, y)[2], 5);
  }
}

TEST(Pixels, Nv12InTwoPlanesIsTheSame) {
  // 3x3; gaps behind the rows, another one in each plane.
  const Bytes one = {10, 20, 30, 0, 40, 50, 60, 0, 70, 80, 90, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes luma = {10, 20, 30, 0, 0, 40, 50, 60, 0, 0, 70, 80, 90, 0};
  const Bytes chroma = {1, 2, 3, 4, 0, 0, 5, 6, 7, 8};
  const auto expected = to_image(one, {V4L2_PIX_FMT_NV12, 3, 3, 4});
  ASSERT_TRUE(expected) << expected.error().message;
  const PixelFormat format{V4L2_PIX_FMT_NV12M, 3, 3, 5, 6};
  const auto image = to_image(std::array{ByteView(luma), ByteView(chroma)}, format);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->rgb, expected->rgb);

  for (std::size_t size = 0; size < luma.size(); size++)
    EXPECT_FALSE(to_image(std::array{ByteView(luma).subspan(0, size), ByteView(chroma)}, format));
  for (std::size_t size = 0; size < chroma.size(); size++) {
    const auto cut =
        to_image(std::array{ByteView(luma), ByteView(chroma).subspan(0, size)}, format);
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().message,
              "a picture of " + std::to_string(size) + " bytes, 10 are needed");
  }
  EXPECT_FALSE(to_image(luma, format)) << "a plane is missing";
  const PixelFormat in_one_plane{V4L2_PIX_FMT_NV12, 3, 3, 4};
  EXPECT_FALSE(to_image(std::array{ByteView(one), ByteView(one)}, in_one_plane));
}

TEST(Pixels, ExtremesDoNotWrap) {
  for (const std::uint8_t y : {0, 255})
    for (const std::uint8_t u : {0, 255})
      for (const std::uint8_t v : {0, 255})
        EXPECT_TRUE(to_image(Bytes{y, u, y, v}, {V4L2_PIX_FMT_YUYV, 2, 1, 4}));
}

TEST(Pixels, OddSizesAndTooFewBytes) {
  struct Case {
    std::uint32_t fourcc;
    std::size_t stride;
    std::size_t bytes;
  };
  // 3x3 pixels; the last row needs no gap behind it.
  for (const Case& c : {Case{V4L2_PIX_FMT_RGB24, 9, 27}, Case{V4L2_PIX_FMT_RGB24, 16, 2 * 16 + 9},
                        Case{V4L2_PIX_FMT_YUYV, 8, 24}, Case{V4L2_PIX_FMT_NV12, 4, 20}}) {
    EXPECT_TRUE(to_image(Bytes(c.bytes), {c.fourcc, 3, 3, c.stride})) << fourcc_name(c.fourcc);
    for (std::size_t size = 0; size < c.bytes; size++) {
      const auto image = to_image(Bytes(size), {c.fourcc, 3, 3, c.stride});
      ASSERT_FALSE(image) << fourcc_name(c.fourcc) << " of " << size;
      EXPECT_EQ(image.error().code, Error::Code::protocol);
    }
    EXPECT_FALSE(to_image(Bytes(1000), {c.fourcc, 3, 3, 2})) << "rows that overlap";
  }
  EXPECT_FALSE(to_image(Bytes(1000), {V4L2_PIX_FMT_YUYV, 0, 3, 8}));
  EXPECT_FALSE(to_image(Bytes(1000), {V4L2_PIX_FMT_YUYV, 1U << 31, 1U << 31, 8}));
  EXPECT_FALSE(to_image(Bytes(1000), {v4l2_fourcc('H', '2', '6', '4'), 3, 3, 9}));
}

TEST(Pixels, JpegsOfCamerasMayHaveBytesBehindThem) {
  auto jpeg = as_jpeg(gradient(32, 16));
  jpeg.insert(jpeg.end(), 100, 0);
  const auto image = to_image(jpeg, {V4L2_PIX_FMT_MJPEG, 32, 16, 0});
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 32U);
  EXPECT_FALSE(to_image(jpeg, {V4L2_PIX_FMT_MJPEG, 16, 32, 0})) << "of another size";
  EXPECT_FALSE(to_image(Bytes(10), {V4L2_PIX_FMT_MJPEG, 32, 16, 0}));
  EXPECT_FALSE(to_image(ByteView{}, {V4L2_PIX_FMT_MJPEG, 32, 16, 0}));
}

TEST(Pixels, NamesOfFormats) {
  EXPECT_EQ(fourcc_name(V4L2_PIX_FMT_MJPEG), "MJPEG");
  EXPECT_EQ(fourcc_name(V4L2_PIX_FMT_YUYV), "YUYV");
  EXPECT_EQ(fourcc_name(V4L2_PIX_FMT_NV12M), "NV12M");
  EXPECT_EQ(fourcc_name(0x1b00), "\\x00\\x1b\\x00\\x00");
}

}  // namespace
}  // namespace hailo::detect
