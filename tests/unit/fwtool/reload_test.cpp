// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <sstream>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "support/one_board.h"

namespace hailo::fwtool {
namespace {

/// One board; a kernel that loads what it is given.
class Reload : public test::OneBoard {
 protected:
  Exit run(Action (*configure)(CLI::App &), const std::string &arguments) {
    out_.str("");
    err_.str("");
    CLI::App app;
    Action action = configure(app);
    app.parse(arguments);
    return action({.root = fake_.root(), .out = out_, .err = err_, .host = host_});
  }
  Exit reload(const std::string &arguments = "") {
    return run(configure_reload, std::string("--module ") + kModuleFile + " " + arguments);
  }

  void expect_message(const std::string &part) {
    EXPECT_NE(err_.str().find(part), std::string::npos)
        << "expected: " << part << "\nactual:   " << err_.str();
    EXPECT_NE(err_.str().find("\nhailo-fwtool: next: "), std::string::npos) << err_.str();
    EXPECT_EQ(out_.str(), "");
  }

  Exit insertion_fails(int err) {
    host_->on_insert = [err] { return Result<void>(fail_errno(err, "loading")); };
    return reload();
  }

  std::string insert(const std::string &options = "") const {
    return "insert " + fake_.path() + kModuleFile + " [" + options + "]";
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

using Calls = std::vector<std::string>;

TEST_F(Reload, LoadsOnceAndThenHasNothingToDo) {
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls, (Calls{insert()}));
  EXPECT_NE(out_.str().find("hailo0:     running, firmware 4.20.0\n"), std::string::npos)
      << out_.str();
  EXPECT_EQ(reload(), Exit::ok);
  EXPECT_EQ(host_->calls.size(), 1u);
  EXPECT_TRUE(out_.str().starts_with("Nothing to do: ")) << out_.str();
}

TEST_F(Reload, EveryDifferenceIsAReason) {
  struct Row {
    const char *reason;
    std::function<void()> change;
    const char *arguments = "";
  };
  const std::vector<Row> rows = {
      {"the module loaded has srcversion BBBB, the file AAAA", [this] { loaded("BBBB"); }},
      {"force_desc_page_size is 4096, not 0", [this] { loaded("AAAA", "4096"); }},
      {"force_desc_page_size is 0, not 2048", [] {}, "force_desc_page_size=2048"},
      {"hailo0 is dead", [this] { fake_.file("/sys/class/hailo_chardev/hailo0/state", "dead\n"); }},
      {"hailo0 runs firmware 4.20.0, on disk is 4.21.0",
       [this] { fake_.file("/lib/firmware/hailo/hailo8_fw.bin", firmware(21)); }},
      {"the driver has not taken each board",
       [this] { fake_.remove("/sys/class/hailo_chardev/hailo0"); }},
  };
  for (const auto &row : rows) {
    fake_.file("/lib/firmware/hailo/hailo8_fw.bin", firmware(20));
    loaded("AAAA");
    row.change();
    EXPECT_EQ(reload(std::string("--dry-run ") + row.arguments), Exit::ok) << err_.str();
    EXPECT_NE(out_.str().find("Reason:     " + std::string(row.reason) + "\n"), std::string::npos)
        << row.reason << "\n"
        << out_.str();
    EXPECT_TRUE(host_->calls.empty());
  }
}

TEST_F(Reload, RemovesWhatIsLoadedFirst) {
  loaded("BBBB");
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls, (Calls{"remove hailo_pci", insert()}));
}

TEST_F(Reload, OptionsOfModprobeCountAlsoForAFileAndTheCommandLineWins) {
  fake_.file("/etc/modprobe.d/hailo_pci.conf",
             "options hailo_pci force_desc_page_size=4096 no_power_mode=Y\n");
  EXPECT_EQ(reload("--dry-run --json force_desc_page_size=0x800"), Exit::ok) << err_.str();
  EXPECT_NE(out_.str().find("\"force_desc_page_size\": \"0x800\""), std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("\"no_power_mode\": \"Y\""), std::string::npos) << out_.str();
  EXPECT_EQ(reload("force_desc_page_size=0x800"), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls, (Calls{insert("force_desc_page_size=0x800 no_power_mode=Y")}));
}

TEST_F(Reload, AParameterThatIsNoTextDoesNoHarmToJson) {
  EXPECT_EQ(reload("--dry-run --json no_power_mode=\xff"), Exit::ok) << err_.str();
  EXPECT_NE(out_.str().find(R"("no_power_mode": "\\xff")"), std::string::npos) << out_.str();
}

TEST_F(Reload, OneSpellingOfAParameterIsAsGoodAsAnother) {
  loaded("AAAA", "4096");
  EXPECT_EQ(reload("force-desc-page-size=0x1000 no_power_mode=0"), Exit::ok) << err_.str();
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Reload, ATruthIsWhatTheKernelTakesForOne) {
  loaded("AAAA");
  for (const char *value : {"n", "off", "OFF", "false", "no", "0"}) {
    EXPECT_EQ(reload(std::string("--dry-run no_power_mode=") + value), Exit::ok) << err_.str();
    EXPECT_TRUE(out_.str().starts_with("Nothing to do: ")) << value << "\n" << out_.str();
  }
  fake_.file("/sys/module/hailo_pci/parameters/no_power_mode", "Y\n");
  for (const char *value : {"y", "on", "On", "true", "yes", "1"}) {
    EXPECT_EQ(reload(std::string("--dry-run no_power_mode=") + value), Exit::ok) << err_.str();
    EXPECT_TRUE(out_.str().starts_with("Nothing to do: ")) << value << "\n" << out_.str();
  }
}

TEST_F(Reload, TheBoardThatWasNotTakenIsNamedNotTheOneBesideIt) {
  const std::string second = "/sys/bus/pci/devices/0000:02:00.0";
  fake_.file(second + "/vendor", "0x1e60\n");
  fake_.file(second + "/device", "0x2864\n");
  EXPECT_EQ(reload(), Exit::no_device);
  EXPECT_TRUE(err_.str().starts_with(
      "hailo-fwtool: a Hailo-8 is at 0000:02:00.0, but the driver has not taken it"))
      << err_.str();
}

TEST_F(Reload, AParameterThatTheModuleDoesNotHaveIsRefusedBeforeAnythingHappens) {
  loaded("BBBB");
  EXPECT_EQ(reload("page_size=4096"), Exit::bad_parameter);
  expect_message("the module has no parameter page_size");
  EXPECT_EQ(reload("force_desc_page_size"), Exit::usage);
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Reload, AModuleInUseNamesItsHoldersAndStays) {
  loaded("BBBB");
  hold();
  EXPECT_EQ(reload("--dry-run"), Exit::module_in_use);
  EXPECT_EQ(reload(), Exit::module_in_use);
  expect_message("in use: 4711 (python3 detect.py, container 0123456789ab) holds hailo0");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Reload, AHolderThatEndsInTimeDoesNotMatter) {
  loaded("BBBB");
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  host_->on_wait = [this] { fake_.remove("/proc/4711"); };
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  EXPECT_EQ(host_->waits, 1);
}

TEST_F(Reload, UsersOutOfSightAreCounted) {
  loaded("BBBB");
  fake_.file("/sys/module/hailo_pci/refcnt", "3\n");
  host_->on_remove = [] { return Result<void>(fail_errno(EAGAIN, "removing")); };
  EXPECT_EQ(reload(), Exit::module_in_use);
  expect_message("in use by 3 users whom this process does not see");
  fake_.file("/sys/module/hailo_pci/holders/other/refcnt", "0\n");
  EXPECT_EQ(reload(), Exit::module_in_use);
  expect_message("in use by module other");
}

TEST_F(Reload, AFileThatCannotWorkIsRefusedWhileTheOldModuleIsLoaded) {
  loaded("BBBB");
  module("srcversion=AAAA", "6.2.0 SMP");
  EXPECT_EQ(reload(), Exit::module_mismatch);
  expect_message("was built for kernel 6.2.0 SMP, this one is 6.1.0-test");
  module("srcversion=AAAA", "6.1.0-test SMP", "other");
  EXPECT_EQ(reload(), Exit::module_missing);
  expect_message("is module other, not hailo_pci");
  fake_.file(kModuleFile, "There is no module in this file.");
  EXPECT_EQ(reload(), Exit::module_missing);
  expect_message("is no kernel module");
  fake_.remove(kModuleFile);
  EXPECT_EQ(reload(), Exit::module_missing);
  expect_message("No such file");
  EXPECT_EQ(run(configure_reload, ""), Exit::module_missing);
  expect_message("no module hailo_pci in /lib/modules/6.1.0-test");
  module("srcversion=AAAA");
  fake_.file("/sys/module/module/parameters/sig_enforce", "Y\n");
  EXPECT_EQ(reload(), Exit::module_unsigned);
  expect_message("is not signed");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Reload, MissingOrBadFirmwareIsFoundWhileTheOldModuleIsLoaded) {
  loaded("BBBB");
  fake_.file("/lib/firmware/hailo/hailo8_fw.bin", firmware(20).substr(1));
  EXPECT_EQ(reload(), Exit::no_firmware);
  expect_message("the driver would refuse /lib/firmware/hailo/hailo8_fw.bin: app magic");
  fake_.remove("/lib/firmware");
  EXPECT_EQ(reload(), Exit::no_firmware);
  expect_message("none of hailo/hailo8_fw.bin is in ");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Reload, EachRefusalOfTheKernelIsExplained) {
  fake_.file("/dev/kmsg", "4,7,1000,-;hailo_pci: disagrees about version of symbol x\n");
  EXPECT_EQ(insertion_fails(EKEYREJECTED), Exit::module_unsigned);
  expect_message("the kernel takes signed modules only (Secure Boot)");
  expect_message("is not signed, and no module is loaded now");
  EXPECT_EQ(insertion_fails(ENOENT), Exit::module_mismatch);
  expect_message("needs a symbol that this kernel does not have");
  EXPECT_EQ(insertion_fails(ENOEXEC), Exit::module_mismatch);
  expect_message("does not fit this kernel, and no module is loaded now");
  EXPECT_EQ(insertion_fails(EPERM), Exit::no_permission);
  expect_message("SYS_MODULE");
  EXPECT_EQ(insertion_fails(EINVAL), Exit::bad_parameter);
  expect_message("refuses its parameters");
  EXPECT_EQ(insertion_fails(ENOMEM), Exit::failure);
  expect_message("loading: ");
}

TEST_F(Reload, TheKernelsWordIsTheOneSinceTheStart) {
  fake_.file("/dev/kmsg", "4,7,1000,-;hailo_pci: of yesterday\n");
  host_->on_insert = [this] {
    fake_.file("/dev/kmsg",
               "4,7,1000,-;hailo_pci: of yesterday\n3,8,2000,-;hailo_pci: Unknown "
               "symbol x (err -2)\n"
               "6,9,2000,-;hailo_pci: information\n4,10,2000,-;another: driver\n");
    return Result<void>(fail_errno(ENOENT, "loading"));
  };
  EXPECT_EQ(reload(), Exit::module_mismatch);
  expect_message("the kernel log says: hailo_pci: Unknown symbol x (err -2)\n");
}

TEST_F(Reload, ASymbolOfAnotherVersionIsNoMatterOfParameters) {
  host_->on_insert = [this] {
    fake_.file("/dev/kmsg",
               "4,7,1000,-;hailo_pci: disagrees about version of symbol x\n"
               "4,8,1001,-;hailo_pci: Unknown symbol x (err -22)\n");
    return Result<void>(fail_errno(EINVAL, "loading"));
  };
  EXPECT_EQ(reload(), Exit::module_mismatch);
  expect_message("needs a symbol of which this kernel has another version, and no module is");
}

TEST_F(Reload, TheSameModuleLoadedBySomebodyElseIsSuccess) {
  host_->on_insert = [this] {
    loaded("AAAA");
    return Result<void>(fail_errno(EEXIST, "loading"));
  };
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  ASSERT_TRUE(host_->on_remove());
  host_->on_insert = [this] {
    loaded("BBBB");
    return Result<void>(fail_errno(EEXIST, "loading"));
  };
  EXPECT_EQ(reload(), Exit::module_in_use);
  expect_message("another hailo_pci was loaded meanwhile");
}

TEST_F(Reload, AProbeThatFailsIsAFailure) {
  host_->on_insert = [this] {
    fake_.file("/sys/module/hailo_pci/srcversion", "AAAA\n");
    fake_.file("/dev/kmsg", "3,8,2000,-;hailo 0000:01:00.0: Timeout waiting for NNC firmware\n");
    return Result<void>{};
  };
  EXPECT_EQ(reload(), Exit::no_device);
  expect_message(
      "the driver has not taken it; the kernel log says: hailo "
      "0000:01:00.0: Timeout");
  host_->on_insert = [this] {
    fake_.file("/dev/kmsg",
               "3,8,2000,-;hailo 0000:01:00.0: Timeout waiting for NNC firmware\n"
               "3,9,2000,-;hailo 0000:01:00.0: Firmware file x refused: size\n");
    return Result<void>{};
  };
  EXPECT_EQ(reload(), Exit::no_firmware);
}

TEST_F(Reload, TheNodeIsWaitedFor) {
  host_->on_insert = [this] {
    loaded("AAAA");
    fake_.remove("/dev/hailo0");
    return Result<void>{};
  };
  host_->on_wait = [this] {
    if (host_->waits == 3) fake_.link("/dev/hailo0", "/dev/null");
  };
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  EXPECT_EQ(host_->waits, 3);

  host_->on_wait = {};
  fake_.remove("/dev/hailo0");
  EXPECT_EQ(reload("--timeout 500"), Exit::no_node);
  expect_message(
      "/dev/hailo0 does not exist, although the driver has "
      "registered it as 1:3");
}

TEST_F(Reload, WhereNobodyMakesTheNodeItIsMade) {
  fake_.remove("/run/udev");
  fake_.file("/proc/self/mounts",
             "devtmpfs /dev devtmpfs rw 0 0\ntmpfs /dev tmpfs rw 0 0\nd /dev/x devtmpfs rw 0 0\n");
  loaded("AAAA");
  fake_.remove("/dev/hailo0");
  host_->on_node = [this](const sys::NodeRequest &request) {
    EXPECT_EQ(request.mode, 0660u);
    fake_.link("/dev/hailo0", "/dev/null");
    return Result<void>{};
  };
  EXPECT_EQ(reload(), Exit::ok) << err_.str();
  EXPECT_EQ(host_->calls, (Calls{"node " + fake_.path() + "/dev/hailo0"}));

  fake_.remove("/dev/hailo0");
  host_->on_node = [](const sys::NodeRequest &) {
    return Result<void>(fail_errno(EPERM, "cannot make it"));
  };
  EXPECT_EQ(reload(), Exit::no_node);
  expect_message("cannot make it");
}

TEST_F(Reload, WithoutABoardTheModuleIsLoadedAndThatIsSaid) {
  fake_.remove(kFunction);
  fake_.remove("/lib/firmware");
  host_->on_insert = [this] {
    fake_.file("/sys/module/hailo_pci/srcversion", "AAAA\n");
    return Result<void>{};
  };
  EXPECT_EQ(reload(), Exit::no_device);
  expect_message("no Hailo-8 on the PCI bus");
  EXPECT_EQ(host_->calls.size(), 1u);
}

TEST_F(Reload, DownRemovesOnce) {
  loaded("AAAA");
  EXPECT_EQ(run(configure_down, "--dry-run"), Exit::ok);
  EXPECT_TRUE(host_->calls.empty());
  EXPECT_EQ(run(configure_down, ""), Exit::ok);
  EXPECT_EQ(out_.str(), "Removed: hailo_pci\n");
  EXPECT_EQ(run(configure_down, ""), Exit::ok);
  EXPECT_EQ(out_.str(), "Nothing to do: hailo_pci is not loaded\n");
  EXPECT_EQ(host_->calls, (Calls{"remove hailo_pci"}));
}

TEST_F(Reload, DownOfAModuleInUseNamesTheHolder) {
  loaded("AAAA");
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  fake_.file("/proc/4711/comm", "detector\n");
  EXPECT_EQ(run(configure_down, ""), Exit::module_in_use);
  expect_message("4711 (detector) holds hailo0");
  host_->on_remove = [] { return Result<void>(fail_errno(EPERM, "removing")); };
  fake_.remove("/proc/4711");
  EXPECT_EQ(run(configure_down, ""), Exit::no_permission);
  expect_message("removing hailo_pci: the kernel does not permit it");
}

}  // namespace
}  // namespace hailo::fwtool
