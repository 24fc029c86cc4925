// SPDX-License-Identifier: MIT
#include "lib/sys/devices.h"

#include <libudev.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

namespace hailo::sys {
namespace {

struct UdevDeleter {
  void operator()(udev* u) const { udev_unref(u); }
  void operator()(udev_enumerate* e) const { udev_enumerate_unref(e); }
  void operator()(udev_device* d) const { udev_device_unref(d); }
};
using UdevDevice = std::unique_ptr<udev_device, UdevDeleter>;

std::string hex_attribute(std::uint16_t value) {
  char text[7];
  std::snprintf(text, sizeof(text), "0x%04x", static_cast<unsigned>(value));
  return text;
}

std::string or_empty(const char* text) { return text ? text : ""; }

/// Calls `visit` with every device of `subsystem` that udev knows.
template <typename Visit>
Result<void> each_udev_device(const std::string& subsystem, Visit visit) {
  std::unique_ptr<udev, UdevDeleter> context(udev_new());
  if (!context) return fail(Error::Code::io, "libudev does not start");
  std::unique_ptr<udev_enumerate, UdevDeleter> all(udev_enumerate_new(context.get()));
  if (!all) return fail(Error::Code::io, "libudev cannot enumerate");

  int err = udev_enumerate_add_match_subsystem(all.get(), subsystem.c_str());
  if (err >= 0) err = udev_enumerate_scan_devices(all.get());
  if (err < 0) return fail_errno(-err, "libudev: devices of " + subsystem);

  udev_list_entry* entry = nullptr;
  udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(all.get())) {
    UdevDevice device(udev_device_new_from_syspath(context.get(), udev_list_entry_get_name(entry)));
    if (device) visit(device.get());  // gone again since the scan
  }
  return {};
}

/// hailo2 before hailo10.
bool by_number(const ClassDevice& a, const ClassDevice& b) {
  if (a.name.size() != b.name.size()) return a.name.size() < b.name.size();
  return a.name < b.name;
}

}  // namespace

Result<std::vector<ClassDevice>> class_devices(const Root& root, const std::string& subsystem) {
  std::vector<ClassDevice> devices;
  const std::string folder = "/sys/class/" + subsystem;
  if (root.is_machine()) {
    auto done = each_udev_device(subsystem, [&](udev_device* device) {
      ClassDevice found{or_empty(udev_device_get_sysname(device)),
                        or_empty(udev_device_get_syspath(device)),
                        or_empty(udev_device_get_devnode(device)),
                        {}};
      if (found.node.empty()) return;
      udev_list_entry* link = nullptr;
      udev_list_entry_foreach(link, udev_device_get_devlinks_list_entry(device))
          found.links.emplace_back(udev_list_entry_get_name(link));
      devices.push_back(std::move(found));
    });
    if (!done) return std::unexpected(done.error());
  } else if (root.exists(folder)) {
    auto names = root.list(folder);
    if (!names) return std::unexpected(names.error());
    for (const auto& name : *names)
      devices.push_back({name, folder + "/" + name, "/dev/" + name, {}});
  }
  std::sort(devices.begin(), devices.end(), by_number);
  return devices;
}

Result<std::vector<PciFunction>> pci_functions(const Root& root, std::uint16_t vendor,
                                               std::uint16_t device) {
  const std::string vendor_text = hex_attribute(vendor);
  const std::string device_text = hex_attribute(device);
  std::vector<PciFunction> functions;
  const std::string folder = "/sys/bus/pci/devices";
  if (root.is_machine()) {
    auto done = each_udev_device("pci", [&](udev_device* function) {
      if (or_empty(udev_device_get_sysattr_value(function, "vendor")) != vendor_text ||
          or_empty(udev_device_get_sysattr_value(function, "device")) != device_text)
        return;
      functions.push_back({or_empty(udev_device_get_sysname(function)),
                           or_empty(udev_device_get_driver(function))});
    });
    if (!done) return std::unexpected(done.error());
  } else if (root.exists(folder)) {
    auto names = root.list(folder);
    if (!names) return std::unexpected(names.error());
    for (const auto& name : *names) {
      const std::string function = folder + "/" + name;
      if (root.read_attribute(function + "/vendor").value_or("") != vendor_text ||
          root.read_attribute(function + "/device").value_or("") != device_text)
        continue;
      std::string driver = root.read_link(function + "/driver").value_or("");
      functions.push_back({name, driver.substr(driver.rfind('/') + 1)});
    }
  }
  std::sort(functions.begin(), functions.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  return functions;
}

}  // namespace hailo::sys
