// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/vfu/protocol.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

/// Here and not in test: an operator on standard types is found only from
/// inside its namespace.
inline std::vector<std::byte> operator+(std::vector<std::byte> a, const std::vector<std::byte>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace hailo::emu::vfu

/// What a vfio-user client sends and sees; the tests' half of the protocol.
namespace hailo::emu::vfu::test {

using Bytes = std::vector<std::byte>;

template <typename T>
Bytes bytes_of(const T& value) {
  const auto raw = std::as_bytes(std::span(&value, 1));
  return {raw.begin(), raw.end()};
}

template <typename T>
T value_of(std::span<const std::byte> bytes, std::size_t offset = 0) {
  T value{};
  if (bytes.size() >= offset + sizeof value) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

/// A message with the right size in its header.
inline Bytes message(std::uint16_t command, const Bytes& payload, std::uint16_t id = 7,
                     std::uint32_t flags = 0) {
  const auto size = static_cast<std::uint32_t>(sizeof(wire::Header) + payload.size());
  return bytes_of(wire::Header{id, command, size, flags, 0}) + payload;
}

inline Bytes message(wire::Command command, const Bytes& payload, std::uint16_t id = 7,
                     std::uint32_t flags = 0) {
  return message(static_cast<std::uint16_t>(command), payload, id, flags);
}

inline Bytes version_payload(std::string_view json, std::uint16_t major = 0) {
  Bytes payload = bytes_of(wire::Version{major, 1});
  const auto text = std::as_bytes(std::span(json));
  payload.insert(payload.end(), text.begin(), text.end());
  payload.push_back(std::byte{0});
  return payload;
}

/// Sends bytes and files in one system call, as a client does.
inline bool send_bytes(int socket, std::span<const std::byte> bytes,
                       const std::vector<int>& fds = {}) {
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  std::vector<std::byte> control(CMSG_SPACE(fds.size() * sizeof(int)));
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size() * sizeof(int));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

struct Reply {
  wire::Header header;
  Bytes payload;

  /// errno value of an error reply, 0 of a good one.
  int error() const {
    return (header.flags & wire::flag_error) != 0 ? static_cast<int>(header.error) : 0;
  }
};

/// The next reply; none if the socket is at its end or has nothing to say.
inline std::optional<Reply> receive_reply(int socket, int flags = MSG_DONTWAIT) {
  Reply reply{};
  if (::recv(socket, &reply.header, sizeof reply.header, flags | MSG_WAITALL) !=
      static_cast<ssize_t>(sizeof reply.header)) {
    return std::nullopt;
  }
  if (reply.header.size < sizeof reply.header) return std::nullopt;
  reply.payload.resize(reply.header.size - sizeof reply.header);
  if (!reply.payload.empty() &&
      ::recv(socket, reply.payload.data(), reply.payload.size(), flags | MSG_WAITALL) !=
          static_cast<ssize_t>(reply.payload.size())) {
    return std::nullopt;
  }
  return reply;
}

inline UniqueFd memory_file(std::size_t size) {
  UniqueFd fd(::memfd_create("guest", MFD_CLOEXEC));
  if (fd && ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) fd.reset();
  return fd;
}

/// How many files this process has open.
inline std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace hailo::emu::vfu::test
