// SPDX-License-Identifier: MIT
#pragma once

#include <hailo_vdma.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/model/host.h"
#include "emulator/model/ledger.h"
#include "emulator/model/wire.h"
#include "lib/base/result.h"

namespace hailo::emu {

/// A descriptor list as firmware tells the engine about it.
struct DescriptorList {
  std::uint64_t address = 0;
  std::uint32_t count = 0;
  std::uint32_t page_size = 0;  ///< no descriptor is longer

  /// Empty if the engine can use the list, else what is wrong.
  std::string defect() const;
};

/// Descriptors of one channel that together make one frame.
struct Transfer {
  struct Piece {
    std::uint64_t address;
    std::uint64_t size;
  };
  /// A descriptor that asks for more than moving its bytes.
  struct Request {
    std::uint32_t index;
    std::uint8_t flags;  ///< HAILO_DESC_CONTROL_…
  };

  std::vector<Piece> pieces;  ///< neighbours in memory are one piece
  std::vector<Request> requests;
  std::size_t served = 0;  ///< of requests
  /// Index of the last descriptor; none if those before had brought it all.
  std::optional<std::uint32_t> last = {};
  Bytes beyond = {};  ///< what its descriptors have brought of the next frame
};

/// The vDMA engine: registers of 32 channels, and the moves that firmware makes
/// with them.  Channels 0 to 15 carry data from the host, 16 to 31 to it.
class Vdma {
 public:
  /// Called after NUM_PROC of the channel has moved, or it has failed.
  using Interrupt = std::function<void(unsigned channel)>;

  Vdma(Host& host, Ledger& ledger, Interrupt interrupt)
      : host_(host), ledger_(ledger), interrupt_(std::move(interrupt)) {}

  // Host: 4-aligned offsets below HAILO_BAR_VDMA_MIN.

  std::uint32_t read(std::uint32_t offset) const;
  /// True if there may be descriptors to process now.
  bool write(std::uint32_t offset, std::uint32_t value);

  // Firmware

  void reset() { channels_ = {}; }
  /// `list` must have no defect().
  void start(unsigned channel, const DescriptorList& list);
  /// The host's memory is left alone from here on.
  void stop(unsigned channel);
  /// A failure that the host shall see: error register, channel interrupt.
  void abort(unsigned channel);
  bool running(unsigned channel) const;

  /// Number of descriptors that the host has made available.
  std::uint32_t available(unsigned channel) const;

  /// The next descriptors that make `bytes`; none if the host has not made
  /// enough available, or if one is bad, which aborts the channel.
  std::optional<Transfer> next(unsigned channel, std::uint32_t bytes);

  /// Moves the bytes of a transfer; false if the channel was aborted for it.
  bool gather(unsigned channel, Transfer& transfer, std::span<std::uint8_t> to);
  bool scatter(unsigned channel, const Transfer& transfer, ByteView from);

  /// The transfer's descriptors are taken: next() goes on behind them.
  void accept(unsigned channel, Transfer& transfer);
  /// All before the transfer is done, and so are its descriptors but the last.
  void begin(unsigned channel, Transfer& transfer);
  /// The transfer is done.
  void complete(unsigned channel, Transfer& transfer);

  /// Configuration data: the bytes of exactly `descriptors` from `first` on are
  /// appended to `to`; refuses if it would become longer than `limit`.
  Result<void> fetch(const DescriptorList& list, std::uint32_t first, std::uint32_t descriptors,
                     std::size_t limit, Bytes& to);

  /// Descriptors that asked for an interrupt of the firmware.
  std::uint64_t device_interrupts() const { return device_interrupts_; }

 private:
  struct Side {
    std::uint32_t setup = 0;  ///< dword 0 without NUM_AVAIL
    std::uint16_t avail = 0;
    std::uint16_t proc = 0;
    std::uint16_t ongoing = 0;
    std::uint8_t error = 0;
    std::uint64_t address = 0;
  };
  struct Channel {
    Side host;
    Side device;
    DescriptorList list;
    Bytes beyond;  ///< from the host, behind the last frame that was accepted

    std::uint32_t length() const;
  };
  struct Fault {
    std::string_view ub;
    std::string detail;
    std::optional<std::uint64_t> descriptor = {};  ///< its address, if it wants to be told
  };
  enum class Scan { done, exhausted, bad };

  /// Feeds `take(descriptor, index)` until it returns false.  `available`
  /// descriptors from `first` on, wrapped at `length`; `wanted` is how many
  /// are likely to be needed.
  template <typename Take>
  Scan scan(const DescriptorList& list, std::uint32_t length, std::uint32_t first,
            std::uint32_t available, std::uint64_t wanted, Fault& fault, Take take);

  void write_setup(unsigned channel, std::uint32_t value);
  void fail(unsigned channel, const Fault& fault);
  void serve(unsigned channel, const Transfer::Request& request);
  bool read_memory(std::uint64_t address, std::span<std::byte> to);
  bool write_memory(std::uint64_t address, std::span<const std::byte> from);

  Host& host_;
  Ledger& ledger_;
  Interrupt interrupt_;
  std::array<Channel, HAILO_VDMA_CHANNELS> channels_{};
  std::uint64_t device_interrupts_ = 0;
};

}  // namespace hailo::emu
