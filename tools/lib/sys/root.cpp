// SPDX-License-Identifier: MIT
#include "lib/sys/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "lib/base/unique_fd.h"

namespace hailo::sys {

Root::Root(std::string prefix) : prefix_(std::move(prefix)) {
  while (!prefix_.empty() && prefix_.back() == '/') prefix_.pop_back();
}

std::string Root::outside(std::string_view inside) const { return prefix_ + std::string(inside); }

std::string Root::inside(std::string_view outside) const {
  if (outside.starts_with(prefix_ + "/")) outside.remove_prefix(prefix_.size());
  return std::string(outside);
}

bool Root::exists(std::string_view path) const {
  return ::access(outside(path).c_str(), F_OK) == 0;
}

Result<std::string> Root::read(std::string_view path) const {
  UniqueFd fd(::open(outside(path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, std::string(path));

  std::string content;
  char buffer[65536];
  for (;;) {
    ssize_t n = ::read(fd.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, std::string(path));
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
    if (content.size() > kReadLimit)
      return fail(Error::Code::io,
                  std::string(path) + ": larger than " + std::to_string(kReadLimit) + " bytes");
  }
}

Result<std::string> Root::read_attribute(std::string_view path) const {
  auto content = read(path);
  if (content && content->ends_with('\n')) content->pop_back();
  return content;
}

Result<std::vector<std::string>> Root::list(std::string_view path) const {
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(outside(path).c_str()), ::closedir);
  if (!dir) return fail_errno(errno, std::string(path));

  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());
    if (!entry) break;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return fail_errno(errno, std::string(path));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> Root::read_link(std::string_view path) const {
  char target[PATH_MAX];
  ssize_t n = ::readlink(outside(path).c_str(), target, sizeof(target));
  if (n < 0) return fail_errno(errno, std::string(path));
  return std::string(target, static_cast<std::size_t>(n));
}

Result<std::string> Root::kernel_release() const {
  return read_attribute("/proc/sys/kernel/osrelease");
}

}  // namespace hailo::sys
