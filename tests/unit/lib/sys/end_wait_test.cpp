// SPDX-License-Identifier: MIT
#include "lib/sys/end_wait.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace hailo::sys {
namespace {

using namespace std::chrono_literals;

TEST(EndWaits, AreWokenFromAnotherThread) {
  const auto end = EndWait::create();
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_FALSE(end->wait(1ms));
  const std::jthread waker([&] { end->wake(); });
  EXPECT_TRUE(end->wait(5000ms));
  end->release();
}

TEST(EndWaits, TakeASignalOnce) {
  const auto end = EndWait::create();
  ASSERT_TRUE(end);
  ::raise(SIGTERM);
  EXPECT_TRUE(end->wait(0ms));
  end->release();  // would end the test if it were still pending
  EXPECT_FALSE(end->wait(0ms));
}

}  // namespace
}  // namespace hailo::sys
