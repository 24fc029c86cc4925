// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "detect/app.h"
#include "infer/fake_engine.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;
using test::FakeChip;

class Endless : public Source {
 public:
  explicit Endless(bool live) : live_(live) {}
  std::string name() const override { return "endless"; }
  bool is_live() const override { return live_; }
  Result<Picture> next(std::chrono::milliseconds) override {
    std::this_thread::sleep_for(1ms);
    return Picture{std::chrono::system_clock::now(),
                   std::make_shared<const Image>(Image{3, 1, Bytes(9)}), 0ns};
  }

 private:
  bool live_;
};

bool wait_for(const std::function<bool()>& what) {
  for (int i = 0; i < 5000; i++, std::this_thread::sleep_for(1ms))
    if (what()) return true;
  return false;
}

class Apps : public testing::Test {
 protected:
  std::unique_ptr<App> make(bool live, AppOptions options = {}) {
    options.labels = {"a", "b", "c", "d"};
    return std::make_unique<App>(
        options, [live] { return std::make_unique<Endless>(live); },
        [this] { return chip_.open(); }, [](const Failure&, bool worked) { return !worked; },
        [](const EngineFacts&) { return 41.5F; });
  }
  FakeChip chip_;
};

TEST_F(Apps, FramesReachAllSubscribersInOrder) {
  auto app = make(false);
  std::vector<std::shared_ptr<const Frame>> first;
  std::atomic<std::uint64_t> second = 0;
  app->subscribe([&](const auto& frame) { first.push_back(frame); });
  app->subscribe([&](const auto& frame) { second = frame->number; });
  app->start([] {});
  ASSERT_TRUE(wait_for([&] { return second >= 20; }));
  ASSERT_TRUE(wait_for([&] { return app->status().temperature.has_value(); }));
  const auto status = app->status();
  ASSERT_TRUE(app->stop());
  EXPECT_EQ(first.size(), second);
  for (std::size_t i = 0; i < first.size(); i++) {
    EXPECT_EQ(first[i]->number, i + 1);
    EXPECT_EQ(first[i]->detections.at(0).class_index, 3U);
  }
  EXPECT_TRUE(status.camera.ready);
  EXPECT_EQ(status.camera.text, "endless");
  EXPECT_TRUE(status.chip.ready);
  EXPECT_EQ(status.board, "HAILO8L 0000:01:00.0");
  EXPECT_EQ(status.network, "net 4x4");
  EXPECT_EQ(status.driver_version, "4.21.0");
  EXPECT_EQ(status.firmware_version, "4.21.1");
  EXPECT_EQ(status.temperature, 41.5F);
  EXPECT_EQ(status.labels.size(), 4U);
  EXPECT_GE(status.frames, 20U);
  EXPECT_GT(status.frames_per_second, 0);
  EXPECT_EQ(chip_.opened, chip_.closed);
  EXPECT_EQ(chip_.misuse, std::vector<std::string>());
}

TEST_F(Apps, ALiveSourceThatIsTooFastLosesPictures) {
  chip_.hold = true;
  auto app = make(true);
  app->start([] {});
  ASSERT_TRUE(wait_for([&] { return app->status().dropped > 5; }));
  {
    const std::lock_guard lock(chip_.mutex);
    chip_.hold = false;
    chip_.changed.notify_all();
  }
  EXPECT_TRUE(app->stop());
}

TEST_F(Apps, AFailureThatEndsItIsTold) {
  chip_.refuses = Failure{Exit::busy, "the board is busy", "held by 7 (python3)"};
  auto app = make(true);
  std::atomic<bool> ended = false;
  app->start([&] { ended = true; });
  ASSERT_TRUE(wait_for([&] { return ended.load(); }));
  const auto status = app->status();
  EXPECT_FALSE(status.chip.ready);
  EXPECT_EQ(status.board, "");
  const auto outcome = app->stop();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit, Exit::busy);
}

TEST_F(Apps, ABoardThatIsGoneIsSaid) {
  auto app = make(true);
  app->start([] {});
  ASSERT_TRUE(wait_for([&] { return app->status().frames > 0; }));
  {
    const std::lock_guard lock(chip_.mutex);
    chip_.refuses = Failure{Exit::no_device, "there is no board"};
  }
  chip_.break_with(Error::Code::gone, "removed");
  ASSERT_TRUE(wait_for([&] { return app->status().chip.text == "there is no board"; }));
  const auto status = app->status();
  EXPECT_FALSE(status.chip.ready);
  EXPECT_EQ(status.board, "");
  EXPECT_EQ(status.network, "net 4x4") << "it is still the one that will run";
  EXPECT_TRUE(app->stop());
}

}  // namespace
}  // namespace hailo::detect
