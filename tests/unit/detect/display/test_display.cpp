// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <optional>

#include "detect/display/display.h"
#include "detect/display/kms_screen.h"
#include "detect/draw/draw.h"
#include "lib/image/letterbox.h"
#include "support/fake_root.h"
#include "support/scene.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;

/// What all screens of a test have shown, and how they fail.
struct Desk {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Error> refused;    ///< of the next openings
  std::deque<Error> broken;     ///< of the next pictures
  std::optional<Error> absent;  ///< of the next check
  bool hold = false;            ///< the next picture takes until this is cleared
  std::vector<Image> shown;
  int opened = 0;

  void set(const std::function<void()>& change) {
    const std::lock_guard lock(mutex);
    change();
    changed.notify_all();
  }
  bool wait_for(const std::function<bool()>& what) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 5s, what);
  }
};

class FakeScreen : public Screen {
 public:
  explicit FakeScreen(Desk& desk) : desk_(desk) {}
  std::string name() const override { return "Fake-1, 80x40"; }
  std::uint32_t width() const override { return 80; }
  std::uint32_t height() const override { return 40; }
  Result<void> show(const Image& image) override {
    std::unique_lock lock(desk_.mutex);
    desk_.shown.push_back(image);
    desk_.changed.notify_all();
    desk_.changed.wait(lock, [&] { return !desk_.hold; });
    if (desk_.broken.empty()) return {};
    const auto error = desk_.broken.front();
    desk_.broken.pop_front();
    return std::unexpected(error);
  }
  Result<void> check() override {
    const std::lock_guard lock(desk_.mutex);
    if (!desk_.absent) return {};
    return std::unexpected(*std::exchange(desk_.absent, std::nullopt));
  }

 private:
  Desk& desk_;
};

class Displays : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kQuick{1};

  std::unique_ptr<Display> make(std::chrono::milliseconds pause = kQuick) {
    return std::make_unique<Display>(
        [this]() -> Result<std::unique_ptr<Screen>> {
          const std::lock_guard lock(desk_.mutex);
          desk_.opened++;
          desk_.changed.notify_all();
          if (desk_.refused.empty()) return std::make_unique<FakeScreen>(desk_);
          const auto error = desk_.refused.front();
          desk_.refused.pop_front();
          return std::unexpected(error);
        },
        DisplayOptions{.labels = {"circle", "square"},
                       .first_pause = pause,
                       .longest_pause = pause,
                       .check = 10ms});
  }
  std::size_t shown() { return desk_.shown.size(); }

  Desk desk_;
};

TEST_F(Displays, TheWholePictureWithItsBoxes) {
  const auto display = make();
  const auto frame = test::scene(1, test::two_shapes(), 64, 48);
  display->publish(frame);
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 1; }));
  Image expected = *frame->picture;
  draw_detections(expected, frame->detections, {"circle", "square"});
  EXPECT_EQ(desk_.shown[0].rgb, letterbox(expected, place(64, 48, 80, 40)).rgb);
  EXPECT_NE(desk_.shown[0].rgb, letterbox(*frame->picture, place(64, 48, 80, 40)).rgb);
  EXPECT_EQ(display->status().text, "Fake-1, 80x40");
  EXPECT_TRUE(display->status().ready);
}

TEST_F(Displays, ASlowOneLosesFramesAndHoldsNobodyUp) {
  desk_.hold = true;
  const auto display = make();
  const auto grey = [](std::uint64_t number, std::uint8_t level) {
    Frame frame;
    frame.number = number;
    frame.picture = std::make_shared<const Image>(Image{80, 40, Bytes(80 * 40 * 3, level)});
    return std::make_shared<const Frame>(std::move(frame));
  };
  display->publish(grey(1, 1));
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 1; }));
  for (std::uint8_t i = 2; i <= 100; i++) display->publish(grey(i, i));
  desk_.set([&] { desk_.hold = false; });
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 2; }));
  EXPECT_EQ(desk_.shown[1].rgb[0], 100) << "the newest one";
}

TEST_F(Displays, ABusyOneIsTriedAgain) {
  const Error busy{Error::Code::busy, "Fake-1 belongs to another program"};
  desk_.refused = {busy, busy, busy};
  const auto display = make();
  ASSERT_TRUE(desk_.wait_for([&] { return desk_.opened == 4; }));
  display->publish(test::scene(1, {}));
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 1; }));
}

TEST_F(Displays, WhatItWaitsForIsSaid) {
  desk_.refused = {{Error::Code::busy, "Fake-1 belongs to another program"}};
  const auto display = make(1h);
  for (int i = 0; i < 5000 && display->status().text == "opening"; i++)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(display->status().text, "Fake-1 belongs to another program; tried again and again");
  EXPECT_FALSE(display->status().ready);
}

TEST_F(Displays, OneThatFailsIsOpenedAgain) {
  desk_.broken = {{Error::Code::io, "shows no picture"}};
  const auto display = make();
  display->publish(test::scene(1, {}));
  ASSERT_TRUE(desk_.wait_for([&] { return desk_.opened == 2; }));
  display->publish(test::scene(2, {}));
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 2; }));
}

TEST_F(Displays, OneThatIsUnpluggedIsNoticedWithoutFrames) {
  desk_.absent = Error{Error::Code::gone, "Fake-1 has no screen any more"};
  const auto display = make();
  EXPECT_TRUE(desk_.wait_for([&] { return desk_.opened == 2; }));
}

TEST_F(Displays, AFrameWithoutAPictureShowsNothing) {
  const auto display = make();
  display->publish(std::make_shared<const Frame>());
  display->publish(test::scene(1, {}));
  ASSERT_TRUE(desk_.wait_for([&] { return shown() == 1; }));
}

TEST(KmsScreens, WithoutACardTheReasonIsTold) {
  if (!has_kms()) GTEST_SKIP() << "built without libdrm";
  test::FakeRoot root;
  EXPECT_EQ(open_kms_screen(root.root(), "").error().message, "there is no card with screens");
  for (const char* name : {"card0", "card0-HDMI-A-1", "renderD128"}) {
    root.folder("/sys/class/drm/" + std::string(name));
    root.file("/sys/class/drm/" + std::string(name) + "/dev", "226:0\n");
  }
  const auto screen = open_kms_screen(root.root(), "");
  ASSERT_FALSE(screen);
  EXPECT_NE(screen.error().message.find("/dev/card0: No such file"), std::string::npos)
      << screen.error().message;
  root.file("/dev/card0", "");
  EXPECT_TRUE(open_kms_screen(root.root(), "").error().message.ends_with("has no screens"));
}

}  // namespace
}  // namespace hailo::detect
