// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "emulator/model/memory.h"

namespace hailo::emu {

/// What a notification is about, before it is put in wire format.
struct Event {
  std::uint32_t id = 0;                      ///< 0 to 13
  std::uint32_t zone = 0;                    ///< 0 green, 1 orange, 2 red
  float temperature = 0;                     ///< degrees Celsius, both sensors
  bool wide_closed_streams = false;          ///< event 3 as 4.20 has it
  std::optional<Bytes> payload = {};         ///< in place of the event's own
  std::optional<std::uint32_t> length = {};  ///< cut or zero padded to this many bytes
};

/// The message of `event` as it lies behind the head of the buffer.
Bytes encode_event(const Event& event, std::uint32_t sequence);

/// The one notification buffer in device memory, and the messages that wait
/// for it to become free.
class NotificationBox {
 public:
  static constexpr std::size_t kMaxQueued = 64;

  explicit NotificationBox(Memory& memory) : memory_(memory) {}

  bool in_use() const;

  /// Puts `message` in the buffer; `length` and `in_use` go into the head.
  void put(ByteView message, std::uint16_t length, bool in_use);

  /// The host's, or firmware's own, release of the buffer.
  void release();

  bool enqueue(Bytes message);  ///< false if the queue is full
  std::optional<Bytes> dequeue();
  std::size_t queued() const { return queue_.size(); }
  void drop_queue() { queue_.clear(); }

 private:
  Memory& memory_;
  std::deque<Bytes> queue_;
};

}  // namespace hailo::emu
