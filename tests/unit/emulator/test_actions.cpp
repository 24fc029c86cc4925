// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/model/actions.h"
#include "net_rig.h"

namespace hailo::emu::test {
namespace {

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == '\n') {
      ++i;
      continue;
    }
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
    i += 2;
  }
  return bytes;
}

// Payload sizes of the specification's table, 4.20 and later.
struct Size {
  unsigned type, wide, narrow;
};
constexpr Size kSizes[] = {
    {0, 3, 3},   {1, 44, 44},  {2, 9, 9},   {3, 2, 2},    {4, 8, 8},    {5, 1, 1},    {6, 43, 42},
    {7, 40, 39}, {8, 44, 43},  {9, 40, 39}, {10, 44, 43}, {11, 43, 42}, {12, 8, 8},   {13, 3, 3},
    {14, 9, 9},  {15, 0, 0},   {16, 1, 1},  {17, 1, 1},   {18, 5, 5},   {19, 5, 5},   {20, 1, 1},
    {21, 0, 0},  {22, 21, 21}, {23, 2, 2},  {25, 4, 4},   {26, 6, 6},   {27, 3, 3},   {28, 8, 8},
    {29, 0, 0},  {30, 0, 0},   {31, 0, 0},  {32, 28, 28}, {33, 20, 20}, {34, 7, 7},   {35, 15, 15},
    {36, 6, 6},  {37, 1, 1},   {38, 2, 2},  {39, 2, 2},   {40, 44, 43}, {41, 40, 41}, {42, 0, 0},
    {43, 4, 4},  {44, 0, 0}};

Bytes action(unsigned type, std::size_t size) {
  return ByteWriter().u8(type).le32(0xffffffff).raw(Bytes(size)).take();
}

TEST(Actions, EverySizeIsKnown) {
  ASSERT_EQ(std::size(kSizes), 44U) << "all but the repetition";
  for (const ActionLayout layout : {ActionLayout::release_4_20, ActionLayout::release_4_21}) {
    for (const Size& row : kSizes) {
      const unsigned size = layout == ActionLayout::release_4_20 ? row.wide : row.narrow;
      // The fetch behind is found only if the size is right.
      Bytes list = action(row.type, size);
      const Bytes fetch = from_hex("00 ffffffff 0700 03");
      list.insert(list.end(), fetch.begin(), fetch.end());
      const auto parsed = parse_actions(list, layout);
      ASSERT_TRUE(parsed) << row.type << ": " << parsed.error().message;
      const auto* last = std::get_if<FetchConfig>(&parsed->back());
      ASSERT_NE(last, nullptr) << row.type;
      EXPECT_EQ(last->descriptors, 7) << row.type;
      EXPECT_EQ(last->channel, 3) << row.type;
      for (std::size_t cut = 1; cut < 5 + size; ++cut)
        EXPECT_FALSE(parse_actions(ByteView(list).first(cut), layout))
            << row.type << " cut at " << cut;
    }
  }
}

TEST(Actions, UnknownTypes) {
  for (unsigned type = 45; type < 256; ++type)
    EXPECT_FALSE(parse_actions(action(type, 64), ActionLayout::release_4_21)) << type;
}

TEST(Actions, RepetitionIsExpanded) {
  const auto parsed = parse_actions(from_hex("18 ffffffff 03 00 00 0100 05 0200 06 0300 07"),
                                    ActionLayout::release_4_21);
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<FetchConfig>((*parsed)[i]).descriptors, i + 1);
    EXPECT_EQ(std::get<FetchConfig>((*parsed)[i]).channel, i + 5);
  }
  EXPECT_FALSE(parse_actions(from_hex("18 ffffffff 03 00 00 0100 05 0200 06 0300"),
                             ActionLayout::release_4_21))
      << "truncated";
  EXPECT_FALSE(parse_actions(from_hex("18 ffffffff 00 00 00"), ActionLayout::release_4_21))
      << "none";
  EXPECT_FALSE(parse_actions(from_hex("18 ffffffff 01 00 18 00 00 00"), ActionLayout::release_4_21))
      << "of itself";
  EXPECT_FALSE(parse_actions(from_hex("18 ffffffff 02 00 2d"), ActionLayout::release_4_21));
  EXPECT_FALSE(parse_actions(from_hex("18 ffffffff 01 00"), ActionLayout::release_4_21));
}

TEST(Actions, WorkedExample) {
  const auto activation =
      parse_actions(from_hex("1e ffffffff"
                             "21 ffffffff 10  00 0000020001000000 4000 10000000 08000000"
                             "20 ffffffff 01  00 0000010001000000 0001 10000000 c0000000  00 "
                             "00 1800 c0000000"),
                    ActionLayout::release_4_20);
  ASSERT_TRUE(activation) << activation.error().message;
  ASSERT_EQ(activation->size(), 2U);
  const auto out = std::get<OpenOutput>((*activation)[0]);
  EXPECT_EQ(out.channel, 16);
  EXPECT_EQ(out.list.address, 0x1'0002'0000U);
  EXPECT_EQ(out.list.page_size, 64);
  EXPECT_EQ(out.list.count, 16U);
  EXPECT_EQ(out.list.bytes, 8U);
  const auto in = std::get<OpenInput>((*activation)[1]);
  EXPECT_EQ(in.channel, 1);
  EXPECT_EQ(in.stream, 0);
  EXPECT_EQ(in.list.page_size, 256);
  EXPECT_EQ(in.list.bytes, 192U);

  const std::string lists[] = {
      "07 ffffffff 10 13 00  0800 0100 0800 0100 0000 "
      "00000000 0000 01 00  00 0000020001000000 4000 "
      "10000000 08000000"
      "06 ffffffff 01 05     1800 0800 1800 0800 0000 "
      "00000000 0000 01 00  00 0000010001000000 0001 "
      "10000000 c0000000 00400000",
      "07 ffffffff 10 13 00  0800 0100 0800 0100 0000 "
      "00000000 0000 00  00 0000020001000000 4000 "
      "10000000 08000000"
      "06 ffffffff 01 05     1800 0800 1800 0800 0000 "
      "00000000 0000 00  00 0000010001000000 0001 "
      "10000000 c0000000 00400000"};
  for (const ActionLayout layout : {ActionLayout::release_4_20, ActionLayout::release_4_21}) {
    const bool wide = layout == ActionLayout::release_4_20;
    const auto dynamic =
        parse_actions(from_hex(lists[wide ? 0 : 1] + "27 ffffffff 01 01  02 ffffffff 01 00 00 "
                                                     "c0000000 01 00  1d ffffffff  15 ffffffff"),
                      layout);
    ASSERT_TRUE(dynamic) << dynamic.error().message;
    ASSERT_EQ(dynamic->size(), 2U);
    EXPECT_EQ(std::get<MapStream>((*dynamic)[0]).channel, 16);
    EXPECT_EQ(std::get<MapStream>((*dynamic)[0]).stream, 0x13);
    EXPECT_EQ(std::get<MapStream>((*dynamic)[1]).channel, 1);
    EXPECT_EQ(std::get<MapStream>((*dynamic)[1]).stream, 5);
  }
}

TEST(Actions, HeaderLengthTellsTheLayout) {
  for (std::size_t size = 0; size < 64; ++size)
    EXPECT_EQ(action_layout(size).has_value(), size == 41 || size == 32) << size;
  EXPECT_EQ(action_layout(41), ActionLayout::release_4_20);
  EXPECT_EQ(action_layout(32), ActionLayout::release_4_21);
}

}  // namespace
}  // namespace hailo::emu::test
