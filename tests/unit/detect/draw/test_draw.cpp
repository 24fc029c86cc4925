// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "detect/draw/draw.h"
#include "detect/draw/font.h"

namespace hailo::detect {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Image black(std::uint32_t width, std::uint32_t height) {
  return {width, height, Bytes(std::size_t{3} * width * height, 0)};
}

Colour pixel(const Image& image, std::uint32_t x, std::uint32_t y) {
  const auto* at = image.rgb.data() + (std::size_t{y} * image.width + x) * 3;
  return {at[0], at[1], at[2]};
}

Detection detection(std::uint32_t index, float left, float top, float right, float bottom) {
  return {index, {.y_min = top, .x_min = left, .y_max = bottom, .x_max = right, .score = 0.876F}};
}

TEST(Font, EveryCharacterLooksDifferent) {
  std::set<Glyph> seen;
  for (int c = ' '; c <= '~'; c++)
    EXPECT_TRUE(seen.insert(glyph_of(static_cast<char>(c))).second) << static_cast<char>(c);
  for (const char c : {'\0', '\n', '\x7f', '\x80', '\xff'})
    EXPECT_FALSE(seen.contains(glyph_of(c))) << static_cast<int>(c);
}

TEST(Draw, TextIsDots) {
  Image image = black(20, 10);
  draw_text(image, 1, 1, "T-", {255, 0, 0}, 1);
  const std::string expected[] = {"#####......", "..#........", "..#........", "..#....###.",
                                  "..#........", "..#........", "..#........"};
  for (std::uint32_t y = 0; y < 7; y++)
    for (std::uint32_t x = 0; x < 11; x++)
      EXPECT_EQ(pixel(image, x + 1, y + 1), (expected[y][x] == '#' ? Colour{255, 0, 0} : Colour{}))
          << x << ", " << y;
}

TEST(Draw, TextIsCutAtTheEdges) {
  Image image = black(9, 9);
  for (const std::int64_t x : {-40, -3, 0, 7, 1000000})
    for (const std::int64_t y : {-40, -3, 0, 7, 1000000})
      draw_text(image, x, y, "W\xc3\xbc", {9, 9, 9}, 3);
  EXPECT_EQ(text_columns("W\xc3\xbc"), 12) << "two characters in three bytes";
}

TEST(Draw, ABoxIsFramedWhereItIs) {
  Image image = black(200, 100);
  draw_detections(image, {detection(1, 0.25F, 0.4F, 0.75F, 0.9F)}, {"circle", "square"});
  const Colour colour = colour_of(1);
  for (std::uint32_t x = 50; x < 150; x++) {
    EXPECT_EQ(pixel(image, x, 40), colour) << x;
    EXPECT_EQ(pixel(image, x, 89), colour) << x;
  }
  for (std::uint32_t y = 40; y < 90; y++) {
    EXPECT_EQ(pixel(image, 50, y), colour) << y;
    EXPECT_EQ(pixel(image, 149, y), colour) << y;
  }
  EXPECT_EQ(pixel(image, 100, 65), Colour{}) << "not filled";
  EXPECT_EQ(pixel(image, 100, 95), Colour{});
  EXPECT_EQ(pixel(image, 50, 32), colour) << "the caption is above";
}

TEST(Draw, StrangeBoxesHarmNothing) {
  const Image before = black(64, 48);
  Image image = before;
  draw_detections(image,
                  {detection(0, kNan, 0, 1, 1), detection(0, 0, 0, kInfinity, 1),
                   detection(0, 0.9F, 0.9F, 0.1F, 0.1F), detection(0, 2, 2, 3, 3),
                   detection(0, 0.5F, 0.5F, 0.5F, 0.5F)},
                  {});
  EXPECT_EQ(image.rgb, before.rgb);
  draw_detections(image, {detection(4294967295, -1e30F, -5, 1e30F, 7)}, {});
  EXPECT_EQ(pixel(image, 0, 47), colour_of(4294967295));
  EXPECT_EQ(pixel(image, 63, 47), colour_of(4294967295));
  Image nothing{0, 0, {}};
  draw_detections(nothing, {detection(0, 0, 0, 1, 1)}, {std::string(10000, 'x')});
}

TEST(Draw, Captions) {
  EXPECT_EQ(caption_of(detection(1, 0, 0, 1, 1), {"circle", "square"}), "square 88%");
  EXPECT_EQ(caption_of(detection(2, 0, 0, 1, 1), {"circle", "square"}), "class 2 88%");
  EXPECT_EQ(caption_of(detection(0, 0, 0, 1, 1), {"", "square"}), "class 0 88%");
  EXPECT_EQ(caption_of({0, {.score = kNan}}, {"circle"}), "circle 0%");
  EXPECT_EQ(caption_of({0, {.score = 7}}, {"circle"}), "circle 100%");
  EXPECT_EQ(css({1, 0xab, 255}), "#01abff");
}

}  // namespace
}  // namespace hailo::detect
