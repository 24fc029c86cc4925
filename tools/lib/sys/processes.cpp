// SPDX-License-Identifier: MIT
#include "lib/sys/processes.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>

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

/// Container runtimes name a process's control group by the 64 hexadecimal digits
/// of the container's id; of nested ones the innermost counts.
std::string container_of(std::string_view cgroup) {
  constexpr std::size_t kIdSize = 64;
  constexpr std::size_t kShownSize = 12;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (std::size_t at = 0; at < cgroup.size();) {
    const std::size_t end = std::min(cgroup.find_first_not_of(kDigits, at), cgroup.size());
    if (end - at == kIdSize) id = cgroup.substr(at, kShownSize);
    at = end + 1;
  }
  return id;
}

Process process_at(const Root& root, int pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::string command = root.read(folder + "/cmdline").value_or("");
  while (command.ends_with('\0')) command.pop_back();
  std::ranges::replace(command, '\0', ' ');
  return {pid, root.read_attribute(folder + "/comm").value_or(""), command,
          container_of(root.read(folder + "/cgroup").value_or(""))};
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
    if (holds) found.processes.push_back(process_at(root, pid));
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

std::string describe(const Process& process) {
  constexpr std::size_t kLongest = 80;  // a line of it is enough to know it again
  std::string command = process.command.empty() ? process.comm : process.command;
  if (command.size() > kLongest) command = command.substr(0, kLongest) + "...";
  std::string text = std::to_string(process.pid) + " (" + printable(command);
  if (!process.container.empty()) text += ", container " + process.container;
  return text + ")";
}

}  // namespace hailo::sys
