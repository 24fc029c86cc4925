// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "detect/summary.h"

namespace hailo::detect {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Frame frame(std::vector<std::uint32_t> classes, std::chrono::milliseconds inference = 4ms) {
  Frame f;
  for (const auto c : classes) f.detections.push_back({c, {}});
  f.timings = {.decode = 1ms, .prepare = 2ms, .inference = inference, .total = 10ms};
  return f;
}

TEST(Summaries, CountDetectionsAndFramesByClass) {
  Summary summary(3);
  EXPECT_FALSE(summary.add(frame({1, 1, 0})));
  EXPECT_FALSE(summary.add(frame({}, 8ms)));
  EXPECT_TRUE(summary.add(frame({1})));
  EXPECT_FALSE(summary.add(frame({7}))) << "one more than wanted";
  EXPECT_EQ(summary.frames(), 3U);
  EXPECT_EQ(summary.frames_with(1), 2U);
  EXPECT_EQ(summary.frames_with(7), 0U);

  Status status;
  status.labels = {"circle", "square"};
  status.board = "HAILO8L 0000:01:00.0";
  status.dropped = 5;
  const auto text = summary.json(status);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto object = json::parse(text);
  EXPECT_EQ(object["frames"], 3);
  EXPECT_EQ(object["dropped"], 5);
  EXPECT_EQ(object["classes"]["square"], (json{{"detections", 3}, {"frames", 2}}));
  EXPECT_EQ(object["classes"]["circle"], (json{{"detections", 1}, {"frames", 1}}));
  EXPECT_EQ(object["latency_ms"]["inference"]["p50"], 4.0);
  EXPECT_EQ(object["latency_ms"]["inference"]["max"], 8.0);
  EXPECT_EQ(object["latency_ms"]["decode"]["mean"], 1.0);
  EXPECT_EQ(object["board"], "HAILO8L 0000:01:00.0");
}

TEST(Summaries, WithoutAFrame) {
  const auto object = json::parse(Summary(1).json({}));
  EXPECT_EQ(object["frames"], 0);
  EXPECT_TRUE(object["latency_ms"]["total"].is_null());
}

TEST(Summaries, ClassesWithoutANameHaveTheirNumber) {
  Summary summary(1);
  summary.add(frame({3}));
  EXPECT_TRUE(json::parse(summary.json({}))["classes"].contains("#3"));
}

TEST(Summaries, ClassesOfOneNameAreOne) {
  Status status;
  status.labels = {"n/a", "person", "n/a"};
  Summary summary(3, status.labels);
  summary.add(frame({0, 2}));
  summary.add(frame({2, 2}));
  summary.add(frame({1}));
  const auto object = json::parse(summary.json(status));
  EXPECT_EQ(object["classes"]["n/a"], (json{{"detections", 4}, {"frames", 2}}));
  EXPECT_EQ(object["classes"]["person"], (json{{"detections", 1}, {"frames", 1}}));
  EXPECT_EQ(summary.frames_with(find_class("n/a", status.labels).value()), 2U);
}

TEST(Classes, AreFoundByNameOrNumber) {
  EXPECT_EQ(find_class("ring", {"circle", "ring"}).value(), 1U);
  EXPECT_EQ(find_class("#7", {}).value(), 7U);
  EXPECT_EQ(find_class("cat", {"circle", "ring"}).error().message,
            "no class is called cat; there are: circle, ring");
  EXPECT_EQ(find_class("cat", {}).error().message,
            "no class is called cat; give --labels, or a number as #0");
  for (const char* bad : {"#", "#x", "#1x", "#-1", "#99999999999", ""})
    EXPECT_FALSE(find_class(bad, {""})) << bad;
}

}  // namespace
}  // namespace hailo::detect
