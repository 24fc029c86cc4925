// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <bit>

#include "emulator/model/md5.h"
#include "rig.h"

namespace hailo::emu::test {
namespace {

constexpr unsigned kApp = 1;
constexpr unsigned kCore = 2;

Bytes payload_of(const std::string& vector) {
  const Bytes mailbox = vector_file(vector);
  return Bytes(mailbox.begin() + 20, mailbox.end());
}

float f32(ByteView bytes, std::size_t at = 0) { return std::bit_cast<float>(load_le32(bytes, at)); }

struct Golden {
  const char* name;
  Board board;
  std::uint32_t minor;
  unsigned doorbell;
  const char* request;
  const char* response;
};

void PrintTo(const Golden& golden, std::ostream* os) { *os << golden.name; }

class GoldenExchange : public testing::TestWithParam<Golden> {};

TEST_P(GoldenExchange, ByteForByte) {
  const Golden& golden = GetParam();
  Rig rig(Config{.board = golden.board});
  rig.boot_and_open(Image{.minor = golden.minor});
  rig.put_request(vector_file(golden.request));
  rig.w4(0x1684, golden.doorbell);
  EXPECT_EQ(rig.r0(0x18c), 0x04000000U);
  EXPECT_EQ(rig.response(), vector_file(golden.response));
  EXPECT_EQ(rig.ub(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, GoldenExchange,
    testing::Values(
        Golden{"identify_hailo8", Board::hailo8, 23, kApp, "control_identify_request.hex",
               "control_identify_response_hailo8_4.23.0.hex"},
        Golden{"identify_hailo8l", Board::hailo8l, 20, kApp, "control_identify_request.hex",
               "control_identify_response_hailo8l_4.20.0.hex"},
        Golden{"core_identify", Board::hailo8, 23, kCore, "control_core_identify_request.hex",
               "control_core_identify_response_4.23.0.hex"},
        Golden{"network_reset", Board::hailo8, 23, kCore, "control_network_reset_request.hex",
               "control_network_status_response.hex"},
        Golden{"network_clear", Board::hailo8, 23, kCore, "control_network_clear_request.hex",
               "control_network_clear_response.hex"}),
    [](const auto& row) { return std::string(row.param.name); });

class Control : public testing::Test {
 protected:
  Control() { rig.boot_and_open(); }

  Bytes call(unsigned cpu, std::uint32_t opcode, const std::vector<Bytes>& parameters = {}) {
    const auto response = rig.control(cpu, request(opcode, parameters));
    EXPECT_TRUE(response) << "opcode " << opcode << " was not answered";
    const Bytes payload = response.value_or(Bytes(28));
    EXPECT_EQ(load_be32(payload, 0), 2U);
    EXPECT_EQ(load_be32(payload, 4), 1U);
    EXPECT_EQ(load_be32(payload, 12), opcode);
    return payload;
  }
  std::uint32_t status(unsigned cpu, std::uint32_t opcode,
                       const std::vector<Bytes>& parameters = {}) {
    return status_of(call(cpu, opcode, parameters));
  }

  Rig rig;
};

TEST_F(Control, HardwareConstants) {
  EXPECT_EQ(rig.control(kCore, request(72)), payload_of("control_hw_consts_response.hex"));
}

TEST_F(Control, EveryAnswerHasTheRightDigest) {
  for (std::uint32_t opcode = 0; opcode < 90; ++opcode) {
    ASSERT_TRUE(rig.control(kApp, request(opcode))) << opcode;
    const Bytes mailbox = rig.response();
    const Md5 digest = md5(ByteView(mailbox).subspan(20));
    EXPECT_TRUE(std::equal(digest.begin(), digest.end(), mailbox.begin())) << opcode;
  }
}

TEST_F(Control, ConfiguredStringsAreCutAndPadded) {
  Rig other(Config{.serial = "0123456789abcdefgh", .part = "P", .product = std::string(60, 'x')});
  other.boot_and_open();
  const Bytes answer = *other.control(kApp, request(0));
  ASSERT_EQ(answer.size(), 190U);
  const Bytes serial = parameter(answer, 5);
  EXPECT_EQ(std::string(serial.begin(), serial.end()), "0123456789abcdef");
  Bytes part(16);
  part[0] = 'P';
  EXPECT_EQ(parameter(answer, 6), part);
  EXPECT_EQ(parameter(answer, 7), Bytes(42, 'x'));
}

TEST_F(Control, Framing) {
  EXPECT_EQ(status_of(*rig.control(kApp, Bytes(16))), 0x40030004U);
  EXPECT_EQ(status_of(*rig.control(kApp, Bytes())), 0x40030004U);
  Bytes payload = request(0);
  payload[3] = 3;
  EXPECT_EQ(status_of(*rig.control(kApp, payload)), 0x40030003U);
  payload = request(7, {be32(1)});
  payload[23] = 5;
  EXPECT_EQ(status_of(*rig.control(kApp, payload)), 0x40030005U) << "longer than the message";
  payload[23] = 3;
  EXPECT_EQ(status_of(*rig.control(kApp, payload)), 0x40030005U) << "bytes left over";
  payload = request(7);
  payload[19] = 1;
  EXPECT_EQ(status_of(*rig.control(kApp, payload)), 0x40030005U) << "a parameter without a length";
  payload = request(7);
  payload[16] = 0xff;
  EXPECT_EQ(status_of(*rig.control(kApp, payload)), 0x40030005U);
  EXPECT_EQ(status(kApp, 7), 0x40030012U);
  EXPECT_EQ(status(kApp, 0, {be32(1)}), 0x40030012U);
  EXPECT_EQ(status(kApp, 7, {Bytes(3)}), 0x40030005U);
}

TEST_F(Control, EveryTruncatedRequestIsRefused) {
  const Bytes whole = request(37, {Bytes{0}, Bytes{255}, Bytes(2), Bytes(2)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = rig.control(kCore, ByteView(whole).first(size));
    ASSERT_TRUE(answer) << size;
    EXPECT_NE(status_of(*answer), 0U) << size;
  }
  EXPECT_EQ(status_of(*rig.control(kCore, whole)), 0U);
}

TEST_F(Control, LongestRequest) {
  const Bytes whole = request(33, {Bytes{1}, Bytes{1}, Bytes{1}, Bytes(1461)});
  ASSERT_EQ(whole.size(), 1500U);
  EXPECT_NE(status_of(*rig.control(kCore, whole)), 0U) << "no header came before";
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Control, WrongDigestIsRefused) {
  Bytes mailbox = vector_file("control_identify_request.hex");
  mailbox[0] ^= 1;
  rig.put_request(mailbox);
  rig.w4(0x1684, kApp);
  const auto answer = rig.take_response();
  ASSERT_TRUE(answer);
  EXPECT_EQ(status_of(*answer), 0x400b0004U);
}

TEST_F(Control, SequenceIsEchoed) {
  Bytes payload = request(0);
  payload[11] = 0x5a;
  EXPECT_EQ(load_be32(*rig.control(kApp, payload), 8), 0x5aU);
}

TEST_F(Control, RefusesEveryOtherOpcode) {
  constexpr std::uint32_t kImplementedApp[] = {0,  7,  9,  10, 11, 12, 13, 18, 46,
                                               51, 55, 62, 63, 64, 66, 67, 73};
  constexpr std::uint32_t kImplementedCore[] = {32, 33, 37, 42, 71, 72};
  for (std::uint32_t opcode = 0; opcode < 80; ++opcode) {
    const bool app = std::ranges::find(kImplementedApp, opcode) != std::end(kImplementedApp);
    const bool core = std::ranges::find(kImplementedCore, opcode) != std::end(kImplementedCore);
    EXPECT_EQ(status(kApp, opcode) == 0x4003000f, !app) << opcode;
    EXPECT_EQ(status(kCore, opcode) == 0x4003000f, !core) << opcode;
  }
  for (const std::uint32_t opcode : {80U, 81U, 0xffffffffU})
    EXPECT_EQ(status(kApp, opcode), 0x40030007U) << opcode;
}

TEST_F(Control, DeviceInformation) {
  const Bytes answer = call(kApp, 51);
  ASSERT_EQ(answer.size(), 159U);
  EXPECT_EQ(load_be32(parameter(answer, 0), 0), 400'000'000U);
  EXPECT_EQ(parameter(answer, 1), (Bytes{0, 0, 0, 0x0c, 0, 0, 0, 0}));
  EXPECT_EQ(load_be32(parameter(answer, 2), 0), 1U) << "booted over PCIe";
  const std::size_t lengths[] = {4, 8, 4, 1, 32, 6, 12, 24, 4};
  for (std::size_t i = 0; i < std::size(lengths); ++i)
    EXPECT_EQ(parameter(answer, i).size(), lengths[i]) << i;
  const Bytes fuses = parameter(answer, 6);
  EXPECT_EQ(std::string(fuses.begin(), fuses.begin() + 8), "EMULATOR")
      << "by which tools know that no chip gets an emulator's configuration";
}

TEST_F(Control, Temperature) {
  rig.command("set-temperature 61.5");
  const Bytes answer = call(kApp, 46);
  ASSERT_EQ(answer.size(), 42U);
  const Bytes value = parameter(answer, 0);
  EXPECT_EQ(f32(value), 61.5F);
  EXPECT_EQ(f32(value, 4), 61.5F);
  EXPECT_EQ(load_be16(value, 8), 100U);
  EXPECT_NE(rig.error_of("set-temperature warm"), "");
  EXPECT_NE(rig.error_of("set-temperature nan"), "");
}

TEST_F(Control, Health) {
  const Bytes cool = call(kApp, 62);
  ASSERT_EQ(cool.size(), 28U + 138);
  EXPECT_EQ(parameter(cool, 5), Bytes{0});
  // What the library makes of the threshold
  EXPECT_EQ(std::byteswap(static_cast<std::uint32_t>(f32(parameter(cool, 2)))), 3000U);
  rig.command("set-temperature 110");
  EXPECT_EQ(parameter(call(kApp, 62), 5), Bytes{1});
  EXPECT_EQ(parameter(call(kApp, 62), 4), Bytes{1}) << "throttling";
  EXPECT_EQ(status(kApp, 63, {Bytes{0}}), 0U);
  EXPECT_EQ(parameter(call(kApp, 62), 4), Bytes{0});
  rig.command("set-temperature 125");
  EXPECT_EQ(parameter(call(kApp, 62), 5), Bytes{2});
}

TEST_F(Control, Switches) {
  struct Switch {
    std::uint32_t set;
    std::uint32_t get;
  };
  for (const auto& [set, get] : {Switch{63, 64}, Switch{66, 67}}) {
    EXPECT_EQ(parameter(call(kApp, get), 0), Bytes{1});
    EXPECT_EQ(status(kApp, set, {Bytes{0}}), 0U);
    EXPECT_EQ(parameter(call(kApp, get), 0), Bytes{0});
    EXPECT_NE(status(kApp, set, {Bytes{2}}), 0U);
    EXPECT_EQ(parameter(call(kApp, get), 0), Bytes{0});
  }
  EXPECT_EQ(status(kApp, 73, {Bytes{0}}), 0U);
  EXPECT_EQ(rig.command("state")["awake"], false);
  EXPECT_EQ(status(kApp, 55, {Bytes{5}, Bytes{3}}), 0U);
  EXPECT_NE(status(kApp, 55, {Bytes{6}, Bytes{1}}), 0U);
  EXPECT_NE(status(kApp, 55, {Bytes{0}, Bytes{4}}), 0U);
  EXPECT_NE(status(kApp, 18), 0U) << "no user configuration";
}

TEST_F(Control, PowerAtOnce) {
  const Bytes answer = call(kApp, 9, {be32(0x7fffffff), be32(0x7fffffff)});
  EXPECT_EQ(f32(parameter(answer, 0)), 1.5F);
  EXPECT_EQ(load_le32(parameter(answer, 1), 0), 9U);
  EXPECT_EQ(load_le32(parameter(answer, 2), 0), 2U);
  EXPECT_EQ(f32(parameter(call(kApp, 9, {be32(9), be32(1)}), 0)), 3300.0F);
  EXPECT_EQ(status(kApp, 9, {be32(0), be32(2)}), 0x400300b4U);
  EXPECT_NE(status(kApp, 9, {be32(9), be32(4)}), 0U);
}

TEST_F(Control, PowerOverTime) {
  const Bytes average_128 = {0, 4};
  const Bytes sample_1100us = {0, 4};
  EXPECT_EQ(status(kApp, 13), 0U);
  const Bytes set = call(kApp, 10, {be32(0), be32(0x7fffffff), be32(0x7fffffff)});
  EXPECT_EQ(load_le32(parameter(set, 0), 0), 9U);
  EXPECT_EQ(load_le32(parameter(set, 1), 0), 2U);
  EXPECT_EQ(status(kApp, 12, {be32(1), average_128, sample_1100us}), 0U);
  EXPECT_EQ(load_be32(parameter(call(kApp, 11, {be32(0), Bytes{0}}), 0), 0), 0U)
      << "before the delay is over";
  rig.pass(1001ms);
  EXPECT_EQ(status(kApp, 13), 0U);
  rig.pass(1s);
  const Bytes answer = call(kApp, 11, {be32(0), Bytes{1}});
  EXPECT_EQ(load_be32(parameter(answer, 0), 0), 7U) << "1 s of 140.8 ms samples";
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(f32(parameter(answer, i)), 1.5F);
  EXPECT_FLOAT_EQ(f32(parameter(answer, 4)), 140.8F);
  EXPECT_EQ(load_be32(parameter(call(kApp, 11, {be32(0), Bytes{0}}), 0), 0), 0U) << "cleared";
  EXPECT_NE(status(kApp, 11, {be32(4), Bytes{0}}), 0U);
  EXPECT_NE(status(kApp, 12, {be32(1), Bytes{0, 8}, sample_1100us}), 0U);
}

TEST_F(Control, ResetTypes) {
  EXPECT_EQ(status(kCore, 32, {vector_file("network_header_4.23.0.hex")}), 0U);
  EXPECT_EQ(status(kApp, 7, {be32(1)}), 0U);
  EXPECT_EQ(rig.command("state")["networks"], 0);
  for (const std::uint32_t silent : {2U, 3U}) {
    EXPECT_EQ(status(kCore, 32, {vector_file("network_header_4.23.0.hex")}), 0U);
    EXPECT_FALSE(rig.control(kApp, request(7, {be32(silent)})));
    EXPECT_EQ(rig.command("state")["networks"], 0);
    EXPECT_EQ(rig.r4(0x2004), 0U) << "logs are empty";
    EXPECT_EQ(status(kApp, 0), 0U) << "it answers again";
  }
  EXPECT_NE(status(kApp, 7, {be32(0)}), 0U);
  EXPECT_NE(status(kApp, 7, {be32(4)}), 0U);
}

TEST_F(Control, Networks) {
  const auto enable = [](std::uint8_t index) {
    return std::vector<Bytes>{Bytes{1}, Bytes{index}, Bytes(2), Bytes(2)};
  };
  EXPECT_NE(status(kCore, 37, enable(0)), 0U) << "nothing is configured";
  EXPECT_NE(status(kCore, 32, {Bytes(40)}), 0U);
  EXPECT_EQ(status(kCore, 32, {vector_file("network_header_4.20.0.hex")}), 0U);
  EXPECT_NE(status(kCore, 32, {vector_file("network_header_4.23.0.hex")}), 0U) << "mixed releases";

  EXPECT_NE(status(kCore, 33, {Bytes{0}, Bytes{1}, Bytes{1}, Bytes(8)}), 0U) << "no first chunk";
  EXPECT_EQ(status(kCore, 33, {Bytes{1}, Bytes{0}, Bytes{1}, Bytes(8)}), 0U);
  EXPECT_NE(status(kCore, 37, enable(0)), 0U) << "a context is not complete";
  EXPECT_EQ(status(kCore, 33, {Bytes{0}, Bytes{1}, Bytes{1}, Bytes(8)}), 0U);
  EXPECT_NE(status(kCore, 33, {Bytes{1}, Bytes{1}, Bytes{4}, Bytes(8)}), 0U) << "context type";

  EXPECT_EQ(status(kCore, 37, enable(0)), 0U);
  EXPECT_EQ(rig.command("state")["network_active"], true);
  EXPECT_NE(status(kCore, 37, enable(1)), 0U);
  EXPECT_NE(status(kCore, 37, {Bytes{2}, Bytes{0}, Bytes(2), Bytes(2)}), 0U) << "paused";
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.command("state")["network_active"], false) << "driver down";
  EXPECT_EQ(status(kCore, 71), 0U);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(status(kCore, 32, {vector_file("network_header_4.23.0.hex")}), 0U) << i;
  EXPECT_NE(status(kCore, 32, {vector_file("network_header_4.23.0.hex")}), 0U);
}

TEST_F(Control, DoorbellsWhileExecutingQueueOnePerCpu) {
  rig.command("fault delay-control ms=100");
  EXPECT_FALSE(rig.control(kApp, request(0)));
  for (const unsigned cpu : {kCore, kApp, kCore, kApp}) rig.w4(0x1684, cpu);
  rig.host.msis = 0;
  rig.pass(100ms);
  // The answers share one area: what is left is the core CPU's refusal.
  EXPECT_EQ(rig.host.msis, 1U);
  EXPECT_EQ(status_of(*rig.take_response()), 0x4003000fU);
  const auto reads = rig.command("state");
  EXPECT_EQ(reads["executing"], false);
  EXPECT_EQ(rig.ub(), 0U);
}

}  // namespace
}  // namespace hailo::emu::test
