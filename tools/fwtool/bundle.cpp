// SPDX-License-Identifier: MIT
#include "fwtool/bundle.h"

#include <hailo_regs.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cctype>
#include <cstdio>
#include <regex>
#include <sstream>

#include "lib/hailo/discovery.h"
#include "lib/hailo/module_parameters.h"
#include "lib/sys/devices.h"
#include "lib/sys/kernel_log.h"
#include "lib/sys/modprobe_config.h"

namespace hailo::fwtool {
namespace {

/// What a command prints, failure and all.
std::string output_of(const Context& context, Action (*configure)(CLI::App&)) {
  std::ostringstream text;
  CLI::App app;
  const Action action = configure(app);
  Context quiet{.root = context.root, .out = text, .err = text};
  action(quiet);
  return text.str();
}

std::string kernel_messages(const sys::Root& root) {
  auto log = sys::kernel_log(root);
  if (!log) return "not readable: " + log.error().message + "\n";
  std::string text;
  for (const auto& message : *log) {
    if (!message.text.contains("hailo")) continue;
    char stamp[40];
    std::snprintf(stamp, sizeof(stamp), "<%u>[%llu.%06llu] ", message.level,
                  static_cast<unsigned long long>(message.time_us / 1'000'000),
                  static_cast<unsigned long long>(message.time_us % 1'000'000));
    text += stamp + message.text + "\n";
  }
  return text;
}

/// "name: value" of the plain files in a folder of sysfs.
std::string attributes(const sys::Root& root, const std::string& folder) {
  std::string text;
  for (const auto& name : root.list(folder).value_or(std::vector<std::string>{}))
    if (auto value = root.read_attribute(folder + "/" + name)) text += name + ": " + *value + "\n";
  return text;
}

/// Reading all of a function's files would read its memory.
std::string function_attributes(const sys::Root& root, const std::string& address) {
  constexpr std::array kNames = {"vendor",
                                 "device",
                                 "subsystem_vendor",
                                 "subsystem_device",
                                 "revision",
                                 "class",
                                 "irq",
                                 "numa_node",
                                 "max_link_speed",
                                 "max_link_width",
                                 "current_link_speed",
                                 "current_link_width",
                                 "power_state",
                                 "enable",
                                 "resource",
                                 "dma_mask_bits",
                                 "aer_dev_correctable",
                                 "aer_dev_nonfatal",
                                 "aer_dev_fatal"};
  std::string text;
  for (const char* name : kNames)
    if (auto value = root.read_attribute("/sys/bus/pci/devices/" + address + "/" + name))
      text += std::string(name) + ": " + *value + "\n";
  return text;
}

std::string modprobe_text(const sys::Root& root) {
  std::string text;
  for (const auto& line : sys::modprobe_lines(root, kModuleName))
    text += line.file + ": " + line.command + " " + kModuleName + " " + line.rest + "\n";
  return text;
}

/// Words of the kernel's command line that matter here; the rest may name the
/// user's disks and servers.
std::string command_line(const sys::Root& root) {
  std::istringstream words(root.read("/proc/cmdline").value_or(""));
  std::string text;
  for (std::string word; words >> word;)
    for (const char* prefix : {"hailo_pci.", "pci=", "pcie_", "iommu", "intel_iommu=", "amd_iommu=",
                               "cma=", "swiotlb=", "module.sig_enforce", "lockdown="})
      if (word.starts_with(prefix)) text += word + "\n";
  return text;
}

std::string interrupts(const sys::Root& root) {
  std::istringstream lines(root.read("/proc/interrupts").value_or(""));
  std::string text;
  for (std::string line; std::getline(lines, line);)
    if (text.empty() || line.ends_with(" hailo")) text += line + "\n";
  return text;
}

}  // namespace

std::string without_secrets(std::string_view text, const std::string& host) {
  static const std::regex kAddress("//[^/@\\s]+@");
  static const std::regex kValue(
      "((?:password|passwd|token|secret|api[_-]?key|access[_-]?key)\\s*[=:]\\s*)\\S+",
      std::regex::icase);
  std::string clean = std::regex_replace(std::string(text), kAddress, "//REMOVED@");
  clean = std::regex_replace(clean, kValue, "$1REMOVED");
  if (host.empty() || host == "localhost") return clean;

  // As a word of its own: a machine may be called "hailo".
  auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (std::size_t at = 0; (at = clean.find(host, at)) != std::string::npos;) {
    const std::size_t end = at + host.size();
    if ((at > 0 && is_name(clean[at - 1])) || (end < clean.size() && is_name(clean[end]))) {
      at = end;
      continue;
    }
    clean.replace(at, host.size(), "HOST");
    at += 4;
  }
  return clean;
}

std::vector<TarEntry> collect_bundle(const Context& context) {
  const sys::Root& root = context.root;
  std::vector<TarEntry> entries = {
      {"status.txt", output_of(context, configure_status)},
      {"doctor.txt", output_of(context, configure_doctor)},
      {"kernel.txt", root.read("/proc/version").value_or("")},
      {"kernel-log.txt", kernel_messages(root)},
      {"command-line.txt", command_line(root)},
      {"interrupts.txt", interrupts(root)},
      {"modprobe.txt", modprobe_text(root)},
      {"parameters.txt",
       attributes(root, "/sys/module/" + std::string(kModuleName) + "/parameters")},
  };
  for (const auto& board : discover(root).value_or(std::vector<Board>{}))
    entries.push_back({"sysfs/" + board.name + ".txt",
                       attributes(root, "/sys/class/hailo_chardev/" + board.name)});
  for (const auto& function :
       sys::pci_functions(root, HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8)
           .value_or(std::vector<sys::PciFunction>{}))
    entries.push_back(
        {"sysfs/" + function.address + ".txt", function_attributes(root, function.address)});

  const std::string host = root.read_attribute("/proc/sys/kernel/hostname").value_or("");
  std::string manifest;
  for (auto& entry : entries) {
    entry.content = without_secrets(entry.content, host);
    manifest += entry.name + " " + std::to_string(entry.content.size()) + "\n";
  }
  entries.insert(entries.begin(), {"manifest.txt", manifest});
  for (auto& entry : entries) entry.name = "hailo-bundle/" + entry.name;
  return entries;
}

}  // namespace hailo::fwtool
