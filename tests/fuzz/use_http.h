// SPDX-License-Identifier: MIT
#pragma once

#include <cctype>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/server.h"
#include "support/http_client.h"

namespace hailo::test {

/// A server with a route of each sort, and whether it still answers.
class HttpTarget {
 public:
  HttpTarget() {
    const auto channel = http::Channel::create(2).value();
    auto server = http::Server::start(
        {.routes = {{"/", [] { return http::text_response(200, "hello\n"); }},
                    {"/stream",
                     [channel] {
                       return http::Stream{"text/plain", channel, http::make_body("first;")};
                     }}},
         .limits = {.request = std::chrono::seconds(2)}});
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
  }

  std::uint16_t port() const { return server_->endpoint().port; }
  bool answers() const { return http_get(port(), "/").ends_with("\r\n\r\nhello\n"); }

 private:
  std::unique_ptr<http::Server> server_;
};

/// Requests of every sort, all well-formed but one or two of their parts.
inline const std::vector<std::string>& http_seeds() {
  static const std::vector<std::string> texts = {
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /stream HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n",
      "HEAD /stream HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\n\r\nabcde",
      "PUT / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
      "GET /%2e%2e/?a=%00&b=%zz&&= HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-,1-\r\nIf-None-Match: *\r\n\r\n",
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n folded: yes\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  };
  return texts;
}

/// Whether that may have come from an HTTP server: nothing, or a status line.
inline bool is_http(std::string_view answer) {
  return answer.empty() ||
         (answer.size() > 12 && answer.starts_with("HTTP/1.1 ") &&
          std::isdigit(static_cast<unsigned char>(answer[9])) != 0 && answer[12] == ' ');
}

}  // namespace hailo::test
