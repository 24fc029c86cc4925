// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "fake_board.h"
#include "lib/runtime/ring.h"

namespace hailo::runtime {
namespace {

using test::FakeBoard;

TEST(RingShape, SmallFramesHaveSmallPages) {
  EXPECT_EQ(ring_shape(8, 4, 4096).value(), (RingShape{64, 16}));
  EXPECT_EQ(ring_shape(192, 4, 4096).value(), (RingShape{256, 16}));
  EXPECT_EQ(ring_shape(64, 1, 4096).value(), (RingShape{64, 4}));
}

TEST(RingShape, TheBoardLimitsThePage) {
  EXPECT_EQ(ring_shape(1000, 4, 128).value().page_size, 128);
  EXPECT_EQ(ring_shape(1000, 4, 4096).value().page_size, 512);
}

TEST(RingShape, LargePagesForManyFrames) {
  // 63 frames of 2400 descriptors of 512 bytes would be 151 200.
  const auto shape = ring_shape(1228800, 63, 4096).value();
  EXPECT_EQ(shape.page_size, 2048);
  EXPECT_EQ(shape.count, 65536U);
  EXPECT_FALSE(ring_shape(1228800, 63, 512));
}

TEST(RingShape, AllFramesAndOneMoreDescriptorFit) {
  for (const std::uint32_t bytes : {8U, 100U, 511U, 512U, 513U, 4096U, 307200U, 1228800U}) {
    for (const unsigned frames : {1U, 2U, 4U, 16U}) {
      const auto shape = ring_shape(bytes, frames, 4096).value();
      EXPECT_TRUE(std::has_single_bit(shape.count));
      const auto needed = (bytes + shape.page_size - 1) / shape.page_size * frames;
      EXPECT_LT(needed, shape.count) << bytes << " bytes, " << frames << " frames";
    }
  }
}

TEST(MirroredMemory, ComesTwice) {
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto memory = MirroredMemory::create(size).value();
  memory.data()[1] = 42;
  EXPECT_EQ(memory.data()[size + 1], 42);
  memory.data()[2 * size - 1] = 43;
  EXPECT_EQ(memory.data()[size - 1], 43);
}

/// Reads a whole list's bytes once over by launching frames through the board.
class Rings : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t frame_bytes = 1000;

  Rings() {
    board_.release_minor = GetParam();
    board_.model = [this](const std::vector<Bytes>& inputs) {
      seen_.push_back(inputs.at(0));
      return std::vector<Bytes>{};
    };
  }

  Abi abi() const { return GetParam() < 21 ? Abi::v420 : Abi::v421; }

  FakeBoard board_;
  std::vector<Bytes> seen_;
};

TEST_P(Rings, FramesGoRoundAndAreBoundOnce) {
  const auto io = board_.io();
  Vdma vdma(*io, abi());
  auto ring = FrameRing::create(vdma, 1, frame_bytes, ring_shape(frame_bytes, 2, 4096).value(),
                                DmaDirection::to_device)
                  .value();
  ASSERT_TRUE(vdma.enable(1U << 1));
  const std::uint32_t count = ring.list().count;
  const std::size_t bound = board_.descriptors_written();
  EXPECT_EQ(bound, count);

  const std::uint32_t frames = 3 * count;  // two descriptors each: six times round
  for (std::uint32_t i = 0; i < frames; i++) {
    const auto frame = ring.next();
    ASSERT_EQ(frame.size(), frame_bytes);
    std::iota(frame.begin(), frame.end(), static_cast<std::uint8_t>(i));
    ASSERT_TRUE(ring.launch()) << i;
    ASSERT_EQ(seen_.size(), i + 1);
    EXPECT_TRUE(std::ranges::equal(seen_.back(), ring.oldest())) << i;
    ring.retire();
  }
  EXPECT_EQ(board_.descriptors_written(), bound + frames) << "one descriptor a frame";
  ASSERT_TRUE(vdma.disable(1U << 1));
  ASSERT_TRUE(ring.close());
  EXPECT_TRUE(board_.is_empty());
}

TEST_P(Rings, AFrameMayWrapAroundTheEnd) {
  // Three descriptors a frame and a power of two in the list: each round ends
  // inside a frame.
  constexpr std::uint32_t bytes = 3 * 512;
  const auto io = board_.io();
  Vdma vdma(*io, abi());
  auto ring =
      FrameRing::create(vdma, 1, bytes, ring_shape(bytes, 1, 4096).value(), DmaDirection::to_device)
          .value();
  ASSERT_TRUE(vdma.enable(1U << 1));
  for (std::uint32_t i = 0; i < 2 * ring.list().count; i++) {
    const auto frame = ring.next();
    std::iota(frame.begin(), frame.end(), static_cast<std::uint8_t>(i * 3));
    const Bytes wanted(frame.begin(), frame.end());
    ASSERT_TRUE(ring.launch()) << i;
    EXPECT_EQ(seen_.back(), wanted) << i;
    ring.retire();
  }
}

TEST_P(Rings, WhatFailsIsGivenBack) {
  const auto shape = ring_shape(frame_bytes, 2, 4096).value();
  for (const auto command : {HAILO_VDMA_BUFFER_MAP, HAILO_DESC_LIST_CREATE, HAILO_DESC_LIST_PROGRAM,
                             HAILO_DESC_LIST_PROGRAM_V420}) {
    FakeBoard board;
    board.release_minor = GetParam();
    board.faults = {{command, 0, ENOMEM}};
    const auto io = board.io();
    Vdma vdma(*io, abi());
    const auto ring = FrameRing::create(vdma, 1, frame_bytes, shape, DmaDirection::to_device);
    EXPECT_EQ(ring.has_value(), board.calls[command] == 0);
    EXPECT_TRUE(ring.has_value() || board.is_empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Releases, Rings, testing::Values(20U, 21U, 23U),
                         [](const auto& test) { return "V4_" + std::to_string(test.param); });

}  // namespace
}  // namespace hailo::runtime
