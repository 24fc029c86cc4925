// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::sys {

/// What the main thread sleeps for: SIGINT, SIGTERM, or a call of wake(). To be
/// made before other threads are, which inherit that the signals are blocked.
class EndWait {
 public:
  static Result<EndWait> create();

  /// From any thread.
  void wake() const;

  /// True if a signal or wake() came, before or now; false after
  /// `timeout`, which may be -1 ms for never, or when something else woke it.
  bool wait(std::chrono::milliseconds timeout) const;

  /// Signals end the program again, as they do by default: for whoever does not
  /// want to wait for an orderly end.
  void release() const;

 private:
  EndWait(UniqueFd signals, UniqueFd event)
      : signals_(std::move(signals)), event_(std::move(event)) {}

  UniqueFd signals_;
  UniqueFd event_;
};

}  // namespace hailo::sys
