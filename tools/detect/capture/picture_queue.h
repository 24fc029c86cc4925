// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

#include "detect/capture/source.h"

namespace hailo::detect {

/// Pictures on their way to the network: few, so that a slow one shows what is
/// there now and not what was. One thread puts, one takes.
class PictureQueue {
 public:
  explicit PictureQueue(std::size_t capacity) : capacity_(capacity) {}

  /// In place of the oldest one if there is no room; that is dropped.
  void put(Picture picture);
  /// Waits for room. False if stopped; then the picture is not in the queue.
  bool put_waiting(Picture picture, const std::stop_token& stop);

  /// The oldest one; nothing after `timeout`, or at once if none will come.
  std::optional<Picture> take(std::chrono::milliseconds timeout);

  /// Nothing is put any more; what is there can still be taken.
  void close();
  /// Closed, and everything has been taken.
  bool is_drained() const;

  std::uint64_t dropped() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Picture> pictures_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace hailo::detect
