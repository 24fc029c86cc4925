// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "rig.h"

namespace hailo::emu::test {
namespace {

TEST(Boot, ColdBootOfTheSmallestImage) {
  Rig rig;
  rig.enable();
  EXPECT_EQ(rig.r0(0x098), 0x28641e60U);
  rig.unmask();
  for (std::uint32_t field = 0x700; field <= 0x710; field += 4) EXPECT_EQ(rig.r0(field), 0U);
  EXPECT_EQ(rig.device_read32(0xe0000), 1U) << "boot loader is ready";

  rig.upload(vector_file("firmware_smallest_4.23.0.hex"));
  EXPECT_EQ(rig.device_read32(0xe0030), 0x1dd89de0U);
  rig.trigger();
  EXPECT_EQ(rig.state(), "booting");
  EXPECT_EQ(rig.host.msis, 0U);

  rig.pass(49ms);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  rig.pass(1ms);
  EXPECT_EQ(rig.host.msis, 1U);
  EXPECT_EQ(rig.r0(0x18c), 0x02000000U);
  EXPECT_EQ(rig.r0(0x708), 0x60000000U);
  EXPECT_EQ(rig.r0(0x700), 0x17U);
  EXPECT_EQ(rig.r0(0x710), 6U);
  EXPECT_EQ(rig.r4(0xc80), 0U);
  EXPECT_EQ(rig.r4(0x2000), 0U);
  rig.w0(0x18c, 0x02000000);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  rig.pass(10s);
  EXPECT_EQ(rig.host.msis, 1U) << "boot done comes once";
  EXPECT_EQ(rig.command("state")["fw_version"], "4.23.0");
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(Boot, BeginsOnlyAfterEntry0IsRestored) {
  Rig rig;
  rig.enable();
  rig.upload(Image{});
  rig.point_entry0(0xe0000);
  rig.w4(0x980, 1);
  EXPECT_EQ(rig.r4(0x980), 1U) << "the trigger reads back";
  rig.pass(49ms);
  EXPECT_EQ(rig.state(), "bootloader");
  for (std::uint32_t field : {0x700U, 0x704U, 0x708U, 0x70cU}) rig.w0(field, rig.r0(field));
  EXPECT_EQ(rig.state(), "bootloader") << "the entry is not complete";
  rig.w0(0x710, 6);
  EXPECT_EQ(rig.state(), "booting");
}

TEST(Boot, BeginsWithoutARestoreAfter50Milliseconds) {
  Rig rig;
  rig.enable();
  rig.upload(Image{});
  rig.point_entry0(0xe0000);
  rig.w4(0x980, 1);
  rig.pass(50ms);
  EXPECT_EQ(rig.state(), "booting");
}

TEST(Boot, VersionIsTheImages) {
  for (const std::uint32_t minor : {20U, 21U, 22U, 23U}) {
    Rig rig;
    rig.boot(Image{.minor = minor});
    EXPECT_EQ(rig.command("state")["fw_version"], "4." + std::to_string(minor) + ".0");
  }
}

TEST(Boot, PartsOfOddSize) {
  Rig rig;
  rig.boot(Image{.app_size = 4099, .core_size = 8191});
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(Boot, LargestParts) {
  Rig rig;
  rig.boot(Image{.app_size = 0x40000, .core_size = 0x20000});
  EXPECT_EQ(rig.ub(), 0U);
}

struct Refusal {
  const char* name;
  void (*spoil)(Rig&);
  const char* reason;
};

void PrintTo(const Refusal& refusal, std::ostream* os) { *os << refusal.name; }

void write_word(Rig& rig, std::uint32_t address, std::uint32_t value) {
  rig.device_write(address, ByteWriter().le32(value).take());
}

class BootRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(BootRefusal, ReturnsToTheBootLoaderAndBootsAGoodImage) {
  Rig rig;
  rig.enable();
  rig.unmask();
  rig.upload(Image{});
  GetParam().spoil(rig);
  rig.trigger();
  EXPECT_EQ(rig.ub(), 0U);
  rig.pass(6s);
  EXPECT_EQ(rig.state(), "bootloader");
  EXPECT_EQ(rig.host.msis, 0U);
  EXPECT_EQ(rig.command("state")["boot_refusal"], GetParam().reason);
  EXPECT_EQ(rig.device_read32(0xe0000), 1U);
  EXPECT_EQ(rig.device_read32(0xe0980), 0U);
  rig.boot();
  EXPECT_TRUE(rig.command("state")["boot_refusal"].is_null());
}

INSTANTIATE_TEST_SUITE_P(
    Images, BootRefusal,
    testing::Values(Refusal{"app_magic", [](Rig& rig) { write_word(rig, 0xe0030, 0xe905daab); },
                            "app header has magic 0xe905daab"},
                    Refusal{"app_header_version", [](Rig& rig) { write_word(rig, 0xe0034, 1); },
                            "app header has version 1"},
                    Refusal{"app_too_small", [](Rig& rig) { write_word(rig, 0xe0044, 79); },
                            "app code size is 79"},
                    Refusal{"app_too_large", [](Rig& rig) { write_word(rig, 0xe0044, 0x40001); },
                            "app code size is 262145"},
                    Refusal{"app_cut", [](Rig& rig) { write_word(rig, 0xe0044, 84); },
                            "app code is not complete"},
                    Refusal{"core_magic", [](Rig& rig) { write_word(rig, 0xa0000, 0); },
                            "core header has magic 0x0"},
                    Refusal{"core_header_version", [](Rig& rig) { write_word(rig, 0xa0004, 7); },
                            "core header has version 7"},
                    Refusal{"core_too_small", [](Rig& rig) { write_word(rig, 0xa0014, 0); },
                            "core code size is 0"},
                    Refusal{"core_too_large", [](Rig& rig) { write_word(rig, 0xa0014, 0x20001); },
                            "core code size is 131073"},
                    Refusal{"core_cut", [](Rig& rig) { write_word(rig, 0xa0014, 96); },
                            "core code is not complete"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Boot, EachMissingWordIsNoticed) {
  // Nothing of an earlier upload may stand in for a word that did not arrive.
  Rig rig;
  rig.boot();
  rig.w4(0x1684, 8);
  rig.pass(20ms);
  ASSERT_EQ(rig.state(), "bootloader");
  rig.device_write(0xe0030, Image{}.app_header());
  rig.device_write(0x60000, Bytes(76, 0xa0));
  rig.device_write(0xc0000, Bytes(80, 0xc0));
  rig.device_write(0xa0000, Image{}.core_header());
  rig.trigger();
  rig.pass(1s);
  EXPECT_EQ(rig.command("state")["boot_refusal"], "app code is not complete");
}

TEST(Boot, TriggerWithoutHeadersIsAViolation) {
  Rig rig;
  rig.enable();
  rig.trigger();
  EXPECT_TRUE(rig.only_ub("trigger_incomplete"));
  rig.pass(1s);
  EXPECT_EQ(rig.command("state")["boot_refusal"], "app header is not complete");
  write_word(rig, 0xe0980, 2);
  EXPECT_TRUE(rig.only_ub("trigger_value"));
}

TEST(SoftReset, KeepsMaskAndConfigurationAndLoadsAgain) {
  Rig rig;
  rig.boot(Image{.minor = 20});
  rig.w0(0x18c, 0xffffffff);
  const std::uint32_t mask = rig.r0(0x188);
  rig.host.msis = 0;

  rig.w4(0x1684, 8);
  EXPECT_EQ(rig.state(), "resetting");
  EXPECT_EQ(rig.host.msis, 0U) << "not with the doorbell write";
  rig.pass(9ms);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  rig.pass(1ms);
  EXPECT_EQ(rig.host.msis, 1U);
  EXPECT_EQ(rig.r0(0x18c), 0x01000000U);
  rig.w0(0x18c, 0x01000000);
  EXPECT_EQ(rig.r0(0x188), mask);
  EXPECT_EQ(rig.device.config_read(0xe2, 2), 0x0081U);
  EXPECT_EQ(rig.device.config_read(0x04, 2), 0x0406U);
  EXPECT_NE(rig.r0(0x708), 0x60000000U);
  EXPECT_EQ(rig.device_read32(0xe0000), 1U);
  EXPECT_EQ(rig.device_read32(0xe0980), 0U);
  EXPECT_EQ(rig.state(), "bootloader") << "restoring entry 0 must not start a boot";

  rig.upload(Image{.minor = 23});
  rig.trigger();
  rig.pass(50ms);
  EXPECT_EQ(rig.r0(0x18c), 0x02000000U);
  EXPECT_EQ(rig.command("state")["fw_version"], "4.23.0");
  EXPECT_EQ(rig.command("state")["soft_resets"], 1);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(SoftReset, AccessesMeanwhile) {
  Rig rig;
  rig.boot();
  rig.w4(0x1684, 8);
  rig.w4(0x0, 1);
  EXPECT_TRUE(rig.only_ub("write_while_resetting"));
  rig.w4(0x1684, 1);
  EXPECT_TRUE(rig.only_ub("doorbell_not_running"));
}

TEST(DriverDown, IsAnsweredAtOnce) {
  Rig rig;
  rig.boot_and_open();
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.r0(0x18c), 0x08000000U);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST(Counters, ColdBootIsCountedPerRegister) {
  Rig rig;
  rig.boot();
  auto counters = rig.command("counters");
  // Entry 0 is set to each of five pages and back again.
  EXPECT_EQ(counters["registers"]["bar0.atr0.trsl_lo"]["writes"], 10);
  EXPECT_EQ(counters["registers"]["bar0.atr0.trsl_lo"]["reads"], 5);
  EXPECT_EQ(counters["registers"]["bar0.imask"]["writes"], 1);
  EXPECT_EQ(counters["registers"]["bar4.window0"]["writes"], 6 + 20 + 20 + 6 + 1);
  EXPECT_EQ(counters["msis"], 1);
  EXPECT_EQ(counters["config_writes"], 2);
  std::uint64_t writes = 0;
  for (const auto& [name, access] : counters["registers"].items())
    writes += access["writes"].get<std::uint64_t>();
  EXPECT_EQ(counters["writes"], writes);
  rig.command("reset-counters");
  counters = rig.command("counters");
  EXPECT_EQ(counters["reads"], 0);
  EXPECT_EQ(counters["msis"], 0);
  EXPECT_TRUE(counters["registers"].empty());
}

}  // namespace
}  // namespace hailo::emu::test
