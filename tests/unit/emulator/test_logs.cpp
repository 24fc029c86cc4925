// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "rig.h"

namespace hailo::emu::test {
namespace {

constexpr std::uint32_t kAppLog = 0x2000;
constexpr std::uint32_t kCoreLog = 0x3000;
constexpr std::uint32_t kRing = 4088;

class Logs : public testing::Test {
 protected:
  Logs() { rig.boot_and_open(); }

  /// All that is unread, as the host reads it; moves the host offset.
  std::string drain(std::uint32_t base) {
    std::uint32_t host = rig.r4(base);
    const std::uint32_t chip = rig.r4(base + 4);
    EXPECT_LT(host, kRing);
    EXPECT_LT(chip, kRing);
    std::string text;
    for (; host != chip; host = (host + 1) % kRing) {
      const std::uint32_t at = base + 8 + host;
      text.push_back(static_cast<char>(rig.r4(at & ~3U) >> 8 * (at % 4)));
    }
    rig.w4(base, host);
    return text;
  }

  Rig rig;
};

TEST_F(Logs, BootIsTold) {
  const std::string app = drain(kAppLog);
  EXPECT_TRUE(app.starts_with("[0.050000] [app] boot: firmware 4.23.0")) << app;
  EXPECT_TRUE(app.ends_with("\n"));
  EXPECT_TRUE(drain(kCoreLog).starts_with("[0.050000] [core] boot: firmware 4.23.0"));
  EXPECT_EQ(drain(kAppLog), "");
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Logs, AppendedTextGoesToItsCpu) {
  drain(kAppLog);
  drain(kCoreLog);
  EXPECT_EQ(rig.command("log cpu=core  hello  world ")["stored"], true);
  EXPECT_EQ(drain(kAppLog), "");
  EXPECT_EQ(drain(kCoreLog), "[0.060000] [core] hello  world\n");
  EXPECT_NE(rig.error_of("log hello"), "");
  EXPECT_NE(rig.error_of("log cpu=dsp hello"), "");
}

TEST_F(Logs, WrapsWithoutLosingAByte) {
  drain(kAppLog);
  std::string wanted;
  std::string got;
  for (int i = 0; i < 400; ++i) {
    const std::string text = "line " + std::to_string(i);
    rig.command("log cpu=app " + text);
    wanted += "[0.060000] [app] " + text + "\n";
    if (i % 40 == 39) got += drain(kAppLog);
  }
  EXPECT_GT(wanted.size(), 2 * kRing);
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Logs, FullRingDropsNewText) {
  drain(kAppLog);
  bool stored = true;
  std::size_t lines = 0;
  for (; stored; ++lines) stored = rig.command("log cpu=app 0123456789")["stored"];
  const std::uint32_t line = std::string("[0.060000] [app] 0123456789\n").size();
  EXPECT_EQ(lines - 1, (kRing - 1) / line) << "one byte stays free";
  EXPECT_EQ(drain(kAppLog).size(), (lines - 1) * line);
  EXPECT_EQ(rig.command("log cpu=app again")["stored"], true);
}

TEST_F(Logs, LevelAndInterface) {
  drain(kAppLog);
  rig.control(1, request(0));
  EXPECT_EQ(drain(kAppLog), "") << "controls are told from level debug on";
  rig.control(1, request(55, {Bytes{0}, Bytes{1}}));
  drain(kAppLog);
  rig.control(1, request(46));
  EXPECT_EQ(drain(kAppLog), "[0.060000] [app] control: opcode 46\n");
  rig.control(1, request(55, {Bytes{0}, Bytes{2}}));
  drain(kAppLog);
  rig.control(1, request(46));
  EXPECT_EQ(drain(kAppLog), "") << "UART only";
}

TEST_F(Logs, NoneWithoutFirmware) {
  Rig cold;
  EXPECT_NE(cold.error_of("log cpu=app hello"), "");
}

}  // namespace
}  // namespace hailo::emu::test
