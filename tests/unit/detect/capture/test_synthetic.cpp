// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>

#include "detect/capture/synthetic.h"

namespace hailo::detect {
namespace {

TEST(Synthetic, ShapesMoveAndStayWithinThePicture) {
  const auto first = draw_shapes(0, 640, 480);
  EXPECT_EQ(first.rgb, draw_shapes(0, 640, 480).rgb);
  EXPECT_NE(first.rgb, draw_shapes(1, 640, 480).rgb);
  // All three colours, whole, in whatever picture: areas differ only where they overlap.
  for (const std::uint64_t number : {0ULL, 77ULL, 1000ULL, 123456789ULL, ~0ULL}) {
    const auto image = draw_shapes(number, 640, 480);
    std::set<std::uint32_t> red;
    for (std::size_t i = 0; i < image.rgb.size(); i += 3) red.insert(image.rgb[i]);
    EXPECT_TRUE(red.contains(240)) << number;  // the ring is drawn last
  }
}

TEST(Synthetic, AnySizeCanBeDrawn) {
  for (const std::uint32_t side : {1U, 2U, 7U, 33U})
    EXPECT_EQ(draw_shapes(3, side, side).rgb.size(), side * side * 3);
}

TEST(Synthetic, TheSourceNeverEnds) {
  const auto source = open_synthetic();
  EXPECT_FALSE(source->is_live());
  const auto a = source->next(std::chrono::milliseconds(0)).value();
  const auto b = source->next(std::chrono::milliseconds(0)).value();
  EXPECT_EQ(a.image->width, 640U);
  EXPECT_NE(a.image->rgb, b.image->rgb);
}

}  // namespace
}  // namespace hailo::detect
