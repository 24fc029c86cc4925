// SPDX-License-Identifier: MIT
#include "emulator/vfu/server.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

namespace hailo::emu::vfu {

namespace {

constexpr std::size_t max_controls = 32;

/// Threads that libraries start before main() do not block the signal, and get it.
void to_main_thread(int number) {
  const int saved = errno;
  ::tgkill(::getpid(), ::getpid(), number);
  errno = saved;
}

Result<UniqueFd> stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno(errno, "sigprocmask");
  std::signal(SIGTERM, to_main_thread);
  std::signal(SIGINT, to_main_thread);
  UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail_errno(errno, "signalfd");
  // A client may pass a pipe as its eventfd, and close the other end.
  std::signal(SIGPIPE, SIG_IGN);
  return fd;
}

/// Time until `deadline` for ppoll; nullptr for ever.
const timespec* time_left(std::optional<Time> deadline, Time now, timespec& storage) {
  if (!deadline) return nullptr;
  const Time left = std::max(*deadline - now, Time::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  storage.tv_sec = seconds.count();
  storage.tv_nsec = (left - seconds).count();
  return &storage;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(Config config, ServerOptions options) {
  std::optional<Trace> trace;
  if (!options.trace.empty()) {
    auto opened = Trace::open(options.trace);
    if (!opened) return std::unexpected(opened.error());
    trace = std::move(*opened);
  }
  auto clients = Listener::open(options.socket);
  if (!clients) return std::unexpected(clients.error());
  auto controls = Listener::open(options.control);
  if (!controls) return std::unexpected(controls.error());
  auto signals = stop_signals();
  if (!signals) return std::unexpected(signals.error());
  return std::unique_ptr<Server>(new Server(std::move(config), std::move(options),
                                            std::move(*clients), std::move(*controls),
                                            std::move(*signals), std::move(trace)));
}

Server::Server(Config config, ServerOptions options, Listener clients, Listener controls,
               UniqueFd signals, std::optional<Trace> trace)
    : options_(std::move(options)),
      device_(std::move(config), bus_, options_.core),
      client_listener_(std::move(clients)),
      control_listener_(std::move(controls)),
      signals_(std::move(signals)),
      trace_(std::move(trace)) {}

Result<void> Server::run() {
  auto served = serve();
  return served && trace_ ? trace_->finish() : served;
}

Result<void> Server::serve() {
  constexpr std::size_t first_control = 5;
  std::vector<pollfd> polled;
  std::vector<short> control_events;

  for (;;) {
    // poll ignores a negative file descriptor.
    const bool full = controls_.size() >= max_controls;
    polled = {{signals_.get(), POLLIN, 0},
              {session_ ? session_->fd() : -1, session_ ? session_->events() : short{0}, 0},
              {client_listener_.fd(), POLLIN, 0},
              {full ? -1 : control_listener_.fd(), POLLIN, 0},
              // Wakes the loop; the device's tick takes what there is.
              {options_.core_fd, POLLIN, 0}};
    for (const auto& control : controls_) polled.push_back({control->fd(), control->events(), 0});

    timespec storage;
    const timespec* timeout = time_left(device_.next_deadline(), clock_.now(), storage);
    if (::ppoll(polled.data(), polled.size(), timeout, nullptr) < 0 && errno != EINTR) {
      return fail_errno(errno, "ppoll");
    }
    device_.tick(clock_.now());

    if (polled[0].revents != 0) return {};
    if (polled[1].revents != 0) serve_client(polled[1].revents);
    // After the client: one that has just gone makes room for the next.
    if (polled[2].revents != 0) accept_client();

    control_events.clear();
    for (std::size_t i = first_control; i < polled.size(); ++i) {
      control_events.push_back(polled[i].revents);
    }
    if (!serve_controls(control_events)) return {};
    if (polled[3].revents != 0) {
      if (UniqueFd socket = control_listener_.accept()) {
        controls_.push_back(std::make_unique<ControlSession>(std::move(socket), device_));
      }
    }
  }
}

void Server::serve_client(short events) {
  bool alive = session_->handle();
  // Nobody is there any more: take what was still on its way, to the end.
  while (alive && (events & POLLHUP) != 0) alive = session_->handle();
  if (!alive) session_.reset();
}

void Server::accept_client() {
  UniqueFd socket = client_listener_.accept();
  if (!socket) return;
  if (session_) {
    std::fprintf(stderr, "hailo8-emu: refused a second client, the board is in use\n");
    return;
  }
  session_.emplace(std::move(socket), device_, bus_, clock_,
                   SessionOptions{options_.read_latency, trace_ ? &*trace_ : nullptr});
}

/// `events` belong to the first of controls_, in order.  False on `quit`.
bool Server::serve_controls(const std::vector<short>& events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i] == 0) continue;
    switch (controls_[i]->handle()) {
      case ControlSession::Outcome::keep:
        break;
      case ControlSession::Outcome::close:
        controls_[i].reset();
        break;
      case ControlSession::Outcome::quit:
        return false;
    }
  }
  std::erase(controls_, nullptr);
  return true;
}

}  // namespace hailo::emu::vfu
