// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lib/hef/nms.h"

namespace hailo::hef {
namespace {

const NmsInfo info{
    .classes = 2, .max_boxes_per_class = 2, .chunks = 1, .burst_size = 3, .burst_type = 1};

Quantisation quantisation() {
  Quantisation q;
  q.scale = nms_scale;
  return q;
}

const Box example{.y_min = 0.1F, .x_min = 0.25F, .y_max = 0.2F, .x_max = 0.5F, .score = 0.9F};

TEST(NmsRecord, WorkedExample) { EXPECT_EQ(pack_nms_record(example), 0x0E6619A400333800ULL); }

TEST(NmsRecord, EachFieldInItsPlace) {
  EXPECT_EQ(pack_nms_record({.x_max = 1}), 0xfffULL);
  EXPECT_EQ(pack_nms_record({.y_max = 1}), 0xfffULL << 12);
  EXPECT_EQ(pack_nms_record({.x_min = 1}), 0xfffULL << 24);
  EXPECT_EQ(pack_nms_record({.y_min = 1}), 0xfffULL << 36);
  EXPECT_EQ(pack_nms_record({.score = 1}), 0xfffULL << 48);
}

TEST(NmsRecord, LimitedToWhatFits) {
  EXPECT_EQ(pack_nms_record({-1, -1, -1, -1, -1}), 0U);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(pack_nms_record({nan, nan, nan, nan, nan}), 0U);
  const float huge = std::numeric_limits<float>::infinity();
  EXPECT_EQ(pack_nms_record({.x_max = huge}), 0xfffU);
  EXPECT_EQ(pack_nms_record({.score = huge}), 0xffffULL << 48);
}

TEST(NmsRecord, RoundTripWithinHalfAStep) {
  const Quantisation q = quantisation();
  for (int i = 0; i <= 1000; ++i) {
    const float v = static_cast<float>(i) / 1000;
    const Box box = unpack_nms_record(pack_nms_record({v, 1 - v, v, 1 - v, v}), q);
    EXPECT_NEAR(box.y_min, v, nms_scale * 0.51);
    EXPECT_NEAR(box.x_min, 1 - v, nms_scale * 0.51);
    EXPECT_NEAR(box.y_max, v, nms_scale * 0.51);
    EXPECT_NEAR(box.x_max, 1 - v, nms_scale * 0.51);
    EXPECT_NEAR(box.score, v, nms_scale * 0.51);
  }
}

TEST(NmsFrame, WorkedExample) {
  const auto frame = pack_nms_frame({{example}, {}}, info);
  ASSERT_TRUE(frame) << frame.error().message;
  Bytes expected = {0x00, 0x38, 0x33, 0x00, 0xA4, 0x19, 0x66, 0x0E};
  expected.resize(48, 0xff);
  EXPECT_EQ(*frame, expected);

  const auto boxes = unpack_nms_frame(*frame, info, quantisation());
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2U);
  ASSERT_EQ((*boxes)[0].size(), 1U);
  EXPECT_TRUE((*boxes)[1].empty());
  EXPECT_NEAR((*boxes)[0][0].score, 0.9, nms_scale);
}

TEST(NmsFrame, KeepsTheFirstBoxes) {
  const auto frame = pack_nms_frame({{example, example, example}, {}}, info);
  EXPECT_EQ((*unpack_nms_frame(*frame, info, quantisation()))[0].size(), 2U);
}

TEST(NmsFrame, Refusals) {
  const auto q = quantisation();
  EXPECT_FALSE(pack_nms_frame({{}}, info)) << "one class of two";
  NmsInfo tight = info;
  tight.burst_size = 2;
  EXPECT_FALSE(pack_nms_frame({{}, {}}, tight)) << "no room for the delimiter";

  Bytes frame = pack_nms_frame({{example}, {}}, info).value();
  EXPECT_TRUE(unpack_nms_frame(frame, info, q));
  EXPECT_FALSE(unpack_nms_frame(ByteView(frame).first(47), info, q));
  EXPECT_FALSE(unpack_nms_frame({}, NmsInfo{}, q));
  for (std::size_t i = 0; i < 24; ++i) frame[i] = 0;  // three boxes, no delimiter
  EXPECT_EQ(unpack_nms_frame(frame, info, q).error().message,
            "Data read from the device for class 0 has 3 boxes, max size is 2");
  NmsInfo roomy = info;
  roomy.burst_size = 6;
  roomy.classes = 1;
  EXPECT_FALSE(unpack_nms_frame(frame, roomy, q)) << "three boxes, a delimiter, two allowed";
}

TEST(NmsSelect, ScoresAboveTheThresholdBestFirst) {
  const std::vector<float> rows = {
      0,    0,    0.1F, 0.1F, 0.6F, 0.0F,  //
      0.5F, 0.5F, 0.6F, 0.6F, 0.8F, 0.5F,  // 0.5 is not above
      0.2F, 0.2F, 0.3F, 0.3F, 0.7F, 0.9F,  //
  };
  const auto boxes = select_boxes(rows, info, {.score = 0.5F, .iou = 0.5F});
  ASSERT_EQ(boxes.size(), 2U);
  ASSERT_EQ(boxes[0].size(), 2U) << "three candidates, two allowed";
  EXPECT_EQ(boxes[0][0], (Box{0.5F, 0.5F, 0.6F, 0.6F, 0.8F}));
  EXPECT_EQ(boxes[0][1], (Box{0.2F, 0.2F, 0.3F, 0.3F, 0.7F}));
  ASSERT_EQ(boxes[1].size(), 1U);
  EXPECT_EQ(boxes[1][0].score, 0.9F);
}

TEST(NmsSelect, OverlapIsPerClass) {
  NmsInfo many = info;
  many.max_boxes_per_class = 10;
  // The second box covers 3/5 of the union with the first; the third touches it.
  const std::vector<float> rows = {
      0, 0,     1, 0.8F, 0.9F, 0,  //
      0, 0.2F,  1, 1.0F, 0.8F, 0,  //
      0, 0.8F,  1, 1.0F, 0.7F, 0,  //
      0, 0.01F, 1, 0.8F, 0,    1,  //
  };
  EXPECT_EQ(select_boxes(rows, many, {.score = 0.1F, .iou = 0.59F})[0].size(), 2U);
  EXPECT_EQ(select_boxes(rows, many, {.score = 0.1F, .iou = 0.61F})[0].size(), 3U);
  EXPECT_EQ(select_boxes(rows, many, {.score = 0.1F, .iou = 0.59F})[1].size(), 1U);
}

TEST(NmsSelect, EqualScoresKeepTheirOrder) {
  NmsInfo many = info;
  many.max_boxes_per_class = 10;
  many.classes = 1;
  std::vector<float> rows;
  for (int i = 0; i < 8; ++i) {
    const float at = static_cast<float>(i) / 10;
    rows.insert(rows.end(), {at, 0, at + 0.05F, 1, 0.5F});
  }
  const auto boxes = select_boxes(rows, many, {.score = 0, .iou = 0.5F});
  ASSERT_EQ(boxes[0].size(), 8U);
  for (std::size_t i = 1; i < 8; ++i) EXPECT_GT(boxes[0][i].y_min, boxes[0][i - 1].y_min);
}

TEST(NmsSelect, LeavesOutWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> rows = {
      0, 0, 1, nan, 0.9F, 0.9F,  //
      0, 0, 1, 1,   inf,  0.9F,  //
      0, 0, 1, 1,   0.9F,        // incomplete
  };
  const auto boxes = select_boxes(rows, info, {});
  EXPECT_TRUE(boxes[0].empty());
  EXPECT_TRUE(boxes[1].empty());
}

}  // namespace
}  // namespace hailo::hef
