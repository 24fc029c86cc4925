// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "detect/infer/inference_loop.h"
#include "fake_engine.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;
using test::FakeChip;

Picture picture(std::uint32_t width) {
  return {std::chrono::system_clock::now(),
          std::make_shared<const Image>(Image{width, 1, Bytes(width * 3)}), 3ms};
}

class InferenceLoops : public testing::Test {
 public:
  ~InferenceLoops() override {
    if (thread_.joinable()) finish();
    EXPECT_EQ(chip_.misuse, std::vector<std::string>());
    EXPECT_EQ(chip_.opened, chip_.closed);
  }

 protected:
  void start(InferenceOptions options = {}) {
    options.first_pause = 1ms;
    options.longest_pause = 2ms;
    loop_.emplace([this] { return chip_.open(); }, queue_, options,
                  [this](Frame frame) {
                    const std::lock_guard lock(mutex_);
                    frames_.push_back(std::move(frame));
                  },
                  [this](const Failure& failure, bool worked) {
                    return gives_up_ && gives_up_(failure, worked);
                  });
    thread_ = std::jthread([this](const std::stop_token& stop) { outcome_ = loop_->run(stop); });
  }
  void put(std::uint32_t width) { queue_.put_waiting(picture(width), {}); }
  std::vector<std::uint32_t> seen() {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint32_t> widths;
    for (const auto& frame : frames_) widths.push_back(frame.picture->width);
    return widths;
  }
  static bool wait_for(const std::function<bool()>& what) {
    for (int i = 0; i < 5000; i++, std::this_thread::sleep_for(1ms))
      if (what()) return true;
    return false;
  }
  void finish() {
    queue_.close();
    thread_.request_stop();
    thread_.join();
  }

  FakeChip chip_;
  PictureQueue queue_{4};
  std::function<bool(const Failure&, bool)> gives_up_;
  std::mutex mutex_;
  std::vector<Frame> frames_;
  std::optional<InferenceLoop> loop_;
  Outcome<void> outcome_;
  std::jthread thread_;
};

TEST_F(InferenceLoops, EachPictureGetsItsBoxes) {
  start();
  for (std::uint32_t i = 1; i <= 50; i++) put(i);
  ASSERT_TRUE(wait_for([&] { return seen().size() == 50; }));
  finish();
  EXPECT_TRUE(outcome_);
  for (std::uint32_t i = 1; i <= 50; i++) {
    const auto& frame = frames_[i - 1];
    EXPECT_EQ(frame.picture->width, i);
    ASSERT_EQ(frame.detections.size(), 1U);
    EXPECT_EQ(frame.detections[0].class_index, i);
    EXPECT_EQ(frame.timings.decode, 3ms);
    EXPECT_GE(frame.timings.total, frame.timings.inference);
  }
}

TEST_F(InferenceLoops, SeveralFramesAreInFlight) {
  chip_.hold = true;
  chip_.capacity = 3;
  start();
  for (std::uint32_t i = 1; i <= 4; i++) put(i);
  EXPECT_TRUE(wait_for([&] {
    const std::lock_guard lock(chip_.mutex);
    return chip_.most_in_flight == 3;
  }));
  {
    const std::lock_guard lock(chip_.mutex);
    chip_.hold = false;
    chip_.changed.notify_all();
  }
  finish();
  EXPECT_EQ(seen(), (std::vector<std::uint32_t>{1, 2, 3, 4})) << "what is there is drained";
}

TEST_F(InferenceLoops, ABoardThatIsGoneIsFoundAgain) {
  start();
  put(1);
  ASSERT_TRUE(wait_for([&] { return seen().size() == 1; }));
  EXPECT_TRUE(loop_->status().ready);
  EXPECT_EQ(loop_->status().text, "HAILO8L 0000:01:00.0");
  {
    const std::lock_guard lock(chip_.mutex);
    chip_.refuses = Failure{Exit::no_device, "there is no board", "plug one in"};
  }
  // Without a picture, too, so that the module can be removed.
  chip_.break_with(Error::Code::gone, "removed");
  ASSERT_TRUE(wait_for([&] { return loop_->status().text == "there is no board; plug one in"; }));
  EXPECT_FALSE(loop_->status().ready);
  EXPECT_EQ(chip_.closed, 1);
  chip_.repair();
  put(2);
  ASSERT_TRUE(wait_for([&] { return seen().size() == 2; }));
  EXPECT_TRUE(loop_->status().ready);
}

TEST_F(InferenceLoops, ABoardThatHangsIsOpenedAnew) {
  chip_.hold = true;
  start({.result_timeout = 5ms});
  put(1);
  ASSERT_TRUE(wait_for([&] { return loop_->lost() == 1; }));
  {
    const std::lock_guard lock(chip_.mutex);
    chip_.hold = false;
  }
  put(2);
  ASSERT_TRUE(wait_for([&] { return !seen().empty(); }));
  EXPECT_EQ(seen().back(), 2U);
}

TEST_F(InferenceLoops, GivesUpWhenAskedTo) {
  chip_.refuses = Failure{Exit::wrong_board, "for the other chip"};
  gives_up_ = [](const Failure&, bool worked) { return !worked; };
  start();
  thread_.join();
  ASSERT_FALSE(outcome_);
  EXPECT_EQ(outcome_.error().exit, Exit::wrong_board);
  EXPECT_EQ(loop_->status().text, "for the other chip");
}

TEST_F(InferenceLoops, StoppedItDoesNotWaitForABoard) {
  chip_.refuses = Failure{Exit::no_device, "there is no board"};
  start();
  put(1);
  ASSERT_TRUE(wait_for([&] { return loop_->status().text == "there is no board"; }));
  finish();
  EXPECT_TRUE(outcome_);
}

TEST_F(InferenceLoops, TheTemporalFilterIsApplied) {
  start({.temporal = TemporalOptions{
             .tolerance = 0.1F, .factor = 1, .visible_frames = 1, .hidden_frames = 1}});
  put(5);
  put(5);
  ASSERT_TRUE(wait_for([&] { return seen().size() == 2; }));
  finish();
  EXPECT_TRUE(frames_[0].detections.empty());
  EXPECT_EQ(frames_[1].detections.size(), 1U);
}

}  // namespace
}  // namespace hailo::detect
