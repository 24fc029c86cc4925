// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <sstream>
#include <string>

#include "fwtool/command.h"
#include "support/fake_root.h"
#include "support/identify_answer.h"
#include "support/scripted_driver.h"

namespace hailo::fwtool {
namespace {

using test::FakeRoot;
using test::IdentifyAnswer;
using test::Script;

/// One board whose driver follows a script.
class Identify : public testing::Test {
 protected:
  Identify() { fake_.board("hailo0", "0000:01:00.0", "running"); }

  Exit run(const std::string& arguments) {
    out_.str("");
    err_.str("");
    CLI::App app;
    Action action = configure_identify(app);
    app.parse(arguments);
    return action({fake_.root(), out_, err_, [this](const std::string& node) -> Result<Device> {
                     opened_ = node;
                     if (on_open_) on_open_();
                     if (open_errno_) return fail_errno(open_errno_, "open");
                     return test::scripted_device(script_);
                   }});
  }

  void expect_message(const std::string& part) {
    EXPECT_NE(err_.str().find(part), std::string::npos)
        << "expected: " << part << "\nactual:   " << err_.str();
    EXPECT_NE(err_.str().find("\nhailo-fwtool: next: "), std::string::npos) << err_.str();
    EXPECT_EQ(out_.str(), "");
  }

  FakeRoot fake_;
  Script script_{.answer = IdentifyAnswer{}.build()};
  int open_errno_ = 0;
  std::function<void()> on_open_;
  std::string opened_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(Identify, PrintsTheEightLines) {
  EXPECT_EQ(run(""), Exit::ok);
  EXPECT_EQ(out_.str(),
            "Control Protocol Version: 2\n"
            "Firmware Version: 4.20.0 (release,app,extended context switch buffer)\n"
            "Logger Version: 0\n"
            "Board Name: Hailo-8\n"
            "Device Architecture: HAILO8L\n"
            "Serial Number: HLDDLBB243201979\n"
            "Part Number: HM21LB1C2LAE\n"
            "Product Name: HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP\n");
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(opened_, fake_.path() + "/dev/hailo0");
  EXPECT_EQ(script_.request.timeout_ms, 1000u);
}

TEST_F(Identify, EmptyStringsAreNotAvailableAndControlBytesHarmless) {
  IdentifyAnswer answer;
  answer.parameters[3] = IdentifyAnswer::text("\x1b[31m", 32);
  answer.parameters[5] = Bytes(16);
  answer.parameters[6] = Bytes(16);
  answer.parameters[7] = Bytes(42);
  script_.answer = answer.build();
  EXPECT_EQ(run(""), Exit::ok);
  EXPECT_NE(out_.str().find("Board Name: \\x1b[31m\n"), std::string::npos) << out_.str();
  EXPECT_TRUE(
      out_.str().ends_with("Serial Number: <N/A>\n"
                           "Part Number: <N/A>\n"
                           "Product Name: <N/A>\n"))
      << out_.str();
}

TEST_F(Identify, JsonHasTheSameAndTheFlags) {
  IdentifyAnswer answer;
  answer.parameters[1] = {4, 0, 0, 0, 21, 0, 0, 0, 3, 0, 0, 0x40};
  answer.parameters[5] = Bytes(16);
  script_.answer = answer.build();
  EXPECT_EQ(run("--json --timeout 50 01:00.0"), Exit::ok);
  EXPECT_EQ(out_.str(), R"({
  "device": "/dev/hailo0",
  "location": "0000:01:00.0",
  "control_protocol_version": 2,
  "firmware_version": "4.21.3",
  "firmware_revision_word": 1073741827,
  "firmware_flags": {
    "develop": true,
    "core": false,
    "extended_context_switch_buffer": false,
    "second_stage": false
  },
  "logger_version": 0,
  "board_name": "Hailo-8",
  "device_architecture": "HAILO8L",
  "device_architecture_number": 2,
  "serial_number": null,
  "part_number": "HM21LB1C2LAE",
  "product_name": "HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP"
}
)");
  EXPECT_EQ(script_.request.timeout_ms, 50u);
}

TEST_F(Identify, TheNamedBoardIsAsked) {
  fake_.board("hailo1", "0000:02:00.0", "running");
  EXPECT_EQ(run("0000:02:00.0"), Exit::ok);
  EXPECT_EQ(opened_, fake_.path() + "/dev/hailo1");
}

TEST_F(Identify, BusyNamesTheHolder) {
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  fake_.file("/proc/4711/comm", "detector\n");
  open_errno_ = EBUSY;
  EXPECT_EQ(run(""), Exit::busy);
  expect_message("held by 4711 (detector)");
}

TEST_F(Identify, TimeoutIsDead) {
  script_.control_errno = ETIMEDOUT;
  EXPECT_EQ(run("--timeout 20"), Exit::dead);
  expect_message("/dev/hailo0: the firmware has not answered within 20 ms");
}

TEST_F(Identify, TimeoutNamesACommandThatHasTheOption) {
  script_.control_errno = ETIMEDOUT;
  EXPECT_EQ(run(""), Exit::dead);
  EXPECT_NE(err_.str().find("next: give it more time (`hailo-fwtool identify --timeout 10000`); if "
                            "that does not help, reload the module"),
            std::string::npos)
      << err_.str();
}

TEST_F(Identify, NoFirmwareIsDead) {
  script_.control_errno = ENODEV;
  EXPECT_EQ(run(""), Exit::dead);
  expect_message("no firmware is running");
}

TEST_F(Identify, RemovalIsNotDeath) {
  script_.control_errno = ENODEV;
  script_.driver_info_errno = ENODEV;
  EXPECT_EQ(run(""), Exit::removed);
  expect_message("has been removed");
}

TEST_F(Identify, ABoardThatVanishesDuringOpenIsRemoved) {
  open_errno_ = ENXIO;
  EXPECT_EQ(run(""), Exit::removed);
  open_errno_ = EIO;
  on_open_ = [this] { fake_.remove("/sys/class/hailo_chardev/hailo0"); };
  EXPECT_EQ(run(""), Exit::removed);
  expect_message("rescan");
}

TEST_F(Identify, ADeadBoardSaysWhy) {
  fake_.file("/sys/class/hailo_chardev/hailo0/state", "dead\n");
  fake_.file("/sys/class/hailo_chardev/hailo0/state_reason", "firmware boot timed out\n");
  open_errno_ = ENODEV;
  EXPECT_EQ(run(""), Exit::dead);
  expect_message("the driver calls the board dead: firmware boot timed out");
}

TEST_F(Identify, AMalformedAnswerIsAProtocolFailure) {
  script_.answer.pop_back();
  EXPECT_EQ(run(""), Exit::protocol);
  expect_message("malformed answer");
  IdentifyAnswer other;
  other.version = 3;
  script_.answer = other.build();
  EXPECT_EQ(run(""), Exit::protocol);
  expect_message("control protocol version 3");
  script_.answer = IdentifyAnswer{}.build();
  script_.md5 = Bytes(16);
  EXPECT_EQ(run(""), Exit::protocol);
  expect_message("damaged answer");
}

TEST_F(Identify, AnotherFailureIsOne) {
  open_errno_ = ENFILE;
  EXPECT_EQ(run(""), Exit::failure);
  expect_message("open: ");
}

}  // namespace
}  // namespace hailo::fwtool
