// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "emulator/model/device.h"
#include "emulator/vfu/bus.h"
#include "emulator/vfu/clock.h"
#include "emulator/vfu/protocol.h"
#include "emulator/vfu/trace.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

struct SessionOptions {
  std::chrono::nanoseconds read_latency{0};  ///< added to each BAR read
  Trace* trace = nullptr;
};

/// One vfio-user connection: reads requests from a non-blocking socket,
/// applies them to the device, writes replies.  A request that breaks the
/// rules gets an error reply; one after which the stream cannot be trusted
/// any more also ends the session.
class Session {
 public:
  /// Everything lent must outlive the session.
  Session(UniqueFd socket, Device& device, Bus& bus, const Clock& clock, SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int fd() const { return socket_.get(); }

  /// The poll events to wait for.
  short events() const;

  /// Does what can be done without waiting, at most one request.  False when
  /// the session is over and shall be destroyed.
  bool handle();

 private:
  using Bytes = std::vector<std::byte>;
  /// A reply's payload, or an errno value.
  using Reply = std::expected<Bytes, int>;
  using Payload = std::span<const std::byte>;
  enum class Progress { complete, wait, closed };

  Progress receive();
  Progress fill(std::size_t size);
  bool send_pending();
  void queue_reply(const wire::Header& request, const Reply& reply);
  bool process();

  Reply dispatch(const wire::Header& header, Payload payload);
  Reply version(Payload payload);
  Reply dma_map(Payload payload);
  Reply dma_unmap(Payload payload);
  Reply device_get_info(Payload payload) const;
  Reply device_get_region_info(Payload payload) const;
  Reply device_get_irq_info(Payload payload) const;
  Reply device_set_irqs(Payload payload);
  Reply region_read(Payload payload);
  Reply region_write(Payload payload);
  Reply device_reset(Payload payload);

  void trace(char direction, unsigned bar, std::uint32_t offset, std::uint32_t value);
  void read_bar(unsigned bar, std::uint32_t offset, std::span<std::byte> to);
  void read_config(std::uint32_t offset, std::span<std::byte> to);

  UniqueFd socket_;
  Device& device_;
  Bus& bus_;
  const Clock& clock_;
  SessionOptions options_;

  bool negotiated_ = false;
  bool closing_ = false;  ///< over as soon as out_ has been sent

  // A request is read in two steps, header and rest, never beyond its end:
  // so the files received meanwhile are its own.
  Bytes in_;
  std::vector<UniqueFd> in_fds_;

  Bytes out_;  ///< one reply at most; no request is read before it is sent
  std::size_t out_sent_ = 0;
};

}  // namespace hailo::emu::vfu
