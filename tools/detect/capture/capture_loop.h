// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>

#include "detect/capture/backoff.h"
#include "detect/capture/picture_queue.h"
#include "detect/capture/source.h"
#include "detect/frame.h"

namespace hailo::detect {

struct CaptureOptions {
  /// Pictures a second of a source that is not live; 0: as fast as they are taken.
  double rate = 0;
  std::chrono::milliseconds first_pause{250};
  std::chrono::milliseconds longest_pause{5000};
  std::chrono::milliseconds stalled{5000};  ///< without a picture, a live source is opened anew
  unsigned damaged = 60;                    ///< so many in a row, likewise
};

/// Moves pictures from a source into a queue. A source that fails is closed and
/// opened again, for ever, with pauses in between.
class CaptureLoop {
 public:
  CaptureLoop(OpenSource open, PictureQueue& queue, const CaptureOptions& options)
      : open_(std::move(open)),
        queue_(queue),
        options_(options),
        backoff_(options.first_pause, options.longest_pause) {}

  /// Until stopped. Called once.
  void run(const std::stop_token& stop);

  /// The source, or what it waits for.
  Part status() const;

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> run_source(Source& source, const std::stop_token& stop);
  bool pass_on(Source& source, Picture picture, const std::stop_token& stop);
  void say(bool ready, std::string text);

  OpenSource open_;
  PictureQueue& queue_;
  CaptureOptions options_;
  Backoff backoff_;
  Clock::time_point due_{};  ///< of the next picture, with a rate

  mutable std::mutex mutex_;
  Part status_{false, "opening"};  ///< under mutex_
};

}  // namespace hailo::detect
