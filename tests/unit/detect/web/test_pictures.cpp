// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "detect/draw/draw.h"
#include "detect/web/jpeg.h"
#include "detect/web/pictures.h"
#include "support/scene.h"

namespace hailo::detect::web {
namespace {

Colour pixel(const Image& image, std::uint32_t x, std::uint32_t y) {
  const auto* at = image.rgb.data() + (std::size_t{y} * image.width + x) * 3;
  return {at[0], at[1], at[2]};
}

TEST(Jpeg, IsWhatItWas) {
  const auto frame = test::scene(1, test::two_shapes(), 65, 33);
  auto encoder = JpegEncoder::create(95);
  ASSERT_TRUE(encoder);
  const auto file = encoder->encode(*frame->picture);
  ASSERT_TRUE(file) << file.error().message;
  const auto decoded = decode_image(*file);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->width, 65U);
  EXPECT_EQ(decoded->height, 33U);
  EXPECT_NEAR(pixel(*decoded, 15, 12).red, 255, 12);
  EXPECT_NEAR(pixel(*decoded, 2, 2).red, 64, 12);
  const auto nothing = encoder->encode({0, 0, {}});
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("0x0 pixels"), std::string::npos);
}

TEST(Pictures, EachIsMadeOnce) {
  const auto pictures = Pictures::create(80).value();
  const auto first = test::scene(1, test::two_shapes());
  const auto second = test::scene(2, {});
  using Kind = Pictures::Kind;
  const auto plain = pictures->get(Kind::plain, *first, {}).file;
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(pictures->get(Kind::plain, *first, {}).file, plain);
  EXPECT_EQ(pictures->made(Kind::plain), 1U);
  EXPECT_EQ(pictures->made(Kind::boxed), 0U);
  EXPECT_NE(pictures->get(Kind::boxed, *first, {}).file, plain);
  const auto newer = pictures->get(Kind::plain, *second, {});
  EXPECT_NE(newer.file, plain);
  EXPECT_EQ(newer.number, 2U);
  const auto late = pictures->get(Kind::plain, *first, {});
  EXPECT_EQ(late.file, newer.file) << "never back";
  EXPECT_EQ(late.number, 2U) << "and called what it is";
  EXPECT_EQ(pictures->made(Kind::plain), 2U);
  EXPECT_EQ(pictures->made(Kind::boxed), 1U);
  Frame without;
  without.number = 3;
  EXPECT_EQ(pictures->get(Kind::plain, without, {}).file, newer.file);
  EXPECT_EQ(pictures->get(Kind::plain, without, {}).number, 2U);
}

}  // namespace
}  // namespace hailo::detect::web
