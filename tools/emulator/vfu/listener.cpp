// SPDX-License-Identifier: MIT
#include "emulator/vfu/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/base/scope_exit.h"

namespace hailo::emu::vfu {

namespace {

constexpr int backlog = 8;

UniqueFd new_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Removes what is left of a server that died.
Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat st;
  if (::lstat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno(errno, "cannot look at " + path);
  }
  if (!S_ISSOCK(st.st_mode)) {
    return fail(Error::Code::invalid_argument, path + " exists and is not a socket");
  }
  const UniqueFd probe = new_socket();
  if (!probe) return fail_errno(errno, "cannot create a socket");
  // EAGAIN: its backlog is full, so it is alive.
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return fail(Error::Code::busy, path + " is in use by a running server");
  }
  if (errno != ECONNREFUSED) return fail_errno(errno, "cannot probe " + path);
  if (::unlink(path.c_str()) != 0) return fail_errno(errno, "cannot remove stale " + path);
  return {};
}

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(Error::Code::invalid_argument,
                "socket path must have 1 to " + std::to_string(sizeof address.sun_path - 1) +
                    " bytes, not " + std::to_string(path.size()) + ": " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());

  if (auto stale = remove_stale(path, address); !stale) return std::unexpected(stale.error());

  UniqueFd fd = new_socket();
  if (!fd) return fail_errno(errno, "cannot create a socket");
  {
    const mode_t old = ::umask(0177);
    const ScopeExit restore([old] { ::umask(old); });
    if (::bind(fd.get(), generic(address), sizeof address) != 0) {
      return fail_errno(errno, "cannot bind " + path);
    }
  }
  Listener listener(std::move(fd), path);
  if (::listen(listener.fd(), backlog) != 0) return fail_errno(errno, "cannot listen on " + path);
  return listener;
}

Listener::~Listener() {
  if (fd_) ::unlink(path_.c_str());
}

UniqueFd Listener::accept() {
  return UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

}  // namespace hailo::emu::vfu
