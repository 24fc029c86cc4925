// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "detect/capture/capture_loop.h"
#include "detect/capture/picture_queue.h"
#include "detect/frame.h"
#include "detect/infer/inference_loop.h"

namespace hailo::detect {

struct AppOptions {
  CaptureOptions capture;
  InferenceOptions inference;
  std::vector<std::string> labels;
};

/// Reads a board's temperature, degrees Celsius. May wake it.
using ReadTemperature = std::function<std::optional<float>(const EngineFacts&)>;

/// The whole chain: one thread captures, the newest picture waits for the
/// network, what comes out is published to all who have subscribed.
class App {
 public:
  /// Called with each frame by a thread of the chain, which it must not keep:
  /// a subscriber that has much to do queues the frame and drops what is too much.
  using Subscriber = std::function<void(const std::shared_ptr<const Frame>&)>;

  App(const AppOptions& options, OpenSource open_source, OpenEngine open_engine,
      InferenceLoop::GiveUp give_up, ReadTemperature temperature);
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();

  /// Before start().
  void subscribe(Subscriber subscriber) { subscribers_.push_back(std::move(subscriber)); }

  /// `on_end` is called, by a thread of the chain, if the chain ends by itself.
  void start(std::function<void()> on_end);

  /// Captures no more, publishes what is on its way and gives the board back.
  /// The failure if the chain had given up.
  Outcome<void> stop();

  Status status() const;

 private:
  using Clock = std::chrono::steady_clock;

  void publish(Frame frame);
  void watch_temperature(const std::stop_token& stop);

  const std::vector<std::string> labels_;
  ReadTemperature temperature_;
  std::vector<Subscriber> subscribers_;
  PictureQueue queue_;
  CaptureLoop capture_;
  InferenceLoop inference_;

  mutable std::mutex mutex_;
  std::uint64_t frames_ = 0;               ///< under mutex_
  std::deque<Clock::time_point> recent_;   ///< of frames published; under mutex_
  std::optional<float> last_temperature_;  ///< under mutex_
  Outcome<void> outcome_;                  ///< of inference; once its thread has ended

  std::jthread capture_thread_;
  std::jthread inference_thread_;
  std::jthread temperature_thread_;
};

}  // namespace hailo::detect
