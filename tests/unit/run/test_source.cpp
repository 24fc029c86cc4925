// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "run/source.h"
#include "support/pictures.h"
#include "support/temp_folder.h"

namespace hailo::run {
namespace {

namespace fs = std::filesystem;

class Sources : public test::WithFolder {
 protected:
  static hef::Stream stream(hef::Shape shape, hef::Shape padded) {
    hef::Stream s;
    s.name = "net/in";
    s.shape = shape;
    s.padded = padded;
    s.frame_bytes = padded.height * padded.width * padded.features;
    return s;
  }
  static std::vector<hef::Stream> picture_input() { return {stream({4, 6, 3}, {4, 8, 3})}; }

  static std::string refusal(const std::string& input, std::vector<hef::Stream> inputs) {
    const auto source = Source::open(input, std::move(inputs));
    return source ? "accepted" : source.error().message;
  }
};

TEST_F(Sources, APictureOfTheRightSizeIsSentAsItIs) {
  const Image image = gradient(6, 4);
  const auto source = Source::open(write("a.PPM", as_ppm(image)), picture_input());
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->frames(), 1U);
  const auto frame = source->frame(0).value();
  ASSERT_EQ(frame.inputs.size(), 1U);
  ASSERT_EQ(frame.inputs[0].size(), 4U * 8 * 3);
  for (std::size_t y = 0; y < 4; y++)
    for (std::size_t x = 0; x < 8; x++)
      for (std::size_t c = 0; c < 3; c++)
        EXPECT_EQ(frame.inputs[0][(y * 8 + x) * 3 + c], x < 6 ? image.rgb[(y * 6 + x) * 3 + c] : 0)
            << y << ", " << x << ", " << c;
}

TEST_F(Sources, AFrameThatNoBoardTakesIsRefusedBeforeItIsMade) {
  auto inputs = picture_input();
  inputs[0].frame_bytes = 0xfffffff8;
  for (const std::string& input :
       {std::string("synthetic"), write("a.ppm", as_ppm(gradient(6, 4)))})
    EXPECT_EQ(refusal(input, inputs),
              "a frame of input net/in has 4294967288 bytes, a board takes at most 268435456");
}

TEST_F(Sources, OrderAndWidthOfElementsAreTheStreams) {
  const Image image = gradient(6, 4);
  auto inputs = picture_input();
  inputs[0].order = hef::WireOrder::nhcw;
  inputs[0].data_bytes = 2;
  inputs[0].frame_bytes *= 2;
  const auto frame = Source::open(write("a.png", as_png(image)), inputs).value().frame(0).value();
  for (std::size_t y = 0; y < 4; y++)
    for (std::size_t x = 0; x < 6; x++)
      for (std::size_t c = 0; c < 3; c++) {
        EXPECT_EQ(frame.inputs[0][(y * 24 + c * 8 + x) * 2], image.rgb[(y * 6 + x) * 3 + c]);
        EXPECT_EQ(frame.inputs[0][(y * 24 + c * 8 + x) * 2 + 1], 0);
      }
}

TEST_F(Sources, AFolderIsTakenByNameAndStartedOver) {
  write("b.png", as_png(gradient(6, 4)));
  write("a.jpg", as_jpeg(gradient(12, 8)));
  write("notes.txt", {});
  const auto source = Source::open(folder_.string(), picture_input()).value();
  ASSERT_EQ(source.frames(), 2U);
  EXPECT_EQ(fs::path(source.frame(0)->name).filename(), "a.jpg");
  EXPECT_EQ(fs::path(source.frame(1)->name).filename(), "b.png");
  EXPECT_EQ(fs::path(source.frame(2)->name).filename(), "a.jpg");
  EXPECT_EQ(source.frame(0)->placement.image_width, 12U);
}

TEST_F(Sources, RawFramesOfOneAndOfSeveralInputs) {
  Bytes two_frames(2 * 96);
  for (std::size_t i = 0; i < two_frames.size(); i++) two_frames[i] = static_cast<std::uint8_t>(i);
  const auto one = Source::open(write("x.raw", two_frames), picture_input()).value();
  ASSERT_EQ(one.frames(), 2U);
  EXPECT_EQ(one.frame(3)->inputs[0], Bytes(two_frames.begin() + 96, two_frames.end()));

  const std::vector<hef::Stream> inputs = {stream({1, 1, 8}, {1, 1, 8}),
                                           stream({1, 1, 16}, {1, 1, 16})};
  write("in0.raw", Bytes(24, 1));
  write("in1.raw", Bytes(48, 2));
  const auto several = Source::open(folder_.string(), inputs).value();
  EXPECT_EQ(several.frames(), 3U);
  EXPECT_EQ(several.frame(0)->inputs, (std::vector<Bytes>{Bytes(8, 1), Bytes(16, 2)}));

  write("in1.raw", Bytes(32, 2));
  EXPECT_NE(refusal(folder_.string(), inputs).find("in1.raw has 2 frames"), std::string::npos);
  EXPECT_NE(refusal((folder_ / "x.raw").string(), inputs).find("the network has 2 inputs"),
            std::string::npos);
}

TEST_F(Sources, SyntheticDependsOnTheNumberAlone) {
  const auto a = Source::open("synthetic", picture_input()).value();
  const auto b = Source::open("synthetic", picture_input()).value();
  EXPECT_TRUE(a.is_synthetic());
  EXPECT_EQ(a.frame(5)->inputs, b.frame(5)->inputs);
  EXPECT_NE(a.frame(5)->inputs, b.frame(6)->inputs);
}

TEST_F(Sources, Refusals) {
  EXPECT_NE(refusal((folder_ / "none.png").string(), picture_input()).find("cannot open"),
            std::string::npos);
  EXPECT_NE(refusal(folder_.string(), picture_input()).find("holds no PNG, JPEG or PPM"),
            std::string::npos);
  EXPECT_NE(refusal(write("bad.png", {1, 2}), picture_input()).find("neither PNG"),
            std::string::npos);
  EXPECT_NE(refusal(write("short.raw", Bytes(95)), picture_input()).find("has 95 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(write("empty.raw", {}), picture_input()).find("has 0 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(write("a.ppm", as_ppm(gradient(6, 4))), {stream({4, 6, 1}, {4, 8, 1})})
                .find("does not take pictures"),
            std::string::npos);
}

}  // namespace
}  // namespace hailo::run
