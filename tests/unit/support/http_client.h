// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/unique_fd.h"

namespace hailo::test {

using namespace std::chrono_literals;

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// The bytes behind the headers.
inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == answer.npos ? "" : answer.substr(end + 4);
}

/// A connection to 127.0.0.1 that sends and gets what the test says.
class HttpClient {
 public:
  /// `from`: the last byte of the address that it comes from.
  explicit HttpClient(std::uint16_t port, unsigned from = 1, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(0x7f000000 + from);
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0 &&
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool get(std::string_view path) {
    return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  void no_more() { ::shutdown(fd_.get(), SHUT_WR); }
  /// Ends with a reset, as a client that is killed with data unread.
  void abort() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    fd_.reset();
  }

  /// Reads on until `enough` of all that has come so far, the end, or the time.
  const std::string& read_until(const std::function<bool(const std::string&)>& enough,
                                std::chrono::milliseconds patience = 20s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!ended_ && !enough(seen_)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd poll{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      if (left <= 0ms || ::poll(&poll, 1, static_cast<int>(left.count())) <= 0) break;
      char buffer[65536];
      const auto got = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
      ended_ = got <= 0;
      if (got > 0) seen_.append(buffer, static_cast<std::size_t>(got));
    }
    return seen_;
  }
  const std::string& read_until(std::string_view text, std::chrono::milliseconds patience = 20s) {
    return read_until([&](const std::string& seen) { return seen.find(text) != seen.npos; },
                      patience);
  }
  const std::string& read_all(std::chrono::milliseconds patience = 20s) {
    return read_until([](const std::string&) { return false; }, patience);
  }
  bool ended() const { return ended_; }

 private:
  UniqueFd fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string seen_;
};

/// The whole answer to a request that closes.
inline std::string http_get(std::uint16_t port, std::string_view path,
                            std::string_view headers = "Host: localhost\r\n",
                            std::string_view method = "GET") {
  HttpClient client(port);
  client.send(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nConnection: close\r\n" +
              std::string(headers) + "\r\n");
  return client.read_all();
}

inline bool wait_until(const std::function<bool()>& done,
                       std::chrono::milliseconds patience = 20s) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace hailo::test
