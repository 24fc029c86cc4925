// SPDX-License-Identifier: MIT
#include "detect/display/display.h"

#include <utility>

#include "detect/draw/draw.h"
#include "lib/image/letterbox.h"

namespace hailo::detect {

Display::Display(OpenScreen open, DisplayOptions options)
    : open_(std::move(open)),
      options_(std::move(options)),
      backoff_(options_.first_pause, options_.longest_pause),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Display::publish(std::shared_ptr<const Frame> frame) {
  {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(frame);
  }
  changed_.notify_one();
}

Part Display::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Display::say(bool ready, std::string text) {
  const std::lock_guard lock(mutex_);
  status_ = {ready, std::move(text)};
}

void Display::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Result<void> done;
    if (auto screen = open_())
      done = run_screen(**screen, stop);
    else
      done = std::unexpected(screen.error());
    if (stop.stop_requested()) break;
    say(false, done.error().message + "; tried again and again");
    sleep_for(backoff_.step(), stop);
  }
}

/// Returns when stopped, or with what has failed.
Result<void> Display::run_screen(Screen& screen, const std::stop_token& stop) {
  say(true, screen.name());
  auto next_check = Clock::now() + options_.check;
  while (!stop.stop_requested()) {
    std::shared_ptr<const Frame> frame;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, stop, next_check, [&] { return newest_ != nullptr; });
      frame = std::exchange(newest_, nullptr);
    }
    if (Clock::now() >= next_check) {
      if (auto done = screen.check(); !done) return done;
      next_check = Clock::now() + options_.check;
    }
    if (!frame || !frame->picture) continue;
    Image picture = *frame->picture;
    draw_detections(picture, frame->detections, options_.labels);
    const auto placement = place(picture.width, picture.height, screen.width(), screen.height());
    if (auto done = screen.show(letterbox(picture, placement)); !done) return done;
    backoff_.reset();
  }
  return {};
}

}  // namespace hailo::detect
