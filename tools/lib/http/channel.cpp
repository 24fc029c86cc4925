// SPDX-License-Identifier: MIT
#include "lib/http/channel.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hailo::http {

Body make_body(std::string_view text) {
  return std::make_shared<const Bytes>(text.begin(), text.end());
}

Result<std::shared_ptr<Channel>> Channel::create(std::size_t depth) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail_errno(errno, "cannot make an event");
  return std::shared_ptr<Channel>(new Channel(depth, std::move(event)));
}

void Channel::publish(Body piece) {
  const std::lock_guard lock(mutex_);
  if (viewers_ == 0) return;
  pieces_.push_back(std::move(piece));
  if (pieces_.size() > depth_) pieces_.pop_front();
  end_++;
  const std::uint64_t one = 1;
  // It fails if the count is full: then the event is set already.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
}

std::size_t Channel::viewers() const {
  const std::lock_guard lock(mutex_);
  return viewers_;
}

std::uint64_t Channel::enter() {
  const std::lock_guard lock(mutex_);
  viewers_++;
  return end_;
}

void Channel::leave() {
  const std::lock_guard lock(mutex_);
  if (--viewers_ == 0) pieces_.clear();
}

bool Channel::has_more(std::uint64_t position) const {
  const std::lock_guard lock(mutex_);
  return position != end_;
}

Body Channel::next(std::uint64_t& position) const {
  const std::lock_guard lock(mutex_);
  if (position == end_) return nullptr;
  const std::uint64_t oldest = end_ - pieces_.size();
  position = std::max(position, oldest);
  return pieces_[static_cast<std::size_t>(position++ - oldest)];
}

void Channel::arm() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(event_.get(), &count, sizeof(count));
}

}  // namespace hailo::http
