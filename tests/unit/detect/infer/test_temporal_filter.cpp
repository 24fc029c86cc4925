// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "detect/infer/temporal_filter.h"

namespace hailo::detect {
namespace {

constexpr TemporalOptions kOptions{
    .tolerance = 0.1F, .factor = 0.25F, .visible_frames = 3, .hidden_frames = 2};

Detection at(float x, std::uint32_t class_index = 0, float score = 0.8F) {
  return {class_index, {0.2F, x, 0.4F, x + 0.2F, score}};
}

TEST(TemporalFilters, AnObjectIsShownOnceSeenOftenEnough) {
  TemporalFilter filter(kOptions);
  EXPECT_TRUE(filter.next({at(0.1F)}).empty());
  EXPECT_TRUE(filter.next({at(0.1F)}).empty());
  EXPECT_EQ(filter.next({at(0.1F)}).size(), 1U);
}

TEST(TemporalFilters, AShownObjectStaysForAWhile) {
  TemporalFilter filter({.tolerance = 0.1F, .factor = 1, .visible_frames = 3, .hidden_frames = 0});
  EXPECT_EQ(filter.next({at(0.1F)}).size(), 1U);
  EXPECT_EQ(filter.next({}).size(), 1U);
  EXPECT_EQ(filter.next({}).size(), 1U);
  EXPECT_TRUE(filter.next({}).empty());
  // Each sight starts the count anew.
  filter.next({at(0.1F)});
  filter.next({});
  filter.next({});
  EXPECT_EQ(filter.next({at(0.1F)}).size(), 1U);
  EXPECT_EQ(filter.next({}).size(), 1U);
}

TEST(TemporalFilters, PositionsFollowByTheFactorAndScoresAtOnce) {
  TemporalFilter filter(
      {.tolerance = 0.1F, .factor = 0.25F, .visible_frames = 1, .hidden_frames = 0});
  filter.next({at(0.2F, 0, 0.5F)});
  const auto shown = filter.next({at(0.28F, 0, 0.9F)});
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_NEAR(shown[0].box.x_min, 0.22F, 1e-6);
  EXPECT_NEAR(shown[0].box.x_max, 0.42F, 1e-6);
  EXPECT_EQ(shown[0].box.score, 0.9F);
}

TEST(TemporalFilters, FartherOrOfAnotherClassOrSizeIsAnotherObject) {
  const auto objects = [](const Detection& second) {
    TemporalFilter filter(
        {.tolerance = 0.1F, .factor = 1, .visible_frames = 2, .hidden_frames = 0});
    filter.next({at(0.2F)});
    return filter.next({second}).size();
  };
  EXPECT_EQ(objects(at(0.25F)), 1U);
  EXPECT_EQ(objects(at(0.31F)), 2U);
  EXPECT_EQ(objects(at(0.2F, 1)), 2U);
  Detection larger = at(0.2F);
  larger.box.x_max = 0.6F;
  EXPECT_EQ(objects(larger), 2U);
  larger = at(0.2F);
  larger.box.y_max = 0.7F;
  EXPECT_EQ(objects(larger), 2U);
}

TEST(TemporalFilters, TwoDetectionsAreNeverOneObject) {
  TemporalFilter filter({.tolerance = 0.1F, .factor = 1, .visible_frames = 2, .hidden_frames = 0});
  EXPECT_EQ(filter.next({at(0.2F), at(0.21F)}).size(), 2U);
  EXPECT_EQ(filter.next({at(0.2F), at(0.21F)}).size(), 2U);
}

TEST(TemporalFilters, MemoryIsBounded) {
  TemporalFilter filter({.tolerance = 0, .factor = 1, .visible_frames = 4, .hidden_frames = 0});
  std::size_t most = 0;
  for (int i = 0; i < 1000; i++) most = std::max(most, filter.next({at(0.1F), at(0.5F)}).size());
  EXPECT_EQ(most, 2U * 4);
}

}  // namespace
}  // namespace hailo::detect
