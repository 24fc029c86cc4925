// SPDX-License-Identifier: MIT
#include "lib/http/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "lib/base/text.h"

namespace hailo::http {
namespace {

// What the kernel holds for a viewer that does not keep up would be megabytes
// otherwise, and on a slow link many seconds of old pictures: it doubles the
// first, and takes nothing while more than the second has not gone out yet.
constexpr int kSendBuffer = 256 * 1024;
constexpr int kUnsent = 64 * 1024;

std::optional<in_addr> as_v4(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<in6_addr> as_v6(const std::string& text) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return address;
}

bool is_loopback(const std::string& address) {
  if (const auto v4 = as_v4(address)) return ntohl(v4->s_addr) >> 24 == 127;
  const auto v6 = as_v6(address);
  return v6 &&
         (IN6_IS_ADDR_LOOPBACK(&*v6) || (IN6_IS_ADDR_V4MAPPED(&*v6) && v6->s6_addr[12] == 127));
}

bool is_localhost(const std::string& name) { return ::strcasecmp(name.c_str(), "localhost") == 0; }

std::optional<std::uint16_t> as_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      value > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

/// Of "host", "host:port", "[host]" or "[host]:port".
struct Parts {
  std::string host;
  std::optional<std::string_view> port;
};

std::optional<Parts> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    Parts parts{std::string(text.substr(1, end - 1)), std::nullopt};
    text.remove_prefix(end + 1);
    if (!as_v6(parts.host) || (!text.empty() && !text.starts_with(':'))) return std::nullopt;
    if (!text.empty()) parts.port = text.substr(1);
    return parts;
  }
  const auto colon = text.find(':');
  if (colon == text.npos) return Parts{std::string(text), std::nullopt};
  return Parts{std::string(text.substr(0, colon)), text.substr(colon + 1)};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (const auto port = as_port(text)) return Endpoint{.port = *port};
  const auto parts = split(text);
  if (parts && parts->port) {
    const auto port = as_port(*parts->port);
    if (port && is_localhost(parts->host)) return Endpoint{.port = *port};
    if (port && (as_v4(parts->host) || as_v6(parts->host))) return Endpoint{parts->host, *port};
  }
  return fail(Error::Code::invalid_argument,
              "'" + printable(text) +
                  "' is not where a server can listen: give an address and a port, as in "
                  "127.0.0.1:8080 or [::]:8080");
}

std::string to_string(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
         std::to_string(endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) { return is_loopback(endpoint.address); }

bool names_loopback(std::string_view host) {
  const auto parts = split(host);
  if (!parts || (parts->port && !as_port(*parts->port))) return false;
  return is_localhost(parts->host) || is_loopback(parts->host);
}

Result<UniqueFd> listen_on(const Endpoint& endpoint) {
  const std::string what = "cannot listen on " + to_string(endpoint);
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (const auto v4 = as_v4(endpoint.address)) {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address = {
        .sin_family = AF_INET, .sin_port = htons(endpoint.port), .sin_addr = *v4, .sin_zero = {}};
    size = sizeof(address);
  } else if (const auto v6 = as_v6(endpoint.address)) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    address.sin6_addr = *v6;
    size = sizeof(address);
  } else {
    return fail(Error::Code::invalid_argument, what + ": no address in numbers");
  }

  UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno(errno, what);
  const int on = 1;
  const int off = 0;
  // Inherited by the connections. Reuse: after a restart the old ones linger.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof(kSendBuffer)) != 0 ||
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsent, sizeof(kUnsent)) != 0 ||
      (storage.ss_family == AF_INET6 &&
       ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0) ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    if (errno == EADDRINUSE)
      return std::unexpected(
          Error{Error::Code::busy, what + ": another program has this port", EADDRINUSE});
    return fail_errno(errno, what);
  }
  return socket;
}

Result<Endpoint> endpoint_of(const UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return fail_errno(errno, "cannot tell where the server listens");
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v6 = storage.ss_family == AF_INET6;
  const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
  const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
  const void* address = v6 ? static_cast<const void*>(&six.sin6_addr) : &four.sin_addr;
  if (::inet_ntop(storage.ss_family, address, text.data(), text.size()) == nullptr)
    return fail_errno(errno, "cannot tell where the server listens");
  return Endpoint{text.data(), ntohs(v6 ? six.sin6_port : four.sin_port)};
}

}  // namespace hailo::http
