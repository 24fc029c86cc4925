// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "detect/capture/capture_loop.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;

constexpr CaptureOptions kQuick{
    .first_pause = 1ms, .longest_pause = 2ms, .stalled = 300ms, .damaged = 3};

Picture picture(std::uint32_t width) {
  return {std::chrono::system_clock::now(),
          std::make_shared<const Image>(Image{width, 1, Bytes(width * 3)}),
          {}};
}

/// Gives what its script says: a width, or an error.
class Scripted : public Source {
 public:
  using Step = Result<std::uint32_t>;
  Scripted(std::deque<Step> steps, bool live) : steps_(std::move(steps)), live_(live) {}
  std::string name() const override { return "scripted"; }
  bool is_live() const override { return live_; }
  Result<Picture> next(std::chrono::milliseconds timeout) override {
    if (steps_.empty()) {
      std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(timeout, 5ms));
      return fail(Error::Code::timeout, "nothing");
    }
    auto step = steps_.front();
    steps_.pop_front();
    if (!step) return std::unexpected(step.error());
    return picture(*step);
  }

 private:
  std::deque<Step> steps_;
  bool live_;
};

Scripted::Step bad(Error::Code code, const char* what) { return fail(code, what); }

/// Each opening gets the next script; without one it fails.
class Loop {
 public:
  Loop(std::deque<std::deque<Scripted::Step>> scripts, bool live, std::size_t capacity = 100,
       CaptureOptions options = kQuick)
      : queue_(capacity),
        loop_(
            [this, scripts, live]() mutable -> Result<std::unique_ptr<Source>> {
              opened_++;
              if (scripts.empty()) return fail(Error::Code::not_found, "no camera");
              auto script = scripts.front();
              scripts.pop_front();
              return std::make_unique<Scripted>(std::move(script), live);
            },
            queue_, options),
        thread_([this](const std::stop_token& stop) { loop_.run(stop); }) {}

  std::uint32_t take() {
    const auto picture = queue_.take(5000ms);
    return picture ? picture->image->width : 0;
  }
  bool wait_for(const std::function<bool()>& what) {
    for (int i = 0; i < 5000; i++, std::this_thread::sleep_for(1ms))
      if (what()) return true;
    return false;
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

  std::atomic<int> opened_ = 0;
  PictureQueue queue_;
  CaptureLoop loop_;
  std::jthread thread_;
};

TEST(CaptureLoops, ASourceThatDiesIsOpenedAgain) {
  Loop loop({{1, 2, bad(Error::Code::gone, "unplugged")}, {3}}, true);
  EXPECT_EQ(loop.take(), 1U);
  EXPECT_EQ(loop.take(), 2U);
  EXPECT_EQ(loop.take(), 3U);
  EXPECT_EQ(loop.opened_, 2);
  EXPECT_TRUE(loop.loop_.status().ready);
  EXPECT_EQ(loop.loop_.status().text, "scripted");
  loop.stop();
  EXPECT_FALSE(loop.loop_.status().ready);
}

TEST(CaptureLoops, ForEver) {
  Loop loop({}, true);
  EXPECT_TRUE(loop.wait_for([&] { return loop.opened_ > 10; }));
  const auto status = loop.loop_.status();
  EXPECT_FALSE(status.ready);
  EXPECT_EQ(status.text, "no camera; tried again and again");
}

TEST(CaptureLoops, ASourceThatGivesNothingIsOpenedAgain) {
  Loop loop({{}, {7}}, true);
  EXPECT_EQ(loop.take(), 7U);
}

TEST(CaptureLoops, DamagedPicturesAreBorneForAWhile) {
  const auto damaged = bad(Error::Code::protocol, "damaged");
  Loop loop({{damaged, damaged, 1, damaged, damaged, damaged, 99}, {2}}, true);
  EXPECT_EQ(loop.take(), 1U);
  EXPECT_EQ(loop.take(), 2U);
}

TEST(CaptureLoops, LivePicturesGiveWayToNewerOnes) {
  Loop loop({{1, 2, 3, 4, 5}}, true, 1);
  EXPECT_TRUE(loop.wait_for([&] { return loop.queue_.dropped() == 4; }));
  EXPECT_EQ(loop.take(), 5U);
}

TEST(CaptureLoops, PicturesOfFilesWait) {
  Loop loop({{1, 2, 3, 4, 5}}, false, 1);
  for (std::uint32_t i = 1; i <= 5; i++) EXPECT_EQ(loop.take(), i);
  EXPECT_EQ(loop.queue_.dropped(), 0U);
}

TEST(CaptureLoops, StopsWhileItWaitsForRoom) {
  Loop loop({{1, 2, 3}}, false, 1);
  EXPECT_EQ(loop.take(), 1U);
  loop.stop();
}

TEST(CaptureLoops, ARateIsKept) {
  auto options = kQuick;
  options.rate = 50;
  const auto started = std::chrono::steady_clock::now();
  Loop loop({{1, 2, 3, 4, 5, 6}}, false, 100, options);
  for (std::uint32_t i = 1; i <= 6; i++) EXPECT_EQ(loop.take(), i);
  // Five intervals; how much longer they take is the machine's affair.
  EXPECT_GE(std::chrono::steady_clock::now() - started, 5 * 20ms - 5ms);
}

TEST(Backoffs, TwiceAsLongUpToALimit) {
  Backoff backoff(100ms, 350ms);
  EXPECT_EQ(backoff.step(), 100ms);
  EXPECT_EQ(backoff.step(), 200ms);
  EXPECT_EQ(backoff.step(), 350ms);
  EXPECT_EQ(backoff.step(), 350ms);
  backoff.reset();
  EXPECT_EQ(backoff.step(), 100ms);
}

TEST(PictureQueues, TheOldestGivesWay) {
  PictureQueue queue(2);
  for (const std::uint32_t width : {1, 2, 3}) queue.put(picture(width));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(queue.take(0ms)->image->width, 2U);
  EXPECT_EQ(queue.take(0ms)->image->width, 3U);
}

TEST(PictureQueues, ClosedOnesCanBeEmptied) {
  PictureQueue queue(2);
  queue.put(picture(1));
  queue.close();
  EXPECT_FALSE(queue.is_drained());
  EXPECT_EQ(queue.take(0ms)->image->width, 1U);
  EXPECT_TRUE(queue.is_drained());
  EXPECT_FALSE(queue.take(60000ms)) << "nothing will come";
}

}  // namespace
}  // namespace hailo::detect
