// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "detect/frame.h"
#include "lib/base/result.h"
#include "lib/http/server.h"

namespace hailo::detect::web {

struct Options {
  http::Endpoint endpoint{.address = "127.0.0.1", .port = 8080};
  std::vector<std::string> hosts{};  ///< see http::Options
  http::Limits limits{};
  int jpeg_quality = 80;  ///< 1 to 100
};

/// The page and what it is made of, for any number of viewers:
///
///   /               the page
///   /stream         MJPEG with boxes; /stream/plain without
///   /snapshot.jpg   the newest picture with boxes
///   /events         server-sent events: "detections" of each frame, "status" each second
///   /detections     those of the newest frame, JSON
///   /metrics        for Prometheus
///   /healthz        200
///   /readyz         200, or 503 with what is waited for
///
/// A frame is drawn and encoded once for all, and only if somebody looks.
class Server {
 public:
  /// `status` is called from threads of the server's, about once a second and
  /// when somebody asks, and must not take long.
  static Result<std::unique_ptr<Server>> start(Options options, std::function<Status()> status);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Never waits for a viewer or an encoder: if frames come faster than they can
  /// be encoded, viewers miss some. From any thread.
  void publish(std::shared_ptr<const Frame> frame);

  /// With the port that was chosen.
  const http::Endpoint& endpoint() const;

 private:
  class Work;
  explicit Server(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

}  // namespace hailo::detect::web
