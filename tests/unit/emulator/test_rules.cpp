// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "rig.h"

namespace hailo::emu::test {
namespace {

class Rules : public testing::Test {
 protected:
  Rules() { rig.boot_and_open(); }

  Rig rig;
};

TEST_F(Rules, Width) {
  EXPECT_EQ(rig.device.bar_read(0, 0x98, 2), 0xffffU);
  EXPECT_TRUE(rig.only_ub("width"));
  rig.device.bar_write(0, 0x188, 1, 0);
  EXPECT_TRUE(rig.only_ub("width"));
  EXPECT_EQ(rig.r0(0x188), 0xff00ffffU);
}

TEST_F(Rules, Alignment) {
  EXPECT_EQ(rig.r0(0x9a), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("misaligned"));
}

TEST_F(Rules, Range) {
  EXPECT_EQ(rig.r0(0x4000), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("out_of_range"));
  rig.w4(0x4000, 0);
  EXPECT_TRUE(rig.only_ub("out_of_range"));
  EXPECT_EQ(rig.device.bar_read(2, 0x1000, 4), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("out_of_range"));
  EXPECT_EQ(rig.device.bar_read(1, 0, 4), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("no_bar"));
}

TEST_F(Rules, MemorySpaceMustBeEnabled) {
  rig.device.config_write(0x04, 2, 0x0404);
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("memory_disabled"));
}

TEST_F(Rules, UnknownRegister) {
  EXPECT_EQ(rig.r0(0x190), 0U);
  EXPECT_TRUE(rig.only_ub("unknown_register"));
  rig.w0(0x714, 1);
  EXPECT_TRUE(rig.only_ub("unknown_register"));
  rig.w4(0x1680, 1);
  EXPECT_TRUE(rig.only_ub("unknown_register"));
}

TEST_F(Rules, ReadOnly) {
  rig.w0(0x98, 0);
  EXPECT_TRUE(rig.only_ub("read_only"));
  EXPECT_EQ(rig.r0(0x98), 0x28641e60U);
  rig.w4(0x654, 1);
  EXPECT_TRUE(rig.only_ub("read_only"));
  rig.w4(0xc84, 1);
  EXPECT_TRUE(rig.only_ub("read_only"));
  rig.w4(0x2004, 1);
  EXPECT_TRUE(rig.only_ub("read_only"));
  rig.w4(0x3008, 1);
  EXPECT_TRUE(rig.only_ub("read_only"));
}

TEST_F(Rules, NotificationHeadIsOnlyReleased) {
  rig.w4(0xc80, 1);
  EXPECT_TRUE(rig.only_ub("notification_head"));
  EXPECT_EQ(rig.r4(0xc80), 0U);
}

TEST_F(Rules, LogHostOffset) {
  rig.w4(0x2000, 4088);
  EXPECT_TRUE(rig.only_ub("log_host_offset"));
  EXPECT_EQ(rig.r4(0x2000), 0U);
  rig.w4(0x2000, 4087);
  EXPECT_EQ(rig.r4(0x2000), 4087U);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Rules, Entry0StaysWhileFirmwareRuns) {
  rig.point_entry0(0x60000000);
  EXPECT_EQ(rig.ub(), 0U);
  rig.w0(0x708, 0xe0000);
  EXPECT_TRUE(rig.only_ub("entry0_moved"));
  rig.w4(0x1684, 1);
  EXPECT_TRUE(rig.only_ub("doorbell_window_moved"));
}

TEST_F(Rules, EntriesOfTheFirmware) {
  rig.w0(0x728, 0x200000);
  EXPECT_TRUE(rig.only_ub("entry_foreign"));
}

TEST_F(Rules, DoorbellIsWrittenOneBitAtATime) {
  rig.w4(0x1684, 0);
  EXPECT_TRUE(rig.only_ub("doorbell_bits"));
  rig.w4(0x1684, 0x10);
  EXPECT_TRUE(rig.only_ub("doorbell_bits"));
  EXPECT_EQ(rig.r4(0x1684), 0U);
  EXPECT_TRUE(rig.only_ub("doorbell_read"));
}

TEST_F(Rules, RequestLength) {
  rig.w4(0x10, 1501);
  rig.w4(0x1684, 1);
  EXPECT_TRUE(rig.only_ub("request_length"));
  EXPECT_EQ(rig.r0(0x18c), 0U);
}

TEST_F(Rules, RequestBelongsToTheFirmwareWhileItExecutes) {
  rig.command("fault delay-control ms=1500");
  rig.control(1, request(0));
  rig.pass(999ms);
  rig.w4(0x0, 0);
  EXPECT_TRUE(rig.only_ub("request_while_executing"));
  rig.pass(1ms);
  rig.w4(0x0, 0);
  EXPECT_EQ(rig.ub(), 0U) << "after a second the host may give it up";
}

TEST_F(Rules, EngineEndsWhereItsChannelsEnd) {
  EXPECT_EQ(rig.device.bar_read(2, 0x3fc, 4), 0U);
  EXPECT_EQ(rig.ub(), 0U);
  EXPECT_EQ(rig.device.bar_read(2, 0x400, 4), 0U);
  EXPECT_TRUE(rig.only_ub("unknown_register"));
  rig.device.bar_write(2, 0x400, 4, 1);
  EXPECT_TRUE(rig.only_ub("unknown_register"));
}

TEST_F(Rules, FirmwareStartsChannels) {
  rig.device.bar_write(2, 0, 4, 1);
  EXPECT_TRUE(rig.only_ub("vdma_restart"));
  rig.device.bar_write(2, 0, 4, 0x800);
  EXPECT_TRUE(rig.only_ub("vdma_control"));
  EXPECT_EQ(rig.device.bar_read(2, 0, 4), 0U);
  rig.device.bar_write(2, 0, 4, 0x10000);
  EXPECT_TRUE(rig.only_ub("vdma_not_started"));
  EXPECT_EQ(rig.device.bar_read(2, 0, 4), 0x10000U) << "reads back as written";
  for (const std::uint32_t offset : {0x4U, 0x8U, 0xcU, 0x10U, 0x200U, 0x21cU}) {
    rig.device.bar_write(2, offset, 4, 1);
    EXPECT_TRUE(rig.only_ub("vdma_read_only")) << offset;
  }
}

TEST(RulesWithoutFirmware, EntryParameters) {
  Rig rig;
  rig.enable();
  rig.w0(0x700, 0x19);
  EXPECT_TRUE(rig.only_ub("entry_param"));
  EXPECT_EQ(rig.r0(0x700), 0x19U) << "entries read back what was written";
  rig.w0(0x704, 1);
  EXPECT_TRUE(rig.only_ub("entry_param"));
  rig.w0(0x708, 0xe0030);
  EXPECT_TRUE(rig.only_ub("entry_param"));
  rig.w0(0x70c, 1);
  EXPECT_TRUE(rig.only_ub("entry_param"));
  rig.w0(0x710, 5);
  EXPECT_TRUE(rig.only_ub("entry_param"));
}

TEST(RulesWithoutFirmware, WindowsThatAreOff) {
  Rig rig;
  rig.enable();
  EXPECT_EQ(rig.r4(0), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("window_disabled"));
  rig.w4(0, 1);
  EXPECT_TRUE(rig.only_ub("window_disabled"));
  rig.w4(0x1684, 8);
  EXPECT_TRUE(rig.only_ub("doorbell_not_running"));
  for (const std::uint32_t log : {0x2000U, 0x2004U, 0x3000U, 0x3004U}) EXPECT_EQ(rig.r4(log), 0U);
  EXPECT_EQ(rig.ub(), 0U) << "logs may be looked for before there are any";
}

TEST(RulesWithoutFirmware, OnlyTheAddressMapIsMemory) {
  Rig rig;
  rig.enable();
  struct Range {
    std::uint32_t start;
    std::uint32_t end;
  };
  for (const auto& [start, end] :
       {Range{0x60000, 0xa1000}, Range{0xc0000, 0xe1000}, Range{0x60000000, 0x60002000}}) {
    for (const std::uint32_t address : {start, end - 4}) {
      rig.device_write(address, ByteWriter().le32(address ^ 0x5a5a5a5a).take());
      EXPECT_EQ(rig.device_read32(address), address ^ 0x5a5a5a5a) << std::hex << address;
    }
    EXPECT_EQ(rig.ub(), 0U);
    EXPECT_EQ(rig.device_read32(start - 4), 0xffffffffU) << std::hex << start;
    EXPECT_TRUE(rig.only_ub("unmapped_address"));
  }
  rig.device_write(0x70000000, Bytes(4));
  EXPECT_TRUE(rig.only_ub("unmapped_address"));
}

TEST(RulesWithoutFirmware, MemoryIsTheRomsWhileItBoots) {
  Rig rig;
  rig.enable();
  rig.upload(Image{});
  rig.trigger();
  rig.device_write(0x60000, Bytes(4));
  EXPECT_TRUE(rig.only_ub("write_while_booting"));
  EXPECT_EQ(rig.device_read32(0xe0000), 1U) << "reading is allowed";
}

TEST(Unplugged, AllOnesUntilPluggedAndNoViolation) {
  Rig rig;
  rig.boot_and_open();
  rig.command("unplug");
  rig.host.msis = 0;
  EXPECT_EQ(rig.state(), "unplugged");
  EXPECT_EQ(rig.device.config_read(0, 4), 0xffffffffU);
  EXPECT_EQ(rig.device.config_read(0, 2), 0xffffU);
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
  EXPECT_EQ(rig.r4(0x2004), 0xffffffffU);
  rig.w4(0x1684, 4);
  rig.device.bus_reset();
  rig.device.config_write(0x88, 2, 0x8000);
  EXPECT_EQ(rig.state(), "unplugged");
  EXPECT_EQ(rig.command("spurious-msi")["sent"], false);
  EXPECT_FALSE(rig.device.next_deadline());
  EXPECT_EQ(rig.ub(), 0U);
  rig.command("plug");
  EXPECT_EQ(rig.state(), "bootloader");
  EXPECT_EQ(rig.device.config_read(4, 2), 0U);
  rig.boot();
}

TEST(Violations, AreCountedBeyondTheBoundedList) {
  Rig rig;
  rig.enable();
  for (int i = 0; i < 300; ++i) rig.w0(0x98, 0);
  EXPECT_EQ(rig.ub(), 300U);
  EXPECT_EQ(rig.command("ub")["events"].size(), 256U);
  rig.command("clear-ub");
  EXPECT_EQ(rig.ub(), 0U);
}

}  // namespace
}  // namespace hailo::emu::test
