// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/sys/host.h"

namespace hailo::test {

/// A host that does what the test says and keeps what it was asked. Time passes
/// only while somebody waits.
class FakeHost : public sys::Host {
 public:
  Result<void> insert_module(const std::string &file, const std::string &options) override {
    calls.push_back("insert " + file + " [" + options + "]");
    return on_insert();
  }
  Result<void> remove_module(const std::string &name) override {
    calls.push_back("remove " + name);
    return on_remove();
  }
  Result<void> make_node(const sys::NodeRequest &request) override {
    calls.push_back("node " + request.path);
    return on_node(request);
  }
  Result<void> write_attribute(const std::string &path, const std::string &value) override {
    calls.push_back("write " + path + " " + value);
    return on_write();
  }
  std::chrono::milliseconds now() override { return time; }
  std::chrono::system_clock::time_point wall_clock() override { return start + time; }
  void wait_for_device(const std::string &, std::chrono::milliseconds at_most) override {
    sleep(std::min(at_most, std::chrono::milliseconds(250)));
  }
  void sleep(std::chrono::milliseconds span) override {
    time += span;
    waits++;
    if (on_wait) on_wait();
  }

  std::function<Result<void>()> on_insert = [] { return Result<void>{}; };
  std::function<Result<void>()> on_remove = [] { return Result<void>{}; };
  std::function<Result<void>()> on_write = [] { return Result<void>{}; };
  std::function<Result<void>(const sys::NodeRequest &)> on_node = [](const sys::NodeRequest &) {
    return Result<void>{};
  };
  std::function<void()> on_wait;

  std::vector<std::string> calls;
  std::chrono::milliseconds time{0};
  std::chrono::system_clock::time_point start = std::chrono::system_clock::now();
  int waits = 0;
};

}  // namespace hailo::test
