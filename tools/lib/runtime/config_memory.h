// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/result.h"
#include "lib/hailo/vdma.h"
#include "lib/hef/hef.h"
#include "lib/runtime/actions.h"

namespace hailo::runtime {

/// A network's configuration data in memory that the board can read; firmware
/// fetches it when the network is activated. Gives everything back when it
/// goes; the network must be reset by then.
class ConfigMemory {
 public:
  /// Of all groups of the variant's preliminary part, on config channel 0.
  /// Descriptors point at pages of at most `max_page_size` bytes.
  static Result<ConfigMemory> create(Vdma& vdma, const hef::Variant& variant,
                                     std::uint16_t max_page_size);
  ConfigMemory(ConfigMemory&& other) noexcept;
  ConfigMemory& operator=(ConfigMemory&&) = delete;
  ConfigMemory(const ConfigMemory&) = delete;
  ConfigMemory& operator=(const ConfigMemory&) = delete;
  ~ConfigMemory();

  /// Without fetches if there is no data.
  const ConfigChannel& channel() const { return channel_; }

  /// Gives mapping and list back and tells how that went.
  Result<void> close();

 private:
  explicit ConfigMemory(Vdma& vdma) : vdma_(&vdma) {}
  Result<void> fill(const std::vector<const hef::ConfigGroup*>& groups, std::uint16_t page,
                    std::uint32_t descriptors);

  Vdma* vdma_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t mapping_ = 0;  ///< 0: none
  ConfigChannel channel_{};
};

}  // namespace hailo::runtime
