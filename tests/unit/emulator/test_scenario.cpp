// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "emulator/scenario/line.h"
#include "rig.h"

namespace hailo::emu::test {
namespace {

TEST(Lines, EveryFaultOfTheProtocol) {
  Rig rig;
  for (const char* fault : {"no-boot",
                            "bad-status value=0xdead",
                            "late-boot ms=6000",
                            "hang-control",
                            "hang-control opcode=0",
                            "delay-control ms=10",
                            "delay-control ms=10 opcode=46",
                            "wrong-md5",
                            "oversized-answer",
                            "short-answer bytes=4",
                            "wrong-opcode-answer",
                            "lost-msi",
                            "stuck-status bit=26",
                            "no-wake",
                            "lying-log-offsets host=1 chip=9999",
                            "refuse-soft-reset",
                            "no-driver-down",
                            "corrupt-upload every=100",
                            "drop-upload every=1",
                            "bad-notification kind=not-in-use",
                            "bad-notification kind=too-long",
                            "keep-notification",
                            "wrong-version",
                            "all-ones-after writes=5",
                            "fail-image"}) {
    rig.command(std::string("fault ") + fault);
    rig.command(std::string("fault ") + fault + " count=0");
    rig.command("clear-faults");
  }
}

TEST(Lines, Refused) {
  Rig rig;
  for (const char* line : {"",
                           "nonsense",
                           "ping now",
                           "fault",
                           "fault nonsense",
                           "fault no-boot sometimes",
                           "fault no-boot count",
                           "fault no-boot count=",
                           "fault no-boot count=-1",
                           "fault no-boot count=1x",
                           "fault no-boot count=1 count=1",
                           "fault late-boot",
                           "fault late-boot ms=99999999999999999999",
                           "fault stuck-status bit=32",
                           "fault bad-notification kind=odd",
                           "fault corrupt-upload every=0",
                           "notify",
                           "notify event=2 zone=3",
                           "storm count=0",
                           "storm",
                           "log",
                           "set-temperature",
                           "set-temperature 1 2",
                           "after",
                           "after soon unplug",
                           "after 5",
                           "on",
                           "on sight unplug",
                           "on boot",
                           "on boot 0 unplug",
                           "on control 2"})
    EXPECT_NE(rig.error_of(line), "") << line;
}

TEST(Lines, UnknownTextCannotBreakTheAnswer) {
  Rig rig;
  EXPECT_NE(rig.error_of("\xff\"\\\x01"), "");
}

TEST(Scenario, CommentsTimesAndEvents) {
  Rig rig;
  ASSERT_TRUE(
      rig.device.load_scenario("# a comment\n"
                               "\n"
                               "set-temperature 50\n"
                               "after 100 set-temperature 60\r\n"
                               "  on boot fault wrong-version\n"
                               "on control 2 fault hang-control\n"
                               "on control 3 after 5 unplug"));
  EXPECT_EQ(rig.command("state")["temperature"], 50);
  rig.boot();
  EXPECT_EQ(load_le32(parameter(*rig.control(1, request(0)), 1), 4), 24U) << "armed on boot";
  rig.pass(39ms);
  EXPECT_EQ(rig.command("state")["temperature"], 50);
  rig.pass(1ms);
  EXPECT_EQ(rig.command("state")["temperature"], 60);
  EXPECT_FALSE(rig.control(1, request(0))) << "the second hangs";
  EXPECT_TRUE(rig.control(1, request(0)));
  EXPECT_EQ(rig.device.next_deadline(), rig.now + 5ms);
  rig.pass(5ms);
  EXPECT_EQ(rig.state(), "unplugged");
}

TEST(Scenario, SecondBoot) {
  Rig rig;
  ASSERT_TRUE(rig.device.load_scenario("on boot 2 fault fail-image"));
  rig.boot();
  rig.w4(0x1684, 8);
  rig.pass(20ms);
  rig.upload(Image{});
  rig.trigger();
  rig.pass(1s);
  EXPECT_EQ(rig.state(), "bootloader");
}

TEST(Scenario, UnplugInTheMiddleOfAControl) {
  Rig rig;
  ASSERT_TRUE(rig.device.load_scenario("on control unplug\nafter 1000 plug"));
  rig.boot_and_open();
  EXPECT_EQ(rig.control(1, request(0)).value_or(Bytes{}).size(), 1500U) << "all-ones";
  EXPECT_EQ(rig.state(), "unplugged");
  rig.pass(1s);
  EXPECT_EQ(rig.state(), "bootloader");
}

TEST(Scenario, AnErrorNamesTheLineAndRunsNothing) {
  Rig rig;
  const auto loaded = rig.device.load_scenario("set-temperature 90\n# fine\non boot nonsense\n");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "line 3: unknown command 'nonsense'");
  EXPECT_EQ(rig.command("state")["temperature"], 45);
}

TEST(Scenario, WaitingLinesAreBounded) {
  Rig rig;
  for (int i = 0; i < 1024; ++i) rig.command("after 1000 ping");
  EXPECT_NE(rig.error_of("after 1000 ping"), "");
  rig.pass(1s);
  rig.command("after 1000 ping");
}

TEST(Clock, TimeDoesNotGoBack) {
  Rig rig;
  rig.command("after 10 set-temperature 70");
  rig.device.tick(20ms);
  rig.device.tick(5ms);
  EXPECT_EQ(rig.command("state")["temperature"], 70);
  rig.command("after 10 set-temperature 80");
  EXPECT_EQ(rig.device.next_deadline(), Time(30ms));
}

}  // namespace
}  // namespace hailo::emu::test
