// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "emulator/model/host.h"
#include "emulator/vfu/dma_map.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

/// One interrupt of the function: an eventfd that the client passed, and the
/// client's mask.
class IrqLine {
 public:
  void assign(UniqueFd fd) { fd_ = std::move(fd); }
  void mask() { masked_ = true; }
  void unmask();

  /// Signals the client now, or when it unmasks the line.
  void trigger();

  /// Power-on: no eventfd, not masked, nothing pending.
  void reset();

 private:
  UniqueFd fd_;
  bool masked_ = false;
  bool pending_ = false;
};

/// What the device sees of the machine behind the connected client.  Outlives
/// the connections; empty while there is none.
class Bus final : public Host {
 public:
  void send_msi() override { msi_.trigger(); }
  bool has_memory() const override { return dma_.size() != 0; }
  bool dma_read(std::uint64_t iova, std::span<std::byte> to) override {
    return dma_.read(iova, to);
  }
  bool dma_write(std::uint64_t iova, std::span<const std::byte> from) override {
    return dma_.write(iova, from);
  }
  std::span<std::byte> dma_span(std::uint64_t iova, std::size_t size, bool write) override {
    return dma_.span(iova, size, write);
  }

  DmaMap& dma() { return dma_; }
  IrqLine& intx() { return intx_; }
  IrqLine& msi() { return msi_; }

  /// The client is gone: closes every file that it passed.
  void disconnect();

 private:
  DmaMap dma_;
  IrqLine intx_;  ///< the client sets it up, the device never uses it
  IrqLine msi_;
};

}  // namespace hailo::emu::vfu
