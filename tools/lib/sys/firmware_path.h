// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

/// The folders in which the kernel looks for firmware, first match wins:
/// the alternate path of firmware_class if set, then the built-in list.
std::vector<std::string> firmware_folders(const Root& root, const std::string& kernel_release);

/// The kernel's alternate path as it stands, empty if none is set. A newline
/// inside (from `echo` without -n) is kept: it makes the kernel miss the folder.
std::string alternate_firmware_path(const Root& root);

/// Whether the kernel can have it as its alternate path: absolute, at most 255
/// bytes, without control characters (it takes a newline for a part of the name).
Result<void> check_alternate_firmware_path(const std::string& folder);

/// Sets the alternate path, if it passes the check, and reads it back.
Result<void> set_alternate_firmware_path(const Root& root, const std::string& folder);

struct FirmwareFile {
  std::string path;  ///< inside the root
  bool compressed;   ///< .zst or .xz, which the kernel unpacks itself
};

/// The file that a request for `name` gets: plain in any folder first, then
/// .zst, then .xz.
std::optional<FirmwareFile> find_firmware(const Root& root, const std::vector<std::string>& folders,
                                          const std::string& name);

}  // namespace hailo::sys
