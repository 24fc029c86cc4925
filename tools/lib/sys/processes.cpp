// SPDX-License-Identifier: MIT
#include "lib/sys/processes.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "lib/base/text.h"

namespace hailo::sys {
namespace {

bool is_number(const std::string& name, int& value) {
  auto [end, err] = std::from_chars(name.data(), name.data() + name.size(), value);
  return err == std::errc() && end == name.data() + name.size();
}

bool is_device(const Root& root, const std::string& descriptor, dev_t number) {
  struct stat st{};
  return ::stat(root.outside(descriptor).c_str(), &st) == 0 && S_ISCHR(st.st_mode) &&
         st.st_rdev == number;
}

}  // namespace

Result<Holders> holders_of(const Root& root, const std::string& node, std::optional<dev_t> number) {
  auto entries = root.list("/proc");
  if (!entries) return std::unexpected(entries.error());

  Holders found;
  for (const auto& entry : *entries) {
    int pid = 0;
    if (!is_number(entry, pid)) continue;
    const std::string folder = "/proc/" + entry;
    auto descriptors = root.list(folder + "/fd");
    if (!descriptors) {
      // Every other failure means that the process has ended meanwhile.
      if (descriptors.error().code == Error::Code::permission) found.unreadable++;
      continue;
    }
    bool holds = std::any_of(descriptors->begin(), descriptors->end(), [&](const auto& name) {
      const std::string descriptor = folder + "/fd/" + name;
      if (root.read_link(descriptor).value_or("") == node) return true;
      return root.is_machine() && number && is_device(root, descriptor, *number);
    });
    if (holds) found.processes.push_back({pid, root.read_attribute(folder + "/comm").value_or("")});
  }
  std::sort(found.processes.begin(), found.processes.end(),
            [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return found;
}

std::string names_of(const Holders& holders) {
  std::string text;
  for (const auto& process : holders.processes) {
    if (!text.empty()) text += ", ";
    text += std::to_string(process.pid) + " (" + printable(process.comm) + ")";
  }
  return text;
}

}  // namespace hailo::sys
