// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "detect/web/server.h"
#include "lib/image/image.h"
#include "support/http_client.h"
#include "support/scene.h"

namespace hailo::detect::web {
namespace {

using Json = nlohmann::json;
using test::body_of;
using test::has;
using test::http_get;
using test::HttpClient;
using test::scene;
using test::two_shapes;
using test::wait_until;
using namespace std::chrono_literals;

/// The value of a metric.
double value_of(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name + " ");
  return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

/// A part of a stream of pictures.
struct Part {
  int number;
  Image picture;
};

/// All whole parts of an answer's body.
std::vector<Part> parts_of(const std::string& stream) {
  std::vector<Part> parts;
  std::size_t at = stream.find("\r\n\r\n");
  if (at == stream.npos) return parts;
  at += 4;
  while (stream.compare(at, 9, "--frame\r\n") == 0) {
    const auto end = stream.find("\r\n\r\n", at);
    if (end == stream.npos) break;
    const std::string head = stream.substr(at + 9, end - at - 9);
    EXPECT_TRUE(head.starts_with("Content-Type: image/jpeg\r\nContent-Length: ")) << head;
    const auto size = std::stoul(head.substr(head.find("Content-Length: ") + 16));
    if (stream.size() < end + 4 + size + 2) break;
    const Bytes file(stream.begin() + static_cast<std::ptrdiff_t>(end + 4),
                     stream.begin() + static_cast<std::ptrdiff_t>(end + 4 + size));
    auto picture = decode_image(file);
    EXPECT_TRUE(picture) << picture.error().message;
    parts.push_back({std::stoi(head.substr(head.find("X-Frame: ") + 9)), std::move(*picture)});
    at = end + 4 + size + 2;
  }
  return parts;
}

class DetectServer : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start() {
    auto server = Server::start(options_, [this] {
      const std::lock_guard lock(mutex_);
      return status_;
    });
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    port_ = server_->endpoint().port;
  }

  std::string get(std::string_view path) const { return http_get(port_, path); }
  double metric(const std::string& name) const { return value_of(get("/metrics"), name); }
  void set(const Status& status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }

  Options options_{.endpoint = {"127.0.0.1", 0}};
  std::mutex mutex_;
  Status status_ = test::ready_status();
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(DetectServer, ThePageIsThere) {
  const std::string page = get("/");
  EXPECT_TRUE(page.starts_with("HTTP/1.1 200 ")) << page;
  EXPECT_TRUE(has(page, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_TRUE(has(page, "\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-"));
  EXPECT_TRUE(has(page, "<title>hailo-detect</title>"));
}

TEST_F(DetectServer, HealthAndReadiness) {
  EXPECT_EQ(body_of(get("/healthz")), "ok\n");
  EXPECT_EQ(body_of(get("/readyz")), "ready\n");
  Status status = test::ready_status();
  status.camera = {false, "/dev/video0 is gone; looking for it"};
  set(status);
  EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(body_of(get("/readyz")), "camera: /dev/video0 is gone; looking for it\n");
  status.chip = {false, "no firmware"};
  set(status);
  EXPECT_EQ(body_of(get("/readyz")),
            "camera: /dev/video0 is gone; looking for it\nchip: no firmware\n");
  EXPECT_EQ(body_of(get("/healthz")), "ok\n");
}

TEST_F(DetectServer, WithoutAPictureItSaysSo) {
  Status status = test::ready_status();
  status.camera = {false, "no camera"};
  set(status);
  for (const char* path : {"/snapshot.jpg", "/detections"}) {
    const std::string answer = get(path);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_EQ(body_of(answer), "there is no picture yet\ncamera: no camera\n");
  }
}

TEST_F(DetectServer, TheNewestPictureAndWhatIsInIt) {
  server_->publish(scene(1, {}));
  server_->publish(scene(2, two_shapes()));
  const std::string detections = get("/detections");
  EXPECT_TRUE(has(detections, "\r\nContent-Type: application/json\r\n")) << detections;
  const auto json = Json::parse(body_of(detections));
  EXPECT_EQ(json["frame"], 2);
  EXPECT_EQ(json["detections"][1]["label"], "square");

  const std::string snapshot = get("/snapshot.jpg");
  EXPECT_TRUE(has(snapshot, "\r\nContent-Type: image/jpeg\r\n"));
  const std::string file = body_of(snapshot);
  const auto picture = decode_image(Bytes(file.begin(), file.end()));
  ASSERT_TRUE(picture) << picture.error().message;
  // The left edge of the first box, in green where the picture is white.
  const auto* edge = &picture->rgb[(180 * 640 + 81) * 3];
  EXPECT_LT(edge[0], 150);
  EXPECT_GT(edge[1], 150);
}

TEST_F(DetectServer, TheStreamsHaveTheirPictures) {
  server_->publish(scene(1, two_shapes()));
  HttpClient boxed(port_);
  boxed.get("/stream");
  HttpClient plain(port_);
  plain.get("/stream/plain");
  ASSERT_TRUE(wait_until([&] {
    return metric("hailo_detect_viewers{stream=\"boxes\"}") == 1 &&
           metric("hailo_detect_viewers{stream=\"plain\"}") == 1;
  }));
  server_->publish(scene(2, two_shapes()));
  for (auto* client : {&boxed, &plain}) {
    const std::string& seen = client->read_until([](const std::string& text) {
      const auto parts = parts_of(text);
      return !parts.empty() && parts.back().number == 2;
    });
    EXPECT_TRUE(seen.starts_with("HTTP/1.1 200 ")) << seen.substr(0, 200);
    EXPECT_TRUE(has(seen, "\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"));
    const auto parts = parts_of(seen);
    ASSERT_GE(parts.size(), 2U);
    EXPECT_EQ(parts.front().number, 1) << "the newest there is comes at once";
    EXPECT_EQ(parts.back().number, 2);
    EXPECT_EQ(parts.back().picture.width, 640U);
    const auto* edge = &parts.back().picture.rgb[(180 * 640 + 81) * 3];
    if (client == &boxed)
      EXPECT_LT(edge[0], 150) << "a box";
    else
      EXPECT_GT(edge[0], 230) << "no box";
  }
}

TEST_F(DetectServer, EventsTellOfStatusAndDetections) {
  server_->publish(scene(1, two_shapes()));
  HttpClient viewer(port_);
  viewer.get("/events");
  const std::string first = viewer.read_until("\"frame\":1");
  EXPECT_TRUE(has(first, "\r\nContent-Type: text/event-stream\r\n")) << first;
  EXPECT_TRUE(body_of(first).starts_with("retry: 1000\n\nevent: status\ndata: {\"camera\":"))
      << first;
  EXPECT_TRUE(has(first, "\n\nevent: detections\ndata: {\"frame\":1,")) << first;
  ASSERT_TRUE(wait_until([&] { return metric("hailo_detect_viewers{stream=\"events\"}") == 1; }));
  for (int number = 2; number < 6; number++) {
    server_->publish(scene(static_cast<std::uint64_t>(number), {}));
    const std::string wanted = "data: {\"frame\":" + std::to_string(number) + ",";
    EXPECT_TRUE(has(viewer.read_until(wanted), wanted));
  }
  Status status = test::ready_status();
  status.camera = {false, "unplugged"};
  set(status);
  EXPECT_TRUE(has(viewer.read_until("unplugged"), "unplugged")) << "without any frame";
}

TEST_F(DetectServer, NothingIsEncodedUnlessSomebodyLooks) {
  HttpClient viewer(port_);
  viewer.get("/events");
  viewer.read_until("event: status");
  ASSERT_TRUE(wait_until([&] { return metric("hailo_detect_viewers{stream=\"events\"}") == 1; }));
  for (std::uint64_t number = 1; number <= 20; number++) {
    server_->publish(scene(number, two_shapes()));
    viewer.read_until("data: {\"frame\":" + std::to_string(number) + ",");
  }
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"boxes\"}"), 0);
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"plain\"}"), 0);
  get("/snapshot.jpg");
  get("/snapshot.jpg");
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"boxes\"}"), 1) << "once for the same frame";
}

TEST_F(DetectServer, OnceForAHundredViewers) {
  std::vector<HttpClient> viewers;
  for (int i = 0; i < 100; i++) {
    viewers.emplace_back(port_);
    viewers.back().get("/stream");
  }
  ASSERT_TRUE(wait_until([&] { return metric("hailo_detect_viewers{stream=\"boxes\"}") == 100; }));
  constexpr int kFrames = 10;
  for (int number = 1; number <= kFrames; number++) {
    server_->publish(scene(static_cast<std::uint64_t>(number), two_shapes(), 160, 120));
    const std::string wanted = "X-Frame: " + std::to_string(number) + "\r\n";
    for (auto& viewer : viewers) ASSERT_TRUE(has(viewer.read_until(wanted), wanted));
  }
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"boxes\"}"), kFrames);
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"plain\"}"), 0);
}

TEST_F(DetectServer, OncePerFrameWhoeverLooks) {
  std::vector<HttpClient> viewers;
  for (const char* path :
       {"/stream", "/stream/plain", "/events", "/stream", "/stream", "/stream/plain"}) {
    viewers.emplace_back(port_);
    viewers.back().get(path);
  }
  ASSERT_TRUE(wait_until([&] {
    return metric("hailo_detect_viewers{stream=\"boxes\"}") == 3 &&
           metric("hailo_detect_viewers{stream=\"plain\"}") == 2;
  }));
  constexpr int kFrames = 10;
  for (int number = 1; number <= kFrames; number++) {
    server_->publish(scene(static_cast<std::uint64_t>(number), two_shapes(), 160, 120));
    const std::string wanted = "X-Frame: " + std::to_string(number) + "\r\n";
    for (auto* viewer : {&viewers[0], &viewers[1], &viewers[3], &viewers[4], &viewers[5]})
      ASSERT_TRUE(has(viewer->read_until(wanted), wanted));
    get("/snapshot.jpg");
    HttpClient late(port_);  // gets the picture that is there
    late.get("/stream");
    ASSERT_TRUE(has(late.read_until(wanted), wanted));
  }
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"boxes\"}"), kFrames);
  EXPECT_EQ(metric("hailo_detect_jpegs_total{kind=\"plain\"}"), kFrames);
}

TEST_F(DetectServer, AViewerThatReadsNothingDelaysNobody) {
  HttpClient stuck(port_, 1, 4096);
  stuck.get("/stream");
  HttpClient viewer(port_);
  viewer.get("/stream");
  ASSERT_TRUE(wait_until([&] { return metric("hailo_detect_viewers{stream=\"boxes\"}") == 2; }));
  for (int number = 1; number <= 100; number++) {
    server_->publish(scene(static_cast<std::uint64_t>(number), two_shapes()));
    const std::string wanted = "X-Frame: " + std::to_string(number) + "\r\n";
    ASSERT_TRUE(has(viewer.read_until(wanted), wanted));
  }
  // It has lost some, gets what is newest, and whole.
  const auto parts = parts_of(stuck.read_until("X-Frame: 100\r\n"));
  ASSERT_FALSE(parts.empty());
  EXPECT_LT(parts.size(), 99U);
}

TEST_F(DetectServer, PublishingNeverWaits) {
  HttpClient viewer(port_);
  viewer.get("/stream");
  ASSERT_TRUE(wait_until([&] { return metric("hailo_detect_viewers{stream=\"boxes\"}") == 1; }));
  const auto large = scene(1, two_shapes(), 1920, 1080);
  std::uint64_t number = 1;
  for (; number <= 1000; number++) {
    auto frame = std::make_shared<Frame>(*large);
    frame->number = number;
    server_->publish(std::move(frame));
  }
  viewer.read_until("X-Frame: 1000\r\n");
  EXPECT_LT(metric("hailo_detect_jpegs_total{kind=\"boxes\"}"), 900) << "most were skipped";
  EXPECT_EQ(metric("hailo_detect_stage_seconds_count{stage=\"total\"}"), 1000);
}

TEST_F(DetectServer, MetricsCountWhatWasFound) {
  server_->publish(scene(1, two_shapes()));
  server_->publish(scene(2, {two_shapes()[0]}));
  const std::string answer = get("/metrics");
  EXPECT_TRUE(has(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_EQ(value_of(answer, "hailo_detect_detections_total{class=\"circle\"}"), 2);
  EXPECT_EQ(value_of(answer, "hailo_detect_detections_total{class=\"square\"}"), 1);
}

TEST_F(DetectServer, ItComesBackOnTheSamePort) {
  HttpClient viewer(port_);
  viewer.get("/events");
  viewer.read_until("event: status");
  server_.reset();
  viewer.read_all();
  EXPECT_TRUE(viewer.ended());
  options_.endpoint.port = port_;
  start();
  EXPECT_EQ(body_of(get("/healthz")), "ok\n");
}

TEST_F(DetectServer, FilesAreNotServed) {
  for (const char* path :
       {"/page.js", "/../page.js", "/etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
        "/stream/../../etc/passwd", "/stream/", "/stream/plain/", "/favicon.ico"})
    EXPECT_TRUE(get(path).starts_with("HTTP/1.1 404 ")) << path;
}

}  // namespace
}  // namespace hailo::detect::web
