// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace hailo::detect {

/// Sleeps between attempts: short first, then twice as long each, up to a limit.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds limit)
      : first_(first), limit_(limit), next_(first) {}

  /// After a success the next failure is a first one again.
  void reset() { next_ = first_; }

  /// How long the next sleep is.
  std::chrono::milliseconds step() {
    const auto now = next_;
    next_ = std::min(next_ * 2, limit_);
    return now;
  }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds next_;
};

/// Ends early if stopped.
inline void sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace hailo::detect
