// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "detect/capture/backoff.h"
#include "detect/capture/picture_queue.h"
#include "detect/frame.h"
#include "detect/infer/engine.h"
#include "detect/infer/settings.h"
#include "detect/infer/temporal_filter.h"

namespace hailo::detect {

struct InferenceOptions {
  Selection selection{};
  std::optional<TemporalOptions> temporal{};
  std::chrono::milliseconds result_timeout{5000};
  std::chrono::milliseconds first_pause{250};
  std::chrono::milliseconds longest_pause{2000};
};

/// Takes pictures from a queue, runs them through an engine and publishes what
/// came out. An engine that fails is closed and opened again, for ever, with
/// pauses in between: that is how a board that was reset, removed or reloaded
/// is found again.
class InferenceLoop {
 public:
  /// Gets each frame, from a thread of the loop's; its number is not set.
  using Publish = std::function<void(Frame)>;
  /// Whether a failure to open is the end, and not to be waited for; `worked`
  /// tells that an engine has been open before.
  using GiveUp = std::function<bool(const Failure&, bool worked)>;

  InferenceLoop(OpenEngine open, PictureQueue& queue, const InferenceOptions& options,
                Publish publish, GiveUp give_up);

  /// Until the queue is drained, or gives up. Once stopped nothing is waited for
  /// any more but results. Called once.
  Outcome<void> run(const std::stop_token& stop);

  /// The board, or what is waited for.
  Part status() const;
  /// Of the engine that is, or was last, open.
  std::optional<EngineFacts> facts() const;
  /// Pictures that were submitted to an engine that failed.
  std::uint64_t lost() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Pending {
    Picture picture;
    std::chrono::nanoseconds prepare;
    Clock::time_point submitted;
  };

  /// What the two threads of an open engine share.
  struct Session {
    Engine& engine;
    std::mutex mutex{};
    std::condition_variable changed{};
    std::deque<Pending> pending{};   ///< under mutex
    std::optional<Error> failure{};  ///< under mutex
    bool finished = false;           ///< nothing is submitted any more; under mutex
  };

  Result<void> run_engine(Engine& engine);
  void submit_all(Session& session);
  void collect_all(Session& session);
  void publish(Pending pending, const hef::BoxesByClass& boxes);
  void say(bool ready, std::string text);

  OpenEngine open_;
  PictureQueue& queue_;
  InferenceOptions options_;
  Publish publish_;
  GiveUp give_up_;
  Backoff backoff_;
  std::optional<TemporalFilter> filter_;

  mutable std::mutex mutex_;
  Part status_{false, "opening"};     ///< under mutex_
  std::optional<EngineFacts> facts_;  ///< under mutex_
  std::uint64_t lost_ = 0;            ///< under mutex_
};

}  // namespace hailo::detect
