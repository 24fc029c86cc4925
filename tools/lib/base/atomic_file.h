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
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/scope_exit.h"
#include "lib/base/unique_fd.h"

namespace hailo {

/// What write_file_atomically puts between the name of a file and six characters
/// of mkostemp, until the file is whole. A killed process leaves such a file.
constexpr std::string_view kTemporaryMark = ".tmp-";

/// Makes a new or removed name in `folder` survive a power cut.
inline Result<void> sync_folder(const std::string& folder) {
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno(errno, "cannot open folder " + folder);
  if (::fsync(directory.get()) != 0) return fail_errno(errno, "cannot sync folder " + folder);
  return {};
}

/// Neither a device nor a pipe, nor a name of an open file: root can rename a file
/// over /dev/null and over /dev/stdout.
inline bool is_replaceable(const std::string& path) {
  constexpr std::string_view kOpenFiles = "/proc/";
  char target[kOpenFiles.size()];
  const ssize_t shown = ::readlink(path.c_str(), target, sizeof(target));
  if (shown == sizeof(target) && std::string_view(target, sizeof(target)) == kOpenFiles)
    return false;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return true;
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

/// Makes `path` a file with these bytes and this mode, all or nothing: a
/// temporary file beside it, synced, then renamed, then the folder synced.
/// The old file stays if anything before the rename fails. What is not replaceable
/// stays in any case.
inline Result<void> write_file_atomically(const std::string& path, std::span<const std::byte> bytes,
                                          mode_t mode = 0644) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);

  if (!is_replaceable(path))
    return fail(Error::Code::invalid_argument, path + " is not a regular file");

  std::string temporary = path + std::string(kTemporaryMark) + "XXXXXX";
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

  return sync_folder(folder);
}

}  // namespace hailo
