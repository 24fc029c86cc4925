// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hailo::emu {

/// Time since the emulator started; the model has no clock of its own.
using Time = std::chrono::nanoseconds;

/// What the device may do to the world outside.  The vfio-user server
/// implements it; unit tests pass a recorder.
class Host {
 public:
  virtual ~Host() = default;

  /// Sends the function's only MSI vector.  The model calls it only while MSI
  /// and bus mastering are enabled and the function is in D0.
  virtual void send_msi() = 0;

  /// Whether there is any memory; false while no machine is connected.
  virtual bool has_memory() const { return true; }

  /// Guest memory at bus address `iova`.  False if any byte of the range is
  /// not mapped with that access; nothing is transferred then.
  virtual bool dma_read(std::uint64_t iova, std::span<std::byte> to) = 0;
  virtual bool dma_write(std::uint64_t iova, std::span<const std::byte> from) = 0;

  /// The same memory without a copy: a view of the range, which lasts until the
  /// model returns; empty if only the calls above can reach it.
  virtual std::span<std::byte> dma_span(std::uint64_t /*iova*/, std::size_t /*size*/,
                                        bool /*write*/) {
    return {};
  }
};

}  // namespace hailo::emu
