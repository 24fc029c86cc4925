// SPDX-License-Identifier: MIT
#include "lib/hailo/discovery.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "support/fake_root.h"

namespace hailo {
namespace {

using test::FakeRoot;

TEST(Discovery, NoClassMeansNoBoards) {
  FakeRoot fake;
  EXPECT_TRUE(discover(fake.root()).value().empty());
}

TEST(Discovery, ABoardHasTheAttributesOfTheDriver) {
  FakeRoot fake;
  fake.board("hailo0", "0000:01:00.0", "running");
  auto boards = discover(fake.root()).value();
  ASSERT_EQ(boards.size(), 1u);
  const Board& board = boards[0];
  EXPECT_EQ(board.name, "hailo0");
  EXPECT_EQ(board.node, "/dev/hailo0");
  EXPECT_EQ(board.number, makedev(1, 3));
  EXPECT_EQ(board.location, "0000:01:00.0");
  EXPECT_EQ(board.device_id, "1e60:2864");
  EXPECT_EQ(board.release, "4.20.0");
  EXPECT_EQ(board.compat_version, "auto");
  EXPECT_EQ(board.firmware_version, "4.20.0");
  EXPECT_EQ(board.architecture, "HAILO8L");
  EXPECT_EQ(board.page_size, "4096");
  EXPECT_EQ(board.state, "running");
  EXPECT_EQ(board.state_reason, "none");
}

TEST(Discovery, WhatAnotherDriverDoesNotTellStaysUnknown) {
  FakeRoot fake;
  fake.file("/sys/class/hailo_chardev/hailo0/board_location", "0000:01:00.0");
  fake.file("/sys/class/hailo_chardev/hailo0/dev", "240:0 and more\n");
  const Board board = discover(fake.root()).value().at(0);
  EXPECT_EQ(board.location, "0000:01:00.0");
  EXPECT_EQ(board.number, std::nullopt);
  EXPECT_EQ(board.state, std::nullopt);
  EXPECT_EQ(board.release, std::nullopt);
}

TEST(Discovery, ABoardIsFoundUnderEachOfItsNames) {
  FakeRoot fake;
  fake.board("hailo0", "0000:01:00.0", "running");
  fake.board("hailo1", "0001:0a:00.0", "running");
  fake.link("/dev/hailo/by-id/x", "../../hailo1");
  auto boards = discover(fake.root()).value();
  auto name = [&](std::string_view wanted) {
    const Board* board = find_board(fake.root(), boards, wanted);
    return board ? board->name : "none";
  };
  EXPECT_EQ(name("hailo1"), "hailo1");
  EXPECT_EQ(name("/dev/hailo1"), "hailo1");
  EXPECT_EQ(name("/dev/hailo/by-id/x"), "hailo1");
  EXPECT_EQ(name("0001:0a:00.0"), "hailo1");
  EXPECT_EQ(name("0001:0A:00.0"), "hailo1");
  EXPECT_EQ(name("01:00.0"), "hailo0");
  EXPECT_EQ(name("0a:00.0"), "none");
  EXPECT_EQ(name("hailo"), "none");
  EXPECT_EQ(name("/dev/hailo/by-id/y"), "none");
}

}  // namespace
}  // namespace hailo
