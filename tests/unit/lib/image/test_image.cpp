// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdlib>

#include "lib/image/image.h"
#include "lib/image/letterbox.h"
#include "support/pictures.h"

namespace hailo {
namespace {

std::string refusal(const Bytes& file) {
  const auto image = decode_image(file);
  return image ? "accepted" : image.error().message;
}

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

TEST(Image, PngAndPpmAreLossless) {
  const Image image = gradient(13, 7);
  for (const Bytes& file : {as_png(image), as_ppm(image), as_ppm(image, "# a comment\n")}) {
    const auto decoded = decode_image(file);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->width, 13U);
    EXPECT_EQ(decoded->height, 7U);
    EXPECT_EQ(decoded->rgb, image.rgb);
  }
}

TEST(Image, JpegIsNear) {
  const Image image = gradient(32, 24);
  const auto decoded = decode_image(as_jpeg(image));
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_EQ(decoded->rgb.size(), image.rgb.size());
  for (std::size_t i = 0; i < image.rgb.size(); i++)
    EXPECT_LE(std::abs(decoded->rgb[i] - image.rgb[i]), 6) << i;
}

TEST(Image, EveryTruncationIsRefused) {
  // The end marker may be damaged: the picture is whole without it.
  const struct {
    Bytes file;
    std::size_t marker;
  } cases[] = {
      {as_png(gradient(5, 4)), 12}, {as_ppm(gradient(5, 4)), 0}, {as_jpeg(gradient(64, 64)), 16}};
  for (const auto& [file, marker] : cases)
    for (std::size_t size = 0; size < file.size() - marker; size++)
      EXPECT_NE(refusal({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}),
                "accepted")
          << size << " of " << file.size();
}

TEST(Image, Refusals) {
  EXPECT_EQ(refusal({}), "neither PNG, JPEG nor PPM (P6)");
  EXPECT_EQ(refusal(bytes("GIF89a")), "neither PNG, JPEG nor PPM (P6)");
  EXPECT_EQ(refusal(bytes("P6 2 2 65535\n")),
            "a PPM with values to 65535 is not supported, only to 255");
  EXPECT_EQ(refusal(bytes("P6 2 2 255\n123")), "damaged PPM: 3 bytes of pixels, 12 are needed");
  EXPECT_EQ(refusal(bytes("P6 0 2 255\n")), "an image of 0x2 pixels is not possible");
  EXPECT_EQ(refusal(bytes("P6 70000 70000 255\n")),
            "an image of 70000x70000 pixels is not possible");
  EXPECT_EQ(refusal(bytes("P6 -1 2 255\n")), "damaged PPM: its header ends early");
  EXPECT_EQ(refusal(bytes("P6 99999999999999999999 2 255\n")),
            "damaged PPM: its header ends early");
}

TEST(Letterbox, TheSameSizeStaysTheSame) {
  const Image image = gradient(16, 16);
  EXPECT_EQ(letterbox(image, place(16, 16, 16, 16)).rgb, image.rgb);
}

TEST(Letterbox, WideAndHighPicturesAreInTheMiddle) {
  const Placement wide = place(640, 480, 320, 320);
  EXPECT_EQ(wide.left, 0U);
  EXPECT_EQ(wide.top, 40U);
  EXPECT_EQ(wide.width, 320U);
  EXPECT_EQ(wide.height, 240U);
  const Placement high = place(100, 400, 320, 320);
  EXPECT_EQ(high.left, 120U);
  EXPECT_EQ(high.top, 0U);
  EXPECT_EQ(high.width, 80U);
  EXPECT_EQ(high.height, 320U);
  EXPECT_EQ(place(100000, 1, 320, 320).height, 1U) << "never nothing";
}

TEST(Letterbox, BorderIsGreyAndAPlainPictureStaysPlain) {
  const Image image{8, 4, Bytes(8 * 4 * 3, 200)};
  const Image canvas = letterbox(image, place(8, 4, 16, 16));
  for (std::uint32_t y = 0; y < 16; y++)
    for (std::size_t x = 0; x < 16 * 3; x++)
      EXPECT_EQ(canvas.rgb[y * 48 + x], y >= 4 && y < 12 ? 200 : 114) << x << ", " << y;
}

TEST(Letterbox, WhatFitsIsLeftAsItIs) {
  const Image image = gradient(16, 5);
  const Image canvas = letterbox(image, place(16, 5, 16, 16));
  for (std::size_t i = 0; i < canvas.rgb.size(); i++) {
    const std::size_t top = std::size_t{5} * 16 * 3;
    const bool inside = i >= top && i < top + image.rgb.size();
    EXPECT_EQ(canvas.rgb[i], inside ? image.rgb[i - top] : 114) << i;
  }
}

TEST(Letterbox, HalvingTakesTheMeanOfFour) {
  Image image{2, 2, {}};
  for (const int v : {10, 20, 30, 41})
    for (int c = 0; c < 3; c++) image.rgb.push_back(static_cast<std::uint8_t>(v));
  EXPECT_EQ(letterbox(image, place(2, 2, 1, 1)).rgb, Bytes(3, 25));
}

TEST(Letterbox, BoxesGoBackToThePicture) {
  const Placement placement = place(640, 480, 320, 320);
  const auto whole =
      to_image({.y_min = 0.125F, .x_min = 0, .y_max = 0.875F, .x_max = 1}, placement);
  EXPECT_NEAR(whole.x_min, 0, 1e-3);
  EXPECT_NEAR(whole.y_min, 0, 1e-3);
  EXPECT_NEAR(whole.x_max, 640, 1e-3);
  EXPECT_NEAR(whole.y_max, 480, 1e-3);
  const auto outside = to_image({.y_min = -1, .x_min = -1, .y_max = 2, .x_max = 2}, placement);
  EXPECT_EQ(outside.y_min, 0);
  EXPECT_EQ(outside.y_max, 480);
  EXPECT_EQ(outside.x_max, 640);
}

}  // namespace
}  // namespace hailo
