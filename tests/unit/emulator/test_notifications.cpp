// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "emulator/model/notification.h"
#include "rig.h"

namespace hailo::emu::test {
namespace {

class Notifications : public testing::Test {
 protected:
  Notifications() { rig.boot_and_open(); }

  std::string notify(const std::string& what) { return rig.command("notify " + what)["result"]; }
  Bytes buffer() {
    const std::uint32_t head = rig.r4(0xc80);
    EXPECT_EQ(head & 0xffff, 1U);
    Bytes bytes;
    for (std::uint32_t at = 0; at < head >> 16; ++at)
      bytes.push_back(static_cast<std::uint8_t>(rig.r4((0xc84 + at) & ~3U) >> 8 * (at % 4)));
    return bytes;
  }
  void acknowledge() {
    rig.w0(0x18c, 0x02000000);
    rig.w4(0xc80, rig.r4(0xc80) & 0xffff0000);
  }

  Rig rig;
};

TEST(NotificationFormat, TemperatureAlarmOfTheSpecification) {
  // The two sensors of the example differ, so its payload is given.
  Event event{.id = 2, .zone = 1};
  const Bytes wanted = vector_file("notification_temperature.hex");
  event.payload = Bytes(wanted.begin() + 32, wanted.end());
  EXPECT_EQ(encode_event(event, 1), Bytes(wanted.begin() + 4, wanted.end()));
}

TEST_F(Notifications, CountsAndLengthsOfEveryEvent) {
  struct Row {
    std::uint32_t count;
    std::uint32_t length;
  };
  const Row rows[] = {{3, 12}, {5, 20}, {4, 16}, {2, 8}, {4, 9}, {1, 2},  {1, 2},
                      {1, 4},  {1, 4},  {4, 7},  {2, 8}, {1, 4}, {5, 11}, {1, 8}};
  for (std::uint32_t id = 0; id < std::size(rows); ++id) {
    EXPECT_EQ(notify("event=" + std::to_string(id)), "delivered");
    const Bytes message = buffer();
    ASSERT_EQ(message.size(), 28 + rows[id].length) << id;
    EXPECT_EQ(load_le32(message, 4), id + 1) << "sequence";
    EXPECT_EQ(load_le32(message, 16), id);
    EXPECT_EQ(load_le32(message, 20), rows[id].count) << id;
    EXPECT_EQ(load_le32(message, 24), rows[id].length) << id;
    acknowledge();
  }
  EXPECT_NE(rig.error_of("notify event=14"), "");
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Notifications, ClosedStreamsOf420) {
  Rig old;
  old.boot_and_open(Image{.minor = 20});
  old.command("notify event=3");
  EXPECT_EQ(old.r4(0xc80) >> 16, 28U + 16);
  EXPECT_EQ(old.r4(0xc84 + 20), 4U);
}

TEST_F(Notifications, ContentOfTheTemperatureAlarm) {
  rig.command("set-temperature 95.5");
  notify("event=2 zone=2");
  const Bytes message = buffer();
  EXPECT_EQ(load_le32(message, 8), 1U) << "critical";
  EXPECT_EQ(load_le32(message, 12), 22U) << "health monitor";
  EXPECT_EQ(load_le32(message, 28), 2U);
  EXPECT_EQ(load_le32(message, 36), 0x42bf0000U);
}

TEST_F(Notifications, LengthAndRawPayload) {
  notify("event=2 length=880");
  EXPECT_EQ(buffer().size(), 880U);
  acknowledge();
  notify("event=2 length=5");
  EXPECT_EQ(buffer().size(), 5U);
  acknowledge();
  notify("event=9 raw=0102ff");
  EXPECT_EQ(buffer().size(), 28U + 3);
  EXPECT_EQ(rig.r4(0xc84 + 28) & 0xffffff, 0xff0201U);
  EXPECT_NE(rig.error_of("notify event=2 length=881"), "");
  EXPECT_NE(rig.error_of("notify event=2 raw=123"), "");
}

TEST_F(Notifications, WaitWhileTheBufferIsInUse) {
  EXPECT_EQ(notify("event=2"), "delivered");
  rig.host.msis = 0;
  EXPECT_EQ(notify("event=10"), "queued");
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(load_le32(buffer(), 16), 2U);
  acknowledge();
  EXPECT_EQ(rig.host.msis, 1U);
  EXPECT_EQ(load_le32(buffer(), 16), 10U);
  acknowledge();
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U);
}

TEST_F(Notifications, QueueIsBounded) {
  notify("event=2");
  for (std::size_t i = 0; i < NotificationBox::kMaxQueued; ++i)
    EXPECT_EQ(notify("event=2"), "queued");
  EXPECT_EQ(notify("event=2"), "dropped");
}

TEST_F(Notifications, DroppedWhileNobodyListens) {
  rig.w0(0x188, 0);
  EXPECT_EQ(notify("event=2"), "dropped");
  EXPECT_EQ(rig.r4(0xc80), 0U);
  rig.unmask();
  EXPECT_EQ(notify("event=2"), "delivered");
}

TEST_F(Notifications, UnmaskingReleasesTheBuffer) {
  notify("event=2");
  notify("event=10");
  rig.w0(0x188, 0);
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 1U);
  rig.unmask();
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U) << "and what waited is gone";
}

TEST_F(Notifications, NotBeforeTheDriverHasLeftBootMode) {
  Rig booting;
  booting.boot();
  EXPECT_EQ(booting.command("notify event=2")["result"], "dropped");
  booting.w0(0x18c, 0x02000000);
  EXPECT_EQ(booting.r0(0x18c), 0U);
  booting.w0(0x188, 0);
  booting.unmask();
  EXPECT_EQ(booting.command("notify event=2")["result"], "delivered");
}

TEST_F(Notifications, AfterABootThatWasPolledFor) {
  Rig polling;
  polling.enable();
  polling.upload(Image{});
  polling.trigger();
  polling.pass(60ms);
  ASSERT_EQ(polling.r0(0x18c), 0x02000000U);
  polling.w0(0x18c, 0x02000000);
  polling.unmask();
  EXPECT_EQ(polling.command("notify event=2")["result"], "delivered");
}

TEST_F(Notifications, NotWithoutFirmware) {
  Rig cold;
  cold.enable();
  cold.unmask();
  EXPECT_EQ(cold.command("notify event=2")["result"], "dropped");
  EXPECT_NE(cold.error_of("storm count=3"), "");
}

TEST_F(Notifications, StormFollowsTheReleases) {
  rig.host.msis = 0;
  rig.command("storm count=5");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(rig.host.msis, static_cast<unsigned>(i + 1));
    EXPECT_EQ(load_le32(buffer(), 16), 2U);
    acknowledge();
  }
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U);
  EXPECT_EQ(rig.host.msis, 5U);
}

TEST_F(Notifications, StormWithInterval) {
  rig.command("storm count=3 interval_us=2000");
  acknowledge();
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U);
  rig.pass(1999us);
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 0U);
  rig.pass(1us);
  buffer();
  rig.pass(5ms);
  EXPECT_EQ(rig.command("state")["storm_left"], 1) << "the buffer is in use";
  acknowledge();
  EXPECT_EQ(rig.command("state")["storm_left"], 0);
  buffer();
}

TEST_F(Notifications, StormEndsWhenTheDriverMasks) {
  rig.command("storm count=1000");
  rig.w0(0x188, 0);
  EXPECT_EQ(rig.command("state")["storm_left"], 0);
}

}  // namespace
}  // namespace hailo::emu::test
