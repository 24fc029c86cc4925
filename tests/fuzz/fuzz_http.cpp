// SPDX-License-Identifier: MIT
// libFuzzer target of the HTTP server: the bytes are all that a client sends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/http/endpoint.h"
#include "mutations.h"
#include "use_http.h"

std::vector<hailo::Bytes> hailo::test::fuzz_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& text : http_seeds()) seeds.emplace_back(text.begin(), text.end());
  for (const std::string_view text : {"127.0.0.1:8080", "[::1]:80", ":0"})
    seeds.emplace_back(text.begin(), text.end());
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  static const hailo::test::HttpTarget target;
  static unsigned calls = 0;
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto endpoint = hailo::http::parse_endpoint(text);
  // Whoever refuses must say why; what is taken is written in a form that is taken.
  if (!endpoint && endpoint.error().message.empty()) std::abort();
  if (endpoint && hailo::http::parse_endpoint(to_string(*endpoint)) != *endpoint) std::abort();
  [[maybe_unused]] const bool named = hailo::http::names_loopback(text);

  {
    hailo::test::HttpClient client(target.port());
    client.send(text);
    client.no_more();
    // What is incomplete is answered by no byte: no need to wait for that.
    if (!hailo::test::is_http(client.read_until("\r\n\r\n", 3ms))) std::abort();
    client.abort();
  }
  if (++calls % 256 == 0 && !target.answers()) std::abort();
  return 0;
}
