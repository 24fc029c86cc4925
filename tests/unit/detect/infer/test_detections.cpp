// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <limits>

#include "detect/infer/detections.h"

namespace hailo::detect {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

hef::Box box(float score) { return {0.1F, 0.2F, 0.3F, 0.4F, score}; }

TEST(Select, BestFirstWithTheirClasses) {
  const auto found = select({{box(0.5F)}, {}, {box(0.9F), box(0.39F)}}, {.threshold = 0.4F});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].class_index, 2U);
  EXPECT_EQ(found[0].box, box(0.9F));
  EXPECT_EQ(found[1].class_index, 0U);
}

TEST(Select, AScoreOfTheThresholdCounts) {
  EXPECT_EQ(select({{box(0.5F)}}, {.threshold = 0.5F}).size(), 1U);
}

TEST(Select, NotMoreThanAllowed) {
  const hef::BoxesByClass many(80, std::vector<hef::Box>(100, box(0.8F)));
  EXPECT_EQ(select(many, {.max_boxes = 20}).size(), 20U);
}

TEST(Select, WhatIsNotANumberIsLeftOut) {
  for (const float bad : {kNan, kInf, -kInf}) {
    for (int field = 0; field < 5; field++) {
      hef::Box b = box(0.8F);
      (field == 0   ? b.y_min
       : field == 1 ? b.x_min
       : field == 2 ? b.y_max
       : field == 3 ? b.x_max
                    : b.score) = bad;
      EXPECT_TRUE(select({{b}}, {}).empty()) << bad << " in field " << field;
    }
  }
}

TEST(Select, OversizedBoxesAreCutAndEmptyOnesLeftOut) {
  const auto found = select({{{-5, -1e30F, 7, 1e30F, 16}}}, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].box, (hef::Box{0, 0, 1, 1, 1}));
  EXPECT_TRUE(select({{{0.5F, 0.5F, 0.5F, 0.9F, 0.9F}}}, {}).empty());
  EXPECT_TRUE(select({{{0.9F, 0.1F, 0.1F, 0.9F, 0.9F}}}, {}).empty());
  EXPECT_TRUE(select({{{0.1F, 2, 0.9F, 3, 0.9F}}}, {}).empty()) << "beside the picture";
  EXPECT_TRUE(select({{{0.1F, 0.1F, 0.9F, 0.9F, -3}}}, {.threshold = 0}).empty());
}

}  // namespace
}  // namespace hailo::detect
