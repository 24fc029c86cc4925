// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace hailo::emu {

/// BAR0 0x188, 0x18c, 0x400, 0x500: mask, latched status, per-channel status.
class InterruptBlock {
 public:
  std::uint32_t mask() const { return mask_; }
  std::uint32_t status() const { return status_; }
  std::uint32_t source_channels() const { return source_; }
  std::uint32_t destination_channels() const { return destination_; }

  // What follows returns true if an MSI is due.

  /// A latched bit that becomes unmasked makes one.
  bool set_mask(std::uint32_t mask) {
    const std::uint32_t fresh = mask & ~mask_;
    mask_ = mask;
    return (fresh & status_) != 0;
  }

  /// Write 1 to clear.  Bits that are left make one, or a host that has cleared
  /// only what it had read would never look again; those in `stuck` stay, and
  /// make none.
  bool clear(std::uint32_t bits, std::uint32_t stuck) {
    status_ &= ~(bits & ~stuck);
    return (status_ & ~stuck & mask_) != 0;
  }

  /// Latches `bits`.  One that is new and unmasked makes one; a bit that is set
  /// already makes none.
  bool raise(std::uint32_t bits) {
    const std::uint32_t fresh = bits & ~status_;
    status_ |= bits;
    return (fresh & mask_) != 0;
  }

  void clear_source(std::uint32_t bits) { source_ &= ~bits; }
  void clear_destination(std::uint32_t bits) { destination_ &= ~bits; }

  void signal_source(std::uint32_t bits) { source_ |= bits; }
  void signal_destination(std::uint32_t bits) { destination_ |= bits; }

 private:
  std::uint32_t mask_ = 0;
  std::uint32_t status_ = 0;
  std::uint32_t source_ = 0;
  std::uint32_t destination_ = 0;
};

}  // namespace hailo::emu
