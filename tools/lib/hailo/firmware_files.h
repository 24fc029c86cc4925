// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/hailo/version.h"
#include "lib/sys/root.h"

namespace hailo {

/// The names that the driver requests for a board, in its order. `name` is the
/// module's firmware_name and wins if not empty; `pin` is the board's pinned
/// release, empty if none.
std::vector<std::string> firmware_names(const std::string& name, const std::string& pin);

/// The image that the driver would load, examined.
struct FirmwareOnDisk {
  std::string path;
  std::size_t size = 0;                    ///< bytes
  std::optional<FirmwareVersion> version;  ///< from the header, if it has one
  std::optional<Error> defect;             ///< why the driver would refuse it
  bool compressed = false;                 ///< the kernel unpacks it; not examined
};

/// Nothing if none of `names` exists.
std::optional<FirmwareOnDisk> examine_firmware(const sys::Root& root,
                                               const std::vector<std::string>& folders,
                                               const std::vector<std::string>& names);

}  // namespace hailo
