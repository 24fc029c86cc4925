// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>

#include "rig.h"

namespace hailo::emu::test {
namespace {

constexpr unsigned kOperations = 100'000;

/// Random accesses, commands and time.  Offsets and values are drawn so that
/// deep states are reached: from the registers there are, mostly.
class Monkey {
 public:
  explicit Monkey(std::uint32_t seed) : random_(seed) {}

  void step() {
    switch (pick(12)) {
      case 0:
        rig.device.config_read(pick(4200), width());
        break;
      case 1:
        if (pick(50) == 0) rig.device.config_write(pick(4200), width(), random_());
        break;
      case 2:
        rig.enable();
        break;
      case 3:
        rig.pass(std::chrono::microseconds(pick(20'000)));
        break;
      case 4:
        rig.device.command(kCommands[pick(kCommands.size())]);
        break;
      case 5:
        rig.device.bar_read(pick(6), pick(0x4100), width());
        break;
      case 6:
        rig.device.bar_write(pick(6), pick(0x4100), width(), random_());
        break;
      case 7:
        rig.w0(kRegisters[pick(kRegisters.size())], value());
        break;
      case 8:
        rig.w4(4 * pick(0x1000), value());
        break;
      case 9:
        rig.control(1 + pick(2), random_request());
        break;
      case 10:
        rig.w4(0x1684, 1U << pick(5));
        break;
      default:
        boot();
        break;
    }
  }

  void check() {
    static const std::set<std::string> states = {"bootloader", "booting", "running", "resetting",
                                                 "unplugged"};
    const auto state = rig.command("state");
    EXPECT_TRUE(states.contains(state["state"])) << state;
    EXPECT_EQ(state["fw_version"].is_null(), state["state"] != "running") << state;
    EXPECT_LE(state["networks"], 32);
    EXPECT_LE(rig.command("ub")["events"].size(), 256U);
    if (rig.device.next_deadline()) {
      EXPECT_GT(*rig.device.next_deadline(), rig.now);
    }
  }

  Rig rig;
  unsigned boots = 0;

 private:
  std::uint32_t pick(std::uint64_t below) { return static_cast<std::uint32_t>(random_() % below); }
  unsigned width() { return pick(8) == 0 ? pick(9) : 4; }
  std::uint32_t value() {
    static constexpr std::array<std::uint32_t, 8> kValues = {
        0, 1, 6, 0x17, 0xffffffff, 0x60000000, 0xe0000, 0xff00ffff};
    return pick(3) == 0 ? random_() : kValues[pick(kValues.size())];
  }
  Bytes random_request() {
    std::vector<Bytes> parameters(pick(6));
    for (Bytes& parameter : parameters) {
      parameter.resize(std::array{1, 2, 4, 32, 41}[pick(5)]);
      for (std::uint8_t& byte : parameter) byte = static_cast<std::uint8_t>(pick(4));
    }
    return request(pick(82), parameters);
  }
  void boot() {
    if (pick(20) != 0) return;
    rig.device.command("plug");
    rig.power(0);
    rig.enable();
    if (rig.state() != "bootloader") return;
    rig.unmask();
    rig.upload(Image{.minor = 20 + pick(4)});
    rig.trigger();
    rig.pass(60ms);
    if (rig.state() == "running") ++boots;
    rig.w0(0x188, 0);
    rig.unmask();
  }

  static constexpr std::array<const char*, 24> kCommands = {
      "notify event=2",
      "notify event=3 length=880",
      "storm count=100",
      "storm count=10 interval_us=50",
      "log cpu=app 0123456789012345678901234567890123456789",
      "log cpu=core x",
      "spurious-msi",
      "after 3 notify event=10",
      "on control 3 notify event=12",
      "on boot 2 fault lost-msi",
      "fault delay-control ms=7",
      "fault hang-control",
      "fault wrong-md5",
      "fault short-answer bytes=0",
      "fault oversized-answer",
      "fault wrong-opcode-answer",
      "fault stuck-status bit=26",
      "fault lying-log-offsets host=9999 chip=9999",
      "fault corrupt-upload every=7",
      "fault bad-notification kind=too-long",
      "fault all-ones-after writes=500",
      "fault no-boot",
      "clear-faults",
      "counters"};
  static constexpr std::array<std::uint32_t, 12> kRegisters = {
      0x98, 0x188, 0x18c, 0x400, 0x500, 0x700, 0x704, 0x708, 0x70c, 0x710, 0x728, 0x730};

  std::mt19937 random_;
};

TEST(Fuzz, RandomAccessesKeepTheModelSane) {
  Monkey monkey(0x48414938);
  for (unsigned i = 0; i < kOperations; ++i) {
    monkey.step();
    if (i % 100 == 0) monkey.check();
    if (testing::Test::HasFailure()) FAIL() << "operation " << i;
  }
  EXPECT_GT(monkey.boots, 50U) << "the deep states were not reached";
  monkey.rig.command("clear-faults");
  monkey.rig.command("unplug");
  monkey.rig.command("plug");
  monkey.rig.boot();
}

}  // namespace
}  // namespace hailo::emu::test
