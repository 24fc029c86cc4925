// SPDX-License-Identifier: MIT
#include "detect/capture/picture_queue.h"

#include <utility>

namespace hailo::detect {

void PictureQueue::put(Picture picture) {
  const std::lock_guard lock(mutex_);
  if (pictures_.size() >= capacity_) {
    pictures_.pop_front();
    dropped_++;
  }
  pictures_.push_back(std::move(picture));
  changed_.notify_all();
}

bool PictureQueue::put_waiting(Picture picture, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [&] { return pictures_.size() < capacity_; })) return false;
  pictures_.push_back(std::move(picture));
  changed_.notify_all();
  return true;
}

std::optional<Picture> PictureQueue::take(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return !pictures_.empty() || closed_; });
  if (pictures_.empty()) return std::nullopt;
  Picture picture = std::move(pictures_.front());
  pictures_.pop_front();
  changed_.notify_all();
  return picture;
}

void PictureQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool PictureQueue::is_drained() const {
  const std::lock_guard lock(mutex_);
  return closed_ && pictures_.empty();
}

std::uint64_t PictureQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace hailo::detect
