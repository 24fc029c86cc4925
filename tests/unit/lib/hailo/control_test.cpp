// SPDX-License-Identifier: MIT
#include "lib/hailo/control.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/hailo/md5.h"
#include "support/identify_answer.h"
#include "support/vectors.h"

namespace hailo {
namespace {

using test::IdentifyAnswer;
using test::load_mailbox_vector;

constexpr std::uint32_t kIdentify = 0;
constexpr std::uint32_t kCoreIdentify = 42;

/// Expects a failure of `code` whose message contains `part`.
void expect_failure(const Bytes& message, Error::Code code, const std::string& part) {
  auto identity = parse_identity(message);
  ASSERT_FALSE(identity) << "accepted, expected: " << part;
  EXPECT_EQ(identity.error().code, code) << identity.error().message;
  EXPECT_NE(identity.error().message.find(part), std::string::npos)
      << "expected: " << part << "\nactual:   " << identity.error().message;
}

TEST(Control, RequestsAreTheGoldenOnes) {
  EXPECT_EQ(encode_request(kIdentify), load_mailbox_vector("control_identify_request").payload);
  EXPECT_EQ(encode_request(kCoreIdentify),
            load_mailbox_vector("control_core_identify_request").payload);
}

class GoldenVector : public testing::TestWithParam<const char*> {};

TEST_P(GoldenVector, DigestAndLengthAreThoseOfTheSpecification) {
  const auto vector = load_mailbox_vector(GetParam());
  EXPECT_EQ(vector.length, vector.payload.size());
  const Md5 digest = md5(vector.payload).value();
  EXPECT_EQ(Bytes(digest.begin(), digest.end()), vector.md5);
}

INSTANTIATE_TEST_SUITE_P(Control, GoldenVector,
                         testing::Values("control_identify_request",
                                         "control_identify_response_hailo8l_4.20.0",
                                         "control_identify_response_hailo8_4.23.0",
                                         "control_core_identify_request",
                                         "control_core_identify_response_4.23.0"));

TEST(Control, GoldenAnswerOfAHailo8L) {
  const auto vector = load_mailbox_vector("control_identify_response_hailo8l_4.20.0");
  const Identity identity = parse_identity(vector.payload).value();
  EXPECT_EQ(identity.protocol_version, 2u);
  EXPECT_EQ(identity.firmware_version, (FirmwareVersion{4, 20, 0x20000000}));
  EXPECT_EQ(identity.firmware_version.describe(),
            "4.20.0 (release,app,extended context switch buffer)");
  EXPECT_EQ(identity.logger_version, 0u);
  EXPECT_EQ(identity.board_name, "Hailo-8");
  EXPECT_EQ(architecture_name(identity.device_architecture), "HAILO8L");
  EXPECT_EQ(identity.serial_number, "HLDDLBB243201979");  // all 16 bytes, no NUL
  EXPECT_EQ(identity.part_number, "HM21LB1C2LAE");
  EXPECT_EQ(identity.product_name, "HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP");
}

TEST(Control, GoldenAnswerOfAHailo8) {
  const auto vector = load_mailbox_vector("control_identify_response_hailo8_4.23.0");
  const Identity identity = parse_identity(vector.payload).value();
  EXPECT_EQ(identity.firmware_version.number(), "4.23.0");
  EXPECT_EQ(architecture_name(identity.device_architecture), "HAILO8");
  EXPECT_EQ(identity.serial_number, "HLLWM2B000000001");
  EXPECT_EQ(identity.part_number, "HM218B1C2FA");
  EXPECT_EQ(identity.product_name, "HAILO-8 AI ACCELERATOR M.2 M KEY MODULE");
}

TEST(Control, GoldenCoreIdentifyHasOneParameter) {
  const auto vector = load_mailbox_vector("control_core_identify_response_4.23.0");
  const auto parameters = parse_response(vector.payload, kCoreIdentify).value();
  ASSERT_EQ(parameters.size(), 1u);
  EXPECT_EQ(parameters[0].size(), 12u);
  EXPECT_EQ(load_le32(parameters[0], 8), 0x28000000u);
}

TEST(Control, TheTestsOwnBuilderMakesTheGoldenAnswer) {
  EXPECT_EQ(IdentifyAnswer{}.build(),
            load_mailbox_vector("control_identify_response_hailo8l_4.20.0").payload);
}

TEST(Control, EveryTruncationIsRefused) {
  const Bytes whole = IdentifyAnswer{}.build();
  ASSERT_TRUE(parse_identity(whole));
  for (std::size_t size = 0; size < whole.size(); size++) {
    auto identity = parse_identity(Bytes(whole.begin(), whole.begin() + size));
    ASSERT_FALSE(identity) << size << " bytes were accepted";
    EXPECT_EQ(identity.error().code, Error::Code::protocol) << size << " bytes";
  }
}

TEST(Control, BytesBehindTheLastParameterAreRefused) {
  for (std::size_t more = 1; more <= 8; more++) {
    Bytes message = IdentifyAnswer{}.build();
    message.resize(message.size() + more);
    expect_failure(message, Error::Code::protocol,
                   std::to_string(more) + " bytes after the last parameter");
  }
}

TEST(Control, EachParameterMustHaveItsLength) {
  const char* names[] = {"protocol version", "firmware version",    "logger version",
                         "board name",       "device architecture", "serial number",
                         "part number",      "product name"};
  for (std::size_t i = 0; i < 8; i++) {
    for (std::size_t size : {std::size_t{0}, IdentifyAnswer{}.parameters[i].size() - 1,
                             IdentifyAnswer{}.parameters[i].size() + 1}) {
      IdentifyAnswer answer;
      answer.parameters[i].resize(size);
      expect_failure(answer.build(), Error::Code::protocol,
                     std::string(names[i]) + " has " + std::to_string(size) + " bytes");
    }
  }
}

TEST(Control, LengthWordsThatLieAreRefused) {
  const Bytes whole = IdentifyAnswer{}.build();
  std::size_t offset = 28;
  for (const auto& parameter : IdentifyAnswer{}.parameters) {
    const auto right = static_cast<std::uint32_t>(parameter.size());
    for (std::uint32_t length : {0u, right - 1, right + 1, 0x7fffffffu, 0xffffffffu}) {
      Bytes message = whole;
      Bytes word;
      append_be32(word, length);
      std::copy(word.begin(), word.end(), message.begin() + static_cast<std::ptrdiff_t>(offset));
      auto identity = parse_identity(message);
      ASSERT_FALSE(identity) << "length " << length << " at offset " << offset << " was accepted";
      EXPECT_EQ(identity.error().code, Error::Code::protocol);
    }
    offset += 4 + parameter.size();
  }
  EXPECT_EQ(offset, whole.size());
}

TEST(Control, TheParameterCountMustBeRight) {
  for (std::uint32_t count : {0u, 7u, 9u, 0xffffffffu}) {
    IdentifyAnswer answer;
    answer.count = count;
    auto identity = parse_identity(answer.build());
    ASSERT_FALSE(identity) << count;
    EXPECT_EQ(identity.error().code, Error::Code::protocol);
  }
  IdentifyAnswer fewer;
  fewer.count = 7;
  fewer.parameters.pop_back();
  expect_failure(fewer.build(), Error::Code::protocol, "7 parameters, identify has 8");
  IdentifyAnswer more;
  more.count = 9;
  more.parameters.push_back({1});
  expect_failure(more.build(), Error::Code::protocol, "9 parameters, identify has 8");
}

TEST(Control, AnotherProtocolVersionIsNamed) {
  for (std::uint32_t version : {0u, 1u, 3u, 0x02000000u}) {
    IdentifyAnswer answer;
    answer.version = version;
    expect_failure(answer.build(), Error::Code::protocol,
                   "control protocol version " + std::to_string(version));
  }
  IdentifyAnswer inside;
  inside.parameters[0] = {0, 0, 0, 3};
  expect_failure(inside.build(), Error::Code::protocol, "reports control protocol version 3");
}

TEST(Control, OnlyTheAcknowledgeBitOfTheFlagsCounts) {
  IdentifyAnswer answer;
  answer.flags = 0xfffffffe;
  expect_failure(answer.build(), Error::Code::protocol, "acknowledge");
  answer.flags = 0xffffffff;
  EXPECT_TRUE(parse_identity(answer.build()));
}

TEST(Control, AnAnswerToAnotherOpcodeIsRefusedWhateverItsStatus) {
  IdentifyAnswer answer;
  answer.opcode = 46;
  expect_failure(answer.build(), Error::Code::protocol, "it is for opcode 46, asked was 0");
  answer.major_status = 0x4003000f;
  expect_failure(answer.build(), Error::Code::protocol, "it is for opcode 46, asked was 0");
}

struct StatusRow {
  std::uint32_t major_status;
  std::uint32_t minor_status;
  Error::Code code;
  const char* part;
};

class RefusedWithStatus : public testing::TestWithParam<StatusRow> {};

TEST_P(RefusedWithStatus, IsNamed) {
  const StatusRow& row = GetParam();
  IdentifyAnswer answer;
  answer.major_status = row.major_status;
  answer.minor_status = row.minor_status;
  answer.count = 0;
  answer.parameters.clear();
  expect_failure(answer.build(), row.code, row.part);

  // The short form without a parameter count says the same.
  Bytes without_count = answer.build();
  without_count.resize(24);
  expect_failure(without_count, row.code, row.part);
}

INSTANTIATE_TEST_SUITE_P(
    Control, RefusedWithStatus,
    testing::Values(
        StatusRow{0x40030003, 0, Error::Code::protocol, "HAILO_CONTROL_STATUS_INVALID_VERSION"},
        StatusRow{0x40030004, 0, Error::Code::io, "HAILO_CONTROL_STATUS_OVERRUN_BEFORE_PARAMETERS"},
        StatusRow{0x40030005, 0, Error::Code::io, "HAILO_CONTROL_STATUS_OVERRUN_AT_PARAMETER"},
        StatusRow{0x40030007, 0, Error::Code::io, "HAILO_CONTROL_STATUS_INVALID_OPCODE"},
        StatusRow{0x4003000f, 0x4003000f, Error::Code::unsupported,
                  "HAILO_CONTROL_STATUS_UNSUPPORTED_OPCODE"},
        StatusRow{0x40030012, 0, Error::Code::io,
                  "CONTROL_PROTOCOL_STATUS_INCORRECT_PARAMETER_COUNT"},
        StatusRow{0x400300b4, 0, Error::Code::unsupported,
                  "CONTROL_PROTOCOL_STATUS_UNSUPPORTED_DEVICE"},
        StatusRow{1, 0x400300bc, Error::Code::unsupported,
                  "CONTROL_PROTOCOL_STATUS_CONTROL_UNSUPPORTED"},
        StatusRow{0x400b0004, 0, Error::Code::io, "PCIE_SERVICE_STATUS_MISMATCHING_MD5"},
        StatusRow{0x40131234, 5, Error::Code::io,
                  "major status 0x40131234, minor status 0x00000005"}));

TEST(Control, AMinorStatusAloneFailsNothing) {
  IdentifyAnswer answer;
  answer.minor_status = 0x4003000f;
  EXPECT_TRUE(parse_identity(answer.build()));
}

TEST(Control, CoreFirmwareOnTheApplicationCpuIsRefused) {
  IdentifyAnswer answer;
  answer.parameters[1] = {4, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0x28};
  expect_failure(answer.build(), Error::Code::protocol, "0x28000000");
}

TEST(Control, StringsEndAtTheirFirstNul) {
  IdentifyAnswer answer;
  answer.parameters[3] = IdentifyAnswer::text(std::string("A\0B", 3), 32);
  answer.parameters[5] = Bytes(16);
  const Identity identity = parse_identity(answer.build()).value();
  EXPECT_EQ(identity.board_name, "A");
  EXPECT_EQ(identity.serial_number, "");
}

TEST(Version, TheRevisionWordIsDecoded) {
  struct Row {
    std::uint32_t word;
    const char* text;
  };
  for (const Row& row :
       {Row{0, "4.20.0 (release,app)"}, Row{1, "4.20.1 (release,app)"},
        Row{0x20000001, "4.20.1 (release,app,extended context switch buffer)"},
        Row{0x40000000, "4.20.0 (develop,app)"},
        Row{0x28000000, "4.20.0 (release,core,extended context switch buffer)"},
        Row{0x07ffffff, "4.20.134217727 (release,app)"}, Row{0x80000000, "4.20.0 (release,app)"}})
    EXPECT_EQ((FirmwareVersion{4, 20, row.word}.describe()), row.text);
}

TEST(Architecture, NumbersHaveTheirNames) {
  const char* names[] = {"HAILO8_A0", "HAILO8", "HAILO8L", "HAILO15H", "PLUTO", "MARS"};
  for (std::uint32_t i = 0; i < 6; i++) EXPECT_EQ(architecture_name(i), names[i]);
  EXPECT_EQ(architecture_name(6), "UNKNOWN (6)");
  EXPECT_EQ(architecture_name(0xffffffff), "UNKNOWN (4294967295)");
}

}  // namespace
}  // namespace hailo
