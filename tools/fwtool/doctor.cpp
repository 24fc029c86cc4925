// SPDX-License-Identifier: MIT
#include "fwtool/doctor.h"

#include <hailo_regs.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include "fwtool/explain.h"
#include "lib/base/atomic_file.h"
#include "lib/base/text.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/firmware_files.h"
#include "lib/hailo/manifest.h"
#include "lib/hailo/module_parameters.h"
#include "lib/sys/devices.h"
#include "lib/sys/firmware_path.h"
#include "lib/sys/kernel_log.h"
#include "lib/sys/modprobe_config.h"
#include "lib/sys/module.h"
#include "lib/sys/processes.h"
#include "lib/sys/shared_library.h"

namespace hailo::fwtool {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOptionsFile = "/etc/modprobe.d/hailo_pci.conf";
constexpr const char* kReload = "`hailo-fwtool reload`";
constexpr unsigned long kLibraryPageMax = 4096;  // bytes, of HailoRT

/// Looked up once, for all checks.
struct Facts {
  const sys::Root& root;
  std::string release;
  Result<sys::ModuleFile> file;
  std::optional<sys::LoadedModule> loaded;
  std::vector<sys::PciFunction> functions;
  std::vector<Board> boards;
  std::vector<sys::ModprobeLine> configuration;
};

using Findings = std::vector<Finding>;

std::string text_of(const std::optional<std::string>& text) {
  return text && !text->empty() ? printable(*text) : "unknown";
}

std::string attribute(const Facts& facts, const sys::PciFunction& function, const char* name) {
  return facts.root.read_attribute("/sys/bus/pci/devices/" + function.address + "/" + name)
      .value_or("");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + printable(text);
  return all;
}

// Versions

void check_module(const Facts& facts, Findings& findings) {
  if (!facts.file) {
    findings.push_back({Severity::error, "module", printable(facts.file.error().message),
                        install_hint(facts.release)});
  } else if (!facts.loaded) {
    findings.push_back({Severity::error, "module",
                        printable(facts.file->path) + " is installed, but not loaded", kReload});
  } else if (facts.file->srcversion != facts.loaded->srcversion) {
    findings.push_back({Severity::warning, "module",
                        "loaded is version " + text_of(facts.loaded->version) + " (srcversion " +
                            text_of(facts.loaded->srcversion) + "), on disk " +
                            text_of(facts.file->version) + " (" + text_of(facts.file->srcversion) +
                            ")",
                        kReload});
  } else {
    findings.push_back({Severity::ok, "module",
                        "version " + text_of(facts.loaded->version) + ", loaded from " +
                            printable(facts.file->path)});
  }
}

void check_firmware(const Facts& facts, Findings& findings) {
  const auto folders = sys::firmware_folders(facts.root, facts.release);
  const std::string name = loaded_parameter(facts.root, "firmware_name");
  const std::string pin = loaded_parameter(facts.root, "compat_version");
  auto look = [&](const std::string& board_pin, const std::optional<std::string>& running,
                  const std::string& whose) {
    const auto names = firmware_names(name, board_pin == "auto" ? "" : board_pin);
    const auto image = examine_firmware(facts.root, folders, names);
    if (!image)
      findings.push_back(
          {Severity::error, "firmware",
           whose + "none of " + joined(names) + " is in " + joined(folders),
           "`hailo-fwtool stage`, or put the file to /lib/firmware/hailo/hailo8_fw.bin"});
    else if (image->defect)
      findings.push_back({Severity::error, "firmware",
                          whose + "the driver would refuse " + printable(image->path) + ": " +
                              printable(image->defect->message),
                          "`hailo-fwtool stage` with a good file"});
    else if (running && image->version && *running != image->version->number())
      findings.push_back({Severity::warning, "firmware",
                          whose + printable(image->path) + " is " + image->version->number() +
                              ", running is " + printable(*running),
                          kReload});
    else
      findings.push_back(
          {Severity::ok, "firmware",
           whose + printable(image->path) + ", " +
               (image->version ? image->version->describe() : "not examined (compressed)")});
  };
  if (facts.boards.empty()) look(pin, std::nullopt, "");
  for (const auto& board : facts.boards)
    look(board.compat_version.value_or(pin), board.firmware_version, board.name + ": ");
}

/// HailoRT compares all three numbers with its own.
void check_library(const Facts& facts, Findings& findings) {
  const auto libraries = sys::find_shared_libraries(facts.root, "libhailort.so.");
  if (libraries.empty()) {
    findings.push_back({Severity::note, "library", "no HailoRT library is installed"});
    return;
  }
  std::set<std::string> versions;
  // Not the links to them, whose names have a part of it.
  for (const auto& library : libraries)
    if (parse_release(library.version)) versions.insert(library.version);
  if (versions.empty()) versions.insert(libraries.front().version);
  if (versions.size() > 1) {
    findings.push_back(
        {Severity::warning, "library",
         "HailoRT is there more than once: " + joined({versions.begin(), versions.end()}),
         "remove all but one of the packages; `ldconfig -p | grep hailort` shows "
         "which one the loader takes"});
    return;
  }
  const std::string version = *versions.begin();
  for (const auto& board : facts.boards) {
    if (board.release == version || !board.release) continue;
    const bool only_revision = board.release->substr(0, board.release->rfind('.')) ==
                               version.substr(0, version.rfind('.'));
    findings.push_back({Severity::error, "library",
                        board.name + " reports release " + printable(*board.release) +
                            ", HailoRT is " + printable(version) + " and refuses it",
                        only_revision
                            ? "`echo " + printable(version) + " > /sys/class/hailo_chardev/" +
                                  board.name + "/compat_version`"
                            : "`hailo-fwtool up --for " + printable(version) + "`"});
    return;
  }
  findings.push_back({Severity::ok, "library", "HailoRT " + printable(version)});
}

// Modules

void check_duplicates(const Facts& facts, Findings& findings) {
  std::vector<std::string> files;
  std::error_code error;
  const std::string folder = "/lib/modules/" + facts.release;
  for (fs::recursive_directory_iterator entry(facts.root.outside(folder), error), end;
       !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with("hailo_pci.ko"))
      files.push_back(facts.root.inside(entry->path().string()));
  std::ranges::sort(files);
  if (files.size() < 2) return;
  const bool known = facts.file.has_value();
  const bool in_tree = known && facts.file->path.starts_with(folder + "/kernel/");
  const std::string seen = "hailo_pci is there more than once: " + joined(files) +
                           (known ? "; modprobe takes " + printable(facts.file->path) : "");
  if (in_tree)
    findings.push_back({Severity::error, "duplicates", seen,
                        "`echo 'override hailo_pci * updates/dkms' > /etc/depmod.d/hailo_pci.conf "
                        "&& depmod -a`, then `hailo-fwtool reload`"});
  else
    findings.push_back({Severity::note, "duplicates", seen});
}

/// Of modules of one name DKMS gives a new kernel that with the highest number.
void check_dkms(const Facts& facts, Findings& findings) {
  auto versions = facts.root.list("/var/lib/dkms/hailo_pci").value_or(std::vector<std::string>{});
  // Beside them are links to what has been built.
  std::erase_if(versions, [](const auto& name) { return !parse_release(name); });
  if (versions.size() > 1)
    findings.push_back({Severity::warning, "duplicates",
                        "DKMS has hailo_pci more than once: " + joined(versions) +
                            "; the next kernel gets the highest",
                        "remove the package of the other driver, or `dkms remove "
                        "hailo_pci/VERSION --all`"});
}

void check_claims(const Facts& facts, Findings& findings) {
  for (const auto& function : facts.functions) {
    if (function.driver.empty())
      findings.push_back(
          {Severity::error, "driver", "no driver has taken " + function.address,
           facts.loaded ? "see the kernel messages below, then `hailo-fwtool reload`" : kReload});
    else if (function.driver != "hailo")
      findings.push_back({Severity::error, "driver",
                          "driver " + printable(function.driver) + " holds " + function.address,
                          "`echo " + function.address + " > /sys/bus/pci/drivers/" +
                              printable(function.driver) + "/unbind`, then `hailo-fwtool reload`"});
  }
  if (facts.functions.empty())
    findings.push_back({Severity::error, "driver", "no Hailo-8 on the PCI bus",
                        "check seating and power, then `echo 1 > /sys/bus/pci/rescan`"});

  std::istringstream aliases(
      facts.root.read("/lib/modules/" + facts.release + "/modules.alias").value_or(""));
  std::set<std::string> others;
  for (std::string word, alias, module; aliases >> word >> alias >> module;)
    if (alias.starts_with("pci:v00001E60d00002864") && module != kModuleName) others.insert(module);
  for (const auto& module : others)
    findings.push_back({Severity::warning, "driver",
                        "module " + printable(module) + " claims the same board",
                        "`echo 'blacklist " + printable(module) + "' > /etc/modprobe.d/blacklist-" +
                            printable(module) + ".conf`"});
}

// Firmware path

void check_path(const Facts& facts, Findings& findings) {
  const std::string path = sys::alternate_firmware_path(facts.root);
  if (path.empty()) return;
  const std::size_t end = path.find_last_not_of('\n');
  const std::string clean = path.substr(0, end + 1);
  if (clean != path)
    findings.push_back(
        {Severity::error, "path",
         "the alternate firmware path ends with a newline, the kernel finds "
         "nothing there",
         "`printf %s " + printable(clean) + " > /sys/module/firmware_class/parameters/path`",
         Fix{"set the alternate firmware path to " + printable(clean),
             [clean](const sys::Root& root) {
               return sys::set_alternate_firmware_path(root, clean);
             }}});
  else if (!facts.root.exists(path))
    findings.push_back({Severity::warning, "path",
                        "the alternate firmware path " + printable(path) + " does not exist",
                        "mount it, or `printf '' > /sys/module/firmware_class/parameters/path`"});
  else
    findings.push_back(
        {Severity::ok, "path", "firmware is searched in " + printable(path) + " first"});
}

// Pages

unsigned long host_page(const sys::Root& root) {
  const std::string maps = root.read("/proc/self/smaps").value_or("");
  constexpr std::string_view kKey = "KernelPageSize:";
  const std::size_t at = maps.find(kKey);
  return at == std::string::npos
             ? 0
             : std::strtoul(maps.c_str() + at + kKey.size(), nullptr, 10) * 1024;
}

Fix set_page_size() {
  return {"set force_desc_page_size=4096 in " + std::string(kOptionsFile),
          [](const sys::Root& root) -> Result<void> {
            auto old = root.read(kOptionsFile);
            if (!old && old.error().code != Error::Code::not_found)
              return std::unexpected(old.error());
            const std::string text =
                sys::with_option(old.value_or(""), kModuleName, "force_desc_page_size", "4096");
            std::error_code error;
            fs::create_directories(root.outside("/etc/modprobe.d"), error);
            if (error) return fail_errno(error.value(), "/etc/modprobe.d");
            return write_file_atomically(root.outside(kOptionsFile),
                                         std::as_bytes(std::span(text)));
          }};
}

void check_pages(const Facts& facts, Findings& findings) {
  const unsigned long page = host_page(facts.root);
  const std::string host = page ? "pages of the host have " + std::to_string(page) + " bytes, "
                                : "the host's page size is unknown, ";
  const std::string cure =
      "`hailo-fwtool doctor --fix`, which puts `options hailo_pci "
      "force_desc_page_size=4096` to " +
      std::string(kOptionsFile) + ", then `hailo-fwtool reload`";
  for (const auto& board : facts.boards) {
    if (!board.page_size) {
      // A driver that does not say takes the host's page.
      if (page > kLibraryPageMax && loaded_parameter(facts.root, "force_desc_page_size") != "4096")
        findings.push_back({Severity::error, "pages",
                            host + "and the driver of " + board.name +
                                " may offer that, more than HailoRT takes (4096)",
                            cure, set_page_size()});
      continue;
    }
    const bool too_large = std::strtoul(board.page_size->c_str(), nullptr, 10) > kLibraryPageMax;
    const std::string seen =
        host + "of a descriptor of " + board.name + " at most " + printable(*board.page_size);
    if (too_large)
      findings.push_back(
          {Severity::error, "pages", seen + "; HailoRT takes at most 4096", cure, set_page_size()});
    else
      findings.push_back({Severity::ok, "pages", seen});
  }
}

// modprobe.d

void check_configuration(const Facts& facts, Findings& findings) {
  std::map<std::string, std::pair<std::string, std::string>> values;  // value and file by name
  std::map<std::string, std::string> lines;                           // file by line
  for (const auto& line : facts.configuration) {
    const std::string file = printable(line.file);
    if (line.command == "blacklist")
      findings.push_back({Severity::warning, "modprobe.d",
                          file + " keeps the module from being loaded at boot",
                          "remove `blacklist hailo_pci` there"});
    if (line.command == "install")
      findings.push_back({Severity::warning, "modprobe.d",
                          file + " replaces the loading of the module by a command",
                          "remove `install hailo_pci` there"});
    if (line.command != "options") continue;

    auto [first, is_new] = lines.emplace(line.rest, file);
    if (!is_new) {
      Finding finding{Severity::warning, "modprobe.d",
                      "`options hailo_pci " + printable(line.rest) + "` stands twice, in " +
                          first->second + " and " + file,
                      "remove one of them"};
      if (first->second == kOptionsFile && line.file == kOptionsFile) {
        finding.cure = "`hailo-fwtool doctor --fix`";
        finding.fix = Fix{"remove duplicates from " + std::string(kOptionsFile),
                          [](const sys::Root& root) -> Result<void> {
                            auto old = root.read(kOptionsFile);
                            if (!old) return std::unexpected(old.error());
                            const std::string text = sys::without_duplicates(*old, kModuleName);
                            return write_file_atomically(root.outside(kOptionsFile),
                                                         std::as_bytes(std::span(text)));
                          }};
      }
      findings.push_back(finding);
      continue;
    }
    for (const auto& [name, value] : parse_parameters(line.rest)) {
      auto [entry, fresh] = values.emplace(name, std::pair(value, file));
      if (!fresh && !same_value(name, entry->second.first, value))
        findings.push_back({Severity::error, "modprobe.d",
                            name + " is " + printable(entry->second.first) + " in " +
                                entry->second.second + " and " + printable(value) + " in " + file +
                                "; the last one counts",
                            "remove one of them, then `hailo-fwtool reload`"});
      entry->second = {value, file};
      if (facts.file && !facts.file->parameters.empty() &&
          !std::ranges::count(facts.file->parameters, name))
        findings.push_back({Severity::warning, "modprobe.d",
                            "the module has no parameter " + printable(name) + ", set in " + file,
                            "remove it there; there are: " + joined(facts.file->parameters)});
    }
  }
  if (!facts.loaded) return;
  Parameters wanted;
  for (const auto& [name, entry] : values) wanted[name] = entry.first;
  if (auto difference = differing_parameter(facts.root, wanted))
    findings.push_back(
        {Severity::warning, "modprobe.d", *difference + " as modprobe would set it", kReload});
}

// PCI

void check_pci(const Facts& facts, Findings& findings) {
  for (const auto& function : facts.functions) {
    const std::string folder = "/sys/bus/pci/devices/" + function.address;
    const std::string at = function.address + ": ";
    if (function.driver == "hailo") {
      const auto vectors = facts.root.list(folder + "/msi_irqs");
      if (vectors && !vectors->empty())
        findings.push_back({Severity::ok, "msi", at + "interrupt " + vectors->front()});
      else
        findings.push_back({Severity::error, "msi", at + "no message signalled interrupt",
                            "remove `pci=nomsi` from the kernel's command line, or try another "
                            "slot: some switches have too few"});
    }

    const std::string speed = attribute(facts, function, "current_link_speed");
    const std::string best_speed = attribute(facts, function, "max_link_speed");
    const std::string width = attribute(facts, function, "current_link_width");
    const std::string best_width = attribute(facts, function, "max_link_width");
    if (!speed.empty()) {
      const std::string seen = at + "link " + printable(speed) + " x" + printable(width) +
                               ", the board can " + printable(best_speed) + " x" +
                               printable(best_width);
      const bool slow = speed != best_speed;
      const bool raspberry =
          facts.root.read("/proc/device-tree/model").value_or("").starts_with("Raspberry Pi");
      if (slow && raspberry)
        findings.push_back({Severity::warning, "link", seen,
                            "`echo dtparam=pciex1_gen=3 >> /boot/firmware/config.txt`, reboot"});
      else if (slow)
        findings.push_back({Severity::warning, "link", seen,
                            "raise the slot's generation in the firmware setup; reseat the board"});
      else if (width != best_width)
        findings.push_back({Severity::note, "link", seen});
      else
        findings.push_back({Severity::ok, "link", seen});
    }
    const std::string group = facts.root.read_link(folder + "/iommu_group").value_or("");
    findings.push_back({Severity::note, "iommu",
                        at + (group.empty() ? "no IOMMU: the board reaches all memory"
                                            : "behind an IOMMU, group " +
                                                  printable(group.substr(group.rfind('/') + 1)))});
  }
}

// The node

void check_nodes(const Facts& facts, Findings& findings) {
  for (const auto& board : facts.boards) {
    if (auto node = check_node(facts.root, board); !node) {
      findings.push_back({Severity::error, "node", node.error().what, node.error().next});
      continue;
    }
    struct stat st{};
    if (::stat(facts.root.outside(board.node).c_str(), &st) != 0) continue;
    char mode[8];
    std::snprintf(mode, sizeof(mode), "%04o", static_cast<unsigned>(st.st_mode & 07777));
    const std::string seen = board.node + " has mode " + mode;
    if (st.st_mode & 0006)
      findings.push_back({Severity::warning, "node",
                          seen + ": every user controls a device that does DMA",
                          "of the rules that `grep -rl hailo_chardev /etc/udev /usr/lib/udev "
                          "/usr/local/lib/udev` finds keep 51-hailo-pci.rules alone, then `udevadm "
                          "control --reload && udevadm trigger --subsystem-match=hailo_chardev`"});
    else if (!(st.st_mode & 0060))
      findings.push_back({Severity::note, "node", seen + ": for its owner alone"});
    else
      findings.push_back({Severity::ok, "node", seen});
  }
}

void check_holders(const Facts& facts, Findings& findings) {
  for (const auto& board : facts.boards) {
    auto holders = sys::holders_of(facts.root, board.node, board.number);
    if (!holders) continue;
    for (const auto& process : holders->processes)
      findings.push_back(
          {Severity::note, "holders", sys::describe(process) + " holds " + board.name});
    if (holders->unreadable)
      findings.push_back({Severity::note, "holders",
                          std::to_string(holders->unreadable) +
                              " processes could not be examined; root sees all"});
  }
}

void check_states(const Facts& facts, Findings& findings) {
  for (const auto& board : facts.boards) {
    if (board.state == "dead" || board.state == "removed")
      findings.push_back(
          {Severity::error, "state",
           board.name + " is " + printable(*board.state) + ": " + text_of(board.state_reason),
           "`hailo-fwtool reset " + board.name + "`; else " + kReload});
    else
      findings.push_back({Severity::ok, "state", board.name + " is " + text_of(board.state)});
  }
}

void check_secure_boot(const Facts& facts, Findings& findings) {
  // Four bytes of attributes, then the value.
  const std::string variable =
      facts.root.read("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")
          .value_or("");
  if (variable.size() != 5 || variable[4] != 1) return;
  if (facts.file && facts.file->signer.empty() && !facts.loaded)
    findings.push_back({Severity::error, "secure boot",
                        "Secure Boot is on, and " + printable(facts.file->path) +
                            " is not signed: the kernel will reject it",
                        "`mokutil --import /var/lib/dkms/mok.pub`, reboot, confirm, then `dkms "
                        "install --force hailo_pci/" +
                            printable(facts.file->version) + "`"});
  else
    findings.push_back(
        {Severity::note, "secure boot",
         "Secure Boot is on; the module is signed by " + (facts.file && !facts.file->signer.empty()
                                                              ? printable(facts.file->signer)
                                                              : std::string("nobody"))});
}

// Kernel messages

struct Known {
  const char* part;
  const char* cure;
};
constexpr std::array kKnown = {
    Known{"No firmware file found", "`hailo-fwtool stage`, then `hailo-fwtool reload`"},
    Known{"refused: ", "`hailo-fwtool stage` with an image for Hailo-8"},
    Known{"do not read back", "reseat the board and its cable; try PCIe Gen 2; power cycle"},
    Known{"Timeout waiting for NNC firmware", "power cycle; try another release of the firmware"},
    Known{"soft reset", "power cycle if a failed function level reset follows"},
    Known{"Interrupt lost", "`grep hailo /proc/interrupts`; try another slot"},
    Known{"Device disconnected", "check power and cable, then `echo 1 > /sys/bus/pci/rescan`"},
    Known{"Failed waking up board", "`hailo-fwtool reload no_power_mode=Y`"},
    Known{"timeout waiting for control", "`hailo-fwtool reset` if it comes again"},
    Known{"force_desc_page_size", "`hailo-fwtool doctor --fix`, then `hailo-fwtool reload`"},
    Known{"compat_version", "correct compat_version in /etc/modprobe.d"},
    Known{"refuses most controls", "`echo auto > /sys/class/hailo_chardev/hailo0/compat_version`"},
};

void check_log(const Facts& facts, Findings& findings) {
  auto log = sys::kernel_log(facts.root);
  if (!log) {
    findings.push_back({Severity::note, "kernel log",
                        "not readable, root sees it: " + printable(log.error().message)});
    return;
  }
  // What came before the last load is history.
  auto start = std::ranges::find_if(log->rbegin(), log->rend(), [](const auto& message) {
    return message.text.starts_with("hailo: Init module");
  });
  std::set<std::string> seen;
  for (auto message = start.base(); message != log->end(); ++message) {
    if (message->level > 4 || !message->text.starts_with("hailo")) continue;
    if (!seen.insert(message->text).second) continue;
    const auto known = std::ranges::find_if(
        kKnown, [&](const Known& entry) { return message->text.contains(entry.part); });
    findings.push_back(
        {Severity::warning, "kernel log", printable(message->text),
         known == kKnown.end() ? "`hailo-fwtool bundle` for a report" : known->cure});
  }
}

}  // namespace

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "error";
}

std::vector<Finding> examine(const sys::Root& root) {
  const std::string release = root.kernel_release().value_or("");
  const Facts facts{
      root,
      release,
      sys::find_module(root, release, kModuleName),
      sys::loaded_module(root, kModuleName),
      sys::pci_functions(root, HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8)
          .value_or(std::vector<sys::PciFunction>{}),
      discover(root).value_or(std::vector<Board>{}),
      sys::modprobe_lines(root, kModuleName),
  };
  Findings findings;
  for (auto check : {check_module, check_duplicates, check_dkms, check_claims, check_firmware,
                     check_path, check_library, check_pages, check_configuration, check_pci,
                     check_states, check_nodes, check_holders, check_secure_boot, check_log})
    check(facts, findings);
  return findings;
}

}  // namespace hailo::fwtool
