// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/result.h"
#include "lib/http/channel.h"
#include "lib/http/endpoint.h"

namespace hailo::http {

inline constexpr const char* plain_text = "text/plain; charset=utf-8";

/// An answer that is there as a whole.
struct Response {
  unsigned status = 200;
  std::string type = plain_text;
  Body body;
  /// Of what a browser may load and run for this answer: nothing.
  std::string content_policy = "default-src 'none'; frame-ancestors 'none'";
};

Response text_response(unsigned status, std::string_view text);

/// An answer that goes on until the viewer leaves.
struct Stream {
  std::string type;
  std::shared_ptr<Channel> channel;
  Body first;  ///< sent before what the channel brings; may be missing
};

using Answer = std::variant<Response, Stream>;
/// Called in the server's thread: everybody waits for it.
using Handler = std::function<Answer()>;

struct Limits {
  unsigned connections = 512;  ///< more wait until one ends
  unsigned connections_per_address = 320;
  unsigned streams = 256;  ///< one more is answered with 503
  /// Of a connection, without what it streams. Its request line and headers
  /// must fit.
  std::size_t memory = 16384;
  std::size_t body = 65536;  ///< of a request; nobody wants one
  /// From its first byte, or the end of the last request, a request must be
  /// complete by then, however often a byte comes.
  std::chrono::milliseconds request{10000};
  /// A whole answer must be taken by then.
  std::chrono::milliseconds response{60000};
  /// A stream's viewer that takes nothing for so long is cut off.
  std::chrono::seconds idle{20};
};

struct Options {
  Endpoint endpoint{};
  /// By path; all others are 404. GET and HEAD only.
  std::map<std::string, Handler, std::less<>> routes;
  Limits limits{};
  /// Names, beside the loopback's own and at whatever port, by which a server on a
  /// loopback address may be called. A page of another site whose name has been pointed at
  /// 127.0.0.1 could read everything otherwise.
  std::vector<std::string> hosts{};
};

/// Serves HTTP/1.1 from one thread of its own, until it is destroyed.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(Options options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// With the port that was chosen.
  const Endpoint& endpoint() const;

 private:
  class Loop;
  explicit Server(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace hailo::http
