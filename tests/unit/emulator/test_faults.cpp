// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "emulator/model/md5.h"
#include "rig.h"

namespace hailo::emu::test {
namespace {

constexpr unsigned kApp = 1;

class BootFault : public testing::Test {
 protected:
  void SetUp() override {
    rig.enable();
    rig.unmask();
  }
  void start() {
    rig.upload(Image{});
    rig.trigger();
  }
  void expect_usable() {
    rig.boot();
    EXPECT_EQ(rig.ub(), 0U);
  }

  Rig rig;
};

TEST_F(BootFault, NoBoot) {
  rig.command("fault no-boot");
  start();
  rig.pass(10s);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.state(), "bootloader");
  EXPECT_EQ(rig.device_read32(0xe0000), 1U);
  expect_usable();
}

TEST_F(BootFault, BadStatus) {
  rig.command("fault bad-status value=0xdead");
  start();
  rig.pass(10s);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.device_read32(0xe0000), 0xdeadU);
  expect_usable();
}

TEST_F(BootFault, LateBoot) {
  rig.command("fault late-boot ms=6000");
  start();
  rig.pass(6049ms);
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.state(), "booting");
  rig.pass(1ms);
  EXPECT_EQ(rig.host.msis, 1U);
  EXPECT_EQ(rig.state(), "running");
}

TEST_F(BootFault, FailImage) {
  rig.command("fault fail-image");
  start();
  rig.pass(1s);
  EXPECT_EQ(rig.command("state")["boot_refusal"], "fault fail-image");
  expect_usable();
}

TEST_F(BootFault, CorruptUpload) {
  rig.command("fault corrupt-upload every=10 count=2");
  rig.device_write(0x60000, Bytes(120, 0xa0));
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::uint32_t wanted = i == 9 || i == 19 ? 0x5f5f5f5f : 0xa0a0a0a0;
    EXPECT_EQ(rig.device_read32(0x60000 + 4 * i), wanted) << i;
  }
  expect_usable();
}

TEST_F(BootFault, DropUpload) {
  rig.command("fault drop-upload every=3 count=0");
  rig.device_write(0x60000, Bytes(80, 0xa0));
  EXPECT_EQ(rig.device_read32(0x60004), 0xa0a0a0a0U);
  EXPECT_EQ(rig.device_read32(0x60008), 0U);
  rig.command("clear-faults");
  rig.device_write(0xe0030, Image{}.app_header());
  rig.device_write(0xc0000, Bytes(80, 0xc0));
  rig.device_write(0xa0000, Image{}.core_header());
  rig.trigger();
  rig.pass(1s);
  EXPECT_EQ(rig.command("state")["boot_refusal"], "app code is not complete");
  expect_usable();
}

TEST_F(BootFault, AllOnesAfter) {
  rig.command("fault all-ones-after writes=20");
  start();
  EXPECT_EQ(rig.state(), "unplugged");
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
  EXPECT_EQ(rig.ub(), 0U);
  rig.command("plug");
  expect_usable();
}

TEST_F(BootFault, AllOnesAfterCountsWrites) {
  rig.command("fault all-ones-after writes=3");
  rig.r0(0x98);
  rig.w0(0x188, 0);
  rig.w0(0x188, 0);
  EXPECT_EQ(rig.r0(0x98), 0x28641e60U);
  rig.w0(0x188, 0);
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
}

TEST_F(BootFault, WrongVersion) {
  rig.command("fault wrong-version");
  rig.boot();
  const Bytes version = parameter(*rig.control(kApp, request(0)), 1);
  EXPECT_EQ(load_le32(version, 0), 4U);
  EXPECT_EQ(load_le32(version, 4), 24U);
  EXPECT_EQ(rig.command("state")["fw_version"], "4.23.0") << "of the image";
}

class RunFault : public testing::Test {
 protected:
  RunFault() { rig.boot_and_open(); }

  void expect_usable() {
    rig.w0(0x18c, 0xffffffff);
    const auto answer = rig.control(kApp, request(0));
    ASSERT_TRUE(answer);
    EXPECT_EQ(status_of(*answer), 0U);
    EXPECT_EQ(rig.ub(), 0U);
  }

  Rig rig;
};

TEST_F(RunFault, HangControl) {
  rig.command("fault hang-control");
  EXPECT_FALSE(rig.control(kApp, request(0)));
  rig.pass(10s);
  EXPECT_FALSE(rig.take_response());
  expect_usable();
}

TEST_F(RunFault, HangOfOneOpcode) {
  rig.command("fault hang-control opcode=46 count=0");
  EXPECT_TRUE(rig.control(kApp, request(0)));
  EXPECT_FALSE(rig.control(kApp, request(46)));
  EXPECT_FALSE(rig.control(kApp, request(46)));
  expect_usable();
}

TEST_F(RunFault, DelayControl) {
  rig.command("fault delay-control ms=300 opcode=0");
  EXPECT_FALSE(rig.control(kApp, request(0)));
  EXPECT_EQ(rig.command("state")["executing"], true);
  rig.pass(299ms);
  EXPECT_FALSE(rig.take_response());
  rig.pass(1ms);
  EXPECT_TRUE(rig.take_response());
  expect_usable();
}

TEST_F(RunFault, LateAnswerIsTheOldRequests) {
  rig.command("fault delay-control ms=1500 opcode=0");
  EXPECT_FALSE(rig.control(kApp, request(0)));
  rig.pass(1000ms);
  EXPECT_FALSE(rig.control(kApp, request(46))) << "queued behind the late one";
  rig.pass(500ms);
  // Both end at this moment, the second overwrites the first.
  EXPECT_EQ(load_be32(*rig.take_response(), 12), 46U);
  expect_usable();
}

TEST_F(RunFault, WrongMd5) {
  rig.command("fault wrong-md5");
  ASSERT_TRUE(rig.control(kApp, request(0)));
  const Bytes mailbox = rig.response();
  const Md5 digest = md5(ByteView(mailbox).subspan(20));
  EXPECT_FALSE(std::equal(digest.begin(), digest.end(), mailbox.begin()));
  expect_usable();
}

TEST_F(RunFault, OversizedAnswer) {
  rig.command("fault oversized-answer");
  ASSERT_TRUE(rig.control(kApp, request(0)));
  EXPECT_EQ(rig.r4(0x650), 2000U);
  expect_usable();
}

TEST_F(RunFault, ShortAnswer) {
  rig.command("fault short-answer bytes=10");
  const auto answer = rig.control(kApp, request(0));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size(), 10U);
  expect_usable();
}

TEST_F(RunFault, WrongOpcodeAnswer) {
  rig.command("fault wrong-opcode-answer");
  const auto answer = rig.control(kApp, request(46));
  ASSERT_TRUE(answer);
  EXPECT_EQ(load_be32(*answer, 12), 47U);
  expect_usable();
}

TEST_F(RunFault, LostMsi) {
  rig.command("fault lost-msi");
  rig.host.msis = 0;
  EXPECT_TRUE(rig.control(kApp, request(0))) << "the status bit is there";
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_TRUE(rig.control(kApp, request(0)));
  EXPECT_EQ(rig.host.msis, 1U);
}

TEST_F(RunFault, StuckStatus) {
  rig.command("fault stuck-status bit=26 count=3");
  rig.w4(0x1684, 4);
  rig.control(kApp, request(0));
  for (int i = 0; i < 2; ++i) {
    rig.w0(0x18c, 0xffffffff);
    EXPECT_EQ(rig.r0(0x18c), 0x04000000U) << i;
  }
  rig.w0(0x18c, 0xffffffff);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  expect_usable();
}

TEST_F(RunFault, NoWake) {
  rig.command("fault no-wake");
  rig.power(3);
  EXPECT_EQ(rig.device.config_read(0xfc, 2) & 3, 3U);
  rig.device.config_write(0xfc, 2, 8);
  EXPECT_EQ(rig.device.config_read(0, 4), 0xffffffffU);
  EXPECT_EQ(rig.r0(0x98), 0xffffffffU);
  EXPECT_EQ(rig.state(), "unplugged");
  EXPECT_EQ(rig.ub(), 0U);
  rig.device.bus_reset();
  rig.boot();
}

TEST_F(RunFault, LyingLogOffsets) {
  rig.command("fault lying-log-offsets host=5000 chip=0xffffffff");
  EXPECT_EQ(rig.r4(0x2000), 5000U);
  EXPECT_EQ(rig.r4(0x2004), 0xffffffffU);
  EXPECT_LT(rig.r4(0x2004), 4088U) << "one look at both offsets uses it up";
  expect_usable();
}

TEST_F(RunFault, RefuseSoftReset) {
  rig.command("fault refuse-soft-reset");
  rig.w4(0x1684, 8);
  rig.pass(10s);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  EXPECT_EQ(rig.state(), "running");
  expect_usable();
  rig.w4(0x1684, 8);
  rig.pass(10ms);
  EXPECT_EQ(rig.r0(0x18c), 0x01000000U);
}

TEST_F(RunFault, NoDriverDown) {
  rig.command("fault no-driver-down");
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.r0(0x18c), 0x08000000U);
}

TEST_F(RunFault, BadNotification) {
  rig.command("fault bad-notification kind=not-in-use");
  rig.command("fault bad-notification kind=too-long");
  rig.command("notify event=2");
  EXPECT_EQ(rig.r0(0x18c), 0x02000000U);
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U);
  rig.w0(0x18c, 0x02000000);
  rig.command("notify event=2");
  EXPECT_EQ(rig.r4(0xc80), 2000U << 16 | 1);
  rig.w4(0xc80, 2000U << 16);
  EXPECT_EQ(rig.command("notify event=2")["result"], "delivered");
  EXPECT_EQ(rig.r4(0xc80), 44U << 16 | 1);
  expect_usable();
}

TEST_F(RunFault, KeepNotification) {
  rig.command("notify event=2");
  rig.w0(0x188, 0);
  rig.command("fault keep-notification");
  rig.unmask();
  EXPECT_EQ(rig.r4(0xc80), 44U << 16 | 1);
  EXPECT_EQ(rig.command("notify event=10")["result"], "queued");
  rig.w4(0xc80, 44U << 16);
  EXPECT_EQ(rig.r4(0xc80), 36U << 16 | 1);
  rig.w4(0xc80, 36U << 16);
  expect_usable();
}

TEST_F(RunFault, ClearFaults) {
  rig.command("fault hang-control count=0");
  rig.command("clear-faults");
  EXPECT_EQ(rig.command("state")["faults"], 0);
  expect_usable();
}

}  // namespace
}  // namespace hailo::emu::test
