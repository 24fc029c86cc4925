// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <thread>

#include "detect/infer/native.h"
#include "support/fake_board.h"
#include "support/fake_root.h"
#include "support/networks.h"
#include "support/pictures.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;
using test::FakeBoard;

constexpr hef::NmsInfo kNms{
    .classes = 2, .max_boxes_per_class = 2, .chunks = 1, .burst_size = 3, .burst_type = 1};

/// A network of 16x8 pixels that finds two classes.
hef::Hef finder() { return runtime::finder_hef({8, 16, 3}, kNms); }

class NativeEngines : public testing::Test {
 protected:
  NativeEngines() {
    board_.model = [this](const std::vector<Bytes>& inputs) {
      inputs_.push_back(inputs.at(0));
      return std::vector<Bytes>{answer_};
    };
  }
  Result<std::unique_ptr<Engine>> start(const hef::Hef& hef, NativeOptions options = {}) {
    Device device = board_.device();
    const auto facts = runtime::ask_board(device, 100ms);
    if (!facts) return std::unexpected(facts.error());
    return start_native(std::move(device), *facts, hef, "0000:01:00.0", options);
  }

  FakeBoard board_;
  std::vector<Bytes> inputs_;
  Bytes answer_ = hef::pack_nms_frame({{}, {}}, kNms).value();
};

TEST_F(NativeEngines, FactsOfBoardAndNetwork) {
  auto engine = start(finder());
  ASSERT_TRUE(engine) << engine.error().message;
  const auto& facts = (*engine)->facts();
  EXPECT_EQ(facts.engine, "native");
  EXPECT_EQ(facts.network, "net 16x8");
  EXPECT_EQ(facts.board, "HAILO8 0000:01:00.0");
  EXPECT_EQ(facts.driver_version, "4.21.0");
  EXPECT_EQ(facts.firmware_version.substr(0, 5), "4.21.");
  ASSERT_TRUE((*engine)->close());
  EXPECT_TRUE(board_.is_empty());
  EXPECT_EQ(board_.misuse, std::vector<std::string>());
}

TEST_F(NativeEngines, BoxesAreThoseOfThePictureNotOfTheCanvas) {
  auto engine = start(finder()).value();
  // The whole canvas; a square picture has the middle half of it.
  const hef::Box all{0, 0.25F, 1, 0.75F, 0.5F};
  answer_ = hef::pack_nms_frame({{}, {all}}, kNms).value();
  ASSERT_TRUE(engine->submit(gradient(40, 40)));
  const auto boxes = engine->collect(1000ms);
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->at(1).size(), 1U);
  EXPECT_NEAR(boxes->at(1)[0].x_min, 0, 0.01);
  EXPECT_NEAR(boxes->at(1)[0].x_max, 1, 0.01);
  EXPECT_NEAR(boxes->at(1)[0].y_max, 1, 0.01);
  EXPECT_NEAR(boxes->at(1)[0].score, 0.5, 0.01);
  // And the border is grey.
  EXPECT_EQ(inputs_.at(0).at(0), 114);
  EXPECT_EQ(inputs_.at(0).at(3 * 3 + 2), 114);
}

TEST_F(NativeEngines, PicturesOfSeveralSizesInFlight) {
  auto engine = start(finder(), {.frames_in_flight = 3}).value();
  EXPECT_EQ(engine->capacity(), 3U);
  board_.hold = true;
  ASSERT_TRUE(engine->submit(gradient(16, 8)));
  ASSERT_TRUE(engine->submit(gradient(8, 8)));
  ASSERT_TRUE(engine->submit(gradient(320, 20)));
  const hef::Box box{0.25F, 0.25F, 0.75F, 0.75F, 0.5F};
  answer_ = hef::pack_nms_frame({{box}, {}}, kNms).value();
  board_.work_held();
  EXPECT_NEAR(engine->collect(1000ms)->at(0).at(0).x_min, 0.25, 0.01);
  EXPECT_NEAR(engine->collect(1000ms)->at(0).at(0).x_min, 0, 0.01);
  const auto wide = engine->collect(1000ms).value();
  EXPECT_NEAR(wide.at(0).at(0).x_min, 0.25, 0.01);
  EXPECT_NEAR(wide.at(0).at(0).y_min, 0, 0.01);
}

TEST_F(NativeEngines, AMalformedAnswerIsAnErrorAndNoCrash) {
  auto engine = start(finder()).value();
  answer_ = Bytes(answer_.size(), 0);  // boxes without end
  ASSERT_TRUE(engine->submit(gradient(16, 8)));
  const auto boxes = engine->collect(1000ms);
  ASSERT_FALSE(boxes);
  EXPECT_EQ(boxes.error().code, Error::Code::protocol);
}

TEST_F(NativeEngines, ABoardThatStopsIsNoticedWithoutAPicture) {
  auto engine = start(finder()).value();
  EXPECT_TRUE(engine->check());
  board_.remove();
  for (int i = 0; i < 5000 && engine->check(); i++) std::this_thread::sleep_for(1ms);
  const auto works = engine->check();
  ASSERT_FALSE(works);
  EXPECT_EQ(works.error().code, Error::Code::gone);
}

TEST_F(NativeEngines, NetworksThatFindNothingAreRefused) {
  EXPECT_EQ(start(runtime::echo_hef()).error().message,
            "the network gives no detections (no output with NMS on the chip)");
  EXPECT_EQ(start(runtime::echo_hef({.inputs = {{8, 8, 3}, {8, 8, 3}}})).error().message,
            "the network does not take pictures (one input of three features, NHWC or NHCW)");
  EXPECT_TRUE(board_.is_empty());
}

TEST_F(NativeEngines, ABoardInUseIsBusy) {
  board_.in_use = true;
  EXPECT_EQ(start(finder()).error().code, Error::Code::busy);
}

TEST(OpenNative, WithoutABoard) {
  test::FakeRoot root;
  const auto engine = open_native(root.root(), {"a.hef", "a.hef"}, {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().exit, Exit::no_device);
}

}  // namespace
}  // namespace hailo::detect
