// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "rig.h"

namespace hailo::emu::test {
namespace {

TEST(ConfigSpace, Identity) {
  Rig rig;
  EXPECT_EQ(rig.device.config_read(0x00, 4), 0x28641e60U);
  EXPECT_EQ(rig.device.config_read(0x08, 4), 0x0b400001U);
  EXPECT_EQ(rig.device.config_read(0x0e, 1), 0U);
  EXPECT_EQ(rig.device.config_read(0x2c, 4), 0x28641e60U);
  EXPECT_EQ(rig.device.config_read(0x30, 4), 0U) << "expansion ROM";
  EXPECT_EQ(rig.device.config_read(0x3d, 1), 1U) << "pin A";
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(ConfigSpace, CapabilityList) {
  Rig rig;
  ASSERT_NE(rig.device.config_read(0x06, 2) & 0x10, 0U);
  std::map<std::uint32_t, std::uint32_t> found;
  for (std::uint32_t at = rig.device.config_read(0x34, 1); at != 0;
       at = rig.device.config_read(at + 1, 1)) {
    ASSERT_TRUE(found.emplace(at, rig.device.config_read(at, 1)).second) << "a loop";
  }
  const std::map<std::uint32_t, std::uint32_t> wanted = {{0x80, 0x10}, {0xe0, 0x05}, {0xf8, 0x01}};
  EXPECT_EQ(found, wanted);
}

TEST(ConfigSpace, ExtendedCapabilityList) {
  Rig rig;
  std::map<std::uint32_t, std::uint32_t> found;
  for (std::uint32_t at = 0x100; at != 0; at = rig.device.config_read(at, 4) >> 20) {
    ASSERT_TRUE(found.emplace(at, rig.device.config_read(at, 2)).second) << "a loop";
  }
  const std::map<std::uint32_t, std::uint32_t> wanted = {{0x100, 0x000b}, {0x108, 0x0018},
                                                         {0x110, 0x001e}, {0x128, 0x000e},
                                                         {0x200, 0x0001}, {0x300, 0x0019}};
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(rig.device.config_read(0x104, 4), 0x00811556U);
}

TEST(ConfigSpace, BarSizing) {
  Rig rig;
  for (const auto& [offset, size] :
       std::map<std::uint32_t, std::uint32_t>{{0x10, 0x4000}, {0x18, 0x1000}, {0x20, 0x4000}}) {
    rig.device.config_write(offset, 4, 0xffffffff);
    rig.device.config_write(offset + 4, 4, 0xffffffff);
    EXPECT_EQ(rig.device.config_read(offset, 4), (~(size - 1) & 0xfffffff0) | 0xc) << offset;
    EXPECT_EQ(rig.device.config_read(offset + 4, 4), 0xffffffffU);
    EXPECT_EQ(Device::bar_size((offset - 0x10) / 4), size);
  }
  for (const unsigned bar : {1U, 3U, 5U}) EXPECT_EQ(Device::bar_size(bar), 0U);
}

TEST(ConfigSpace, ReadRequestSizeIsWritable) {
  Rig rig;
  EXPECT_EQ(rig.device.config_read(0x88, 2) >> 12 & 7, 2U) << "512 bytes";
  rig.device.config_write(0x88, 2, 0x0900);
  EXPECT_EQ(rig.device.config_read(0x88, 2), 0x0900U) << "128 bytes";
}

TEST(ConfigSpace, AspmIsWritable) {
  Rig rig;
  rig.device.config_write(0x90, 2, 3);
  EXPECT_EQ(rig.device.config_read(0x90, 2), 3U);
  rig.device.config_write(0x90, 1, 2);
  EXPECT_EQ(rig.device.config_read(0x90, 2), 2U);
}

TEST(ConfigSpace, MsiHasOneVector) {
  Rig rig;
  EXPECT_EQ(rig.device.config_read(0xe2, 2), 0x0080U);
  rig.device.config_write(0xe2, 2, 0xffff);
  EXPECT_EQ(rig.device.config_read(0xe2, 2), 0x0081U);
}

TEST(ConfigSpace, PowerManagement) {
  Rig rig;
  EXPECT_EQ(rig.device.config_read(0xfa, 2), 0x4003U);
  EXPECT_EQ(rig.device.config_read(0xfc, 2), 0x0008U) << "No_Soft_Reset";
  rig.power(3);
  EXPECT_EQ(rig.device.config_read(0xfc, 2) & 3, 3U);
  EXPECT_EQ(rig.command("state")["power"], "D3hot");
  for (const unsigned absent : {1U, 2U}) {
    rig.power(absent);
    EXPECT_EQ(rig.device.config_read(0xfc, 2) & 3, 3U) << "D" << absent << " does not exist";
  }
  rig.power(0);
  EXPECT_EQ(rig.device.config_read(0xfc, 2), 0x0008U);
}

TEST(ConfigSpace, ReadOnlyBytesStay) {
  // All that may change when every byte of configuration space is written.
  const std::set<std::uint32_t> writable = {
      0x04,  0x05,  0x0c,  0x11,  0x12,  0x13,  0x14,  0x15,  0x16,  0x17,  0x19,  0x1a,
      0x1b,  0x1c,  0x1d,  0x1e,  0x1f,  0x21,  0x22,  0x23,  0x24,  0x25,  0x26,  0x27,
      0x3c,  0x88,  0x89,  0x90,  0xa8,  0xa9,  0xb0,  0xb1,  0xe2,  0xe4,  0xe5,  0xe6,
      0xe7,  0xe8,  0xe9,  0xea,  0xeb,  0xec,  0xed,  0xfc,  0xfd,  0x10c, 0x10d, 0x10e,
      0x10f, 0x118, 0x119, 0x11a, 0x11b, 0x11c, 0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d,
      0x20e, 0x20f, 0x214, 0x215, 0x218, 0x219, 0x304};
  for (std::uint32_t at = 0; at < 4096; ++at) {
    Rig rig;
    const std::uint32_t before = rig.device.config_read(at, 1);
    // Without the bit that asks for a function level reset
    rig.device.config_write(at, 1, at == 0x89 ? 0x7f : 0xff);
    const bool set = rig.device.config_read(at, 1) != before;
    rig.device.config_write(at, 1, 0x00);
    const bool cleared = rig.device.config_read(at, 1) != before;
    EXPECT_EQ(set || cleared, writable.contains(at)) << std::hex << at;
  }
}

TEST(ConfigSpace, RefusesAccessesPciCannotMake) {
  Rig rig;
  EXPECT_EQ(rig.device.config_read(2, 4), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("config_access"));
  EXPECT_EQ(rig.device.config_read(4096, 1), 0xffU);
  EXPECT_TRUE(rig.only_ub("config_access"));
  rig.device.config_write(4, 3, 6);
  EXPECT_TRUE(rig.only_ub("config_access"));
  EXPECT_EQ(rig.device.config_read(4, 2), 0U);
}

TEST(ConfigSpace, FunctionLevelResetIsPowerOn) {
  Rig rig;
  rig.boot_and_open();
  rig.device.config_write(0x88, 2, 0x0900);
  const std::uint32_t devctl = rig.device.config_read(0x88, 2);
  rig.device.config_write(0x88, 2, devctl | 0x8000);
  EXPECT_EQ(rig.device.config_read(0x04, 2), 0U);
  EXPECT_EQ(rig.device.config_read(0x88, 2), 0x2900U) << "FLR reads as 0, the rest as at power-on";
  EXPECT_EQ(rig.device.config_read(0xe2, 2), 0x0080U);
  EXPECT_EQ(rig.state(), "bootloader");
  rig.enable();
  EXPECT_EQ(rig.r0(HAILO_REG_IMASK), 0U);
  EXPECT_EQ(rig.r0(HAILO_REG_ISTATUS), 0U);
  EXPECT_EQ(rig.r0(0x708), 0U);
  EXPECT_EQ(rig.device_read32(0x60000), 0U);
  EXPECT_EQ(rig.ub(), 0U);
  rig.boot();
}

TEST(ConfigSpace, BusResetIsPowerOn) {
  Rig rig;
  rig.boot();
  rig.device.bus_reset();
  EXPECT_EQ(rig.state(), "bootloader");
  EXPECT_EQ(rig.device.config_read(0x04, 2), 0U);
  rig.boot();
}

}  // namespace
}  // namespace hailo::emu::test
