// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

/// A listening unix stream socket, mode 0600, that removes its path when it
/// goes.
class Listener {
 public:
  /// Replaces a socket that nobody listens on.  Fails with busy if somebody
  /// does, with invalid_argument if the path is too long or is no socket.
  static Result<Listener> open(const std::string& path);

  Listener(Listener&&) = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }

  /// The next waiting client, non-blocking; empty if there is none.
  UniqueFd accept();

 private:
  Listener(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

}  // namespace hailo::emu::vfu
