// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "lib/base/unique_fd.h"
#include "lib/sys/devices.h"
#include "lib/sys/firmware_path.h"
#include "lib/sys/kernel_log.h"
#include "lib/sys/module.h"
#include "lib/sys/processes.h"
#include "lib/sys/root.h"
#include "support/fake_root.h"
#include "support/module_builder.h"

namespace hailo::sys {
namespace {

using test::FakeRoot;

TEST(Root, PathsAreTranslatedBothWays) {
  EXPECT_EQ(Root("/").outside("/dev/hailo0"), "/dev/hailo0");
  EXPECT_EQ(Root("/tree//").outside("/dev/hailo0"), "/tree/dev/hailo0");
  EXPECT_EQ(Root("/tree").inside("/tree/dev/hailo0"), "/dev/hailo0");
  EXPECT_EQ(Root("/tree").inside("/trees/x"), "/trees/x");
  EXPECT_TRUE(Root("/").is_machine());
  EXPECT_FALSE(Root("/tree").is_machine());
}

TEST(Root, AnAttributeLosesExactlyOneNewline) {
  FakeRoot fake;
  fake.file("/a", "text\n");
  fake.file("/b", "text");
  fake.file("/c", "text\n\n");
  EXPECT_EQ(fake.root().read_attribute("/a").value(), "text");
  EXPECT_EQ(fake.root().read_attribute("/b").value(), "text");
  EXPECT_EQ(fake.root().read_attribute("/c").value(), "text\n");
}

TEST(Root, ErrorsNameThePathAndTheirClass) {
  FakeRoot fake;
  auto content = fake.root().read("/absent");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, Error::Code::not_found);
  EXPECT_TRUE(content.error().message.starts_with("/absent: ")) << content.error().message;
  EXPECT_EQ(fake.root().list("/absent").error().code, Error::Code::not_found);
  EXPECT_EQ(fake.root().read_link("/absent").error().code, Error::Code::not_found);
  fake.folder("/folder");
  EXPECT_FALSE(fake.root().read("/folder"));
}

TEST(Root, AFileBeyondTheLimitIsRefused) {
  FakeRoot fake;
  fake.file("/limit", std::string(Root::kReadLimit, 'x'));
  fake.file("/beyond", std::string(Root::kReadLimit + 1, 'x'));
  EXPECT_EQ(fake.root().read("/limit").value().size(), Root::kReadLimit);
  EXPECT_FALSE(fake.root().read("/beyond"));
}

TEST(Root, KernelReleaseIsUname) {
  utsname name{};
  ASSERT_EQ(::uname(&name), 0);
  EXPECT_EQ(Root().kernel_release().value(), name.release);
}

TEST(Devices, AClassIsSortedByNumber) {
  FakeRoot fake;
  EXPECT_TRUE(class_devices(fake.root(), "hailo_chardev").value().empty());
  for (const char* name : {"hailo10", "hailo0", "hailo2"})
    fake.file(std::string("/sys/class/hailo_chardev/") + name + "/dev", "1:3\n");
  auto devices = class_devices(fake.root(), "hailo_chardev").value();
  ASSERT_EQ(devices.size(), 3u);
  EXPECT_EQ(devices[0].name, "hailo0");
  EXPECT_EQ(devices[1].name, "hailo2");
  EXPECT_EQ(devices[2].name, "hailo10");
  EXPECT_EQ(devices[2].node, "/dev/hailo10");
  EXPECT_EQ(devices[2].path, "/sys/class/hailo_chardev/hailo10");
}

TEST(Devices, UdevFindsTheMemoryDevicesOfThisMachine) {
  auto devices = class_devices(Root(), "mem").value();
  auto null = std::find_if(devices.begin(), devices.end(),
                           [](const ClassDevice& device) { return device.name == "null"; });
  ASSERT_NE(null, devices.end());
  EXPECT_EQ(null->node, "/dev/null");
  EXPECT_EQ(Root().read_attribute(null->path + "/dev").value(), "1:3");
}

TEST(Devices, PciFunctionsAreChosenByIdentity) {
  FakeRoot fake;
  auto function = [&](const std::string& address, const char* vendor, const char* device) {
    fake.file("/sys/bus/pci/devices/" + address + "/vendor", vendor);
    fake.file("/sys/bus/pci/devices/" + address + "/device", device);
  };
  function("0000:02:00.0", "0x1e60\n", "0x2864\n");
  function("0000:01:00.0", "0x1e60\n", "0x2864\n");
  function("0000:00:01.0", "0x1e60\n", "0x45c4\n");
  function("0000:00:02.0", "0x8086\n", "0x2864\n");
  fake.link("/sys/bus/pci/devices/0000:02:00.0/driver", "../../../bus/pci/drivers/hailo");
  auto functions = pci_functions(fake.root(), 0x1e60, 0x2864).value();
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_EQ(functions[0].address, "0000:01:00.0");
  EXPECT_EQ(functions[0].driver, "");
  EXPECT_EQ(functions[1].address, "0000:02:00.0");
  EXPECT_EQ(functions[1].driver, "hailo");
  EXPECT_TRUE(pci_functions(Root(), 0xfffe, 0xfffe).value().empty());
}

TEST(Module, LoadedIsWhatSysfsShows) {
  FakeRoot fake;
  EXPECT_FALSE(loaded_module(fake.root(), "hailo_pci"));
  fake.folder("/sys/module/hailo_pci");
  EXPECT_EQ(loaded_module(fake.root(), "hailo_pci").value().version, "");
  fake.file("/sys/module/hailo_pci/version", "0.1.0\n");
  fake.file("/sys/module/hailo_pci/srcversion", "ABCDEF\n");
  EXPECT_EQ(loaded_module(fake.root(), "hailo_pci").value().version, "0.1.0");
  EXPECT_EQ(loaded_module(fake.root(), "hailo_pci").value().srcversion, "ABCDEF");
}

TEST(Module, NoFolderAndNoIndexAreNotFound) {
  FakeRoot fake;
  EXPECT_EQ(find_module(fake.root(), "6.1.0-test", "hailo_pci").error().code,
            Error::Code::not_found);
  fake.file("/lib/modules/6.1.0-test/extra/hailo_pci.ko", "not indexed");
  EXPECT_EQ(find_module(fake.root(), "6.1.0-test", "hailo_pci").error().code,
            Error::Code::not_found);
}

TEST(Module, AFileTellsWhatItIs) {
  FakeRoot fake;
  fake.file("/a/hailo_pci.ko",
            test::module_file({"name=hailo_pci", "version=0.1.0", "srcversion=ABC",
                               "vermagic=6.1.0 SMP", "parmtype=o_dbg:int", "signer=Somebody"}));
  const ModuleFile file = examine_module(fake.root(), "/a/hailo_pci.ko").value();
  EXPECT_EQ(file.path, "/a/hailo_pci.ko");
  EXPECT_EQ(file.name, "hailo_pci");
  EXPECT_EQ(file.version, "0.1.0");
  EXPECT_EQ(file.srcversion, "ABC");
  EXPECT_EQ(file.vermagic, "6.1.0 SMP");
  EXPECT_EQ(file.parameters, std::vector<std::string>{"o_dbg"});
  fake.file("/a/text.ko", "There is no module in this file.");
  EXPECT_EQ(examine_module(fake.root(), "/a/text.ko").error().code, Error::Code::invalid_argument);
  EXPECT_EQ(examine_module(fake.root(), "/a/none.ko").error().code, Error::Code::not_found);
}

TEST(Module, OptionsComeFromEveryFolderAndOneFileHidesAnother) {
  FakeRoot fake;
  EXPECT_EQ(module_options(fake.root(), "hailo_pci").value(), "");
  fake.file("/etc/modprobe.d/hailo_pci.conf", "options hailo_pci a=1\noptions other b=2\n");
  fake.file("/lib/modprobe.d/hailo_pci.conf", "options hailo_pci hidden=1\n");
  fake.file("/lib/modprobe.d/vendor.conf", "# options hailo_pci c=3\noptions hailo-pci d=4\n");
  EXPECT_EQ(module_options(fake.root(), "hailo_pci").value(), "a=1 d=4");
}

TEST(KernelLog, RecordsAreTakenApart) {
  FakeRoot fake;
  EXPECT_EQ(kernel_log(fake.root()).error().code, Error::Code::not_found);
  fake.file("/dev/kmsg",
            "6,339,5140900,-;NET: a; and b\n "
            "SUBSYSTEM=pci\n30,340,5690716,c;of a daemon\ntext\n");
  const auto log = kernel_log(fake.root()).value();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].level, 6u);
  EXPECT_EQ(log[0].sequence, 339u);
  EXPECT_EQ(log[0].time_us, 5140900u);
  EXPECT_EQ(log[0].text, "NET: a; and b");
  EXPECT_EQ(log[1].level, 6u);
  EXPECT_EQ(log[1].text, "of a daemon");
}

TEST(FirmwarePath, TheAlternatePathComesFirst) {
  FakeRoot fake;
  const std::vector<std::string> standard = {"/lib/firmware/updates/6.1", "/lib/firmware/updates",
                                             "/lib/firmware/6.1", "/lib/firmware"};
  EXPECT_EQ(firmware_folders(fake.root(), "6.1"), standard);
  fake.file("/sys/module/firmware_class/parameters/path", "\n");
  EXPECT_EQ(firmware_folders(fake.root(), "6.1"), standard);
  fake.file("/sys/module/firmware_class/parameters/path", "/extra-firmware\n");
  auto folders = firmware_folders(fake.root(), "6.1");
  ASSERT_EQ(folders.size(), 5u);
  EXPECT_EQ(folders[0], "/extra-firmware");
}

TEST(FirmwarePath, TheFirstFolderWinsAndPlainBeatsCompressed) {
  FakeRoot fake;
  const std::vector<std::string> folders = {"/a", "/b"};
  EXPECT_FALSE(find_firmware(fake.root(), folders, "f.bin"));
  fake.file("/a/f.bin.xz", "");
  EXPECT_EQ(find_firmware(fake.root(), folders, "f.bin")->path, "/a/f.bin.xz");
  fake.file("/b/f.bin.zst", "");
  EXPECT_EQ(find_firmware(fake.root(), folders, "f.bin")->path, "/b/f.bin.zst");
  EXPECT_TRUE(find_firmware(fake.root(), folders, "f.bin")->compressed);
  fake.file("/b/f.bin", "");
  EXPECT_EQ(find_firmware(fake.root(), folders, "f.bin")->path, "/b/f.bin");
  EXPECT_FALSE(find_firmware(fake.root(), folders, "f.bin")->compressed);
  fake.file("/a/f.bin", "");
  EXPECT_EQ(find_firmware(fake.root(), folders, "f.bin")->path, "/a/f.bin");
}

TEST(FirmwarePath, SettingIsReadBack) {
  FakeRoot fake;
  EXPECT_EQ(set_alternate_firmware_path(fake.root(), "/fw").error().code, Error::Code::not_found);
  fake.file("/sys/module/firmware_class/parameters/path", "/a-longer-folder\n");
  ASSERT_TRUE(set_alternate_firmware_path(fake.root(), "/fw"));
  EXPECT_EQ(alternate_firmware_path(fake.root()), "/fw");
}

TEST(FirmwarePath, WhatTheKernelCannotUseIsNotWritten) {
  FakeRoot fake;
  fake.file("/sys/module/firmware_class/parameters/path", "/kept");
  const std::string longest = "/" + std::string(254, 'x');
  for (const std::string& folder : {std::string("fw"), std::string(), std::string("/fw\n"),
                                    std::string("/f\tw"), longest + "x"})
    EXPECT_EQ(set_alternate_firmware_path(fake.root(), folder).error().code,
              Error::Code::invalid_argument)
        << folder;
  EXPECT_EQ(alternate_firmware_path(fake.root()), "/kept");
  EXPECT_TRUE(set_alternate_firmware_path(fake.root(), longest));
}

TEST(Processes, HoldersAreFoundByTheNameOfTheNode) {
  FakeRoot fake;
  fake.link("/proc/100/fd/3", "/dev/hailo0");
  fake.link("/proc/100/fd/4", "/dev/hailo0");
  fake.file("/proc/100/comm", "detector\n");
  fake.link("/proc/20/fd/0", "/dev/hailo0");
  fake.link("/proc/30/fd/0", "/dev/hailo1");
  fake.link("/proc/self/fd/0", "/dev/hailo0");
  fake.folder("/proc/40");
  auto holders = holders_of(fake.root(), "/dev/hailo0", std::nullopt).value();
  ASSERT_EQ(holders.processes.size(), 2u);
  EXPECT_EQ(holders.processes[0].pid, 20);
  EXPECT_EQ(holders.processes[0].comm, "");
  EXPECT_EQ(holders.processes[1].pid, 100);
  EXPECT_EQ(holders.processes[1].comm, "detector");
  EXPECT_EQ(holders.unreadable, 0u);
}

TEST(Processes, AHolderIsDescribedByCommandAndContainer) {
  FakeRoot fake;
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const std::string inner = "f" + id.substr(1);
  auto holder = [&](const std::string& command, const std::string& cgroup) {
    fake.remove("/proc/100");
    fake.link("/proc/100/fd/3", "/dev/hailo0");
    fake.file("/proc/100/comm", "detector\n");
    fake.file("/proc/100/cmdline", command);
    fake.file("/proc/100/cgroup", cgroup);
    return describe(holders_of(fake.root(), "/dev/hailo0", std::nullopt).value().processes.front());
  };
  EXPECT_EQ(holder("", "0::/user.slice\n"), "100 (detector)");
  EXPECT_EQ(holder(std::string("/bin/d\0--x\0", 11), "0::/docker/" + id + "\n"),
            "100 (/bin/d --x, container 0123456789ab)");
  EXPECT_EQ(holder("", "0::/kubepods/" + id + "/cri-containerd-" + inner + ".scope\n"),
            "100 (detector, container f123456789ab)");
  EXPECT_EQ(holder("", "0::/" + id + "0\n"), "100 (detector)");
  EXPECT_EQ(holder(std::string(81, 'x'), ""), "100 (" + std::string(80, 'x') + "...)");
}

TEST(Processes, TheDeviceNumberFindsAHolderUnderAnotherName) {
  UniqueFd fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(fd);
  struct stat st{};
  ASSERT_EQ(::fstat(fd.get(), &st), 0);
  auto holds = [&](std::optional<dev_t> number) {
    auto holders = holders_of(Root(), "/dev/another-name", number).value();
    return std::any_of(holders.processes.begin(), holders.processes.end(),
                       [](const Process& process) { return process.pid == ::getpid(); });
  };
  EXPECT_TRUE(holds(st.st_rdev));
  EXPECT_FALSE(holds(std::nullopt));
}

}  // namespace
}  // namespace hailo::sys
