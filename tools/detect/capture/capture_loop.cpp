// SPDX-License-Identifier: MIT
#include "detect/capture/capture_loop.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace hailo::detect {
namespace {

constexpr std::chrono::milliseconds kPatience{200};  // until the next look at `stop`

}  // namespace

void CaptureLoop::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Result<void> done;
    if (auto source = open_())
      done = run_source(**source, stop);
    else
      done = std::unexpected(source.error());
    if (stop.stop_requested()) break;
    say(false, done.error().message + "; tried again and again");
    sleep_for(backoff_.step(), stop);
  }
  say(false, "stopped");
}

/// Returns when stopped, or with what has failed.
Result<void> CaptureLoop::run_source(Source& source, const std::stop_token& stop) {
  unsigned damaged = 0;
  auto last = Clock::now();
  while (!stop.stop_requested()) {
    auto picture = source.next(kPatience);
    if (picture) {
      damaged = 0;
      backoff_.reset();
      say(true, source.name());
      if (!pass_on(source, std::move(*picture), stop)) return {};
      last = Clock::now();
      continue;
    }
    if (picture.error().code == Error::Code::protocol) {
      last = Clock::now();
      if (++damaged >= options_.damaged) return std::unexpected(picture.error());
    } else if (picture.error().code != Error::Code::timeout) {
      return std::unexpected(picture.error());
    } else if (Clock::now() - last >= options_.stalled) {
      return fail(Error::Code::timeout, source.name() + " gives no pictures");
    }
  }
  return {};
}

/// False if stopped.
bool CaptureLoop::pass_on(Source& source, Picture picture, const std::stop_token& stop) {
  if (source.is_live()) {
    queue_.put(std::move(picture));
    return true;
  }
  if (options_.rate > 0) {
    const auto now = Clock::now();
    if (due_ > now) sleep_for(std::chrono::ceil<std::chrono::milliseconds>(due_ - now), stop);
    const auto period = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(1 / options_.rate));
    // A slow taker is not answered by a burst afterwards.
    due_ = std::max(due_, now) + period;
    picture.captured = std::chrono::system_clock::now();
  }
  return queue_.put_waiting(std::move(picture), stop);
}

Part CaptureLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void CaptureLoop::say(bool ready, std::string text) {
  const std::lock_guard lock(mutex_);
  status_ = {ready, std::move(text)};
}

}  // namespace hailo::detect
