// SPDX-License-Identifier: MIT
#include "lib/hailo/firmware_files.h"

#include "lib/base/bytes.h"
#include "lib/hailo/firmware_image.h"
#include "lib/sys/firmware_path.h"

namespace hailo {
namespace {

FirmwareOnDisk examine(const sys::Root& root, const sys::FirmwareFile& file) {
  FirmwareOnDisk found;
  found.path = file.path;
  found.compressed = file.compressed;
  auto content = root.read(file.path);
  if (!content) {
    found.defect = content.error();
    return found;
  }
  found.size = content->size();
  if (found.compressed) return found;

  const Bytes image(content->begin(), content->end());
  if (auto version = FirmwareImage::peek_version(image)) found.version = *version;
  if (auto parsed = FirmwareImage::parse(image); !parsed) found.defect = parsed.error();
  return found;
}

}  // namespace

std::vector<std::string> firmware_names(const std::string& name, const std::string& pin) {
  if (!name.empty()) return {name};
  std::vector<std::string> names;
  if (!pin.empty()) names.push_back("hailo/hailo8_fw." + pin + ".bin");
  names.push_back("hailo/hailo8_fw.bin");
  return names;
}

std::optional<FirmwareOnDisk> examine_firmware(const sys::Root& root,
                                               const std::vector<std::string>& folders,
                                               const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (auto file = sys::find_firmware(root, folders, name)) return examine(root, *file);
  }
  return std::nullopt;
}

}  // namespace hailo
