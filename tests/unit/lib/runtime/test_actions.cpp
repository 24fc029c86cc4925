// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "lib/runtime/actions.h"
#include "support/vectors.h"

namespace hailo::runtime {
namespace {

using test::load_vector;

BoundaryChannel channel(hef::Direction direction, std::uint8_t number, std::uint8_t sys_index,
                        std::uint32_t frame_bytes, const DescriptorList& list,
                        hef::TransferUnit unit) {
  BoundaryChannel c;
  c.stream.direction = direction;
  c.stream.sys_index = sys_index;
  c.stream.frame_bytes = frame_bytes;
  c.stream.core_bytes_per_buffer = static_cast<std::uint16_t>(unit.bytes);
  c.stream.core_buffers_per_frame = static_cast<std::uint16_t>(unit.buffers);
  c.channel = number;
  c.list = list;
  c.unit = unit;
  return c;
}

/// The worked example: 8x8x3 in, 1x1x8 out, 1032 bytes of configuration data.
NetworkPlan smallest() {
  NetworkPlan plan;
  plan.inputs = {channel(hef::Direction::input, 1, 0, 192, {1, 0x11010000, 16, 256}, {24, 8})};
  plan.outputs = {channel(hef::Direction::output, 16, 16, 8, {2, 0x22020000, 16, 64}, {8, 1})};
  plan.config = {0, {3, 0x33030000, 4, 512}, {3}};
  return plan;
}

Bytes joined(const ActionList& list) { return chunks(list, ~std::size_t{0}).front(); }

TEST(ActionLists, AreThoseOfTheWorkedExample) {
  const NetworkPlan plan = smallest();
  EXPECT_EQ(joined(activation_context(plan)), load_vector("context_activation"));
  EXPECT_EQ(joined(batch_switching_context(plan)), load_vector("context_batch_switching"));
  EXPECT_EQ(joined(preliminary_context(plan)), load_vector("context_preliminary"));
  EXPECT_EQ(joined(dynamic_context(plan, Abi::v420)), load_vector("context_dynamic_4.20.0"));
  EXPECT_EQ(joined(dynamic_context(plan, Abi::v421)), load_vector("context_dynamic_4.21.0"));
}

TEST(ActionLists, HeadersAreThoseOfTheWorkedExample) {
  EXPECT_EQ(application_header(Abi::v420, 1), load_vector("network_header_4.20.0"));
  EXPECT_EQ(application_header(Abi::v421, 1), load_vector("network_header_4.23.0"));
}

TEST(ActionLists, BatchSizeIsInTheHeader) {
  EXPECT_EQ(application_header(Abi::v420, 0x0304)[9], 4);
  EXPECT_EQ(application_header(Abi::v420, 0x0304)[10], 3);
}

TEST(ActionLists, NoConfigurationNoPreliminaryActions) {
  NetworkPlan plan = smallest();
  plan.config = {};
  EXPECT_TRUE(preliminary_context(plan).empty());
  EXPECT_EQ(chunks(preliminary_context(plan)), std::vector<Bytes>(1));
}

TEST(ActionLists, AdjacentFetchesAreMerged) {
  NetworkPlan plan = smallest();
  plan.config.fetches = {3, 0x0102};
  const auto list = preliminary_context(plan);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[1], (Bytes{24, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 3, 0, 0, 0x02, 0x01, 0}));

  plan.config.fetches.assign(300, 1);
  const auto long_list = preliminary_context(plan);
  ASSERT_EQ(long_list.size(), 4U) << "300 fetches do not fit a count of one byte";
  EXPECT_EQ(long_list[1][5], 255);
  EXPECT_EQ(long_list[2][5], 45);
}

TEST(ActionLists, FetchesOfSeveralInputsAreMerged) {
  NetworkPlan plan = smallest();
  plan.inputs.push_back(plan.inputs[0]);
  plan.inputs[1].channel = 2;
  plan.inputs[1].stream.sys_index = 1;
  const auto list = dynamic_context(plan, Abi::v421);
  // One output, two inputs, two resumed channels, the fetch, start, end.
  ASSERT_EQ(list.size(), 8U);
  EXPECT_EQ(list[5], (Bytes{24, 0xff, 0xff, 0xff, 0xff, 2, 0, 2,     //
                            1,  0,    0,    0xc0, 0,    0, 0, 1, 0,  //
                            2,  1,    0,    0xc0, 0,    0, 0, 1, 0}));
}

TEST(ActionChunks, CutBetweenActions) {
  const ActionList list = {Bytes(6, 1), Bytes(4, 2), Bytes(1, 3), Bytes(10, 4)};
  const auto pieces = chunks(list, 10);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].size(), 10U);
  EXPECT_EQ(pieces[1], Bytes(1, 3));
  EXPECT_EQ(pieces[2], Bytes(10, 4));
}

TEST(ActionChunks, TheLargestNetworkNeedsTwo) {
  NetworkPlan plan = smallest();
  while (plan.inputs.size() < 15) plan.inputs.push_back(plan.inputs[0]);
  while (plan.outputs.size() < 16) plan.outputs.push_back(plan.outputs[0]);
  const auto list = dynamic_context(plan, Abi::v420);
  const auto pieces = chunks(list);
  ASSERT_EQ(pieces.size(), 2U);
  Bytes all = pieces[0];
  all.insert(all.end(), pieces[1].begin(), pieces[1].end());
  EXPECT_EQ(all, joined(list));
  for (const auto& piece : pieces) EXPECT_LE(piece.size(), max_context_chunk);
}

}  // namespace
}  // namespace hailo::runtime
