// SPDX-License-Identifier: MIT
#include "fwtool/doctor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "lib/sys/modprobe_config.h"
#include "support/fake_root.h"
#include "support/firmware_builder.h"

namespace hailo::fwtool {
namespace {

constexpr const char* kFunction = "/sys/bus/pci/devices/0000:01:00.0";
constexpr const char* kOptions = "/etc/modprobe.d/hailo_pci.conf";
constexpr const char* kPath = "/sys/module/firmware_class/parameters/path";

/// A healthy machine, but that no module is installed: that takes depmod, and
/// the goldens have it.
class Doctor : public testing::Test {
 protected:
  Doctor() {
    fake_.file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
    fake_.file("/proc/self/smaps", "Size: 4 kB\nKernelPageSize:        4 kB\n");
    fake_.file("/dev/kmsg", "5,1,1000,-;hailo: Init module. driver version 0.1.0\n");
    fake_.file("/sys/module/hailo_pci/srcversion", "AAAA\n");
    function("vendor", "0x1e60");
    function("device", "0x2864");
    function("current_link_speed", "8.0 GT/s PCIe");
    function("max_link_speed", "8.0 GT/s PCIe");
    function("current_link_width", "1");
    function("max_link_width", "1");
    fake_.file(std::string(kFunction) + "/msi_irqs/24", "msi\n");
    fake_.link(std::string(kFunction) + "/driver", "../../../bus/pci/drivers/hailo");
    fake_.board("hailo0", "0000:01:00.0", "running");
    test::FirmwareBuilder builder;
    builder.app.minor = builder.core.minor = 20;
    const Bytes image = builder.build();
    fake_.file("/lib/firmware/hailo/hailo8_fw.bin",
               {reinterpret_cast<const char*>(image.data()), image.size()});
  }

  void function(const std::string& name, const std::string& value) {
    fake_.file(std::string(kFunction) + "/" + name, value + "\n");
  }
  void board(const std::string& name, const std::string& value) {
    fake_.file("/sys/class/hailo_chardev/hailo0/" + name, value + "\n");
  }

  /// "severity: seen" of each finding of a check that is not ok.
  std::vector<std::string> found(const std::string& check) {
    std::vector<std::string> all;
    for (const auto& finding : examine(fake_.root())) {
      if (finding.check != check || finding.severity == Severity::ok) continue;
      all.push_back(name_of(finding.severity) + std::string(": ") + finding.seen);
      EXPECT_EQ(finding.cure.empty(), finding.severity == Severity::note) << finding.seen;
    }
    return all;
  }

  Exit run(const std::string& arguments) {
    out_.str("");
    err_.str("");
    CLI::App app;
    Action action = configure_doctor(app);
    app.parse(arguments);
    return action({.root = fake_.root(), .out = out_, .err = err_});
  }

  test::FakeRoot fake_;
  std::ostringstream out_;
  std::ostringstream err_;
};

using Seen = std::vector<std::string>;

TEST_F(Doctor, AHealthyMachineHasOneFindingEach) {
  for (const char* check : {"firmware", "path", "pages", "modprobe.d", "msi", "link", "state",
                            "holders", "secure boot", "kernel log", "duplicates", "driver"})
    EXPECT_EQ(found(check), Seen{}) << check;
  EXPECT_EQ(found("module"), Seen{"error: no module hailo_pci in /lib/modules/6.1.0-test"});
  EXPECT_EQ(found("library"), Seen{"note: no HailoRT library is installed"});
  EXPECT_EQ(found("iommu"), Seen{"note: 0000:01:00.0: no IOMMU: the board reaches all memory"});
}

TEST_F(Doctor, FirmwareThatIsMissingBadOrNotRunning) {
  board("firmware_version", "4.21.0");
  EXPECT_EQ(found("firmware"), Seen{"warning: hailo0: /lib/firmware/hailo/hailo8_fw.bin is 4.20.0, "
                                    "running is 4.21.0"});
  fake_.file("/lib/firmware/hailo/hailo8_fw.bin", "short");
  EXPECT_TRUE(
      found("firmware")
          .at(0)
          .starts_with(
              "error: hailo0: the driver would refuse /lib/firmware/hailo/hailo8_fw.bin: "));
  fake_.remove("/lib/firmware");
  EXPECT_TRUE(found("firmware").at(0).starts_with("error: hailo0: none of hailo/hailo8_fw.bin is"));
}

TEST_F(Doctor, TheLibraryMustBeOfTheReleaseThatTheBoardReports) {
  fake_.file("/usr/lib/libhailort.so.4.20.0", "");
  EXPECT_EQ(found("library"), Seen{});
  board("release", "4.20.1");
  EXPECT_EQ(found("library"),
            Seen{"error: hailo0 reports release 4.20.1, HailoRT is 4.20.0 and refuses it"});
  fake_.file("/usr/lib/libhailort.so.4", "");  // a link for the loader
  EXPECT_EQ(found("library"),
            Seen{"error: hailo0 reports release 4.20.1, HailoRT is 4.20.0 and refuses it"});
  fake_.file("/usr/local/lib/libhailort.so.4.23.0", "");
  EXPECT_EQ(found("library"), Seen{"warning: HailoRT is there more than once: 4.20.0, 4.23.0"});
}

TEST_F(Doctor, WhoHoldsTheFunctionAndWhoClaimsIt) {
  fake_.file("/lib/modules/6.1.0-test/modules.alias",
             "# Aliases extracted from modules themselves.\n"
             "alias pci:v00001E60d00002864sv*sd*bc*sc*i* hailo_pci\n"
             "alias pci:v00001E60d00002864sv*sd*bc*sc*i* hailo1x_pci\n"
             "alias pci:v00001E60d000045C4sv*sd*bc*sc*i* other\n");
  EXPECT_EQ(found("driver"), Seen{"warning: module hailo1x_pci claims the same board"});
  fake_.remove(std::string(kFunction) + "/driver");
  EXPECT_EQ(found("driver").at(0), "error: no driver has taken 0000:01:00.0");
  fake_.link(std::string(kFunction) + "/driver", "../../../bus/pci/drivers/vfio-pci");
  EXPECT_EQ(found("driver").at(0), "error: driver vfio-pci holds 0000:01:00.0");
  fake_.remove(kFunction);
  EXPECT_EQ(found("driver").at(0), "error: no Hailo-8 on the PCI bus");
}

TEST_F(Doctor, DkmsWithTheDriverOfSomebodyElse) {
  fake_.file("/var/lib/dkms/hailo_pci/0.1.0/source/dkms.conf", "");
  fake_.file("/var/lib/dkms/hailo_pci/kernel-6.1.0-test-x86_64/module/hailo_pci.ko", "");
  EXPECT_EQ(found("duplicates"), Seen{});
  fake_.file("/var/lib/dkms/hailo_pci/4.20.0/source/dkms.conf", "");
  EXPECT_EQ(found("duplicates"), Seen{"warning: DKMS has hailo_pci more than once: 0.1.0, 4.20.0; "
                                      "the next kernel gets the highest"});
}

TEST_F(Doctor, PagesOfLargeHosts) {
  fake_.file("/proc/self/smaps", "KernelPageSize:       16 kB\n");
  EXPECT_EQ(found("pages"), Seen{});
  board("desc_max_page_size", "16384");
  EXPECT_EQ(found("pages"),
            Seen{"error: pages of the host have 16384 bytes, of a descriptor of hailo0 at most "
                 "16384; HailoRT takes at most 4096"});
  // A driver that does not say.
  fake_.remove("/sys/class/hailo_chardev/hailo0/desc_max_page_size");
  EXPECT_EQ(found("pages").size(), 1u);
  fake_.file("/sys/module/hailo_pci/parameters/force_desc_page_size", "4096\n");
  EXPECT_EQ(found("pages"), Seen{});
}

TEST_F(Doctor, ConflictsInModprobeConfiguration) {
  fake_.file("/sys/module/hailo_pci/parameters/force_desc_page_size", "4096\n");
  fake_.file(kOptions, "options hailo_pci force_desc_page_size=0x1000\n");
  EXPECT_EQ(found("modprobe.d"), Seen{});
  fake_.file("/etc/modprobe.d/a.conf", "options hailo_pci force_desc_page_size=4096\n");
  EXPECT_EQ(found("modprobe.d"), Seen{});
  fake_.file("/etc/modprobe.d/a.conf", "options hailo-pci force_desc_page_size=2048\n");
  EXPECT_EQ(found("modprobe.d"),
            Seen{"error: force_desc_page_size is 2048 in /etc/modprobe.d/a.conf and 0x1000 in "
                 "/etc/modprobe.d/hailo_pci.conf; the last one counts"});
  fake_.file("/etc/modprobe.d/a.conf", "blacklist hailo_pci\ninstall hailo_pci /bin/false\n");
  EXPECT_EQ(found("modprobe.d").size(), 2u);
  fake_.file("/etc/modprobe.d/a.conf", "options hailo_pci force_desc_page_size=0x1000\n");
  EXPECT_EQ(found("modprobe.d"),
            Seen{"warning: `options hailo_pci force_desc_page_size=0x1000` stands twice, in "
                 "/etc/modprobe.d/a.conf and /etc/modprobe.d/hailo_pci.conf"});
  fake_.remove("/etc/modprobe.d");
  EXPECT_EQ(found("modprobe.d"),
            Seen{"warning: force_desc_page_size is 4096, not 0 as modprobe would set it"});
}

TEST_F(Doctor, TheLinkAndItsInterrupt) {
  function("current_link_speed", "5.0 GT/s PCIe");
  EXPECT_EQ(found("link"), Seen{"warning: 0000:01:00.0: link 5.0 GT/s PCIe x1, the board can 8.0 "
                                "GT/s PCIe x1"});
  function("current_link_speed", "8.0 GT/s PCIe");
  function("max_link_width", "4");
  EXPECT_EQ(found("link"), Seen{"note: 0000:01:00.0: link 8.0 GT/s PCIe x1, the board can 8.0 GT/s "
                                "PCIe x4"});
  fake_.remove(std::string(kFunction) + "/msi_irqs");
  EXPECT_EQ(found("msi"), Seen{"error: 0000:01:00.0: no message signalled interrupt"});
  fake_.link(std::string(kFunction) + "/iommu_group", "../../../kernel/iommu_groups/7");
  EXPECT_EQ(found("iommu"), Seen{"note: 0000:01:00.0: behind an IOMMU, group 7"});
}

TEST_F(Doctor, NodesHoldersAndStates) {
  fake_.link("/proc/4711/fd/5", "/dev/hailo0");
  fake_.file("/proc/4711/comm", "detector\n");
  EXPECT_EQ(found("holders"), Seen{"note: 4711 (detector) holds hailo0"});
  EXPECT_EQ(found("node"), Seen{"warning: /dev/hailo0 has mode 0666: every user controls a device "
                                "that does DMA"});
  fake_.remove("/dev/hailo0");
  EXPECT_TRUE(found("node").at(0).starts_with("error: /dev/hailo0 does not exist"));
  board("state", "dead");
  board("state_reason", "PCI error");
  EXPECT_EQ(found("state"), Seen{"error: hailo0 is dead: PCI error"});
}

TEST_F(Doctor, SecureBoot) {
  const std::string variable =
      "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  fake_.file(variable, std::string("\6\0\0\0\0", 5));
  EXPECT_EQ(found("secure boot"), Seen{});
  fake_.file(variable, std::string("\6\0\0\0\1", 5));
  EXPECT_EQ(found("secure boot"), Seen{"note: Secure Boot is on; the module is signed by nobody"});
}

TEST_F(Doctor, TheKernelLogSinceTheLastLoad) {
  fake_.file("/dev/kmsg",
             "3,1,1000,-;hailo 0000:01:00.0: No firmware file found\n"
             "5,2,2000,-;hailo: Init module. driver version 0.1.0\n"
             "4,3,3000,-;hailo 0000:01:00.0: Interrupt lost, 1 found by polling\n"
             "4,4,3000,-;hailo 0000:01:00.0: Interrupt lost, 1 found by polling\n"
             "6,5,3000,-;hailo 0000:01:00.0: fine\n"
             "3,6,3000,-;another: not ours\n");
  EXPECT_EQ(found("kernel log"),
            Seen{"warning: hailo 0000:01:00.0: Interrupt lost, 1 found by polling"});
  fake_.remove("/dev/kmsg");
  EXPECT_EQ(found("kernel log"),
            Seen{"note: not readable, root sees it: /dev/kmsg: No such file or directory"});
}

TEST_F(Doctor, LooksOnlyUnlessAskedToFix) {
  board("desc_max_page_size", "16384");
  fake_.file(kOptions, "options hailo_pci no_power_mode=Y\noptions hailo_pci no_power_mode=Y\n");
  fake_.file(kPath, "/lib/firmware\n\n");
  EXPECT_EQ(run(""), Exit::findings);
  EXPECT_EQ(run("--fix --dry-run"), Exit::findings);
  EXPECT_NE(out_.str().find("would fix set force_desc_page_size=4096 in "), std::string::npos);
  EXPECT_EQ(fake_.root().read(kOptions).value(),
            "options hailo_pci no_power_mode=Y\noptions hailo_pci no_power_mode=Y\n");
  EXPECT_EQ(fake_.root().read(kPath).value(), "/lib/firmware\n\n");

  const std::string fixed =
      "options hailo_pci no_power_mode=Y\noptions hailo_pci force_desc_page_size=4096\n";
  EXPECT_EQ(run("--fix"), Exit::findings);  // the page size comes with the reload
  EXPECT_EQ(fake_.root().read(kOptions).value(), fixed);
  EXPECT_EQ(fake_.root().read(kPath).value(), "/lib/firmware");
  EXPECT_EQ(run("--fix"), Exit::findings);
  EXPECT_EQ(fake_.root().read(kOptions).value(), fixed);
}

TEST_F(Doctor, TheOptionsFileIsMadeIfItIsMissing) {
  board("desc_max_page_size", "16384");
  run("--fix");
  EXPECT_EQ(fake_.root().read(kOptions).value(), "options hailo_pci force_desc_page_size=4096\n");
  fake_.remove("/etc/modprobe.d");
  fake_.file("/etc/modprobe.d", "in the way");
  EXPECT_EQ(run("--fix"), Exit::failure);
  EXPECT_NE(err_.str().find("cannot set force_desc_page_size=4096 in "), std::string::npos)
      << err_.str();
}

TEST_F(Doctor, AnOptionsFileThatCannotBeReadIsNotReplaced) {
  board("desc_max_page_size", "16384");
  const std::string options(sys::Root::kReadLimit + 1, '#');
  fake_.file(kOptions, options);
  EXPECT_EQ(run("--fix"), Exit::failure);
  EXPECT_NE(err_.str().find("hailo_pci.conf: larger than"), std::string::npos) << err_.str();
  EXPECT_EQ(std::filesystem::file_size(fake_.path() + kOptions), options.size());
}

TEST_F(Doctor, AFileWhoseNameIsNoTextDoesNoHarmToJson) {
  fake_.file("/etc/modprobe.d/\xff.conf",
             "blacklist hailo_pci\ninstall hailo_pci true\noptions hailo_pci no_power_mode=Y\n");
  fake_.file("/etc/modprobe.d/\xffz.conf",
             "options hailo_pci no_power_mode=N\noptions hailo_pci no_power_mode=Y\n");
  run("--json");
  EXPECT_NE(out_.str().find(R"(/etc/modprobe.d/\\xff.conf keeps)"), std::string::npos)
      << out_.str();
}

TEST(ModprobeConfig, AnOptionIsSetExactlyOnce) {
  const char* module = "hailo_pci";
  auto set = [&](const std::string& content) {
    return sys::with_option(content, module, "size", "4096");
  };
  EXPECT_EQ(set(""), "options hailo_pci size=4096\n");
  EXPECT_EQ(set("# options hailo_pci size=1\noptions other size=1"),
            "# options hailo_pci size=1\noptions other size=1\noptions hailo_pci size=4096\n");
  EXPECT_EQ(set("options hailo-pci a=1 size=1 b=2\n"), "options hailo-pci a=1 size=4096 b=2\n");
  EXPECT_EQ(set("options hailo_pci size=1\noptions hailo_pci size=2\noptions hailo_pci c=3\n"),
            "options hailo_pci size=4096\noptions hailo_pci c=3\n");
  EXPECT_EQ(set("options hailo_pci sizes=1\n"),
            "options hailo_pci sizes=1\noptions hailo_pci size=4096\n");
  EXPECT_EQ(set(set("options hailo_pci a=1\n")), set("options hailo_pci a=1\n"));
}

TEST(ModprobeConfig, ALineGoesOnBehindABackslash) {
  const std::string content =
      "options hailo_pci \\\n  force_desc_page_size=2048 \\\n  no_power_mode=Y\n"
      "options hailo_pci \\\n  o_dbg=6\n";
  test::FakeRoot fake;
  fake.file(kOptions, content);
  const auto lines = sys::modprobe_lines(fake.root(), "hailo_pci");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].rest, "force_desc_page_size=2048 no_power_mode=Y");
  EXPECT_EQ(lines[1].rest, "o_dbg=6");
  EXPECT_EQ(sys::without_duplicates(content, "hailo_pci"), content);
  EXPECT_EQ(sys::with_option(content, "hailo_pci", "force_desc_page_size", "4096"),
            "options hailo_pci force_desc_page_size=4096 no_power_mode=Y\n"
            "options hailo_pci \\\n  o_dbg=6\n");
}

TEST(ModprobeConfig, DuplicatesGoAndOtherLinesStay) {
  EXPECT_EQ(sys::without_duplicates("# a\noptions x b=1\noptions x  b=1\noptions y b=1\n"
                                    "options y b=1\n# a\n",
                                    "x"),
            "# a\noptions x b=1\noptions y b=1\noptions y b=1\n# a\n");
}

}  // namespace
}  // namespace hailo::fwtool
