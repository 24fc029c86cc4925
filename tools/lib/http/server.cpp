// SPDX-License-Identifier: MIT
#include "lib/http/server.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>
#include <set>
#include <thread>
#include <unordered_set>

namespace hailo::http {
namespace {

using Clock = std::chrono::steady_clock;

/// How often deadlines and viewers that have left are looked for.
constexpr std::chrono::milliseconds kTick{200};
/// What a stream hands to the kernel at once.
constexpr std::size_t kBlock = 65536;
constexpr unsigned kMethodNotAllowed = 405;

struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using ResponsePtr = std::unique_ptr<MHD_Response, ResponseDeleter>;

/// A client's connection; lives as long as libmicrohttpd has it.
struct Connection {
  int fd;
  bool asking = true;  ///< its request is not complete
  std::optional<Clock::time_point> deadline;
};

/// The request at hand on a connection.
struct Exchange {
  std::size_t body = 0;  ///< bytes that came with it
};

/// One who watches a stream; lives as long as its response.
struct Viewer {
  std::unordered_set<Viewer*>& all;
  MHD_Connection* connection;
  int fd;
  Stream stream;
  Body piece;
  std::size_t sent = 0;  ///< of the piece
  std::optional<std::uint64_t> position{};
  bool waiting = false;  ///< suspended
  bool left = false;

  ~Viewer() {
    if (position) stream.channel->leave();
    all.erase(this);
  }
};

std::string without_port(std::string_view host) {
  return std::string(host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':')));
}

bool is_one_of(std::string_view host, const std::vector<std::string>& names) {
  const std::string name = without_port(host);
  return std::ranges::any_of(names, [&](const auto& known) {
    return ::strcasecmp(without_port(known).c_str(), name.c_str()) == 0;
  });
}

void add_header(MHD_Response& response, const char* name, const std::string& value) {
  MHD_add_response_header(&response, name, value.c_str());
}

/// What every answer has.
void add_headers(MHD_Response& response, const std::string& type, const std::string& policy) {
  add_header(response, "Content-Type", type);
  add_header(response, "Content-Security-Policy", policy);
  add_header(response, "Cache-Control", "no-store");
  add_header(response, "X-Content-Type-Options", "nosniff");
  add_header(response, "Referrer-Policy", "no-referrer");
}

ResponsePtr whole(const Response& from) {
  auto* body = new Body(from.body ? from.body : make_body(""));
  ResponsePtr response(MHD_create_response_from_buffer_with_free_callback_cls(
      (*body)->size(), const_cast<std::uint8_t*>((*body)->data()),
      [](void* kept) { delete static_cast<Body*>(kept); }, body));
  if (!response) {
    delete body;
    return nullptr;
  }
  add_headers(*response, from.type, from.content_policy);
  if (from.status == kMethodNotAllowed) add_header(*response, "Allow", "GET, HEAD");
  return response;
}

/// Whether the other side has closed and all that it has sent has been read.
bool has_left(int fd) {
  char byte = 0;
  const auto got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/// Whether the other side has closed, even if bytes of it are left that nobody
/// will read.
bool has_hung_up(int fd) {
  pollfd entry{.fd = fd, .events = POLLRDHUP, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

/// Sends of the piece what the socket takes at once, from where it lies: a copy
/// for each viewer would cost as much as the kernel's. False if the viewer is gone.
bool send_piece(Viewer& viewer) {
  const auto left = viewer.piece->size() - viewer.sent;
  const auto count =
      ::send(viewer.fd, viewer.piece->data() + viewer.sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  viewer.sent += static_cast<std::size_t>(count);
  return true;
}

/// Called when the socket takes more. libmicrohttpd sends the first piece, behind
/// the headers, and what the socket did not take, for which it waits.
ssize_t read_stream(void* cls, std::uint64_t /*position*/, char* out, std::size_t size) {
  auto& viewer = *static_cast<Viewer*>(cls);
  if (viewer.left) return MHD_CONTENT_READER_END_WITH_ERROR;
  auto& channel = *viewer.stream.channel;
  if (!viewer.position) {
    viewer.position = channel.enter();
    viewer.piece = std::move(viewer.stream.first);
  }
  while (!viewer.piece || viewer.sent == viewer.piece->size()) {
    viewer.sent = 0;
    viewer.piece = channel.next(*viewer.position);
    if (viewer.piece) {
      if (!send_piece(viewer)) return MHD_CONTENT_READER_END_WITH_ERROR;
      continue;
    }
    viewer.waiting = true;
    MHD_suspend_connection(viewer.connection);
    return 0;
  }
  const std::size_t count = std::min(size, viewer.piece->size() - viewer.sent);
  std::memcpy(out, viewer.piece->data() + viewer.sent, count);
  viewer.sent += count;
  return static_cast<ssize_t>(count);
}

}  // namespace

Response text_response(unsigned status, std::string_view text) {
  return {.status = status, .body = make_body(text)};
}

/// The server's thread and all that belongs to it.
class Server::Loop {
 public:
  explicit Loop(Options options) : options_(std::move(options)) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    if (thread_.joinable()) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof(one));
      thread_.join();
    }
    if (daemon_ == nullptr) return;
    for (auto* viewer : viewers_) wake(*viewer);
    MHD_stop_daemon(daemon_);
  }

  Result<void> start();
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  static MHD_Result accepted(void*, const sockaddr*, socklen_t) { return MHD_YES; }
  static void connection_changed(void* cls, MHD_Connection* connection, void** context,
                                 MHD_ConnectionNotificationCode code);
  static MHD_Result requested(void* cls, MHD_Connection* connection, const char* url,
                              const char* method, const char* version, const char* data,
                              std::size_t* size, void** context);
  static void completed(void* cls, MHD_Connection* connection, void** context,
                        MHD_RequestTerminationCode code);

  Result<void> watch(int fd);
  void run();
  void sweep(Clock::time_point now);
  void wake(Viewer& viewer);
  Answer answer(MHD_Connection& connection, std::string_view path, std::string_view method) const;
  MHD_Result send(MHD_Connection& connection, const Response& from, bool close);
  MHD_Result send(MHD_Connection& connection, Stream from);

  const Options options_;
  UniqueFd poll_;
  UniqueFd stop_;
  Endpoint endpoint_;
  MHD_Daemon* daemon_ = nullptr;
  std::unordered_set<Connection*> connections_;
  std::unordered_set<Viewer*> viewers_;
  std::set<std::shared_ptr<Channel>> channels_;  ///< those that are watched
  std::jthread thread_;
};

Result<void> Server::Loop::start() {
  auto socket = listen_on(options_.endpoint);
  if (!socket) return std::unexpected(socket.error());
  auto endpoint = endpoint_of(*socket);
  if (!endpoint) return std::unexpected(endpoint.error());
  endpoint_ = *endpoint;
  poll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  stop_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!poll_ || !stop_) return fail_errno(errno, "the HTTP server does not start");

  const auto& limits = options_.limits;
  // Paths are compared as they were sent: nothing that is escaped names a route.
  constexpr auto leave_escapes = [](void*, MHD_Connection*, char* text) {
    return std::strlen(text);
  };
  std::size_t (*const unescape)(void*, MHD_Connection*, char*) = leave_escapes;
  daemon_ = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, accepted, this, requested,
                             this, MHD_OPTION_LISTEN_SOCKET, socket->get(),                       //
                             MHD_OPTION_CONNECTION_LIMIT, limits.connections,                     //
                             MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_address,  //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.memory,                   //
                             MHD_OPTION_CONNECTION_TIMEOUT,
                             static_cast<unsigned>(limits.idle.count()),              //
                             MHD_OPTION_NOTIFY_CONNECTION, connection_changed, this,  //
                             MHD_OPTION_NOTIFY_COMPLETED, completed, this,            //
                             MHD_OPTION_UNESCAPE_CALLBACK, unescape, nullptr,         //
                             MHD_OPTION_STRICT_FOR_CLIENT, 1,                         //
                             MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,                    //
                             MHD_OPTION_END);
  if (daemon_ == nullptr)
    return fail(Error::Code::io, "the HTTP server does not start: libmicrohttpd refuses");
  socket->release();  // the daemon closes it

  for (const int fd :
       {stop_.get(), MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd})
    if (auto watched = watch(fd); !watched) return watched;

  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::jthread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return {};
}

Result<void> Server::Loop::watch(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno(errno, "the HTTP server does not start");
  return {};
}

void Server::Loop::run() {
  auto next_sweep = Clock::now() + kTick;
  for (;;) {
    MHD_UNSIGNED_LONG_LONG wait = 0;
    const bool hurry = MHD_get_timeout(daemon_, &wait) == MHD_YES && wait == 0;
    const int timeout = hurry ? 0 : connections_.empty() ? -1 : static_cast<int>(kTick.count());
    std::array<epoll_event, 16> events{};
    const int count = ::epoll_wait(poll_.get(), events.data(), events.size(), timeout);
    for (int i = 0; i < count; i++) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == stop_.get()) return;
      for (const auto& channel : channels_)
        if (channel->event() == fd) channel->arm();
    }
    for (auto* viewer : viewers_)
      if (viewer->waiting && viewer->stream.channel->has_more(*viewer->position)) wake(*viewer);
    MHD_run(daemon_);
    if (const auto now = Clock::now(); now >= next_sweep) {
      sweep(now);
      next_sweep = now + kTick;
    }
  }
}

void Server::Loop::sweep(Clock::time_point now) {
  // What follows from the end of a connection happens in MHD_run(), which with
  // epoll does not see by itself that the rest of a request will never come.
  for (auto* connection : connections_)
    if ((connection->deadline && now >= *connection->deadline) ||
        (connection->asking && has_left(connection->fd)))
      ::shutdown(connection->fd, SHUT_RDWR);
  // Nobody polls the socket of one that waits.
  for (auto* viewer : viewers_) {
    if (!viewer->waiting || !has_hung_up(viewer->fd)) continue;
    viewer->left = true;
    wake(*viewer);
  }
}

void Server::Loop::wake(Viewer& viewer) {
  if (!viewer.waiting) return;
  viewer.waiting = false;
  MHD_resume_connection(viewer.connection);
}

void Server::Loop::connection_changed(void* cls, MHD_Connection* connection, void** context,
                                      MHD_ConnectionNotificationCode code) {
  auto& loop = *static_cast<Loop*>(cls);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    auto* added = new Connection{.fd = info->connect_fd,
                                 .deadline = Clock::now() + loop.options_.limits.request};
    loop.connections_.insert(added);
    *context = added;
  } else {
    auto* gone = static_cast<Connection*>(*context);
    loop.connections_.erase(gone);
    delete gone;
  }
}

namespace {

Connection& of(MHD_Connection* connection) {
  return *static_cast<Connection*>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
}

}  // namespace

MHD_Result Server::Loop::requested(void* cls, MHD_Connection* connection, const char* url,
                                   const char* method, const char* /*version*/,
                                   const char* /*data*/, std::size_t* size, void** context) {
  auto& loop = *static_cast<Loop*>(cls);
  // The first call has the headers, those that follow a body, the last nothing.
  if (*context == nullptr) {
    *context = new Exchange;
    return MHD_YES;
  }
  auto& exchange = *static_cast<Exchange*>(*context);
  exchange.body += *size;
  if (exchange.body > loop.options_.limits.body) return MHD_NO;
  if (*size != 0) {
    *size = 0;
    return MHD_YES;
  }
  Answer answer = loop.answer(*connection, url, method);
  of(connection).asking = false;
  of(connection).deadline.reset();
  if (auto* stream = std::get_if<Stream>(&answer)) {
    if (loop.viewers_.size() < loop.options_.limits.streams)
      return loop.send(*connection, std::move(*stream));
    answer = text_response(503, "too many viewers\n");
  }
  of(connection).deadline = Clock::now() + loop.options_.limits.response;
  return loop.send(*connection, std::get<Response>(answer), exchange.body != 0);
}

void Server::Loop::completed(void* cls, MHD_Connection* connection, void** context,
                             MHD_RequestTerminationCode /*code*/) {
  auto& loop = *static_cast<Loop*>(cls);
  delete static_cast<Exchange*>(*context);
  *context = nullptr;
  of(connection).asking = true;
  of(connection).deadline = Clock::now() + loop.options_.limits.request;
}

Answer Server::Loop::answer(MHD_Connection& connection, std::string_view path,
                            std::string_view method) const {
  const char* host = MHD_lookup_connection_value(&connection, MHD_HEADER_KIND, "Host");
  if (host != nullptr && is_loopback(endpoint_) && !names_loopback(host) &&
      !is_one_of(host, options_.hosts))
    return text_response(421, "this server listens on the loopback and is not called so\n");
  const auto route = options_.routes.find(path);
  if (route == options_.routes.end()) return text_response(404, "there is nothing here\n");
  if (method != "GET" && method != "HEAD")
    return text_response(kMethodNotAllowed, "GET and HEAD only\n");
  // No exception may pass through C.
  try {
    return route->second();
  } catch (const std::exception& error) {
    return text_response(500, std::string(error.what()) + "\n");
  }
}

MHD_Result Server::Loop::send(MHD_Connection& connection, const Response& from, bool close) {
  const ResponsePtr response = whole(from);
  if (!response) return MHD_NO;
  if (close) add_header(*response, "Connection", "close");
  return MHD_queue_response(&connection, from.status, response.get());
}

MHD_Result Server::Loop::send(MHD_Connection& connection, Stream from) {
  if (!channels_.contains(from.channel)) {
    if (!watch(from.channel->event())) return MHD_NO;
    channels_.insert(from.channel);
  }
  const std::string type = from.type;
  auto* viewer = new Viewer{viewers_, &connection, of(&connection).fd, std::move(from), nullptr};
  viewers_.insert(viewer);
  const ResponsePtr response(
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlock, read_stream, viewer,
                                        [](void* gone) { delete static_cast<Viewer*>(gone); }));
  if (!response) {
    delete viewer;
    return MHD_NO;
  }
  add_headers(*response, type, Response{}.content_policy);
  // It ends with the connection and needs no chunks, which simple players do not know.
  MHD_set_response_options(response.get(), MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
  return MHD_queue_response(&connection, 200, response.get());
}

Result<std::unique_ptr<Server>> Server::start(Options options) {
  auto loop = std::make_unique<Loop>(std::move(options));
  if (auto started = loop->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Server>(new Server(std::move(loop)));
}

Server::Server(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Server::~Server() = default;

const Endpoint& Server::endpoint() const { return loop_->endpoint(); }

}  // namespace hailo::http
