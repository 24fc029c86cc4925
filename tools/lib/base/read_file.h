// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo {

/// The whole of a regular file of at most `limit` bytes.
inline Result<Bytes> read_file(const std::string& path, std::uint64_t limit) {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail_errno(errno, "cannot open " + path);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return fail_errno(errno, "cannot stat " + path);
  if (!S_ISREG(status.st_mode)) {
    return fail(Error::Code::invalid_argument, path + " is not a regular file");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) {
    return fail(Error::Code::invalid_argument, path + " has " + std::to_string(size) +
                                                   " bytes, more than the limit of " +
                                                   std::to_string(limit));
  }
  Bytes bytes(static_cast<std::size_t>(size));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "cannot read " + path);
    if (n == 0) return fail(Error::Code::io, path + " became shorter while it was read");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace hailo
