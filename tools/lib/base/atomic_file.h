// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "lib/base/result.h"
#include "lib/base/scope_exit.h"
#include "lib/base/unique_fd.h"

namespace hailo {

/// Makes `path` a file with these bytes and this mode, all or nothing: a
/// temporary file beside it, synced, then renamed, then the folder synced.
/// The old file stays if anything before the rename fails.
inline Result<void> write_file_atomically(const std::string& path, std::span<const std::byte> bytes,
                                          mode_t mode = 0644) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);

  std::string temporary = path + ".XXXXXX";
  UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return fail_errno(errno, "cannot create " + temporary);
  ScopeExit remove([&] { ::unlink(temporary.c_str()); });

  for (auto rest = bytes; !rest.empty();) {
    const ssize_t n = ::write(file.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "cannot write " + temporary);
    rest = rest.subspan(static_cast<std::size_t>(n));
  }
  if (::fchmod(file.get(), mode) != 0) return fail_errno(errno, "cannot chmod " + temporary);
  if (::fsync(file.get()) != 0) return fail_errno(errno, "cannot sync " + temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail_errno(errno, "cannot rename " + temporary + " to " + path);
  }
  remove.dismiss();

  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno(errno, "cannot open folder " + folder);
  if (::fsync(directory.get()) != 0) return fail_errno(errno, "cannot sync folder " + folder);
  return {};
}

}  // namespace hailo
