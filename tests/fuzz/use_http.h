// SPDX-License-Identifier: MIT
#pragma once

#include <cctype>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

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

/// Whether that may have come from an HTTP server: nothing, or a status line.
inline bool is_http(std::string_view answer) {
  return answer.empty() ||
         (answer.size() > 12 && answer.starts_with("HTTP/1.1 ") &&
          std::isdigit(static_cast<unsigned char>(answer[9])) != 0 && answer[12] == ' ');
}

}  // namespace hailo::test
