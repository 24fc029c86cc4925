// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "lib/http/server.h"
#include "support/http_client.h"

namespace hailo::http {
namespace {

using test::body_of;
using test::has;
using test::http_get;
using test::HttpClient;
using test::wait_until;
using namespace std::chrono_literals;

class Http : public testing::Test {
 protected:
  Http() {
    options_.routes["/"] = [] { return text_response(200, "hello\n"); };
    options_.routes["/throws"] = []() -> Answer { throw std::runtime_error("broken"); };
    options_.routes["/large"] = [] { return Response{.body = large()}; };
    options_.routes["/stream"] = [this] {
      return Stream{"multipart/x-test", channel_, make_body("first;")};
    };
  }

  static Body large() { return make_body(std::string(8 << 20, 'x')); }

  std::uint16_t start() {
    auto server = Server::start(options_);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
    return server_->endpoint().port;
  }

  Options options_;
  std::shared_ptr<Channel> channel_ = Channel::create(4).value();
  std::unique_ptr<Server> server_;
};

TEST_F(Http, AnAnswerHasItsHeaders) {
  const auto port = start();
  const std::string answer = http_get(port, "/");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  for (const char* header :
       {"\r\nContent-Type: text/plain; charset=utf-8\r\n", "\r\nContent-Length: 6\r\n",
        "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nCache-Control: no-store\r\n",
        "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n"})
    EXPECT_TRUE(has(answer, header)) << header << answer;
  EXPECT_EQ(body_of(answer), "hello\n");
  EXPECT_EQ(body_of(http_get(port, "/?t=1&x")), "hello\n") << "a query changes nothing";
}

TEST_F(Http, HeadHasNoBody) {
  const auto port = start();
  const std::string answer = http_get(port, "/", "Host: localhost\r\n", "HEAD");
  EXPECT_TRUE(has(answer, "\r\nContent-Length: 6\r\n")) << answer;
  EXPECT_EQ(body_of(answer), "");
  const std::string stream = http_get(port, "/stream", "Host: localhost\r\n", "HEAD");
  EXPECT_TRUE(has(stream, "\r\nContent-Type: multipart/x-test\r\n")) << stream;
  EXPECT_EQ(body_of(stream), "");
  EXPECT_EQ(channel_->viewers(), 0U) << "nobody watches";
}

TEST_F(Http, OnlyRoutesAreThere) {
  const auto port = start();
  for (const char* path :
       {"/none", "//", "/../", "/../../etc/passwd", "/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
        "/./", "/%2f", "/%00", "/throws/", "/stream%00", "/THROWS", "/\\..\\etc"}) {
    const std::string answer = http_get(port, path);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << path << "\n" << answer;
    EXPECT_TRUE(has(answer, "nosniff")) << path;
    EXPECT_EQ(body_of(answer), "there is nothing here\n") << path;
  }
}

TEST_F(Http, OtherMethodsAreRefused) {
  const auto port = start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"}) {
    const std::string answer = http_get(port, "/", "Host: localhost\r\n", method);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << method << "\n" << answer;
    EXPECT_TRUE(has(answer, "\r\nAllow: GET, HEAD\r\n")) << answer;
  }
  EXPECT_TRUE(http_get(port, "/", "Host: localhost\r\nContent-Length: 3\r\n\r\nabc", "POST")
                  .starts_with("HTTP/1.1 405 "));
}

TEST_F(Http, WhatIsNoRequestIsRefused) {
  options_.limits.request = 500ms;
  const auto port = start();
  for (const char* text : {"GET / HTTP/1.1\r\n\r\n",  // without Host
                           "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", "GET\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"}) {
    HttpClient client(port);
    client.send(text);
    client.no_more();
    const std::string& answer = client.read_all();
    EXPECT_TRUE(client.ended()) << text;
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 400 ") ||
                answer.starts_with("HTTP/1.1 505 "))
        << text << "\n"
        << answer;
  }
  EXPECT_EQ(body_of(http_get(port, "/")), "hello\n");
}

TEST_F(Http, ARequestMustFit) {
  const auto port = start();
  const std::string answer =
      http_get(port, "/", "Host: localhost\r\nX-Large: " + std::string(20000, 'a') + "\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
  const std::string uri = http_get(port, "/" + std::string(20000, 'a'));
  EXPECT_TRUE(uri.starts_with("HTTP/1.1 414 ") || uri.starts_with("HTTP/1.1 431 ")) << uri;
  HttpClient client(port);
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n");
  const std::string chunk(65536, 'b');
  for (int i = 0; i < 100 && client.send(chunk); i++) {
  }
  client.read_all();
  EXPECT_TRUE(client.ended()) << "a body without end is cut off";
}

TEST_F(Http, ABodyIsNotTakenForTheNextRequest) {
  const auto port = start();
  HttpClient client(port);
  const std::string inner = "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
              std::to_string(inner.size()) + "\r\n\r\n" + inner);
  const std::string& answer = client.read_all(2s);
  EXPECT_EQ(body_of(answer), "hello\n") << answer;
}

TEST_F(Http, AConnectionIsKept) {
  const auto port = start();
  HttpClient client(port);
  for (int i = 1; i <= 3; i++) {
    client.get("/");
    client.read_until([&](const std::string& seen) {
      std::size_t count = 0;
      for (auto at = seen.find("hello\n"); at != seen.npos; at = seen.find("hello\n", at + 1))
        count++;
      return count == static_cast<std::size_t>(i);
    });
  }
  EXPECT_FALSE(client.ended());
}

TEST_F(Http, AnExceptionIsAnAnswer) {
  const auto port = start();
  const std::string answer = http_get(port, "/throws");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(body_of(answer), "broken\n");
}

TEST_F(Http, OnTheLoopbackItMustBeCalledSo) {
  options_.hosts = {"camera.example", "[2001:db8::1]", "proxy.example:8443"};
  const auto port = start();
  for (const char* host :
       {"localhost", "127.0.0.1:8080", "[::1]:80", "camera.example:8080", "CAMERA.example",
        "[2001:db8::1]:80", "proxy.example:8443", "proxy.example"})
    EXPECT_EQ(body_of(http_get(port, "/", "Host: " + std::string(host) + "\r\n")), "hello\n")
        << host;
  for (const char* host : {"evil.example", "evil.example:8080", "camera.example.evil.example"})
    EXPECT_TRUE(
        http_get(port, "/", "Host: " + std::string(host) + "\r\n").starts_with("HTTP/1.1 421 "))
        << host;
}

TEST_F(Http, ElsewhereItMayHaveAnyName) {
  options_.endpoint.address = "0.0.0.0";
  EXPECT_EQ(body_of(http_get(start(), "/", "Host: camera.local\r\n")), "hello\n");
}

TEST_F(Http, AByteNowAndThenIsNotEnough) {
  options_.limits.request = 700ms;
  const auto port = start();
  HttpClient slow(port);
  const auto begin = std::chrono::steady_clock::now();
  const std::string request =
      "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + std::string(500, 'a');
  std::size_t sent = 0;
  while (sent < request.size() && slow.send(request.substr(sent, 1))) {
    sent++;
    slow.read_all(50ms);
    if (slow.ended()) break;
  }
  EXPECT_LT(sent, request.size());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 700ms);
  // One that says nothing at all, and one that says nothing more.
  HttpClient silent(port);
  HttpClient once(port);
  once.get("/");
  EXPECT_EQ(body_of(once.read_all()), "hello\n");
  silent.read_all();
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(once.ended());
}

TEST_F(Http, NobodyWaitsForARequestWhoseSenderHasLeft) {
  options_.limits.request = 60s;
  options_.limits.idle = 60s;
  const auto port = start();
  for (const char* text : {"GET / HT", "GET / HTTP/1.1\r\nHost: localh", "\r\n\r\n",
                           "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"}) {
    HttpClient client(port);
    client.send(text);
    client.no_more();
    client.read_all();
    EXPECT_TRUE(client.ended()) << text;
  }
  // One that says no more, but waits for its answer.
  HttpClient half(port);
  half.get("/");
  half.no_more();
  EXPECT_EQ(body_of(half.read_all()), "hello\n");
}

TEST_F(Http, ABodyThatTricklesIsCutOff) {
  options_.limits.request = 500ms;
  const auto port = start();
  HttpClient slow(port);
  slow.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 1000 && !slow.ended() && slow.send("x"); i++) slow.read_all(20ms);
  EXPECT_TRUE(slow.ended());
}

TEST_F(Http, AnAnswerThatIsNotTakenIsCutOff) {
  options_.limits.response = 500ms;
  const auto port = start();
  HttpClient slow(port, 1, 4096);
  slow.get("/large");
  std::this_thread::sleep_for(1500ms);
  EXPECT_LT(slow.read_all().size(), large()->size());
  EXPECT_TRUE(slow.ended());
  EXPECT_EQ(body_of(http_get(port, "/large")).size(), large()->size());
}

TEST_F(Http, MoreConnectionsThanAllowedWait) {
  options_.limits.connections = 3;
  const auto port = start();
  std::vector<HttpClient> held;
  for (int i = 0; i < 3; i++) {
    held.emplace_back(port);
    held.back().get("/");
    held.back().read_until("hello");
  }
  HttpClient late(port);
  late.get("/");
  EXPECT_EQ(late.read_all(300ms), "");
  EXPECT_FALSE(late.ended());
  held.pop_back();
  EXPECT_EQ(body_of(late.read_until("hello\n")), "hello\n");
}

TEST_F(Http, AnAddressHasItsShare) {
  options_.limits.connections_per_address = 2;
  const auto port = start();
  std::vector<HttpClient> held;
  for (int i = 0; i < 2; i++) {
    held.emplace_back(port);
    held.back().get("/");
    held.back().read_until("hello");
  }
  HttpClient third(port);
  third.get("/");
  EXPECT_EQ(third.read_all(), "");
  EXPECT_TRUE(third.ended());
  HttpClient other(port, 2);
  other.get("/");
  EXPECT_EQ(body_of(other.read_until("hello\n")), "hello\n");
}

TEST_F(Http, AStreamBringsWhatIsPublished) {
  const auto port = start();
  HttpClient viewer(port);
  viewer.get("/stream");
  const std::string head = viewer.read_until("first;");
  EXPECT_TRUE(has(head, "\r\nContent-Type: multipart/x-test\r\n")) << head;
  EXPECT_TRUE(has(head, "\r\nCache-Control: no-store\r\n")) << head;
  EXPECT_FALSE(has(head, "chunked")) << head;
  ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 1; }));
  for (const char* piece : {"one;", "two;", "three;"}) channel_->publish(make_body(piece));
  EXPECT_EQ(body_of(viewer.read_until("three;")), "first;one;two;three;");
  const std::string large(300000, 'y');
  channel_->publish(make_body(large + ";end"));
  EXPECT_EQ(body_of(viewer.read_until(";end")), "first;one;two;three;" + large + ";end");
}

TEST_F(Http, AHundredViewersGetEverythingAndASlowOneLosesTheOldest) {
  const auto port = start();
  std::vector<HttpClient> viewers;
  for (int i = 0; i < 100; i++) {
    viewers.emplace_back(port);
    viewers.back().get("/stream");
  }
  HttpClient slow(port, 1, 4096);
  slow.get("/stream");
  for (auto& viewer : viewers) viewer.read_until("first;");
  ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 101; }));
  constexpr int kPieces = 60;
  const std::string filling(50000, 'z');
  for (int i = 0; i < kPieces; i++) {
    const std::string end = "<" + std::to_string(i) + ">";
    channel_->publish(make_body(filling + end));
    for (auto& viewer : viewers) ASSERT_TRUE(has(viewer.read_until(end), end)) << i;
  }
  for (auto& viewer : viewers) {
    const std::string seen = body_of(viewer.read_until("<59>"));
    for (int i = 0; i < kPieces; i++)
      ASSERT_TRUE(has(seen, "<" + std::to_string(i) + ">")) << "lost " << i;
  }
  const std::string seen = body_of(slow.read_until("<59>"));
  EXPECT_TRUE(has(seen, "<0>"));
  EXPECT_TRUE(has(seen, "<59>")) << "the newest comes";
  EXPECT_FALSE(has(seen, "<50>")) << "the old ones are lost";
}

TEST_F(Http, ViewersThatLeaveAreForgotten) {
  const auto port = start();
  {
    HttpClient polite(port);
    HttpClient rude(port);
    for (auto* viewer : {&polite, &rude}) {
      viewer->get("/stream");
      viewer->read_until("first;");
    }
    ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 2; }));
    rude.abort();
  }
  // Nothing is published: they wait.
  EXPECT_TRUE(wait_until([&] { return channel_->viewers() == 0; }));
  HttpClient later(port);
  later.get("/stream");
  later.read_until("first;");
  EXPECT_TRUE(wait_until([&] { return channel_->viewers() == 1; }));
}

TEST_F(Http, OneThatLeavesWithBytesUnreadIsForgotten) {
  const auto port = start();
  HttpClient viewer(port);
  viewer.get("/stream");
  viewer.read_until("first;");
  ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 1; }));
  viewer.send("x");  // which nobody reads while it watches
  viewer.no_more();
  EXPECT_TRUE(wait_until([&] { return channel_->viewers() == 0; }));
}

TEST_F(Http, WhatAViewerHasSeenIsNotKeptForIt) {
  std::weak_ptr<const Bytes> first;
  options_.routes["/stream"] = [&] {
    const Body body = make_body("first;");
    first = body;
    return Stream{"multipart/x-test", channel_, body};
  };
  const auto port = start();
  HttpClient viewer(port);
  viewer.get("/stream");
  viewer.read_until("first;");
  channel_->publish(make_body("one;"));
  viewer.read_until("one;");
  EXPECT_TRUE(wait_until([&] { return first.expired(); }));
}

TEST_F(Http, AViewerThatTakesNothingIsCutOff) {
  options_.limits.idle = 1s;
  const auto port = start();
  HttpClient stuck(port, 1, 4096);
  stuck.get("/stream");
  ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 1; }));
  const auto piece = make_body(std::string(1 << 20, 'q'));
  EXPECT_TRUE(wait_until([&] {
    channel_->publish(piece);
    return channel_->viewers() == 0;
  }));
}

TEST_F(Http, StreamsAreLimitedAndSaySo) {
  options_.limits.streams = 2;
  const auto port = start();
  std::vector<HttpClient> viewers;
  for (int i = 0; i < 2; i++) {
    viewers.emplace_back(port);
    viewers.back().get("/stream");
    viewers.back().read_until("first;");
  }
  HttpClient third(port);
  third.get("/stream");
  const std::string answer = third.read_until("too many viewers\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_EQ(body_of(http_get(port, "/")), "hello\n");
}

TEST_F(Http, ItEndsWithViewersAndRequestsUnderWay) {
  const auto port = start();
  HttpClient waiting(port);
  waiting.get("/stream");
  waiting.read_until("first;");
  HttpClient busy(port, 1, 4096);
  busy.get("/stream");
  ASSERT_TRUE(wait_until([&] { return channel_->viewers() == 2; }));
  channel_->publish(make_body(std::string(1 << 20, 'q')));
  HttpClient half(port);
  half.send("GET / HT");
  server_.reset();
  EXPECT_EQ(channel_->viewers(), 0U);
  waiting.read_all();
  EXPECT_TRUE(waiting.ended());
  channel_->publish(make_body("late"));
}

TEST_F(Http, AnAbruptEndWhileMuchIsSentHarmsNobody) {
  const auto port = start();
  for (int i = 0; i < 20; i++) {
    HttpClient client(port, 1, 4096);
    client.get(i % 2 == 0 ? "/large" : "/stream");
    client.read_until("\r\n\r\n");
    channel_->publish(large());
    client.abort();
  }
  EXPECT_EQ(body_of(http_get(port, "/")), "hello\n");
  EXPECT_TRUE(wait_until([&] { return channel_->viewers() == 0; }));
}

TEST_F(Http, APortThatIsTakenIsAnError) {
  const auto port = start();
  options_.endpoint.port = port;
  const auto second = Server::start(options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Error::Code::busy);
}

}  // namespace
}  // namespace hailo::http
