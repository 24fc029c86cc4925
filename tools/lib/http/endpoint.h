// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::http {

/// Where a server listens.
struct Endpoint {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6, in numbers
  std::uint16_t port = 0;             ///< 0: any that is free

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "127.0.0.1:8080", "[::]:8080", "localhost:8080"; a port alone is of 127.0.0.1.
Result<Endpoint> parse_endpoint(std::string_view text);

/// The form that parse_endpoint() takes and a URL wants: "[::1]:8080".
std::string to_string(const Endpoint& endpoint);

/// Whether nobody but this machine can reach it.
bool is_loopback(const Endpoint& endpoint);

/// Whether a request's Host names this machine's loopback, with or without a port.
bool names_loopback(std::string_view host);

/// A socket that listens there. One for [::] takes IPv4, too.
/// Error::Code::busy if another has the port.
Result<UniqueFd> listen_on(const Endpoint& endpoint);

/// Where a socket listens, with the port that the kernel chose.
Result<Endpoint> endpoint_of(const UniqueFd& socket);

}  // namespace hailo::http
