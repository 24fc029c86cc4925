// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hailo/device.h"
#include "lib/hef/hef.h"
#include "lib/runtime/actions.h"
#include "lib/runtime/board.h"
#include "lib/runtime/config_memory.h"
#include "lib/runtime/ring.h"

namespace hailo::runtime {

struct Options {
  unsigned frames_in_flight = 4;  ///< 1 to max_frames_in_flight
  std::uint16_t batch_size = 1;   ///< told to the firmware, 1 to max_batch_size
  std::chrono::milliseconds control_timeout{1000};
};

inline constexpr unsigned max_frames_in_flight = 63;
inline constexpr std::uint16_t max_batch_size = 63;

/// One network, configured and running on one board, which it owns until it
/// goes (chapter 6, section 13). One thread begins and submits; the same or
/// another one waits and releases. A thread of its own sleeps in the driver for
/// completions.
///
/// A frame goes: begin() gives the buffers to fill, submit() hands them over,
/// wait() gives the results, release() gives their buffers back.
class Network {
 public:
  /// Refuses what choose_variant() refuses. Error::Code::busy if another
  /// program has the board.
  static Result<std::unique_ptr<Network>> configure(Device device, const BoardFacts& facts,
                                                    const hef::Hef& hef,
                                                    const Options& options = {});
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const std::string& name() const { return name_; }
  /// In file order.
  std::vector<hef::Stream> inputs() const;
  std::vector<hef::Stream> outputs() const;

  /// The next frame's buffers, one per input, each of its frame_bytes.
  /// Error::Code::busy if frames_in_flight frames have not been released.
  Result<std::vector<std::span<std::uint8_t>>> begin();
  Result<void> submit();

  /// The oldest submitted frame's results, one per output; they stay until
  /// release(). Error::Code::invalid_argument if no frame is on the way,
  /// timeout if it does not come, dead or gone if it never will.
  Result<std::vector<ByteView>> wait(std::chrono::milliseconds timeout);
  void release();

  unsigned in_flight() const { return static_cast<unsigned>(submitted_ - released_); }

  /// Whether the network still runs, as far as the driver has told.
  Result<void> check();

  /// Stops the network, gives the board back, and tells how that went.
  /// Nothing may be called afterwards.
  Result<void> close();

 private:
  Network(Device device, const Options& options) : device_(std::move(device)), options_(options) {}

  struct Channel {
    FrameRing ring;
    std::uint64_t completed = 0;  ///< transfers; under mutex_
  };

  Result<void> open(const BoardFacts& facts, const hef::Hef& hef);
  Result<void> add_streams(const hef::Variant& variant, std::uint16_t max_page_size);
  Result<void> send_contexts(Abi firmware);
  Result<void> start();
  Result<void> control(std::uint32_t opcode, const std::vector<Bytes>& parameters);
  Result<void> send_context(std::uint8_t type, const ActionList& actions);
  Result<void> set_state(std::uint8_t state, std::uint8_t application);
  std::uint32_t channel_bitmap() const;
  void watch(const std::stop_token& stop);
  void note(const ChannelEvent& event);
  void fail_with(Error error);
  std::uint64_t frames_done() const;  ///< with mutex_ held

  Device device_;
  Options options_;
  std::string name_;
  std::optional<Vdma> vdma_;
  NetworkPlan plan_;
  std::optional<ConfigMemory> config_memory_;
  std::vector<Channel> inputs_;
  std::vector<Channel> outputs_;

  std::atomic<std::uint64_t> submitted_ = 0;
  std::atomic<std::uint64_t> released_ = 0;
  bool begun_ = false;
  bool claimed_ = false;  ///< firmware may hold something of ours
  bool enabled_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> failure_;  ///< under mutex_
  std::jthread watcher_;
};

}  // namespace hailo::runtime
