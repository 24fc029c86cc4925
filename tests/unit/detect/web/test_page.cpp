// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "detect/web/json.h"
#include "detect/web/metrics.h"
#include "detect/web/page.h"
#include "support/scene.h"

namespace hailo::detect::web {
namespace {

using Json = nlohmann::json;

TEST(Page, HasEverythingInIt) {
  const auto page = make_page();
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(page->html.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(page->html.find("{{"), std::string::npos);
  EXPECT_NE(page->html.find("new EventSource("), std::string::npos);
  // No address of another server, no file beside it, no code in attributes.
  EXPECT_FALSE(std::regex_search(
      page->html,
      std::regex(
          "(src|href)=\"(?!data:,)|https?:|//[a-z]+\\.|@import|url\\(| on[a-z]+=|style=\"")));
  EXPECT_EQ(page->content_policy.find("unsafe"), std::string::npos);
  EXPECT_TRUE(std::regex_match(
      page->content_policy,
      std::regex("default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; script-src "
                 "'sha256-[A-Za-z0-9+/]{43}='; connect-src 'self'; img-src data:; "
                 "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")))
      << page->content_policy;
}

TEST(DetectJson, AFrame) {
  const auto json = Json::parse(frame_json(*test::scene(12, test::two_shapes()), {"circle"}));
  EXPECT_EQ(json["frame"], 12);
  EXPECT_EQ(json["width"], 640);
  EXPECT_EQ(json["height"], 480);
  EXPECT_GT(json["time"], 1'600'000'000'000);
  EXPECT_EQ(json["stages"],
            Json({{"decode", 1.5}, {"prepare", 0.5}, {"inference", 8.0}, {"total", 12.0}}));
  ASSERT_EQ(json["detections"].size(), 2U);
  const auto& first = json["detections"][0];
  EXPECT_EQ(first["label"], "circle");
  EXPECT_EQ(first["class"], 0);
  EXPECT_NEAR(first["score"], 0.9, 1e-6);
  EXPECT_EQ(first["box"],
            Json({{"x_min", 0.125}, {"y_min", 0.25}, {"x_max", 0.375}, {"y_max", 0.5}}));
  EXPECT_EQ(json["detections"][1]["label"], "class 1");
}

TEST(DetectJson, WhatIsNotKnownIsNull) {
  Status status;
  status.camera = {false, "no camera"};
  status.labels = {"\xff\"\n", ""};
  const auto json = Json::parse(status_json(status));
  EXPECT_EQ(json["camera"], Json({{"ready", false}, {"text", "no camera"}}));
  EXPECT_TRUE(json["celsius"].is_null());
  EXPECT_TRUE(json["firmware"].is_null());
  EXPECT_EQ(json["classes"][0]["label"], "\xef\xbf\xbd\"\n") << "no UTF-8";
  EXPECT_EQ(json["classes"][1]["label"], "class 1") << "as the detections have it";
  const auto ready = Json::parse(status_json(test::ready_status()));
  EXPECT_EQ(ready["celsius"], 48.25);
  EXPECT_EQ(ready["firmware"], "4.20.0");
  EXPECT_EQ(ready["classes"].size(), 2U);
  EXPECT_NE(ready["classes"][0]["colour"], ready["classes"][1]["colour"]);
}

TEST(DetectMetrics, AllOfIt) {
  Totals totals;
  totals.add(*test::scene(1, test::two_shapes()));
  totals.add(*test::scene(2, {test::two_shapes()[0]}));
  const std::string text = metrics_text(test::ready_status(), totals,
                                        {.plain_viewers = 3, .event_viewers = 4, .boxed_jpegs = 5});
  for (const char* line :
       {"hailo_detect_info{network=\"shapes 320x320\",engine=\"native\",board=\"HAILO8L ",
        ",driver=\"0.1.0\",firmware=\"4.20.0\"} 1\n", "hailo_detect_camera_ready 1\n",
        "hailo_detect_chip_ready 1\n", "hailo_detect_temperature_celsius 48.25\n",
        "hailo_detect_frames_total 7\n", "hailo_detect_dropped_frames_total 2\n",
        "hailo_detect_frames_per_second 29.5\n",
        "hailo_detect_stage_seconds_sum{stage=\"inference\"} 0.016\n",
        "hailo_detect_stage_seconds_count{stage=\"inference\"} 2\n",
        "hailo_detect_detections_total{class=\"circle\"} 2\n",
        "hailo_detect_detections_total{class=\"square\"} 1\n",
        "hailo_detect_viewers{stream=\"plain\"} 3\n", "hailo_detect_viewers{stream=\"events\"} 4\n",
        "hailo_detect_jpegs_total{kind=\"boxes\"} 5\n",
        "# TYPE hailo_detect_stage_seconds summary\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  // Each line is a comment or a value.
  std::istringstream lines(text);
  const std::regex form(R"(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+)");
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(std::regex_match(line, form)) << line;
}

TEST(DetectMetrics, ClassesOfOneNameAreOneSeries) {
  Totals totals;
  totals.detections = {{0, 3}, {1, 4}, {2, 5}};
  Status status;
  status.labels = {"n/a", "person", "n/a"};
  const std::string text = metrics_text(status, totals, {});
  EXPECT_NE(text.find("\nhailo_detect_detections_total{class=\"n/a\"} 8\n"), std::string::npos);
  EXPECT_NE(text.find("\nhailo_detect_detections_total{class=\"person\"} 4\n"), std::string::npos);
  std::istringstream lines(text);
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line;
}

}  // namespace
}  // namespace hailo::detect::web
