// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "emulator/nn/tensor.h"

namespace hailo::emu::nn {
namespace {

using hef::ModelOrder;
using hef::PayloadTensor;
using hef::WireOrder;

PayloadTensor tensor(hef::Shape shape, hef::Shape padded) {
  PayloadTensor t;
  t.shape = shape;
  t.padded = padded;
  t.tensor = "t";
  return t;
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

using Values = std::vector<float>;

TEST(Dequantise, RowsToPlanesWithoutPadding) {
  PayloadTensor t = tensor({2, 2, 3}, {2, 4, 3});
  t.model_order = ModelOrder::chw;
  EXPECT_EQ(*dequantise(t, counting(24)), (Values{0, 3, 12, 15, 1, 4, 13, 16, 2, 5, 14, 17}));
  t.model_order = ModelOrder::hwc;
  EXPECT_EQ(*dequantise(t, counting(24)), (Values{0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17}));
}

TEST(Dequantise, RowsOfColumns) {
  PayloadTensor t = tensor({2, 2, 3}, {2, 4, 3});
  t.order = WireOrder::nhcw;
  EXPECT_EQ(*dequantise(t, counting(24)), (Values{0, 4, 8, 1, 5, 9, 12, 16, 20, 13, 17, 21}));
}

TEST(Dequantise, ZeroPointAndScale) {
  PayloadTensor t = tensor({1, 1, 3}, {1, 1, 8});
  t.zero_point = 2;
  t.scale = 0.5F;
  EXPECT_EQ(*dequantise(t, Bytes{0, 2, 255, 9, 9, 9, 9, 9}), (Values{-1, 0, 126.5F}));
}

TEST(Dequantise, TwoBytesAreLittleEndian) {
  PayloadTensor t = tensor({1, 1, 2}, {1, 1, 4});
  t.data_bytes = 2;
  EXPECT_EQ(*dequantise(t, Bytes{1, 2, 0xff, 0xff, 9, 9, 9, 9}), (Values{513, 65535}));
}

TEST(Dequantise, OtherSizesAreRefused) {
  const PayloadTensor t = tensor({1, 1, 8}, {1, 1, 8});
  EXPECT_TRUE(dequantise(t, Bytes(8)));
  EXPECT_FALSE(dequantise(t, Bytes(7)));
  EXPECT_FALSE(dequantise(t, Bytes(9)));
}

TEST(Quantise, RoundsHalvesAwayFromZeroAndLimits) {
  PayloadTensor t = tensor({1, 1, 8}, {1, 1, 8});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(*quantise(t, Values{0.5F, 1.5F, 2.5F, 2.6F, -3, 254.6F, 1e30F, nan}),
            (Bytes{1, 2, 3, 3, 0, 255, 255, 0}));
  t.zero_point = 10;
  t.scale = 0.25F;
  EXPECT_EQ(*quantise(t, Values{0, 1, -1, -2.5F, -2.6F, 0, 0, 61.25F}),
            (Bytes{10, 14, 6, 0, 0, 10, 10, 255}));
}

TEST(Quantise, TwoBytes) {
  PayloadTensor t = tensor({1, 1, 2}, {1, 1, 4});
  t.data_bytes = 2;
  EXPECT_EQ(*quantise(t, Values{513, 1e9F}), (Bytes{1, 2, 0xff, 0xff, 0, 0, 0, 0}));
}

TEST(Quantise, PaddingIsZero) {
  PayloadTensor t = tensor({2, 1, 2}, {2, 2, 4});
  EXPECT_EQ(*quantise(t, Values{1, 2, 3, 4}),
            (Bytes{1, 2, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0}));
  t.order = WireOrder::nhcw;
  t.model_order = ModelOrder::chw;
  EXPECT_EQ(*quantise(t, Values{1, 3, 2, 4}),
            (Bytes{1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0}));
}

TEST(Quantise, OtherNumbersAreRefused) {
  const PayloadTensor t = tensor({1, 1, 8}, {1, 1, 8});
  EXPECT_TRUE(quantise(t, Values(8)));
  EXPECT_FALSE(quantise(t, Values(7)));
  EXPECT_FALSE(quantise(t, Values(9)));
}

PayloadTensor boxes() {
  PayloadTensor t = tensor({1, 1, 1}, {1, 1, 1});
  t.order = WireOrder::nms_on_chip;
  t.data_bytes = 2;
  t.scale = hef::nms_scale;
  t.nms = hef::PayloadNms{.classes = 2,
                          .max_boxes_per_class = 2,
                          .burst_size = 3,
                          .thresholds = {.score = 0.3F, .iou = 0.5F}};
  return t;
}

TEST(Quantise, BoxesAsTheChipSendsThem) {
  // The specification's example: one box in class 0, none in class 1.
  const auto frame = quantise(boxes(), Values{0.1F, 0.25F, 0.2F, 0.5F, 0.9F, 0.1F});
  ASSERT_TRUE(frame) << frame.error().message;
  Bytes expected = {0x00, 0x38, 0x33, 0x00, 0xa4, 0x19, 0x66, 0x0e};
  expected.resize(48, 0xff);
  // 0.5, 0.1 and 0.9 of 4095 are halves.
  EXPECT_EQ(*frame, expected);
}

TEST(Quantise, BoxesAreBoundedAndSuppressed) {
  Values rows;
  for (int i = 0; i < 5; ++i) {
    const float x = 0.2F * static_cast<float>(i);
    rows.insert(rows.end(), {0, x, 0.1F, x + 0.1F, 0.5F + 0.1F * static_cast<float>(i), 0});
  }
  // The best of all again, a little worse: the same object.
  rows.insert(rows.end(), {0, 0.8F, 0.1F, 0.9F, 0.85F, 0});
  const auto frame = quantise(boxes(), rows);
  ASSERT_TRUE(frame) << frame.error().message;
  hef::NmsInfo info;
  info.classes = 2;
  info.max_boxes_per_class = 2;
  info.burst_size = 3;
  hef::Quantisation q;
  q.scale = hef::nms_scale;
  const auto found = unpack_nms_frame(*frame, info, q);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ((*found)[0].size(), 2U);
  EXPECT_NEAR((*found)[0][0].score, 0.9F, 0.001F);
  EXPECT_NEAR((*found)[0][1].score, 0.8F, 0.001F);
  EXPECT_TRUE((*found)[1].empty());
}

TEST(Quantise, BoxesNeedWholeRows) { EXPECT_FALSE(quantise(boxes(), Values(7))); }

}  // namespace
}  // namespace hailo::emu::nn
