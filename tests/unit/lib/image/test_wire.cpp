// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "lib/image/wire.h"
#include "support/pictures.h"

namespace hailo {
namespace {

hef::Stream stream(hef::Shape padded) {
  hef::Stream s;
  s.shape = {4, 8, 3};
  s.padded = padded;
  s.frame_bytes = padded.height * padded.width * padded.features;
  return s;
}

TEST(Wire, PixelsThatFitAreCopied) {
  const Image image = gradient(8, 4);
  Bytes out(8 * 4 * 3, 0xee);
  write_pixels(image, stream({4, 8, 3}), out);
  EXPECT_EQ(out, image.rgb);
}

TEST(Wire, PaddingIsZeroEvenInUsedMemory) {
  const Image image = gradient(8, 4);
  Bytes out(4 * 8 * 4, 0xee);
  write_pixels(image, stream({4, 8, 4}), out);
  for (std::size_t at = 0; at < 8 * 4; at++) {
    EXPECT_EQ(out[at * 4], image.rgb[at * 3]);
    EXPECT_EQ(out[at * 4 + 3], 0);
  }
}

TEST(Wire, ALetterboxedPictureIsTheSameWithoutTheCopy) {
  for (const auto& image : {gradient(8, 4), gradient(8, 2), gradient(3, 4), gradient(40, 11)}) {
    const auto placement = place(image.width, image.height, 8, 4);
    for (const hef::Shape& padded : {hef::Shape{4, 8, 3}, hef::Shape{4, 8, 4}}) {
      const std::size_t size = padded.height * padded.width * padded.features;
      Bytes expected(size, 0xee);
      write_pixels(letterbox(image, placement), stream(padded), expected);
      Bytes out(size, 0xdd);
      write_pixels(image, placement, stream(padded), out);
      EXPECT_EQ(out, expected) << image.width << "x" << image.height;
    }
  }
}

TEST(Wire, OnlyOneInputOfThreeFeaturesTakesPictures) {
  EXPECT_TRUE(takes_pictures({stream({4, 8, 3})}));
  EXPECT_FALSE(takes_pictures({}));
  EXPECT_FALSE(takes_pictures({stream({4, 8, 3}), stream({4, 8, 3})}));
  auto other = stream({4, 8, 3});
  other.shape.features = 1;
  EXPECT_FALSE(takes_pictures({other}));
  other = stream({4, 8, 3});
  other.transposed = true;
  EXPECT_FALSE(takes_pictures({other}));
  other = stream({4, 8, 3});
  other.order = hef::WireOrder::yuy2;
  EXPECT_FALSE(takes_pictures({other}));
}

}  // namespace
}  // namespace hailo
