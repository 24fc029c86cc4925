// SPDX-License-Identifier: MIT
#include "lib/sys/firmware_path.h"

namespace hailo::sys {

std::string alternate_firmware_path(const Root& root) {
  return root.read_attribute("/sys/module/firmware_class/parameters/path").value_or("");
}

std::vector<std::string> firmware_folders(const Root& root, const std::string& kernel_release) {
  std::vector<std::string> folders;
  if (auto path = alternate_firmware_path(root); !path.empty()) folders.push_back(path);
  folders.push_back("/lib/firmware/updates/" + kernel_release);
  folders.push_back("/lib/firmware/updates");
  folders.push_back("/lib/firmware/" + kernel_release);
  folders.push_back("/lib/firmware");
  return folders;
}

std::optional<FirmwareFile> find_firmware(const Root& root, const std::vector<std::string>& folders,
                                          const std::string& name) {
  for (const char* suffix : {"", ".zst", ".xz"}) {
    for (const auto& folder : folders) {
      std::string path = folder + "/" + name + suffix;
      if (root.exists(path)) return FirmwareFile{std::move(path), *suffix != '\0'};
    }
  }
  return std::nullopt;
}

}  // namespace hailo::sys
