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

  /// Guest memory at bus address `iova`.  False if any byte of the range is
  /// not mapped with that access; nothing is transferred then.
  virtual bool dma_read(std::uint64_t iova, std::span<std::byte> to) = 0;
  virtual bool dma_write(std::uint64_t iova, std::span<const std::byte> from) = 0;
};

}  // namespace hailo::emu
