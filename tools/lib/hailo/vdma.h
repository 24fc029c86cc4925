// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/base/result.h"
#include "lib/hailo/device.h"

namespace hailo {

/// Layout of the commands that changed with HailoRT 4.21 (chapter 3, section 14).
enum class Abi { v420, v421 };

enum class DmaDirection : std::uint32_t { both = 0, to_device = 1, from_device = 2 };

/// Whom a transfer's last descriptor interrupts.
enum class Domain : std::uint32_t { none = 0, device = 1, host = 2 };

struct DescriptorList {
  std::uint64_t handle = 0;
  std::uint64_t bus_address = 0;  ///< of descriptor 0, for the firmware
  std::uint32_t count = 0;
  std::uint16_t page_size = 0;  ///< bytes
};

/// Bytes of a mapped buffer. The old layout names them by handle and offset,
/// the new one by address.
struct DmaBytes {
  std::uint64_t mapping = 0;
  std::uint64_t offset = 0;  ///< in the mapping, a multiple of the page size
  const void* address = nullptr;
  std::uint32_t size = 0;
};

/// What a channel reports after an interrupt.
struct ChannelEvent {
  std::uint8_t channel = 0;
  bool active = true;
  bool failed = false;     ///< an error register or a status word says so
  unsigned completed = 0;  ///< transfers done since the last report
};

/// The vDMA commands of the driver, both generations behind one face. Every
/// call is one ioctl; errors carry its errno. Channels 0 to 15 go to the
/// device, 16 to 31 come from it.
class Vdma {
 public:
  Vdma(DeviceIo& io, Abi abi) : io_(io), abi_(abi) {}

  Abi abi() const { return abi_; }

  /// The mapping's handle. `address` is page aligned.
  Result<std::uint64_t> map(void* address, std::size_t size, DmaDirection direction);
  Result<void> unmap(std::uint64_t mapping);
  Result<void> sync_for_device(std::uint64_t mapping, std::size_t offset, std::size_t size);

  Result<DescriptorList> create_list(std::uint32_t count, std::uint16_t page_size, bool circular);
  Result<void> release_list(const DescriptorList& list);
  /// Points descriptors from `start` on at the bytes; with `bind` false only
  /// the last descriptor's interrupts change. Returns how many they take.
  Result<std::uint32_t> program(const DescriptorList& list, const DmaBytes& bytes,
                                std::uint32_t start, bool bind, Domain last);

  Result<void> enable(std::uint32_t channels);
  Result<void> disable(std::uint32_t channels);
  /// Hands bytes that are bound already to a channel; one piece, or two where
  /// they wrap around the end of their buffer. Returns the descriptors taken.
  Result<std::uint32_t> launch(std::uint8_t channel, const DescriptorList& list,
                               std::uint32_t start, const std::vector<DmaBytes>& pieces);
  /// Sleeps until a channel has something to report. An empty answer means
  /// that channels have been disabled.
  Result<std::vector<ChannelEvent>> wait(std::uint32_t channels);

 private:
  DeviceIo& io_;
  Abi abi_;
};

}  // namespace hailo
