// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

/// A device of a class.
struct ClassDevice {
  std::string name;                ///< "hailo0"
  std::string path;                ///< its sysfs folder, inside the root
  std::string node;                ///< "/dev/hailo0"
  std::vector<std::string> links;  ///< udev's further names of the node
};

struct PciFunction {
  std::string address;  ///< "0000:01:00.0"
  std::string driver;   ///< empty if unbound
};

/// All devices of a class, sorted by name; none if the class does not exist.
/// The machine is asked through libudev, a stand-in through its sysfs.
Result<std::vector<ClassDevice>> class_devices(const Root& root, const std::string& subsystem);

/// PCI functions with this identity, sorted by address.
Result<std::vector<PciFunction>> pci_functions(const Root& root, std::uint16_t vendor,
                                               std::uint16_t device);

}  // namespace hailo::sys
