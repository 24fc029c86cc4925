// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include "detect/infer/settings.h"
#include "support/temp_folder.h"

namespace hailo::detect {
namespace {

constexpr const char* kFile = R"({
  "rpicam-apps": {"lores": {"width": 640, "height": 640, "format": "rgb"}},
  "hailo_yolo_inference": {
    "hef_file_8L": "/models/yolov8s_h8l.hef",
    "hef_file_8": "/models/yolov8s_h8.hef",
    "max_detections": 12,
    "threshold": 0.6,
    "temporal_filter": {"tolerance": 0.1, "factor": 0.75, "visible_frames": 6, "hidden_frames": 3}
  },
  "object_detect_draw_cv": {"line_thickness": 2}
})";

std::string refusal(std::string_view text) {
  const auto post = parse_post_process(text);
  return post ? "accepted" : post.error().message;
}

std::string with(const std::string& keys) { return R"({"s":{"hef_file_8":"a.hef",)" + keys + "}}"; }

TEST(PostProcessFiles, AllKeysAreHonoured) {
  const auto post = parse_post_process(kFile);
  ASSERT_TRUE(post) << post.error().message;
  EXPECT_EQ(post->hef_8, "/models/yolov8s_h8.hef");
  EXPECT_EQ(post->hef_8l, "/models/yolov8s_h8l.hef");
  EXPECT_EQ(post->max_detections, 12U);
  EXPECT_EQ(post->threshold, 0.6F);
  EXPECT_EQ(post->temporal, (TemporalOptions{0.1F, 0.75F, 6, 3}));
}

TEST(PostProcessFiles, TheStageMayStandAloneAndKeysMayBeMissing) {
  const auto post = parse_post_process(R"({"hef_file_8L":"l.hef","temporal_filter":{}})");
  ASSERT_TRUE(post) << post.error().message;
  EXPECT_FALSE(post->hef_8);
  EXPECT_FALSE(post->threshold);
  EXPECT_EQ(post->temporal, TemporalOptions{});
}

TEST(PostProcessFiles, OneWrongKeyAtATime) {
  EXPECT_EQ(refusal(with(R"("threshold":0.5)")), "accepted");
  for (const char* bad : {"1.5", "-1", "\"0.5\"", "[]", "1e400"})
    EXPECT_NE(refusal(with(R"("threshold":)" + std::string(bad))), "accepted") << bad;
  for (const char* bad : {"0", "-1", "1001", "3.5", "null", "18446744073709551616"})
    EXPECT_EQ(refusal(with(R"("max_detections":)" + std::string(bad))),
              "max_detections is not a number from 1 to 1000")
        << bad;
  EXPECT_EQ(refusal(with(R"("temporal_filter":5)")), "temporal_filter is not an object");
  EXPECT_EQ(refusal(with(R"("temporal_filter":{"visible_frames":0})")),
            "temporal_filter is not good: visible_frames is not a number from 1 to 10000");
  EXPECT_EQ(refusal(with(R"("temporal_filter":{"factor":2})")),
            "temporal_filter is not good: factor is not a number from 0 to 1");
  EXPECT_EQ(refusal(R"({"hef_file_8":7})"), "hef_file_8 is not the name of a file");
  EXPECT_EQ(refusal(R"({"hef_file_8":""})"), "hef_file_8 is not the name of a file");
  EXPECT_EQ(refusal(R"({"hef_file_8":"a\u0000b"})"), "hef_file_8 is not the name of a file");
}

TEST(PostProcessFiles, HostileFilesAreRefused) {
  EXPECT_EQ(refusal(""), "not a JSON object");
  EXPECT_EQ(refusal("[]"), "not a JSON object");
  EXPECT_EQ(refusal("{}"), "no stage has hef_file_8 or hef_file_8L");
  EXPECT_EQ(refusal(R"({"a":{"hef_file_8":"a"},"b":{"hef_file_8L":"b"}})"),
            "several stages name a HEF; one network can run");
  EXPECT_NE(refusal(std::string(900000, '[')), "accepted");
  EXPECT_NE(refusal("{\"a\":" + std::string(400000, '[') + std::string(400000, ']') + "}"),
            "accepted");
  const std::string whole = kFile;
  for (std::size_t size = 0; size < whole.size(); size++)
    EXPECT_NE(refusal(std::string_view(whole).substr(0, size)), "accepted") << size;
}

TEST(ModelFilesOfChips, TheOtherChipsFileIsBetterThanNone) {
  EXPECT_EQ((ModelFiles{"8", "8l"}).for_chip(true), "8l");
  EXPECT_EQ((ModelFiles{"8", "8l"}).for_chip(false), "8");
  EXPECT_EQ((ModelFiles{"8", ""}).for_chip(true), "8");
  EXPECT_EQ((ModelFiles{"", "8l"}).for_chip(false), "8l");
}

class Settings : public test::WithFolder {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    return WithFolder::write(name, Bytes(text.begin(), text.end()));
  }
};

TEST_F(Settings, Defaults) {
  const auto settings = read_settings({.hef = "a.hef"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->files.hailo8, "a.hef");
  EXPECT_EQ(settings->files.hailo8l, "a.hef");
  EXPECT_EQ(settings->selection.threshold, 0.4F);
  EXPECT_EQ(settings->selection.max_boxes, 20U);
  EXPECT_FALSE(settings->temporal);
}

TEST_F(Settings, TheUserWinsOverThePostProcessOverTheLabels) {
  const auto labels =
      write("l.json", R"({"detection_threshold":0.1,"max_boxes":5,"labels":["unlabeled","x"]})");
  const auto post = write("p.json", kFile);
  auto settings = read_settings({.hef = "a.hef", .labels = labels}).value();
  EXPECT_EQ(settings.selection.threshold, 0.1F);
  EXPECT_EQ(settings.selection.max_boxes, 5U);
  EXPECT_EQ(settings.labels, std::vector<std::string>{"x"});

  settings = read_settings({.post_process = post, .labels = labels}).value();
  EXPECT_EQ(settings.selection.threshold, 0.6F);
  EXPECT_EQ(settings.selection.max_boxes, 12U);
  EXPECT_EQ(settings.files.hailo8l, "/models/yolov8s_h8l.hef");
  EXPECT_TRUE(settings.temporal);

  settings = read_settings({.hef = "a.hef",
                            .post_process = post,
                            .labels = labels,
                            .threshold = 0.9F,
                            .max_boxes = 3})
                 .value();
  EXPECT_EQ(settings.selection.threshold, 0.9F);
  EXPECT_EQ(settings.selection.max_boxes, 3U);
  EXPECT_EQ(settings.files.hailo8l, "a.hef");
}

TEST_F(Settings, AMistakeNamesItsFile) {
  const auto bad = write("bad.json", "{");
  auto settings = read_settings({.post_process = bad});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message, bad + ": not a JSON object");
  settings = read_settings({.hef = "a", .labels = bad});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message, bad + ": neither a list of names nor a JSON object");
  settings = read_settings({.hef = "a", .labels = "/none/at/all"});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message, "cannot open /none/at/all: No such file or directory");
  // Max of a label file is bounded, too.
  const auto many = write("l.json", R"({"max_boxes":1000000,"labels":["u"]})");
  EXPECT_EQ(read_settings({.hef = "a", .labels = many})->selection.max_boxes, max_boxes_limit);
}

}  // namespace
}  // namespace hailo::detect
