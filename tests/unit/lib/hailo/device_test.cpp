// SPDX-License-Identifier: MIT
#include "lib/hailo/device.h"

#include <gtest/gtest.h>

#include "support/fake_root.h"
#include "support/identify_answer.h"
#include "support/scripted_driver.h"
#include "support/vectors.h"

namespace hailo {
namespace {

using namespace std::chrono_literals;
using test::IdentifyAnswer;
using test::Script;
using test::scripted_device;

TEST(Device, IdentifySendsTheGoldenRequestOnce) {
  Script script{.answer = IdentifyAnswer{}.build()};
  Device device = scripted_device(script);
  EXPECT_EQ(device.identify(750ms).value().part_number, "HM21LB1C2LAE");

  const auto golden = test::load_mailbox_vector("control_identify_request");
  EXPECT_EQ(script.controls, 1);
  EXPECT_EQ(Bytes(script.request.expected_md5, script.request.expected_md5 + 16), golden.md5);
  ASSERT_EQ(script.request.buffer_len, golden.length);
  EXPECT_EQ(Bytes(script.request.buffer, script.request.buffer + golden.length), golden.payload);
  EXPECT_EQ(script.request.timeout_ms, 750u);
  EXPECT_EQ(script.request.cpu_id, 0u);
}

TEST(Device, TheCoreCpuHasNumberOne) {
  Script script{.answer = IdentifyAnswer{}.build()};
  Device device = scripted_device(script);
  ASSERT_TRUE(device.control(Cpu::core, encode_request(42), 1000ms));
  EXPECT_EQ(script.request.cpu_id, 1u);
}

TEST(Device, ADamagedAnswerIsRefused) {
  Script script{.answer = IdentifyAnswer{}.build()};
  script.md5 = Bytes(16);
  auto identity = scripted_device(script).identify(1000ms);
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, Error::Code::protocol);
  EXPECT_NE(identity.error().message.find("a96bda3c08836019bbcd4b5856e05cba"), std::string::npos)
      << identity.error().message;
}

TEST(Device, OneFlippedBitOfTheAnswerIsNoticed) {
  Script script{.answer = IdentifyAnswer{}.build()};
  const Md5 right = md5(script.answer).value();
  script.md5 = Bytes(right.begin(), right.end());
  script.answer[100] ^= 0x10;  // in the serial number
  EXPECT_EQ(scripted_device(script).identify(1000ms).error().code, Error::Code::protocol);
}

TEST(Device, AnAnswerLongerThanTheBufferIsRefused) {
  for (std::uint32_t length : {1501u, 0xffffffffu}) {
    Script script{.answer = IdentifyAnswer{}.build()};
    script.answer_length = length;
    auto identity = scripted_device(script).identify(1000ms);
    ASSERT_FALSE(identity) << length;
    EXPECT_EQ(identity.error().code, Error::Code::protocol);
  }
}

TEST(Device, ARequestLongerThanTheBufferIsNeverSent) {
  Script script{.answer = IdentifyAnswer{}.build()};
  Device device = scripted_device(script);
  EXPECT_EQ(device.control(Cpu::app, Bytes(1501), 1000ms).error().code,
            Error::Code::invalid_argument);
  EXPECT_EQ(script.controls, 0);
  EXPECT_TRUE(device.control(Cpu::app, Bytes(1500), 1000ms));
}

TEST(Device, ErrnoOfTheControlHasAMeaning) {
  struct Row {
    int control_errno;
    int driver_info_errno;
    Error::Code code;
  };
  for (const Row& row :
       {Row{ETIMEDOUT, 0, Error::Code::timeout}, Row{ENODEV, 0, Error::Code::dead},
        Row{ENODEV, ENODEV, Error::Code::gone}, Row{EIO, 0, Error::Code::dead},
        Row{EINVAL, 0, Error::Code::protocol}, Row{EPROTO, 0, Error::Code::protocol},
        Row{ENOTTY, 0, Error::Code::unsupported}, Row{EBUSY, 0, Error::Code::busy},
        Row{ENXIO, 0, Error::Code::gone}, Row{EINTR, 0, Error::Code::io}}) {
    Script script{.control_errno = row.control_errno, .driver_info_errno = row.driver_info_errno};
    auto identity = scripted_device(script).identify(1000ms);
    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error().code, row.code)
        << row.control_errno << ": " << identity.error().message;
    EXPECT_EQ(identity.error().sys_errno, row.control_errno);
  }
}

TEST(Device, OpenSaysWhatIsWrongWithTheNode) {
  test::FakeRoot fake;
  EXPECT_EQ(Device::open(fake.path() + "/absent").error().code, Error::Code::not_found);
  auto device = Device::open("/dev/null");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->identify(1000ms).error().code, Error::Code::unsupported);
}

}  // namespace
}  // namespace hailo
