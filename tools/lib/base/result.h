// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace hailo {

/// Why an operation failed: a class that a caller can act on, and a sentence
/// for the user.
struct Error {
  enum class Code {
    invalid_argument,  ///< the caller passed something that cannot work
    not_found,         ///< file, device or entry does not exist
    permission,        ///< EACCES, EPERM
    busy,              ///< somebody else holds it
    io,                ///< the operating system or the device failed
    timeout,           ///< no answer in time
    protocol,          ///< an answer came, and it is malformed
    unsupported,       ///< valid, but not on this device or release
    dead,              ///< the device is there and does not work: no firmware, no link
    gone,              ///< the device has been removed
  };

  Code code;
  std::string message;
  int sys_errno = 0;  ///< errno behind it, 0 if none

  /// An error from errno value `err`; the message gets strerror's text appended.
  static Error from_errno(int err, std::string what) {
    Code c = Code::io;
    switch (err) {
      case ENOENT:
        c = Code::not_found;
        break;
      case EACCES:
      case EPERM:
        c = Code::permission;
        break;
      case EBUSY:
        c = Code::busy;
        break;
      case ETIMEDOUT:
        c = Code::timeout;
        break;
      case EINVAL:
        c = Code::invalid_argument;
        break;
      case ENODEV:
      case ENXIO:
        c = Code::gone;
        break;
      case ENOTTY:
      case EOPNOTSUPP:
        c = Code::unsupported;
        break;
      default:
        break;
    }
    return Error{c, std::move(what) + ": " + std::strerror(err), err};
  }
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error::Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

inline std::unexpected<Error> fail_errno(int err, std::string what) {
  return std::unexpected(Error::from_errno(err, std::move(what)));
}

}  // namespace hailo
