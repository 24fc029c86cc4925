// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "rig.h"

namespace hailo::emu::test {
namespace {

TEST(Interrupts, StatusIsWriteOneToClear) {
  Rig rig;
  rig.boot_and_open();
  rig.w4(0x1684, 4);
  rig.control(1, request(0));
  rig.w4(0x1684, 4);
  ASSERT_EQ(rig.r0(0x18c), 0x08000000U);
  rig.w0(0x18c, 0);
  EXPECT_EQ(rig.r0(0x18c), 0x08000000U);
  rig.w0(0x18c, 0xf7ffffff);
  EXPECT_EQ(rig.r0(0x18c), 0x08000000U);
  rig.w0(0x18c, 0x08000000);
  EXPECT_EQ(rig.r0(0x18c), 0U);
}

TEST(Interrupts, MaskReadsBack) {
  Rig rig;
  rig.enable();
  for (const std::uint32_t mask : {0xff000000U, 0xff00ffffU, 0x12345678U, 0U}) {
    rig.w0(0x188, mask);
    EXPECT_EQ(rig.r0(0x188), mask);
  }
}

TEST(Interrupts, OneMsiPerNewBit) {
  Rig rig;
  rig.boot_and_open();
  rig.host.msis = 0;
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.host.msis, 1U);
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.host.msis, 1U) << "the bit was set already";
  rig.w4(0x1684, 1);
  EXPECT_EQ(rig.host.msis, 2U) << "another bit, while the first is still set";
  rig.w0(0x18c, 0xffffffff);
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.host.msis, 3U);
}

TEST(Interrupts, LatchesWhileMasked) {
  Rig rig;
  rig.boot_and_open();
  rig.w0(0x188, 0);
  rig.host.msis = 0;
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.r0(0x18c), 0x08000000U) << "status is not masked on read";
  rig.w0(0x188, 0x04000000);
  EXPECT_EQ(rig.host.msis, 0U) << "another bit";
  rig.unmask();
  EXPECT_EQ(rig.host.msis, 1U) << "unmasking a latched bit makes one";
  rig.unmask();
  EXPECT_EQ(rig.host.msis, 1U) << "it was unmasked already";
}

TEST(Interrupts, BitsThatAreLeftMakeAnotherMsi) {
  Rig rig;
  rig.boot_and_open();
  rig.w4(0x1684, 4);
  rig.w4(0x1684, 1);
  rig.host.msis = 0;
  rig.w0(0x18c, 0x08000000);
  EXPECT_EQ(rig.r0(0x18c), 0x04000000U);
  EXPECT_EQ(rig.host.msis, 1U) << "one is left";
  rig.w0(0x18c, 0x04000000);
  EXPECT_EQ(rig.host.msis, 1U) << "none is left";
}

TEST(Interrupts, NoMsiWithoutEnableOrMaster) {
  Rig rig;
  rig.boot_and_open();
  rig.host.msis = 0;
  rig.device.config_write(0x04, 2, 0x0402);
  rig.w4(0x1684, 4);
  rig.w0(0x18c, 0xffffffff);
  rig.device.config_write(0x04, 2, 0x0406);
  rig.device.config_write(0xe2, 2, 0x0080);
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.command("spurious-msi")["sent"], false);
  rig.device.config_write(0xe2, 2, 0x0081);
  EXPECT_EQ(rig.command("spurious-msi")["sent"], true);
  EXPECT_EQ(rig.host.msis, 1U);
}

TEST(Interrupts, D3hotKeepsEverythingAndAnswersNothing) {
  Rig rig;
  rig.boot_and_open();
  rig.power(3);
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
  EXPECT_TRUE(rig.only_ub("d3_access"));
  rig.w0(0x188, 0);
  EXPECT_TRUE(rig.only_ub("d3_access"));
  rig.host.msis = 0;
  EXPECT_EQ(rig.command("spurious-msi")["sent"], false);
  rig.power(0);
  EXPECT_EQ(rig.r0(0x188), 0xff00ffffU) << "the write in D3hot did nothing";
  EXPECT_EQ(rig.r0(0x708), 0x60000000U);
  EXPECT_TRUE(rig.control(1, request(0)));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(Interrupts, ControlThatEndsInD3hotOnlyLatches) {
  Rig rig;
  rig.boot_and_open();
  rig.command("fault delay-control ms=20");
  EXPECT_FALSE(rig.control(1, request(0)));
  rig.power(3);
  rig.host.msis = 0;
  rig.pass(20ms);
  rig.power(0);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.r0(0x18c), 0x04000000U);
}

}  // namespace
}  // namespace hailo::emu::test
