// SPDX-License-Identifier: MIT
#include "emulator/vfu/control.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace hailo::emu::vfu {

namespace {

constexpr std::size_t max_line = 8192;

}  // namespace

short ControlSession::events() const { return out_.empty() ? POLLIN : POLLOUT; }

bool ControlSession::send_pending() {
  while (!out_.empty()) {
    const ssize_t n = ::send(fd(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    out_.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

/// Reads what is there and answers each complete line; false if the client
/// is gone.
bool ControlSession::read_lines() {
  char buffer[1024];
  const ssize_t n = ::recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (n == 0) return false;
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  in_.append(buffer, static_cast<std::size_t>(n));

  for (std::size_t end; !quit_ && (end = in_.find('\n')) != std::string::npos;) {
    out_ += answer(std::string_view(in_).substr(0, end)) + '\n';
    in_.erase(0, end + 1);
  }
  if (in_.size() > max_line) {
    out_ += "{\"ok\":false,\"error\":\"line too long\"}\n";
    closing_ = true;
  }
  return true;
}

ControlSession::Outcome ControlSession::handle() {
  const bool alive = (!out_.empty() || read_lines()) && send_pending();
  if (alive && !out_.empty()) return Outcome::keep;
  if (quit_) return Outcome::quit;
  return alive && !closing_ ? Outcome::keep : Outcome::close;
}

std::string ControlSession::answer(std::string_view line) {
  if (line == "ping") return R"({"ok":true})";
  if (line == "quit") {
    quit_ = true;
    return R"({"ok":true})";
  }
  return device_.command(line);
}

}  // namespace hailo::emu::vfu
