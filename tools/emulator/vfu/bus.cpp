// SPDX-License-Identifier: MIT
#include "emulator/vfu/bus.h"

#include <poll.h>
#include <unistd.h>

namespace hailo::emu::vfu {

void IrqLine::unmask() {
  masked_ = false;
  if (pending_) trigger();
}

void IrqLine::trigger() {
  pending_ = masked_;
  if (masked_ || !fd_) return;

  // The client chose the file.  One that cannot take the event at once must
  // not stall the server: an eventfd is only full after 2^64 - 2 events.
  pollfd ready{fd_.get(), POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  const std::uint64_t one = 1;
  if (::write(fd_.get(), &one, sizeof one) != sizeof one) fd_.reset();
}

void IrqLine::reset() {
  fd_.reset();
  masked_ = false;
  pending_ = false;
}

void Bus::disconnect() {
  dma_.clear();
  intx_.reset();
  msi_.reset();
}

}  // namespace hailo::emu::vfu
