// SPDX-License-Identifier: MIT
#include "lib/hailo/board_failure.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/fake_root.h"

namespace hailo {
namespace {

TEST(BoardFailure, EachSaysWhatToDoNext) {
  test::FakeRoot fake;
  fake.board("hailo0", "0000:01:00.0", "running");
  const Board board = choose_board(fake.root(), "").value();
  for (const int err : {EACCES, EPERM, EBUSY, EIO, ENODEV, ETIMEDOUT})
    EXPECT_NE(board_failure(fake.root(), board, Error::from_errno(err, "open")).next, "") << err;

  const Failure failure = board_failure(fake.root(), board, Error::from_errno(EACCES, "open"));
  EXPECT_EQ(failure.exit, Exit::no_permission);
  EXPECT_EQ(failure.next, "`hailo-fwtool identify` tells who may open it");
}

}  // namespace
}  // namespace hailo
