// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::http {

/// Bytes that any number of answers share.
using Body = std::shared_ptr<const Bytes>;

Body make_body(std::string_view text);

/// Pieces that all viewers of a stream get, each at its own pace: a viewer that
/// is behind by more than the channel's depth loses the oldest. What is held
/// does not grow with the viewers that keep up, each other one has the piece that
/// it is in the midst of; what publish() costs does not grow at all.
///
/// publish() and viewers() may be called from any thread; the rest belongs to
/// the one server that has the channel.
class Channel {
 public:
  static Result<std::shared_ptr<Channel>> create(std::size_t depth);

  /// Never waits.
  void publish(Body piece);
  std::size_t viewers() const;

  /// Where a viewer stands that has seen all so far.
  std::uint64_t enter();
  void leave();
  bool has_more(std::uint64_t position) const;
  /// The piece at `position`, or the oldest behind it, and moves on; nothing:
  /// there is none yet.
  Body next(std::uint64_t& position) const;
  /// Readable after publish(), until arm().
  int event() const { return event_.get(); }
  void arm() const;

 private:
  Channel(std::size_t depth, UniqueFd event) : depth_(depth), event_(std::move(event)) {}

  const std::size_t depth_;
  const UniqueFd event_;
  mutable std::mutex mutex_;
  std::deque<Body> pieces_;
  std::uint64_t end_ = 0;  ///< position behind the newest piece
  std::size_t viewers_ = 0;
};

}  // namespace hailo::http
