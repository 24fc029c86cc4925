// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "fwtool/command.h"
#include "support/identify_answer.h"
#include "support/one_board.h"
#include "support/scripted_driver.h"

namespace hailo::fwtool {
namespace {

using Calls = std::vector<std::string>;

/// One board, which runs the firmware that was staged when the module came, and
/// a folder with images of 4.20.0 and 4.23.0.
class Up : public test::OneBoard {
 protected:
  Up() {
    fake_.remove("/lib/firmware/hailo");
    fake_.file("/mirror/hailo8_fw.4.20.0.bin", firmware(20));
    fake_.file("/mirror/hailo8_fw.4.23.0.bin", firmware(23));
    host_->on_insert = [this] {
      runs(static_cast<unsigned char>(fake_.root().read(kStaged).value().at(12)));
      return Result<void>{};
    };
  }

  /// The module is loaded, and the board runs 4.`minor`.0.
  void runs(int minor) {
    loaded("AAAA");
    fake_.file("/sys/class/hailo_chardev/hailo0/firmware_version",
               "4." + std::to_string(minor) + ".0\n");
    test::IdentifyAnswer answer;
    answer.parameters[1][4] = static_cast<std::uint8_t>(minor);
    script_.answer = answer.build();
  }

  Exit up(const std::string& arguments) {
    out_.str("");
    err_.str("");
    CLI::App app;
    Action action = configure_up(app);
    app.parse(std::string("--module ") + kModuleFile + " " + arguments);
    return action({.root = fake_.root(),
                   .out = out_,
                   .err = err_,
                   .open = [this](const std::string&) { return test::scripted_device(script_); },
                   .host = host_});
  }

  /// As `up`, with the folder of images.
  Exit up_from(const std::string& arguments) {
    return up("--from " + fake_.path() + "/mirror --accept-unverified " + arguments);
  }

  std::string staged() const { return fake_.root().read(kStaged).value_or("none"); }

  void expect_output(const std::string& part) {
    EXPECT_NE(out_.str().find(part), std::string::npos)
        << "expected: " << part << "\nactual:   " << out_.str() << err_.str();
  }
  void expect_message(const std::string& part) {
    EXPECT_NE(err_.str().find(part), std::string::npos)
        << "expected: " << part << "\nactual:   " << err_.str();
    EXPECT_NE(err_.str().find("\nhailo-fwtool: next: "), std::string::npos) << err_.str();
    EXPECT_EQ(out_.str(), "");
  }

  test::Script script_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(Up, FetchesStagesLoadsAndIdentifies) {
  EXPECT_EQ(up_from("--for 4.20.0"), Exit::ok) << err_.str();
  EXPECT_EQ(staged(), firmware(20));
  EXPECT_EQ(host_->calls.size(), 1u);
  expect_output("Release: 4.20.0 (asked for)\n");
  expect_output("Wrote: /lib/firmware/hailo/hailo8_fw.bin (4.20.0)\n");
  expect_output("hailo0: HAILO8L, firmware 4.20.0 (release,app");
}

TEST_F(Up, TheSecondTimeThereIsNothingToDo) {
  ASSERT_EQ(up_from("--for 4.23.0"), Exit::ok) << err_.str();
  host_->calls.clear();
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::ok) << err_.str();
  EXPECT_TRUE(host_->calls.empty());
  expect_output("Nothing to do: ");
  EXPECT_EQ(up("--for 4.23.0 --json"), Exit::ok) << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json.at("changed"), false);
  EXPECT_EQ(json.at("boards").at(0).at("firmware_version"), "4.23.0");
}

TEST_F(Up, AnotherReleaseIsLoadedAnew) {
  ASSERT_EQ(up_from("--for 4.20.0"), Exit::ok) << err_.str();
  host_->calls.clear();
  EXPECT_EQ(up_from("--for 4.23.0 force_desc_page_size=4096"), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls, (Calls{"remove hailo_pci", "insert " + fake_.path() + kModuleFile +
                                                         " [force_desc_page_size=4096]"}));
  expect_output("Rollback: 4.20.0\n");
}

TEST_F(Up, TheLibraryDecides) {
  fake_.file("/usr/lib/libhailort.so.4.23.0", "");
  EXPECT_EQ(up_from(""), Exit::ok) << err_.str();
  EXPECT_EQ(staged(), firmware(23));
}

TEST_F(Up, WhatIsStagedNeedsNoServer) {
  fake_.file(kStaged, firmware(23));
  EXPECT_EQ(up("--for 4.23.0 --mirror http://127.0.0.1:9"), Exit::ok) << err_.str();
  expect_output("hailo0: HAILO8L, firmware 4.23.0");
}

// In a container the folder that the kernel searches has another name.
TEST_F(Up, AVolumeStandsForTheKernelsFolder) {
  fake_.file("/sys/module/firmware_class/parameters/path", "/mnt/data/extra-firmware");
  fake_.folder("/extra-firmware");
  host_->on_insert = [this] {
    runs(static_cast<unsigned char>(
        fake_.root().read("/extra-firmware/hailo/hailo8_fw.bin").value().at(12)));
    return Result<void>{};
  };
  EXPECT_EQ(up_from("--for 4.20.0 --to /extra-firmware"), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls.size(), 1u);
  EXPECT_EQ(fake_.root().read("/sys/module/firmware_class/parameters/path").value(),
            "/mnt/data/extra-firmware");
  host_->calls.clear();
  EXPECT_EQ(up_from("--for 4.20.0 --to /extra-firmware"), Exit::ok) << err_.str();
  EXPECT_TRUE(host_->calls.empty());
  expect_output("Nothing to do: ");
}

TEST_F(Up, AFolderThatIsNoTextDoesNoHarmToJson) {
  fake_.folder("/vol\xff");
  EXPECT_EQ(up_from("--for 4.20.0 --to /vol\xff --keep-path --json --dry-run"), Exit::ok)
      << err_.str();
  expect_output(R"(the kernel does not look in /vol\\xff by that name)");
}

TEST_F(Up, AStagedImageMustHaveTheDigestThatIsKnown) {
  fake_.file(kStaged, firmware(23));
  EXPECT_EQ(
      up("--for 4.23.0 --attempts 1 --mirror http://127.0.0.1:9 --sha256 " + std::string(64, '0')),
      Exit::download);
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Up, AnUnknownDigestStopsIt) {
  EXPECT_EQ(up("--for 4.23.0"), Exit::unverified);
  expect_message("no digest of firmware 4.23.0 has been published");
  EXPECT_EQ(staged(), "none");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Up, ABoardInUseKeepsItsFirmware) {
  ASSERT_EQ(up_from("--for 4.20.0"), Exit::ok) << err_.str();
  host_->calls.clear();
  hold();
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::module_in_use);
  expect_message("4711 (python3 detect.py, container 0123456789ab) holds hailo0");
  EXPECT_EQ(staged(), firmware(20));
  EXPECT_TRUE(host_->calls.empty());
  EXPECT_EQ(up_from("--for 4.20.0"), Exit::ok) << err_.str();
}

TEST_F(Up, WithoutAModuleNothingIsStaged) {
  fake_.remove(kModuleFile);
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::module_missing);
  EXPECT_EQ(staged(), "none");
}

TEST_F(Up, OtherFirmwareThanStagedIsAFailure) {
  host_->on_insert = [this] {
    runs(20);
    return Result<void>{};
  };
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::shadowed);
  expect_message("hailo0 runs firmware 4.20.0, not 4.23.0");
}

TEST_F(Up, ABoardThatDoesNotAnswerIsAFailure) {
  script_.control_errno = ETIMEDOUT;
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::dead);
  expect_message("hailo0");
  host_->on_insert = [this] {
    runs(23);
    fake_.file("/sys/class/hailo_chardev/hailo0/state", "dead\n");
    return Result<void>{};
  };
  fake_.remove("/sys/module/hailo_pci");
  EXPECT_EQ(up_from("--for 4.23.0"), Exit::dead);
}

TEST_F(Up, ADryRunTellsAndDoesNothing) {
  EXPECT_EQ(up("--for 4.23.0 --dry-run"), Exit::ok) << err_.str();
  expect_output("Would fetch: https://");
  EXPECT_EQ(up_from("--for 4.23.0 --dry-run"), Exit::ok) << err_.str();
  expect_output("Would write: /lib/firmware/hailo/hailo8_fw.bin (4.23.0)\n");
  EXPECT_EQ(staged(), "none");
  EXPECT_TRUE(host_->calls.empty());

  ASSERT_EQ(up_from("--for 4.20.0"), Exit::ok) << err_.str();
  EXPECT_EQ(up_from("--for 4.23.0 --dry-run --json"), Exit::ok) << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json.at("changed"), false);
  EXPECT_EQ(json.at("dry_run"), true);
  EXPECT_EQ(json.at("firmware").at("files").size(), 3u);
  EXPECT_EQ(staged(), firmware(20));
}

}  // namespace
}  // namespace hailo::fwtool
