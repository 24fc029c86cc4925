// SPDX-License-Identifier: MIT
#include "detect/web/server.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include "detect/web/json.h"
#include "detect/web/metrics.h"
#include "detect/web/page.h"
#include "detect/web/pictures.h"
#include "lib/http/metrics.h"

namespace hailo::detect::web {
namespace {

using http::Answer;
using http::Body;
using http::make_body;
using http::text_response;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStatusInterval{1};
/// Pictures that a viewer may lag behind; more would only be late.
constexpr std::size_t kPictureDepth = 2;
constexpr std::size_t kEventDepth = 16;
constexpr const char* kJson = "application/json";
constexpr std::string_view kBoundary = "--frame\r\n";

/// A part of the stream, with the boundary behind it: a browser shows a picture
/// when it sees where it ends.
Body picture_part(const Pictures::Jpeg& jpeg) {
  const Bytes& file = *jpeg.file;
  const std::string head =
      "Content-Type: image/jpeg\r\nContent-Length: " + std::to_string(file.size()) +
      "\r\nX-Frame: " + std::to_string(jpeg.number) + "\r\n\r\n";
  constexpr std::string_view end = "\r\n--frame\r\n";
  Bytes part;
  part.reserve(head.size() + file.size() + end.size());
  part.insert(part.end(), head.begin(), head.end());
  part.insert(part.end(), file.begin(), file.end());
  part.insert(part.end(), end.begin(), end.end());
  return std::make_shared<const Bytes>(std::move(part));
}

std::string event(std::string_view name, const std::string& data) {
  return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

std::string waits_for(const Status& status) {
  std::string text;
  if (!status.camera.ready) text += "camera: " + status.camera.text + "\n";
  if (!status.chip.ready) text += "chip: " + status.chip.text + "\n";
  return text;
}

}  // namespace

class Server::Work {
 public:
  Work(std::function<Status()> status, std::unique_ptr<Pictures> pictures, Page page,
       std::shared_ptr<http::Channel> plain, std::shared_ptr<http::Channel> boxed,
       std::shared_ptr<http::Channel> events)
      : status_(std::move(status)),
        pictures_(std::move(pictures)),
        page_(std::move(page)),
        page_body_(make_body(page_.html)),
        plain_(std::move(plain)),
        boxed_(std::move(boxed)),
        events_(std::move(events)) {}

  Result<void> start(const Options& options);
  void publish(std::shared_ptr<const Frame> frame);
  const http::Endpoint& endpoint() const { return http_->endpoint(); }

 private:
  std::map<std::string, http::Handler, std::less<>> routes();
  Answer stream(Pictures::Kind kind);
  Answer event_stream();
  Answer snapshot();
  Answer detections();
  Answer metrics();
  Answer ready();

  void run(const std::stop_token& stop);
  void send(const Frame& frame);
  std::shared_ptr<const Frame> latest();
  std::vector<std::string> labels();

  const std::function<Status()> status_;
  const std::unique_ptr<Pictures> pictures_;
  const Page page_;
  const Body page_body_;
  const std::shared_ptr<http::Channel> plain_;
  const std::shared_ptr<http::Channel> boxed_;
  const std::shared_ptr<http::Channel> events_;

  std::mutex mutex_;  ///< of what follows
  std::condition_variable_any changed_;
  std::shared_ptr<const Frame> latest_;
  Totals totals_;
  std::vector<std::string> labels_;

  std::jthread worker_;
  std::unique_ptr<http::Server> http_;  ///< ends first: its handlers use all the rest
};

Result<void> Server::Work::start(const Options& options) {
  labels_ = status_().labels;
  auto server = http::Server::start({.endpoint = options.endpoint,
                                     .routes = routes(),
                                     .limits = options.limits,
                                     .hosts = options.hosts});
  if (!server) return std::unexpected(server.error());
  http_ = std::move(*server);
  worker_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

std::map<std::string, http::Handler, std::less<>> Server::Work::routes() {
  return {
      {"/",
       [this] {
         return http::Response{.type = "text/html; charset=utf-8",
                               .body = page_body_,
                               .content_policy = page_.content_policy};
       }},
      {"/stream", [this] { return stream(Pictures::Kind::boxed); }},
      {"/stream/plain", [this] { return stream(Pictures::Kind::plain); }},
      {"/snapshot.jpg", [this] { return snapshot(); }},
      {"/events", [this] { return event_stream(); }},
      {"/detections", [this] { return detections(); }},
      {"/metrics", [this] { return metrics(); }},
      {"/healthz", [] { return text_response(200, "ok\n"); }},
      {"/readyz", [this] { return ready(); }},
  };
}

void Server::Work::publish(std::shared_ptr<const Frame> frame) {
  {
    const std::lock_guard lock(mutex_);
    totals_.add(*frame);
    latest_ = std::move(frame);
  }
  changed_.notify_one();
}

std::shared_ptr<const Frame> Server::Work::latest() {
  const std::lock_guard lock(mutex_);
  return latest_;
}

std::vector<std::string> Server::Work::labels() {
  const std::lock_guard lock(mutex_);
  return labels_;
}

void Server::Work::run(const std::stop_token& stop) {
  std::shared_ptr<const Frame> sent;
  auto next_status = Clock::now();
  while (!stop.stop_requested()) {
    std::shared_ptr<const Frame> frame;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, stop, next_status, [&] { return latest_ != sent; });
      frame = latest_;
    }
    if (Clock::now() >= next_status) {
      const Status status = status_();
      next_status = Clock::now() + kStatusInterval;
      if (events_->viewers() > 0) events_->publish(make_body(event("status", status_json(status))));
      const std::lock_guard lock(mutex_);
      labels_ = status.labels;
    }
    if (frame != sent) send(*frame);
    sent = frame;
  }
}

void Server::Work::send(const Frame& frame) {
  const auto names = labels();
  if (events_->viewers() > 0)
    events_->publish(make_body(event("detections", frame_json(frame, names))));
  for (const auto kind : {Pictures::Kind::plain, Pictures::Kind::boxed}) {
    const auto& channel = kind == Pictures::Kind::plain ? plain_ : boxed_;
    if (channel->viewers() == 0) continue;
    if (const auto jpeg = pictures_->get(kind, frame, names); jpeg.file)
      channel->publish(picture_part(jpeg));
  }
}

Answer Server::Work::stream(Pictures::Kind kind) {
  const auto frame = latest();
  const auto jpeg = frame ? pictures_->get(kind, *frame, labels()) : Pictures::Jpeg();
  Bytes first(kBoundary.begin(), kBoundary.end());
  if (jpeg.file) {
    const auto part = picture_part(jpeg);
    first.insert(first.end(), part->begin(), part->end());
  }
  return http::Stream{"multipart/x-mixed-replace; boundary=frame",
                      kind == Pictures::Kind::plain ? plain_ : boxed_,
                      std::make_shared<const Bytes>(std::move(first))};
}

Answer Server::Work::event_stream() {
  // A browser that lost the stream comes back after a second.
  std::string first = "retry: 1000\n\n" + event("status", status_json(status_()));
  if (const auto frame = latest()) first += event("detections", frame_json(*frame, labels()));
  return http::Stream{"text/event-stream", events_, make_body(first)};
}

Answer Server::Work::snapshot() {
  const auto frame = latest();
  const auto jpeg = frame ? pictures_->get(Pictures::Kind::boxed, *frame, labels()).file : nullptr;
  if (!jpeg) return text_response(503, "there is no picture yet\n" + waits_for(status_()));
  return http::Response{.type = "image/jpeg", .body = jpeg};
}

Answer Server::Work::detections() {
  const auto frame = latest();
  if (!frame) return text_response(503, "there is no picture yet\n" + waits_for(status_()));
  return http::Response{.type = kJson, .body = make_body(frame_json(*frame, labels()) + "\n")};
}

Answer Server::Work::metrics() {
  const Status status = status_();
  const Serving serving{.plain_viewers = plain_->viewers(),
                        .boxed_viewers = boxed_->viewers(),
                        .event_viewers = events_->viewers(),
                        .plain_jpegs = pictures_->made(Pictures::Kind::plain),
                        .boxed_jpegs = pictures_->made(Pictures::Kind::boxed)};
  Totals totals;
  {
    const std::lock_guard lock(mutex_);
    totals = totals_;
  }
  return http::Response{.type = http::metrics_type,
                        .body = make_body(metrics_text(status, totals, serving))};
}

Answer Server::Work::ready() {
  const std::string waiting = waits_for(status_());
  return waiting.empty() ? text_response(200, "ready\n") : text_response(503, waiting);
}

Result<std::unique_ptr<Server>> Server::start(Options options, std::function<Status()> status) {
  auto pictures = Pictures::create(options.jpeg_quality);
  if (!pictures) return std::unexpected(pictures.error());
  auto page = make_page();
  if (!page) return std::unexpected(page.error());
  auto plain = http::Channel::create(kPictureDepth);
  if (!plain) return std::unexpected(plain.error());
  auto boxed = http::Channel::create(kPictureDepth);
  if (!boxed) return std::unexpected(boxed.error());
  auto events = http::Channel::create(kEventDepth);
  if (!events) return std::unexpected(events.error());
  auto work = std::make_unique<Work>(std::move(status), std::move(*pictures), std::move(*page),
                                     std::move(*plain), std::move(*boxed), std::move(*events));
  if (auto started = work->start(options); !started) return std::unexpected(started.error());
  return std::unique_ptr<Server>(new Server(std::move(work)));
}

Server::Server(std::unique_ptr<Work> work) : work_(std::move(work)) {}
Server::~Server() = default;

void Server::publish(std::shared_ptr<const Frame> frame) { work_->publish(std::move(frame)); }

const http::Endpoint& Server::endpoint() const { return work_->endpoint(); }

}  // namespace hailo::detect::web
