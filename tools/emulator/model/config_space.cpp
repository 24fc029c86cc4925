// SPDX-License-Identifier: MIT
#include "emulator/model/config_space.h"

#include <hailo_regs.h>

#include "emulator/model/wire.h"

namespace hailo::emu {
namespace {

// Header (PCI type 0)
constexpr std::uint32_t kCommand = 0x04;
constexpr std::uint32_t kCommandMemory = 0x0002;
constexpr std::uint32_t kCommandMaster = 0x0004;
constexpr std::uint32_t kStatusCapabilities = 0x0010;
constexpr std::uint32_t kBar64Prefetchable = 0xc;

// Where a real board has its capabilities
constexpr std::uint32_t kExpress = 0x80;
constexpr std::uint32_t kDevCtl = kExpress + 0x08;
constexpr std::uint32_t kDevCtlFlr = 0x8000;
constexpr std::uint32_t kMsi = 0xe0;
constexpr std::uint32_t kMsiEnable = 0x0001;
constexpr std::uint32_t kPower = 0xf8;
constexpr std::uint32_t kPmcsr = kPower + 0x04;
constexpr std::uint32_t kPmcsrState = 0x3;

constexpr std::uint32_t capability(std::uint32_t id, std::uint32_t next) { return id | next << 8; }

constexpr std::uint32_t extended(std::uint32_t id, std::uint32_t version, std::uint32_t next) {
  return id | version << 16 | next << 20;
}

}  // namespace

ConfigSpace::ConfigSpace() {
  define_header();
  define_express();
  define_msi_and_power();
  define_extended();
  reset();
}

void ConfigSpace::define(std::uint32_t offset, unsigned width, std::uint32_t value,
                         std::uint32_t writable, std::uint32_t write_one_clears) {
  for (unsigned i = 0; i < width; ++i) {
    power_on_[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
    writable_[offset + i] = static_cast<std::uint8_t>(writable >> 8 * i);
    w1c_[offset + i] = static_cast<std::uint8_t>(write_one_clears >> 8 * i);
  }
}

void ConfigSpace::define_header() {
  define(0x00, 4, HAILO_REG_ID_VALUE);
  // Memory, master, parity response, SERR, INTx disable
  define(kCommand, 2, 0, 0x0546);
  define(0x06, 2, kStatusCapabilities, 0, 0xf900);
  define(0x08, 4, static_cast<std::uint32_t>(HAILO_PCI_CLASS_CODE) << 8 | HAILO_PCI_REVISION);
  define(0x0c, 1, 0, 0xff);  // cache line size
  define(0x10, 4, kBar64Prefetchable, ~(HAILO_BAR_CONFIG_SIZE - 1u));
  define(0x14, 4, 0, 0xffffffff);
  define(0x18, 4, kBar64Prefetchable, ~(HAILO_BAR_VDMA_SIZE - 1u));
  define(0x1c, 4, 0, 0xffffffff);
  define(0x20, 4, kBar64Prefetchable, ~(HAILO_BAR_FW_ACCESS_SIZE - 1u));
  define(0x24, 4, 0, 0xffffffff);
  define(0x2c, 4, HAILO_REG_ID_VALUE);  // subsystem, same as the function
  define(0x34, 1, kExpress);
  define(0x3c, 1, 0, 0xff);  // interrupt line
  define(0x3d, 1, 1);        // interrupt pin A
}

void ConfigSpace::define_express() {
  define(kExpress, 2, capability(0x10, kMsi));
  define(kExpress + 0x02, 2, 0x0002);  // version 2, endpoint
  // Payload 256, extended tag, L1 latency unlimited, role-based errors, FLR
  define(kExpress + 0x04, 4, 0x10008e21);
  // Payload 128, read request 512, extended tag, no snoop; FLR reads as 0
  define(kDevCtl, 2, 0x2900, 0x7fff);
  define(kDevCtl + 2, 2, 0, 0, 0x000f);
  // 8 GT/s, x4, ASPM L0s and L1, L0s < 1 us, L1 < 2 us, ASPM optionality
  define(kExpress + 0x0c, 4, 0x0040cc43);
  define(kExpress + 0x10, 2, 0, 0x00cb);  // ASPM, RCB, common clock, extended synch
  define(kExpress + 0x12, 2, 0x0043);     // 8 GT/s, x4
  // Completion timeout disable, LTR, extended format
  define(kExpress + 0x24, 4, 0x00100810);
  define(kExpress + 0x28, 2, 0, 0x0410);
  define(kExpress + 0x2c, 4, 0x0000000e);  // 2.5, 5 and 8 GT/s
  define(kExpress + 0x30, 2, 0x0003, 0x1fff);
}

void ConfigSpace::define_msi_and_power() {
  define(kMsi, 2, capability(0x05, kPower));
  define(kMsi + 0x02, 2, 0x0080, kMsiEnable);  // 64-bit, one vector, no masking
  define(kMsi + 0x04, 4, 0, 0xfffffffc);
  define(kMsi + 0x08, 4, 0, 0xffffffff);
  define(kMsi + 0x0c, 2, 0, 0xffff);

  define(kPower, 2, capability(0x01, 0));
  define(kPower + 0x02, 2, 0x4003);  // version 3, PME from D3hot, no D1, no D2
  // State, PME enable; No_Soft_Reset set; PME status
  define(kPmcsr, 2, 0x0008, kPmcsrState | 0x0100, 0x8000);
}

void ConfigSpace::define_extended() {
  define(0x100, 4, extended(0x000b, 1, 0x108));  // vendor specific
  define(0x104, 4, 0x1556 | 1u << 16 | 8u << 20);

  define(0x108, 4, extended(0x0018, 1, 0x110));  // LTR
  define(0x10c, 4, 0, 0x1fff1fff);

  define(0x110, 4, extended(0x001e, 1, 0x128));  // L1 PM substates
  define(0x114, 4, 0x00280a1f);                  // all four, both times 10 us
  define(0x118, 4, 0, 0xe3ffff0f);
  define(0x11c, 4, 0, 0x000000fb);

  define(0x128, 4, extended(0x000e, 1, 0x200));  // ARI, no further function

  define(0x200, 4, extended(0x0001, 2, 0x300));  // AER
  define(0x204, 4, 0, 0, 0x01fff030);
  define(0x208, 4, 0, 0x01fff030);
  define(0x20c, 4, 0x00462030, 0x01fff030);
  define(0x210, 4, 0, 0, 0x0000f1c1);
  define(0x214, 4, 0x00002000, 0x0000f1c1);
  define(0x218, 4, 0x000000a0, 0x00000140);  // ECRC generation and check

  define(0x300, 4, extended(0x0019, 1, 0));  // secondary PCI Express
  define(0x304, 4, 0, 0x00000003);
  define(0x308, 4, 0, 0, 0x0000000f);
}

bool ConfigSpace::valid(std::uint32_t offset, unsigned width) {
  return (width == 1 || width == 2 || width == 4) && offset % width == 0 && offset < kSize;
}

std::uint32_t ConfigSpace::read(std::uint32_t offset, unsigned width) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < width; ++i)
    value |= static_cast<std::uint32_t>(value_[offset + i]) << 8 * i;
  return value;
}

bool ConfigSpace::write(std::uint32_t offset, unsigned width, std::uint32_t value) {
  bool flr = false;
  for (unsigned i = 0; i < width; ++i) {
    const std::uint32_t at = offset + i;
    std::uint8_t byte = static_cast<std::uint8_t>(value >> 8 * i);
    if (at == kDevCtl + 1 && (byte & (kDevCtlFlr >> 8)) != 0) flr = true;
    // D1 and D2 do not exist: a function ignores a move to them.
    if (at == kPmcsr && ((byte & kPmcsrState) == 1 || (byte & kPmcsrState) == 2))
      byte = static_cast<std::uint8_t>((byte & ~kPmcsrState) | (value_[at] & kPmcsrState));
    value_[at] = static_cast<std::uint8_t>((value_[at] & ~writable_[at] & ~(w1c_[at] & byte)) |
                                           (byte & writable_[at]));
  }
  return flr;
}

void ConfigSpace::reset() { value_ = power_on_; }

bool ConfigSpace::memory_enabled() const { return (read(kCommand, 2) & kCommandMemory) != 0; }

bool ConfigSpace::bus_master() const { return (read(kCommand, 2) & kCommandMaster) != 0; }

bool ConfigSpace::msi_enabled() const { return (read(kMsi + 2, 2) & kMsiEnable) != 0; }

ConfigSpace::Power ConfigSpace::power() const {
  return (read(kPmcsr, 2) & kPmcsrState) == 0 ? Power::d0 : Power::d3hot;
}

}  // namespace hailo::emu
