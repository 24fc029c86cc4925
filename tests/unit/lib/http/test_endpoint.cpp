// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "lib/http/endpoint.h"

namespace hailo::http {
namespace {

TEST(Endpoint, Parsing) {
  const std::pair<const char*, Endpoint> cases[] = {
      {"8080", {"127.0.0.1", 8080}},
      {"localhost:1", {"127.0.0.1", 1}},
      {"0.0.0.0:65535", {"0.0.0.0", 65535}},
      {"[::]:0", {"::", 0}},
      {"[::1]:80", {"::1", 80}},
  };
  for (const auto& [text, expected] : cases) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << endpoint.error().message;
    EXPECT_EQ(*endpoint, expected) << text;
  }
  EXPECT_EQ(to_string({"::1", 80}), "[::1]:80");
  EXPECT_EQ(to_string({"127.0.0.1", 80}), "127.0.0.1:80");
}

TEST(Endpoint, Refusals) {
  for (const char* text : {"", ":", ":80", "65536", "-1", "80 ", "127.0.0.1", "127.0.0.1:",
                           "127.0.0.1:x", "::1:80", "[::1]", "[::1]80", "[::1", "[::1]:", "a.b:80",
                           "1.2.3:80", "http://127.0.0.1:80", "127.0.0.1:80:80"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().message,
              "'" + std::string(text) +
                  "' is not where a server can listen: give an address and a port, as in "
                  "127.0.0.1:8080 or [::]:8080");
  }
}

TEST(Endpoint, Loopback) {
  EXPECT_TRUE(is_loopback({"127.0.0.1", 1}));
  EXPECT_TRUE(is_loopback({"127.9.9.9", 1}));
  EXPECT_TRUE(is_loopback({"::1", 1}));
  EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
  EXPECT_FALSE(is_loopback({"::", 1}));
  EXPECT_FALSE(is_loopback({"192.168.0.1", 1}));
}

TEST(Endpoint, NamesOfTheLoopback) {
  for (const char* host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.2:8080", "[::1]",
                           "[::1]:80", "[::ffff:127.0.0.1]:80"})
    EXPECT_TRUE(names_loopback(host)) << host;
  for (const char* host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1",
        "[::2]", "[::1", "localhost:", "localhost:x", "::1", "user@localhost"})
    EXPECT_FALSE(names_loopback(host)) << host;
}

TEST(Endpoint, ListeningTellsThePortAndWhoCannot) {
  const auto first = listen_on({"127.0.0.1", 0});
  ASSERT_TRUE(first) << first.error().message;
  const auto endpoint = endpoint_of(*first);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, "127.0.0.1");
  EXPECT_NE(endpoint->port, 0);
  const auto second = listen_on(*endpoint);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Error::Code::busy);
  EXPECT_EQ(second.error().message,
            "cannot listen on " + to_string(*endpoint) + ": another program has this port");
  const auto elsewhere = listen_on({"192.0.2.1", 0});
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().sys_errno, EADDRNOTAVAIL);
  const auto six = listen_on({"::1", 0});
  ASSERT_TRUE(six) << six.error().message;
  EXPECT_EQ(endpoint_of(*six)->address, "::1");
}

}  // namespace
}  // namespace hailo::http
