// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "emulator/model/device.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

/// One connection to the control socket: a line in, a line of JSON out.
class ControlSession {
 public:
  enum class Outcome { keep, close, quit };

  /// `device` must outlive the session.
  ControlSession(UniqueFd socket, Device& device) : socket_(std::move(socket)), device_(device) {}

  int fd() const { return socket_.get(); }

  /// The poll events to wait for.
  short events() const;

  /// Does what can be done without waiting.  `quit` once the answer to a quit
  /// command has been sent.
  Outcome handle();

 private:
  std::string answer(std::string_view line);
  bool read_lines();
  bool send_pending();

  UniqueFd socket_;
  Device& device_;
  std::string in_;
  std::string out_;  ///< nothing is read before it is sent
  bool quit_ = false;
  bool closing_ = false;
};

}  // namespace hailo::emu::vfu
