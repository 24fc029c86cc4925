// SPDX-License-Identifier: MIT
#include "lib/sys/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace hailo::sys {

Result<FolderLock> FolderLock::take(const std::string& folder, std::chrono::milliseconds patience,
                                    const Sleep& sleep) {
  constexpr std::chrono::milliseconds kPause{50};
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot open folder " + folder);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return fail_errno(errno, "cannot lock folder " + folder);
    if (patience <= std::chrono::milliseconds::zero())
      return fail(Error::Code::busy, "another run has locked folder " + folder);
    sleep(kPause);
    patience -= kPause;
  }
  return FolderLock(std::move(fd));
}

}  // namespace hailo::sys
