// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <limits>

#include "lib/hef/stream.h"

namespace hailo::hef {
namespace {

Stream tensor(Shape shape, Shape padded, std::uint8_t data_bytes = 1) {
  Stream s;
  s.name = "s";
  s.shape = shape;
  s.padded = padded;
  s.data_bytes = data_bytes;
  return s;
}

struct Row {
  Shape shape;
  std::uint32_t frame;
  TransferUnit unit;
};

TEST(HefStream, TableOfCommonShapes) {
  for (const auto& [shape, frame, unit] : {
           Row{{8, 8, 3}, 192, {24, 8}},
           Row{{640, 640, 3}, 1'228'800, {1920, 640}},
           Row{{1, 1, 8}, 8, {8, 1}},
           Row{{80, 80, 64}, 409'600, {5120, 80}},
           Row{{80, 80, 80}, 512'000, {6400, 80}},
           Row{{20, 20, 80}, 32'000, {1600, 20}},
       }) {
    EXPECT_EQ(tensor_frame_bytes(shape, 1), frame);
    const auto found =
        transfer_unit(tensor(shape, shape), default_shmifo_size, default_descriptor_page);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, unit) << frame << ": " << found->bytes << " x " << found->buffers;
  }
}

TEST(HefStream, Quantise) {
  EXPECT_EQ(quantise(0.5F, 0, 1, 255), 1U) << "halves away from zero";
  EXPECT_EQ(quantise(1.5F, 0, 1, 255), 2U);
  EXPECT_EQ(quantise(2.5F, 0, 1, 255), 3U);
  EXPECT_EQ(quantise(2.49F, 0, 1, 255), 2U);
  EXPECT_EQ(quantise(-3, 10, 0.5F, 255), 4U);
  EXPECT_EQ(quantise(-6, 10, 0.5F, 255), 0U);
  EXPECT_EQ(quantise(254.6F, 0, 1, 255), 255U);
  EXPECT_EQ(quantise(1e30F, 0, 1, 65535), 65535U);
  EXPECT_EQ(quantise(std::numeric_limits<float>::infinity(), 0, 1, 255), 255U);
  EXPECT_EQ(quantise(-std::numeric_limits<float>::infinity(), 0, 1, 255), 0U);
  EXPECT_EQ(quantise(std::numeric_limits<float>::quiet_NaN(), 0, 1, 255), 0U);
  for (std::uint32_t raw = 0; raw < 65536; ++raw) {
    EXPECT_EQ(quantise((static_cast<float>(raw) - 7) * 0.037F, 7, 0.037F, 65535), raw);
  }
}

TEST(HefStream, FrameBytes) {
  EXPECT_EQ(tensor_frame_bytes({7, 7, 3}, 1), 152U);  // 147 rounded up
  EXPECT_EQ(tensor_frame_bytes({1, 1, 5}, 2), 16U);
  EXPECT_FALSE(tensor_frame_bytes({0, 1, 1}, 1));
  EXPECT_FALSE(tensor_frame_bytes({1, 1, 1}, 0));
  // The largest frame is 2^32 - 8 bytes.
  EXPECT_EQ(tensor_frame_bytes({1, 1, 0xfffffff8}, 1), 0xfffffff8U);
  EXPECT_FALSE(tensor_frame_bytes({1, 1, 0xfffffff9}, 1));
  // 2^64 and more wrap around in 64 bits.
  EXPECT_FALSE(tensor_frame_bytes({0x80000000, 0x80000000, 4}, 1));
  EXPECT_FALSE(tensor_frame_bytes({0xffffffff, 0xffffffff, 0xffffffff}, 2));
}

TEST(HefStream, UnitOfUnevenShapes) {
  EXPECT_EQ(transfer_unit(tensor({7, 7, 3}, {7, 7, 3}), 0x4000, 512).error().message,
            "stream s: a frame of 7x7x3 x 1 bytes is not a multiple of 8");
  EXPECT_EQ(*transfer_unit(tensor({7, 7, 3}, {7, 8, 3}), 0x4000, 512), (TransferUnit{24, 7}));
}

TEST(HefStream, UnitFitsTheBuffer) {
  const Stream wide = tensor({8, 8192, 2}, {8, 8192, 2});  // rows of 16384
  // Strictly below 16384 - 512 = 15872; 8192 is the next divisor.
  EXPECT_EQ(transfer_unit(wide, 0x4000, 512)->bytes, 8192U);
  Stream exact = tensor({2, 15872, 1}, {2, 15872, 1});
  EXPECT_EQ(transfer_unit(exact, 0x4000, 512)->bytes, 7936U);
  exact.max_shmifo_size = 0x4008;  // the file's own size goes before the device's
  EXPECT_EQ(transfer_unit(exact, 0x4000, 512)->bytes, 15872U);
  EXPECT_FALSE(transfer_unit(wide, 512, 512));
  EXPECT_TRUE(transfer_unit(wide, 0xffffffff, 64));
}

TEST(HefStream, UnitFitsItsRegister) {
  const Stream row = tensor({1, 1, 0x20000}, {1, 1, 0x20000});
  EXPECT_EQ(transfer_unit(row, 0x100000, 512)->bytes, 0x8000U);
}

TEST(HefStream, BuffersOfAFrameFitTheirRegister) {
  // 65537 is a prime: no unit but 8 bytes divides the frame.
  const Stream most = tensor({1, 1, 8 * 65535}, {1, 1, 8 * 65535});
  EXPECT_TRUE(transfer_unit(most, 0x4000, 512));
  const Stream prime = tensor({1, 1, 8 * 65537}, {1, 1, 8 * 65537});
  const auto too_many = transfer_unit(prime, 0x4000, 512);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().message,
            "stream s: a frame of 524296 bytes needs 65537 buffers of 8 bytes, more than 65535");
}

TEST(HefStream, UnitOfNms) {
  Stream s = tensor({1, 1, 1}, {1, 1, 1}, 2);
  s.nms = NmsInfo{
      .classes = 80, .max_boxes_per_class = 100, .chunks = 1, .burst_size = 101, .burst_type = 1};
  EXPECT_EQ(*transfer_unit(s, 0x4000, 512), (TransferUnit{808, 80}));
  s.nms->burst_size = 0;
  EXPECT_EQ(*transfer_unit(s, 0x4000, 512), (TransferUnit{8, 1}));
}

TEST(HefStream, UnitOfOldFilesIsTheirCore) {
  Stream s = tensor({7, 7, 3}, {7, 7, 3});
  s.unit_is_core = true;
  s.core_bytes_per_buffer = 21;
  s.core_buffers_per_frame = 7;
  EXPECT_EQ(*transfer_unit(s, 0x4000, 512), (TransferUnit{21, 7}));
}

}  // namespace
}  // namespace hailo::hef
