// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

/// Wire format of vfio-user (QEMU, docs/interop/vfio-user.rst), host byte
/// order.  Only what a PCI device server without migration needs.
namespace hailo::emu::vfu::wire {

enum class Command : std::uint16_t {
  version = 1,
  dma_map = 2,
  dma_unmap = 3,
  device_get_info = 4,
  device_get_region_info = 5,
  device_get_irq_info = 7,
  device_set_irqs = 8,
  region_read = 9,
  region_write = 10,
  device_reset = 13,
};

inline constexpr std::uint16_t protocol_major = 0;
inline constexpr std::uint16_t protocol_minor = 0;

/// What a peer may send in one message; more is refused and ends the session.
inline constexpr std::size_t max_data_transfer = 64 * 1024;
inline constexpr std::size_t max_message = max_data_transfer + 64;
inline constexpr std::size_t max_message_fds = 8;
inline constexpr std::size_t max_dma_regions = 65535;

struct Header {
  std::uint16_t id;
  std::uint16_t command;
  std::uint32_t size;  ///< of the whole message, header included
  std::uint32_t flags;
  std::uint32_t error;
};
static_assert(sizeof(Header) == 16);

inline constexpr std::uint32_t flag_type_mask = 0xf;
inline constexpr std::uint32_t flag_type_command = 0;
inline constexpr std::uint32_t flag_type_reply = 1;
inline constexpr std::uint32_t flag_no_reply = 1u << 4;
inline constexpr std::uint32_t flag_error = 1u << 5;

/// Followed by NUL-terminated JSON, which a client may leave out.
struct Version {
  std::uint16_t major;
  std::uint16_t minor;
};
static_assert(sizeof(Version) == 4);

struct DmaMap {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t offset;
  std::uint64_t address;
  std::uint64_t size;
};
static_assert(sizeof(DmaMap) == 32);

inline constexpr std::uint32_t dma_map_readable = 1u << 0;
inline constexpr std::uint32_t dma_map_writeable = 1u << 1;
inline constexpr std::uint32_t dma_map_by_mmap = 1u << 2;
inline constexpr std::uint32_t dma_map_by_file_io = 1u << 3;
inline constexpr std::uint32_t dma_map_flags = 0xf;

struct DmaUnmap {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t address;
  std::uint64_t size;
};
static_assert(sizeof(DmaUnmap) == 24);

/// As VFIO_DMA_UNMAP_FLAG_ALL: every region, address and size are 0.
inline constexpr std::uint32_t dma_unmap_all = 1u << 1;

struct DeviceInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t num_regions;
  std::uint32_t num_irqs;
};
static_assert(sizeof(DeviceInfo) == 16);

inline constexpr std::uint32_t device_flag_reset = 1u << 0;
inline constexpr std::uint32_t device_flag_pci = 1u << 1;

struct RegionInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t cap_offset;
  std::uint64_t size;
  std::uint64_t offset;
};
static_assert(sizeof(RegionInfo) == 32);

inline constexpr std::uint32_t region_flag_read = 1u << 0;
inline constexpr std::uint32_t region_flag_write = 1u << 1;

/// Regions 0 to 5 are the BARs, 6 is the expansion ROM, 8 is VGA.
inline constexpr std::uint32_t region_bar_last = 5;
inline constexpr std::uint32_t region_config = 7;
inline constexpr std::uint32_t region_count = 9;
inline constexpr std::uint32_t config_space_size = 4096;

struct IrqInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t count;
};
static_assert(sizeof(IrqInfo) == 16);

inline constexpr std::uint32_t irq_info_eventfd = 1u << 0;
inline constexpr std::uint32_t irq_info_maskable = 1u << 1;
inline constexpr std::uint32_t irq_info_automasked = 1u << 2;
inline constexpr std::uint32_t irq_info_noresize = 1u << 3;

inline constexpr std::uint32_t irq_intx = 0;
inline constexpr std::uint32_t irq_msi = 1;
inline constexpr std::uint32_t irq_index_count =
    3;  ///< INTx, MSI, MSI-X; no error and no request line

struct SetIrqs {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t start;
  std::uint32_t count;
};
static_assert(sizeof(SetIrqs) == 20);

inline constexpr std::uint32_t irq_set_data_none = 1u << 0;
inline constexpr std::uint32_t irq_set_data_bool = 1u << 1;
inline constexpr std::uint32_t irq_set_data_eventfd = 1u << 2;
inline constexpr std::uint32_t irq_set_data_mask = 0x7;
inline constexpr std::uint32_t irq_set_action_mask = 1u << 3;
inline constexpr std::uint32_t irq_set_action_unmask = 1u << 4;
inline constexpr std::uint32_t irq_set_action_trigger = 1u << 5;
inline constexpr std::uint32_t irq_set_action_bits = 0x38;

/// Followed by `count` bytes in a write request and in a read reply.
struct RegionAccess {
  std::uint64_t offset;
  std::uint32_t region;
  std::uint32_t count;
};
static_assert(sizeof(RegionAccess) == 16);

}  // namespace hailo::emu::vfu::wire
