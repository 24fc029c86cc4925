// SPDX-License-Identifier: MIT
// fake-pipeline: the web server of hailo-detect, fed with drawn pictures whose
// boxes are known, 20 a second. Prints where it listens and does what the lines
// of standard input say:
//   camera TEXT, chip TEXT   not ready, and why; without TEXT: ready
//   empty, shapes            what is in the picture
//   label TEXT               what the first class is called; without TEXT: circle
//   stop, start              ends the server; starts it again, on the same port
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "detect/web/server.h"
#include "lib/http/endpoint.h"
#include "support/scene.h"

namespace hailo {
namespace {

constexpr int kFrameMs = 50;

class FakePipeline {
 public:
  int run() {
    if (!start()) return 1;
    std::printf("%s\n", to_string(options_.endpoint).c_str());
    std::fflush(stdout);
    for (std::string line;;) {
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, kFrameMs) > 0) {
        char c = 0;
        if (::read(STDIN_FILENO, &c, 1) != 1) return 0;
        if (c != '\n') {
          line += c;
          continue;
        }
        if (!obey(line)) return 1;
        line.clear();
      }
      publish();
    }
  }

 private:
  bool start() {
    auto server = detect::web::Server::start(options_, [this] {
      const std::lock_guard lock(mutex_);
      return status_;
    });
    if (!server) {
      std::fprintf(stderr, "fake-pipeline: %s\n", server.error().message.c_str());
      return false;
    }
    server_ = std::move(*server);
    options_.endpoint = server_->endpoint();
    number_ = 0;
    return true;
  }

  bool obey(const std::string& line) {
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = word.size() < line.size() ? line.substr(word.size() + 1) : "";
    if (word == "stop") {
      server_.reset();
    } else if (word == "start") {
      return start();
    } else if (word == "shapes") {
      shapes_ = test::two_shapes();
    } else if (word == "empty") {
      shapes_.clear();
    } else if (word == "label") {
      const std::lock_guard lock(mutex_);
      status_.labels.front() = rest.empty() ? test::ready_status().labels.front() : rest;
    } else if (word == "camera" || word == "chip") {
      const std::lock_guard lock(mutex_);
      (word == "camera" ? status_.camera : status_.chip) = detect::Part{rest.empty(), rest};
    } else {
      std::fprintf(stderr, "fake-pipeline: what is '%s'?\n", line.c_str());
      return false;
    }
    return true;
  }

  void publish() {
    if (!server_ || !status_.camera.ready) return;
    server_->publish(test::scene(++number_, shapes_));
    const std::lock_guard lock(mutex_);
    status_.frames = number_;
  }

  detect::web::Options options_{.endpoint = {"127.0.0.1", 0}};
  std::mutex mutex_;
  detect::Status status_ = test::ready_status();
  std::vector<test::Shape> shapes_ = test::two_shapes();
  std::uint64_t number_ = 0;
  std::unique_ptr<detect::web::Server> server_;
};

}  // namespace
}  // namespace hailo

int main() { return hailo::FakePipeline().run(); }
