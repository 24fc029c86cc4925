// SPDX-License-Identifier: MIT
// What tests/fuzz/fuzz_http does, with fixed mutations.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "use_http.h"

namespace hailo::http {
namespace {

using test::http_seeds;
using test::HttpClient;
using test::HttpTarget;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

std::string mutated(std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::string text = http_seeds()[below(http_seeds().size())];
  for (auto changes = below(5); changes > 0 && !text.empty(); changes--) {
    const auto at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, below(16));
        break;
      case 2:
        text.insert(at, below(64), static_cast<char>(random()));
        break;
      case 3:
        text.insert(at, http_seeds()[below(http_seeds().size())]);
        break;
      case 4:
        text.resize(at);
        break;
      default: {
        static constexpr std::string_view pieces[] = {
            "\r\n", "\r\n\r\n", "\n", "%", "\0"sv, ":", " ", "99999999999999999999",
            "-1",   "HTTP/1.1"};
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      }
    }
  }
  return text;
}

TEST(HttpHostile, MutatedRequestsAreAnsweredOrRefused) {
  const HttpTarget target;
  std::mt19937 random(20261128);
  constexpr int kBatches = 20;
  constexpr int kBatch = 64;
  for (int batch = 0; batch < kBatches; batch++) {
    std::vector<std::pair<std::string, HttpClient>> clients;
    for (int i = 0; i < kBatch; i++) {
      auto& [text, client] = clients.emplace_back(mutated(random), HttpClient(target.port()));
      ASSERT_TRUE(client.connected());
      client.send(text);
      client.no_more();
    }
    for (auto& [text, client] : clients) {
      const auto& answer = client.read_until([](const std::string&) { return false; }, 10s);
      EXPECT_TRUE(test::is_http(answer)) << testing::PrintToString(text) << "\n"
                                         << testing::PrintToString(answer);
      EXPECT_TRUE(client.ended()) << testing::PrintToString(text);
    }
    ASSERT_TRUE(target.answers()) << batch;
  }
}

TEST(HttpHostile, EveryTruncationEnds) {
  const HttpTarget target;
  for (const auto& whole : http_seeds()) {
    std::vector<HttpClient> clients;
    for (std::size_t size = 0; size < whole.size(); size++) {
      auto& client = clients.emplace_back(target.port());
      client.send(std::string_view(whole).substr(0, size));
      client.no_more();
    }
    for (auto& client : clients) {
      EXPECT_TRUE(test::is_http(client.read_all(10s)));
      EXPECT_TRUE(client.ended());
    }
  }
  EXPECT_TRUE(target.answers());
}

}  // namespace
}  // namespace hailo::http
