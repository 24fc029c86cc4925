// SPDX-License-Identifier: MIT
#include "detect/infer/inference_loop.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "detect/infer/detections.h"

namespace hailo::detect {
namespace {

constexpr std::chrono::milliseconds kPatience{200};  // until the next look around

}  // namespace

InferenceLoop::InferenceLoop(OpenEngine open, PictureQueue& queue, const InferenceOptions& options,
                             Publish publish, GiveUp give_up)
    : open_(std::move(open)),
      queue_(queue),
      options_(options),
      publish_(std::move(publish)),
      give_up_(std::move(give_up)),
      backoff_(options.first_pause, options.longest_pause) {
  if (options_.temporal) filter_.emplace(*options_.temporal);
}

Outcome<void> InferenceLoop::run(const std::stop_token& stop) {
  while (!queue_.is_drained()) {
    std::string why;
    if (auto engine = open_()) {
      {
        const std::lock_guard lock(mutex_);
        facts_ = (*engine)->facts();
      }
      say(true, (*engine)->facts().board);
      const auto done = run_engine(**engine);
      // Of a board that has failed nothing else is to be expected.
      const auto closed = (*engine)->close();
      if (done && !closed) return hailo::stop(exit_of(closed.error().code), closed.error().message);
      if (done) break;
      why = done.error().message;
    } else {
      const auto& failure = engine.error();
      if (give_up_(failure, facts().has_value())) {
        say(false, failure.what);
        return std::unexpected(failure);
      }
      why = failure.what;
      if (!failure.next.empty()) why += "; " + failure.next;
    }
    say(false, why);
    if (stop.stop_requested()) break;
    sleep_for(backoff_.step(), stop);
    if (stop.stop_requested()) break;
  }
  return {};
}

/// Returns when all is done, or with what has failed.
Result<void> InferenceLoop::run_engine(Engine& engine) {
  Session session{engine};
  {
    const std::jthread collector([&] { collect_all(session); });
    submit_all(session);
    const std::lock_guard lock(session.mutex);
    session.finished = true;
    session.changed.notify_all();
  }
  if (!session.failure) return {};
  const std::lock_guard lock(mutex_);
  lost_ += session.pending.size();
  return std::unexpected(*session.failure);
}

void InferenceLoop::submit_all(Session& session) {
  for (;;) {
    {
      std::unique_lock lock(session.mutex);
      session.changed.wait(lock, [&] {
        return session.failure || session.pending.size() < session.engine.capacity();
      });
      if (session.failure) return;
    }
    auto picture = queue_.take(kPatience);
    if (!picture) {
      if (queue_.is_drained()) return;
      // A board that is gone must be let go of even while no pictures come.
      auto works = session.engine.check();
      if (works) continue;
      const std::lock_guard lock(session.mutex);
      if (!session.failure) session.failure = works.error();
      session.changed.notify_all();
      return;
    }
    const auto started = Clock::now();
    const auto submitted = session.engine.submit(*picture->image);
    const auto now = Clock::now();
    const std::lock_guard lock(session.mutex);
    // Even a picture that failed counts as one that is lost.
    session.pending.push_back({std::move(*picture), now - started, now});
    if (!submitted && !session.failure) session.failure = submitted.error();
    session.changed.notify_all();
    if (session.failure) return;
  }
}

void InferenceLoop::collect_all(Session& session) {
  for (;;) {
    {
      std::unique_lock lock(session.mutex);
      session.changed.wait(
          lock, [&] { return session.failure || session.finished || !session.pending.empty(); });
      if (session.failure || session.pending.empty()) return;
    }
    auto boxes = session.engine.collect(options_.result_timeout);
    std::unique_lock lock(session.mutex);
    if (!boxes) {
      if (!session.failure) session.failure = boxes.error();
      session.changed.notify_all();
      return;
    }
    Pending pending = std::move(session.pending.front());
    session.pending.pop_front();
    session.changed.notify_all();
    lock.unlock();
    publish(std::move(pending), *boxes);
  }
}

void InferenceLoop::publish(Pending pending, const hef::BoxesByClass& boxes) {
  backoff_.reset();
  Frame frame;
  frame.captured = pending.picture.captured;
  frame.picture = std::move(pending.picture.image);
  frame.detections = select(boxes, options_.selection);
  if (filter_) frame.detections = filter_->next(frame.detections);
  frame.timings.decode = pending.picture.decode;
  frame.timings.prepare = pending.prepare;
  frame.timings.inference = Clock::now() - pending.submitted;
  // That clock may be set back.
  frame.timings.total = std::max<std::chrono::nanoseconds>(
      std::chrono::system_clock::now() - pending.picture.captured, std::chrono::nanoseconds(0));
  publish_(std::move(frame));
}

Part InferenceLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::optional<EngineFacts> InferenceLoop::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

std::uint64_t InferenceLoop::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void InferenceLoop::say(bool ready, std::string text) {
  const std::lock_guard lock(mutex_);
  status_ = {ready, std::move(text)};
}

}  // namespace hailo::detect
