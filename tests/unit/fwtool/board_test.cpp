// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <hailo/hailo_ioctl.h>
#include <hailo_mailbox.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "fwtool/bundle.h"
#include "fwtool/command.h"
#include "lib/base/tar.h"
#include "support/fake_host.h"
#include "support/fake_root.h"
#include "support/identify_answer.h"
#include "support/scripted_driver.h"
#include "support/vectors.h"

namespace hailo::fwtool {
namespace {

using test::FakeHost;
using test::FakeRoot;

constexpr const char* kFunction = "/sys/bus/pci/devices/0000:01:00.0";

/// Log rings that give up what was put into them, piece by piece.
class Rings : public DeviceIo {
 public:
  struct State {
    std::map<unsigned, std::deque<std::string>> pieces;
    int error = 0;
    std::uint64_t claims = 0;
  };
  explicit Rings(State& state) : state_(state) {}

  int ioctl(unsigned long command, void* argument) override {
    if (command != HAILO_READ_LOG) return -ENOTTY;
    if (state_.error) return -state_.error;
    auto& params = *static_cast<hailo_read_log_params*>(argument);
    EXPECT_EQ(params.buffer_size, static_cast<std::uint64_t>(HAILO_READ_LOG_MAX));
    auto& ring = state_.pieces[params.cpu_id];
    params.read_bytes = state_.claims;
    if (ring.empty()) return 0;
    params.read_bytes = ring.front().size();
    std::ranges::copy(ring.front(), params.buffer);
    ring.pop_front();
    return 0;
  }

 private:
  State& state_;
};

class BoardCommand : public testing::Test {
 protected:
  BoardCommand() {
    fake_.file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
    fake_.file("/sys/module/hailo_pci/srcversion", "AAAA\n");
    fake_.file(std::string(kFunction) + "/vendor", "0x1e60\n");
    fake_.file(std::string(kFunction) + "/device", "0x2864\n");
    fake_.file(std::string(kFunction) + "/msi_irqs/24", "msi\n");
    fake_.file(std::string(kFunction) + "/hwmon/hwmon3/temp1_label", "ts0\n");
    fake_.file(std::string(kFunction) + "/hwmon/hwmon3/temp1_input", "45250\n");
    fake_.file(std::string(kFunction) + "/hwmon/hwmon3/temp2_label", "ts1\n");
    fake_.folder(std::string(kFunction) + "/hwmon/hwmon3/temp2_input");  // cannot be read
    interrupts(100, 20);
    fake_.board("hailo0", "0000:01:00.0", "running");
  }

  void interrupts(int first, int second) {
    fake_.file(
        "/proc/interrupts",
        "           CPU0       CPU1\n  4:  7  7  IO-APIC  hailo\n 24:  " + std::to_string(first) +
            "  " + std::to_string(second) + "  PCI-MSI 524288-edge  hailo\n");
  }

  void debugfs(int controls, int interrupts, const std::string& channels) {
    const std::string folder = "/sys/kernel/debug/hailo_pci/0000:01:00.0";
    fake_.file(folder + "/counters", "controls " + std::to_string(controls) +
                                         "\ncontrols_failed 1\ninterrupts " +
                                         std::to_string(interrupts) + "\n");
    fake_.file(folder + "/channels",
               "channel direction enabled in_flight transfers bytes\n" + channels);
  }

  Exit run(Action (*configure)(CLI::App&), const std::string& arguments) {
    out_.str("");
    err_.str("");
    CLI::App app;
    Action action = configure(app);
    app.parse(arguments);
    return action({.root = fake_.root(),
                   .out = out_,
                   .err = err_,
                   .open = [this](const std::string&) { return open_(); },
                   .host = host_});
  }

  void expect_message(const std::string& part) {
    EXPECT_NE(err_.str().find(part), std::string::npos)
        << "expected: " << part << "\nactual:   " << err_.str();
  }

  FakeRoot fake_;
  std::shared_ptr<FakeHost> host_ = std::make_shared<FakeHost>();
  Rings::State rings_;
  std::function<Result<Device>()> open_ = [this] {
    return Result<Device>(Device(std::make_unique<Rings>(rings_)));
  };
  std::ostringstream out_;
  std::ostringstream err_;
};

using Logs = BoardCommand;
using Reset = BoardCommand;
using Watch = BoardCommand;
using Bundle = BoardCommand;

TEST_F(Logs, BothRingsUntilTheyAreEmpty) {
  rings_.pieces[HAILO_CPU_APP] = {"one\ntw", "o\n"};
  rings_.pieces[HAILO_CPU_CORE] = {"three\x1b[31m\n"};
  EXPECT_EQ(run(configure_logs, ""), Exit::ok) << err_.str();
  EXPECT_EQ(out_.str(), "one\ntwo\nthree\\x1b[31m\n");
  EXPECT_EQ(run(configure_logs, ""), Exit::ok);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(Logs, OneRingRawOrAsJson) {
  rings_.pieces[HAILO_CPU_APP] = {"app\n"};
  rings_.pieces[HAILO_CPU_CORE] = {std::string("\1\0x", 3), "core\n"};
  EXPECT_EQ(run(configure_logs, "--raw --cpu core"), Exit::ok);
  EXPECT_EQ(out_.str(), std::string("\1\0xcore\n", 8));
  EXPECT_EQ(run(configure_logs, "--json"), Exit::ok);
  EXPECT_EQ(out_.str(), "{\"cpu\":\"app\",\"text\":\"app\\n\"}\n");
}

TEST_F(Logs, FollowingEndsWithTheBoard) {
  rings_.pieces[HAILO_CPU_APP] = {"one\n"};
  host_->on_wait = [this] {
    rings_.pieces[HAILO_CPU_APP] = {"more\n"};
    if (host_->waits == 3) rings_.error = ENODEV;
  };
  EXPECT_EQ(run(configure_logs, "--follow --interval 100"), Exit::removed);
  EXPECT_EQ(out_.str(), "one\nmore\nmore\n");
  EXPECT_EQ(host_->time, std::chrono::milliseconds(300));
}

TEST_F(Logs, ARingThatNeverEndsIsReadOnce) {
  for (int i = 0; i < 1000; i++) rings_.pieces[HAILO_CPU_APP].push_back(std::string(511, 'x'));
  EXPECT_EQ(run(configure_logs, ""), Exit::ok);
  EXPECT_EQ(out_.str().size(), 8U * 511) << "a ring has 4088 bytes";

  // Whoever follows gets on without a pause, and the other ring has its turn.
  rings_.pieces[HAILO_CPU_CORE] = {"core\n"};
  host_->on_wait = [this] { rings_.error = ENODEV; };
  EXPECT_EQ(run(configure_logs, "--follow"), Exit::removed);
  EXPECT_EQ(out_.str().size(), 992U * 511 + 5);
  EXPECT_EQ(out_.str().substr(8 * 511, 5), "core\n");
}

TEST_F(Logs, AnAnswerThatCannotBeIsAFailure) {
  rings_.claims = HAILO_READ_LOG_MAX + 1;
  EXPECT_EQ(run(configure_logs, ""), Exit::protocol);
  expect_message("the driver claims 513 bytes of log");
  rings_.error = EIO;
  EXPECT_EQ(run(configure_logs, ""), Exit::failure);
  EXPECT_EQ(run(configure_logs, "hailo7"), Exit::no_device);
}

TEST_F(Reset, TheFunctionIsResetThroughSysfs) {
  EXPECT_EQ(run(configure_reset, "--dry-run"), Exit::ok);
  EXPECT_TRUE(host_->calls.empty());
  EXPECT_EQ(run(configure_reset, ""), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls,
            std::vector<std::string>{"write " + fake_.path() + kFunction + "/reset 1"});
  EXPECT_EQ(out_.str(), "Has been reset: function of hailo0\n");
}

TEST_F(Reset, ABoardThatComesLateIsWaitedForAndADeadOneSaysWhy) {
  const std::string state = "/sys/class/hailo_chardev/hailo0/state";
  fake_.file(state, "booting\n");
  host_->on_wait = [&] {
    if (host_->waits == 2) fake_.file(state, "running\n");
  };
  EXPECT_EQ(run(configure_reset, ""), Exit::ok) << err_.str();
  host_->on_wait = {};
  fake_.file(state, "booting\n");
  EXPECT_EQ(run(configure_reset, "--timeout 500"), Exit::dead);
  fake_.file(state, "dead\n");
  fake_.file("/sys/class/hailo_chardev/hailo0/state_reason", "firmware does not start\n");
  EXPECT_EQ(run(configure_reset, ""), Exit::dead);
  expect_message("firmware does not start");
  host_->time = {};
  fake_.file(state, "removed\n");
  EXPECT_EQ(run(configure_reset, ""), Exit::removed);
  EXPECT_EQ(host_->time.count(), 0);
}

TEST_F(Reset, ABoardInUseIsLeftAloneUnlessForced) {
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  fake_.file("/proc/4711/comm", "detector\n");
  EXPECT_EQ(run(configure_reset, ""), Exit::busy);
  expect_message("hailo0 is in use: 4711 (detector)");
  EXPECT_TRUE(host_->calls.empty());
  EXPECT_EQ(run(configure_reset, "--force"), Exit::ok);
  EXPECT_EQ(host_->calls.size(), 1u);
}

TEST_F(Reset, RefusalsAreExplained) {
  host_->on_write = [] { return Result<void>(fail_errno(EACCES, "reset")); };
  EXPECT_EQ(run(configure_reset, ""), Exit::no_permission);
  host_->on_write = [] { return Result<void>(fail_errno(ENOTTY, "reset")); };
  EXPECT_EQ(run(configure_reset, ""), Exit::failure);
  expect_message("the function does not reset: reset: ");
}

TEST_F(Reset, TheCoreIsResetByTheFirmware) {
  test::IdentifyAnswer answer{.opcode = HAILO_OPCODE_RESET, .count = 0, .parameters = {}};
  test::Script script{.answer = answer.build()};
  open_ = [&] { return Result<Device>(test::scripted_device(script)); };
  EXPECT_EQ(run(configure_reset, "--core"), Exit::ok) << err_.str();
  EXPECT_EQ(Bytes(script.request.buffer, script.request.buffer + script.request.buffer_len),
            encode_request(HAILO_OPCODE_RESET, {{0, 0, 0, 1}}));
  EXPECT_TRUE(host_->calls.empty());
  script.control_errno = ETIMEDOUT;
  EXPECT_EQ(run(configure_reset, "--core"), Exit::dead);
}

TEST_F(Watch, RatesComeFromTwoLooks) {
  host_->on_wait = [this] { interrupts(150, 20); };
  EXPECT_EQ(run(configure_monitor, "--json --count 2 --interval 500"), Exit::ok) << err_.str();
  EXPECT_EQ(out_.str(),
            R"({"device":"hailo0","location":"0000:01:00.0","state":"running","firmware":"4.20.0",)"
            R"("seconds":null,"interrupts":120,"interrupts_per_second":null,"controls":null,)"
            R"("controls_failed":null,"controls_per_second":null,"channels":null,)"
            R"("celsius":{"ts0":45.25,"ts1":null},"holders":[]})"
            "\n"
            R"({"device":"hailo0","location":"0000:01:00.0","state":"running","firmware":"4.20.0",)"
            R"("seconds":0.5,"interrupts":170,"interrupts_per_second":100.0,"controls":null,)"
            R"("controls_failed":null,"controls_per_second":null,"channels":null,)"
            R"("celsius":{"ts0":45.25,"ts1":null},"holders":[]})"
            "\n");
}

TEST_F(Watch, WhatDebugfsKnowsIsShownToo) {
  debugfs(10, 1000, "1 h2d 1 2 100 6400\n");
  host_->on_wait = [this] { debugfs(13, 1600, "1 h2d 1 3 150 9600\n16 d2h 0 0 7 3640\n"); };
  EXPECT_EQ(run(configure_monitor, "--json --count 2 --interval 500"), Exit::ok) << err_.str();
  const std::string second = out_.str().substr(out_.str().find('\n') + 1);
  EXPECT_NE(second.find(R"("seconds":0.5,"interrupts":1600,"interrupts_per_second":1200.0,)"
                        R"("controls":13,"controls_failed":1,"controls_per_second":6.0,)"
                        R"("channels":[{"channel":1,"direction":"h2d","enabled":true,)"
                        R"("in_flight":3,"transfers":150,"bytes":9600,)"
                        R"("transfers_per_second":100.0,"bytes_per_second":6400.0},)"
                        R"({"channel":16,"direction":"d2h","enabled":false,)"
                        R"("in_flight":0,"transfers":7,"bytes":3640,)"
                        R"("transfers_per_second":14.0,"bytes_per_second":7280.0}],)"),
            std::string::npos)
      << second;
}

TEST_F(Watch, CountersThatBeganAnewOrElsewhereHaveNoRate) {
  debugfs(10, 1000, "1 h2d 1 2 100 6400\n");
  host_->on_wait = [this] { debugfs(1, 2, "1 h2d 1 0 3 192\n"); };
  EXPECT_EQ(run(configure_monitor, "--json --count 2"), Exit::ok);
  EXPECT_EQ(out_.str().find("_per_second\":0"), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find("_per_second\":-"), std::string::npos) << out_.str();

  // From /proc/interrupts to debugfs.
  fake_.remove("/sys/kernel/debug");
  host_->on_wait = [this] { debugfs(10, 1000, ""); };
  EXPECT_EQ(run(configure_monitor, "--json --count 2"), Exit::ok);
  EXPECT_NE(out_.str().find(R"("interrupts":120,"interrupts_per_second":null)"), std::string::npos);
  EXPECT_NE(out_.str().find(R"("interrupts":1000,"interrupts_per_second":null)"), std::string::npos)
      << out_.str();
}

TEST_F(Watch, TheTableHasARowForEachBoard) {
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  fake_.file("/proc/4711/comm", "detector\n");
  EXPECT_EQ(run(configure_monitor, "--table --count 1"), Exit::ok);
  EXPECT_EQ(out_.str(),
            "BOARD    LOCATION      STATE      FIRMWARE    INTERRUPTS     PER S CELSIUS      HELD "
            "BY\n"
            "hailo0   0000:01:00.0  running    4.20.0             120         - 45.2/-       4711 "
            "(detector)\n"
            "         controls and channels: run as root, with debugfs mounted\n");
  fake_.remove("/sys/class/hailo_chardev");
  EXPECT_EQ(run(configure_monitor, "--count 1"), Exit::no_device);
}

TEST_F(Watch, TheTableHasARowForEachChannel) {
  debugfs(10, 1000, "1 h2d 1 2 100 6400\n16 d2h 0 0 7 3640\n");
  host_->on_wait = [this] { debugfs(13, 1600, "1 h2d 1 3 150 9600\n16 d2h 0 0 7 3640\n"); };
  EXPECT_EQ(run(configure_monitor, "--table --count 2 --interval 500"), Exit::ok);
  const std::string second = out_.str().substr(out_.str().find("\x1b[H\x1b[J"));
  EXPECT_EQ(second,
            "\x1b[H\x1b[J"
            "BOARD    LOCATION      STATE      FIRMWARE    INTERRUPTS     PER S CELSIUS      HELD "
            "BY\n"
            "hailo0   0000:01:00.0  running    4.20.0            1600    1200.0 45.2/-       "
            "nobody\n"
            "         controls 13, 1 of them failed, 6.0 per s\n"
            "         CHANNEL     IN FLIGHT    TRANSFERS      PER S   BYTES PER S\n"
            "          1 h2d               3          150      100.0        6400.0\n"
            "         16 d2h off           0            7        0.0           0.0\n");
}

TEST_F(Watch, ClientsOfHailoRTAreShown) {
  const Bytes bytes = test::load_vector("monitor_file");
  fake_.file("/tmp/hmon_files/29610abcdef", std::string(bytes.begin(), bytes.end()));
  fake_.file("/tmp/hmon_files/x\x1b[31m", "There is no message in this file.");
  EXPECT_EQ(run(configure_monitor, "--json --count 1"), Exit::ok) << err_.str();
  const std::string lines = out_.str().substr(out_.str().find('\n') + 1);
  EXPECT_TRUE(lines.starts_with(
      R"({"client":"29610","networks":[{"name":"emu","frames_per_second":17986.9)"))
      << lines;
  EXPECT_NE(lines.find(R"({"name":"net/out0","direction":"d2h","queue_size":7,"pending":7,)"
                       R"("least":0,"most":8,"average":3.3)"),
            std::string::npos)
      << lines;
  EXPECT_NE(lines.find(R"("devices":[{"location":"0000:01:00.0","architecture":"HAILO8",)"),
            std::string::npos);
  EXPECT_NE(lines.find("{\"client\":null,\"defect\":\"x\\\\x1b[31m: malformed\"}\n"),
            std::string::npos)
      << lines;

  EXPECT_EQ(run(configure_monitor, "--table --count 1"), Exit::ok);
  EXPECT_NE(out_.str().find("client 29610 on 0000:01:00.0 (82.3 % used)\n"
                            "         network emu: 17986.9 frames per s, uses 82.3 %\n"
                            "           h2d net/input_layer1: 1 of 7 frames wait (0 to 1, on "
                            "average 0.5)\n"),
            std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("client file not understood: x\\x1b[31m: malformed\n"),
            std::string::npos);

  // A client that was killed leaves its file behind.
  host_->time = std::chrono::milliseconds(2000);
  EXPECT_EQ(run(configure_monitor, "--json --count 1"), Exit::ok);
  EXPECT_EQ(out_.str().find("client"), std::string::npos) << out_.str();
  ASSERT_EQ(::setenv("HAILO_MONITOR_TIME_INTERVAL", "5000", 1), 0);
  EXPECT_EQ(run(configure_monitor, "--json --count 1"), Exit::ok);
  EXPECT_NE(out_.str().find("{\"client\":\"29610\""), std::string::npos) << out_.str();
  ::unsetenv("HAILO_MONITOR_TIME_INTERVAL");
}

TEST_F(Watch, MetricsAreWrittenWholeAlsoWithoutABoard) {
  const std::string file = fake_.path() + "/hailo.prom";
  EXPECT_EQ(run(configure_exporter, "--textfile " + file), Exit::ok) << err_.str();
  const std::string text = fake_.root().read("/hailo.prom").value();
  for (const char* line :
       {"hailo_module_loaded 1\n", "hailo_boards 1\n",
        "hailo_board_running{board=\"hailo0\",state=\"running\"} 1\n",
        "hailo_interrupts_total{board=\"hailo0\"} 120\n",
        "hailo_temperature_celsius{board=\"hailo0\",sensor=\"ts0\"} 45.25\n",
        "hailo_holders{board=\"hailo0\"} 0\n", "# TYPE hailo_interrupts_total counter\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(text.find("ts1"), std::string::npos);
  fake_.remove("/sys/class/hailo_chardev");
  EXPECT_EQ(run(configure_exporter, ""), Exit::ok);
  EXPECT_NE(out_.str().find("hailo_boards 0\n"), std::string::npos);
  EXPECT_EQ(run(configure_exporter, "--textfile " + fake_.path() + "/none/x"), Exit::bad_target);
  EXPECT_TRUE(
      err_.str().contains("next: name a folder that exists, or create it; or name another "
                          "file with --textfile\n"))
      << err_.str();
}

TEST_F(Watch, ALabelIsEscaped) {
  fake_.file("/sys/class/hailo_chardev/hailo0/state", "a\"b\\c\n");
  EXPECT_EQ(run(configure_exporter, ""), Exit::ok);
  EXPECT_NE(out_.str().find("state=\"a\\\"b\\\\c\""), std::string::npos) << out_.str();
}

TEST_F(Bundle, HasTheEvidenceAndNoSecrets) {
  fake_.file("/proc/sys/kernel/hostname", "kitchen\n");
  fake_.file("/proc/cmdline", "root=/dev/nbd0 hailo_pci.o_dbg=6 pci=nomsi nfs=kitchen:/secret\n");
  fake_.file("/etc/modprobe.d/hailo_pci.conf", "options hailo_pci firmware_name=kitchen.bin\n");
  fake_.file("/etc/modprobe.d/other.conf", "options wifi password=xyz\n");
  fake_.file("/dev/kmsg",
             "3,1,1500000,-;hailo 0000:01:00.0: text on kitchen\n3,2,1,-;another: message\n");
  std::map<std::string, std::string> files;
  for (const auto& entry :
       collect_bundle({.root = fake_.root(), .out = out_, .err = err_, .host = host_}))
    files[entry.name] = entry.content;
  EXPECT_EQ(files["hailo-bundle/kernel-log.txt"],
            "<3>[1.500000] hailo 0000:01:00.0: text on HOST\n");
  EXPECT_EQ(files["hailo-bundle/command-line.txt"], "hailo_pci.o_dbg=6\npci=nomsi\n");
  EXPECT_EQ(files["hailo-bundle/modprobe.txt"],
            "/etc/modprobe.d/hailo_pci.conf: options hailo_pci firmware_name=HOST.bin\n");
  EXPECT_TRUE(files["hailo-bundle/status.txt"].contains("Board hailo0\n"));
  EXPECT_TRUE(files["hailo-bundle/doctor.txt"].contains("error    module"));
  EXPECT_TRUE(files["hailo-bundle/sysfs/hailo0.txt"].contains("state: running\n"));
  EXPECT_TRUE(files["hailo-bundle/manifest.txt"].contains("command-line.txt 28\n"));
  for (const auto& [name, content] : files) {
    EXPECT_FALSE(content.contains("kitchen")) << name;
    EXPECT_FALSE(content.contains("xyz")) << name;
  }
}

TEST_F(Bundle, SecretsAreRemoved) {
  EXPECT_EQ(without_secrets("http://me:pw@proxy/x?token=abc&y api_key: k1 Password=p", "h"),
            "http://REMOVED@proxy/x?token=REMOVED api_key: REMOVED Password=REMOVED");
  EXPECT_EQ(without_secrets("hailo hailo0 hailo_pci (hailo)", "hailo"),
            "HOST hailo0 hailo_pci (HOST)");
  EXPECT_EQ(without_secrets("localhost", "localhost"), "localhost");
  EXPECT_EQ(without_secrets("text", ""), "text");
}

TEST_F(Bundle, IsWrittenWholeForItsOwnerAlone) {
  const std::string file = fake_.path() + "/out.tar";
  EXPECT_EQ(run(configure_bundle, "--dry-run --output " + file), Exit::ok);
  EXPECT_TRUE(out_.str().starts_with("hailo-bundle/manifest.txt\n")) << out_.str();
  EXPECT_FALSE(fake_.root().exists("/out.tar"));
  EXPECT_EQ(run(configure_bundle, "--dry-run --json --output \xff"), Exit::ok);
  EXPECT_TRUE(out_.str().contains(R"("output": "\\xff")")) << out_.str();
  EXPECT_EQ(run(configure_bundle, "--output " + file), Exit::ok) << err_.str();
  const std::string archive = fake_.root().read("/out.tar").value();
  EXPECT_EQ(archive.size() % 512, 0u);
  EXPECT_TRUE(archive.starts_with("hailo-bundle/manifest.txt"));
  EXPECT_EQ(run(configure_bundle, "--output " + fake_.path() + "/none/out.tar"), Exit::bad_target);
  EXPECT_EQ(run(configure_bundle, "--output " + fake_.path() + "/dev/hailo0"), Exit::failure);
  EXPECT_TRUE(
      err_.str().contains("/dev/hailo0 is not a regular file\nhailo-fwtool: next: move it "
                          "away, or name another place"))
      << err_.str();
  EXPECT_EQ(std::system(("tar -tf " + file + " | grep -qx hailo-bundle/doctor.txt").c_str()), 0);
}

TEST(Tar, AnArchiveIsWhatTarMakesOfIt) {
  const std::string archive =
      tar_archive({{"a.txt", "text"}, {"b/c.txt", std::string(513, 'x')}}, 0);
  ASSERT_EQ(archive.size(), 512u * (2 + 3 + 2));
  EXPECT_EQ(archive.substr(0, 5), "a.txt");
  EXPECT_EQ(archive.substr(124, 11), "00000000004");
  EXPECT_EQ(archive.substr(257, 8), std::string("ustar\0"
                                                "00",
                                                8));
  EXPECT_EQ(archive.substr(512, 4), "text");
  EXPECT_EQ(archive.substr(1024, 7), "b/c.txt");
}

}  // namespace
}  // namespace hailo::fwtool
