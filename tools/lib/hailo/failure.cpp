// SPDX-License-Identifier: MIT
#include "lib/hailo/failure.h"

namespace hailo {

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
