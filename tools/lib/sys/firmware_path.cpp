// SPDX-License-Identifier: MIT
#include "lib/sys/firmware_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"

namespace hailo::sys {
namespace {

constexpr const char* kPathAttribute = "/sys/module/firmware_class/parameters/path";
constexpr std::size_t kPathMax = 255;  // bytes; the kernel's buffer has one more for the NUL

}  // namespace

std::string alternate_firmware_path(const Root& root) {
  return root.read_attribute(kPathAttribute).value_or("");
}

Result<void> check_alternate_firmware_path(const std::string& folder) {
  if (!folder.starts_with('/'))
    return fail(Error::Code::invalid_argument, printable(folder) + " is no absolute path");
  if (folder.size() > kPathMax)
    return fail(Error::Code::invalid_argument, "the path has " + std::to_string(folder.size()) +
                                                   " bytes, the kernel takes " +
                                                   std::to_string(kPathMax));
  if (std::any_of(folder.begin(), folder.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return fail(Error::Code::invalid_argument,
                "the path " + printable(folder) + " has a control character");
  return {};
}

Result<void> set_alternate_firmware_path(const Root& root, const std::string& folder) {
  if (auto ok = check_alternate_firmware_path(folder); !ok) return ok;
  // One write: the kernel takes each for a whole value.
  const UniqueFd fd(::open(root.outside(kPathAttribute).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd) return fail_errno(errno, std::string("cannot set ") + kPathAttribute);
  if (::write(fd.get(), folder.data(), folder.size()) != static_cast<ssize_t>(folder.size()))
    return fail_errno(errno, std::string("cannot set ") + kPathAttribute);
  if (const std::string now = alternate_firmware_path(root); now != folder)
    return fail(Error::Code::io, std::string(kPathAttribute) + " reads back as '" + printable(now) +
                                     "', not '" + folder + "'");
  return {};
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
