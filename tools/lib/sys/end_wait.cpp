// SPDX-License-Identifier: MIT
#include "lib/sys/end_wait.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <utility>

namespace hailo::sys {
namespace {

sigset_t end_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Result<EndWait> EndWait::create() {
  const sigset_t set = end_signals();
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
    return fail_errno(error, "cannot block signals");
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail_errno(errno, "cannot wait for signals");
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail_errno(errno, "cannot make an event");
  return EndWait(std::move(signals), std::move(event));
}

void EndWait::wake() const { ::eventfd_write(event_.get(), 1); }

bool EndWait::wait(std::chrono::milliseconds timeout) const {
  pollfd entries[] = {{signals_.get(), POLLIN, 0}, {event_.get(), POLLIN, 0}};
  return ::poll(entries, 2, static_cast<int>(timeout.count())) > 0;
}

void EndWait::release() const {
  signalfd_siginfo taken{};
  [[maybe_unused]] const auto n = ::read(signals_.get(), &taken, sizeof(taken));
  const sigset_t set = end_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace hailo::sys
