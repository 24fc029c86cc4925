// SPDX-License-Identifier: MIT
#include "lib/hailo/failure.h"

#include <cstdio>

namespace hailo {

int finish(const char* program, const Outcome<void>& done) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!done) {
    std::fprintf(stderr, "%s: %s\n", program, done.error().what.c_str());
    if (!done.error().next.empty())
      std::fprintf(stderr, "%s: next: %s\n", program, done.error().next.c_str());
    return static_cast<int>(done.error().exit);
  }
  if (!written) {
    std::fprintf(stderr, "%s: cannot write to standard output\n", program);
    return static_cast<int>(Exit::failure);
  }
  return static_cast<int>(Exit::ok);
}

Exit exit_of(Error::Code code) {
  switch (code) {
    case Error::Code::not_found:
      return Exit::no_device;
    case Error::Code::permission:
      return Exit::no_permission;
    case Error::Code::busy:
      return Exit::busy;
    case Error::Code::dead:
    case Error::Code::timeout:
      return Exit::dead;
    case Error::Code::protocol:
    case Error::Code::unsupported:
      return Exit::protocol;
    case Error::Code::gone:
      return Exit::removed;
    case Error::Code::invalid_argument:
    case Error::Code::io:
      return Exit::failure;
  }
  return Exit::failure;
}

}  // namespace hailo
