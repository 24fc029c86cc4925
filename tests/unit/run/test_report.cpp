// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run/report.h"

namespace hailo::run {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

hef::Stream nms_stream() {
  hef::Stream stream;
  stream.name = "net/nms";
  stream.order = hef::WireOrder::nms_on_chip;
  stream.nms = hef::NmsInfo{
      .classes = 2, .max_boxes_per_class = 2, .chunks = 1, .burst_size = 3, .burst_type = 1};
  stream.quantisation.scale = hef::nms_scale;
  return stream;
}

FrameReport report() {
  const auto stream = nms_stream();
  const hef::Box box{.y_min = 0.25F, .x_min = 0.5F, .y_max = 0.75F, .x_max = 1, .score = 0.9F};
  const auto frame = hef::pack_nms_frame({{}, {box}}, *stream.nms).value();
  FrameReport report{3, "a\n.png", 640, 480, {}};
  report.outputs.push_back(read_output(stream, frame, place(640, 480, 320, 320)).value());
  hef::Stream tensor;
  tensor.name = "net/heat";
  report.outputs.push_back(read_output(tensor, Bytes(8), {}).value());
  return report;
}

TEST(Report, Text) {
  EXPECT_EQ(frame_text(report(), {"circle", "square"}),
            "frame 3: a\\x0a.png 640x480\n"
            "  net/nms: 1 detections\n"
            "    class 1 square score 0.900 box 320.1,80.0 640.0,400.0\n"
            "  net/heat: 8 bytes, xxh3 c77b3abb6f87acd9\n");
  EXPECT_NE(frame_text(report(), {}).find("    class 1 score 0.900"), std::string::npos);
}

TEST(Report, Json) {
  const std::string line = frame_json(report(), {"circle", "square"});
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto shown = json::parse(line);
  EXPECT_EQ(shown.at("frame"), 3);
  EXPECT_EQ(shown.at("width"), 640);
  const auto& detection = shown.at("outputs").at(0).at("detections").at(0);
  EXPECT_EQ(detection.at("class"), 1);
  EXPECT_EQ(detection.at("label"), "square");
  EXPECT_NEAR(detection.at("score").get<double>(), 0.9, 1e-3);
  EXPECT_NEAR(detection.at("box").at(3).get<double>(), 400, 0.1);
  EXPECT_FALSE(shown.at("outputs").at(1).contains("detections"));
}

TEST(Report, LabelsAreUtf8AsTheyWereGiven) {
  const std::vector<std::string> labels = {"", "T\xc3\xbcr"};
  EXPECT_NE(frame_text(report(), labels).find("class 1 T\xc3\xbcr score"), std::string::npos);
  const auto shown = json::parse(frame_json(report(), labels));
  EXPECT_EQ(shown.at("outputs").at(0).at("detections").at(0).at("label"), "T\xc3\xbcr");
}

TEST(Report, AFrameThatIsNoneIsRefused) {
  const auto output = read_output(nms_stream(), Bytes(48), {});
  ASSERT_FALSE(output) << "three records without a delimiter";
  EXPECT_EQ(output.error().code, Error::Code::protocol);
}

TEST(Bench, RateAndPercentiles) {
  Bench bench{.network = "net", .in_flight = 4, .duration = 2s};
  EXPECT_EQ(bench.latency(0.5), 0ns);
  for (int i = 100; i >= 1; i--) bench.latencies.push_back(std::chrono::milliseconds(i));
  EXPECT_DOUBLE_EQ(bench.frames_per_second(), 50);
  EXPECT_EQ(bench.latency(0), 1ms);
  EXPECT_EQ(bench.latency(0.5), 50ms);
  EXPECT_EQ(bench.latency(0.99), 99ms);
  EXPECT_EQ(bench.latency(1), 100ms);
  EXPECT_EQ(bench_text(bench),
            "network: net, 4 frames in flight\n"
            "frames: 100 in 2.000 s, 50.0 frames per second\n"
            "latency: least 1.000 ms, median 50.000 ms, 99th percentile 99.000 ms, most "
            "100.000 ms\n");
  EXPECT_EQ(json::parse(bench_json(bench)).at("latency_ms").at("p99"), 99.0);
}

}  // namespace
}  // namespace hailo::run
