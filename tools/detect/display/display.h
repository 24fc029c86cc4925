// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "detect/capture/backoff.h"
#include "detect/frame.h"
#include "lib/base/result.h"

namespace hailo::detect {

/// A screen that is ours alone. One thread uses it.
class Screen {
 public:
  virtual ~Screen() = default;

  /// For users: "HDMI-A-1, 1920x1080".
  virtual std::string name() const = 0;
  virtual std::uint32_t width() const = 0;
  virtual std::uint32_t height() const = 0;

  /// Shows a picture of just its size. May wait for the one before to be shown.
  virtual Result<void> show(const Image& image) = 0;
  /// Whether it is still plugged in.
  virtual Result<void> check() = 0;
};

/// Opens a screen, again and again if need be.
using OpenScreen = std::function<Result<std::unique_ptr<Screen>>()>;

struct DisplayOptions {
  std::vector<std::string> labels;
  std::chrono::milliseconds first_pause{250};
  std::chrono::milliseconds longest_pause{5000};
  std::chrono::milliseconds check{1000};  ///< from one check() to the next
};

/// Shows the newest frame with its boxes. A thread of its own draws, so that a slow
/// screen loses frames and holds nobody up; one that fails is opened again, for ever.
class Display {
 public:
  Display(OpenScreen open, DisplayOptions options);
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  /// From any thread; returns at once.
  void publish(std::shared_ptr<const Frame> frame);

  /// The screen, or what it waits for.
  Part status() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  Result<void> run_screen(Screen& screen, const std::stop_token& stop);
  void say(bool ready, std::string text);

  const OpenScreen open_;
  const DisplayOptions options_;
  Backoff backoff_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const Frame> newest_;  ///< not shown yet; under mutex_
  Part status_{false, "opening"};        ///< under mutex_

  std::jthread thread_;  ///< ends first
};

}  // namespace hailo::detect
