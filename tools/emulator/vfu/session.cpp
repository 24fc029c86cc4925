// SPDX-License-Identifier: MIT
#include "emulator/vfu/session.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace hailo::emu::vfu {

namespace {

// The wire is host byte order, the device is little-endian.
static_assert(std::endian::native == std::endian::little);

/// The payload as a structure, if it has exactly that size.
template <typename T>
std::optional<T> exactly(std::span<const std::byte> payload) {
  if (payload.size() != sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

/// The structure that the payload starts with; takes it off the payload.
template <typename T>
std::optional<T> take(std::span<const std::byte>& payload) {
  if (payload.size() < sizeof(T)) return std::nullopt;
  const auto value = exactly<T>(payload.first(sizeof(T)));
  payload = payload.subspan(sizeof(T));
  return value;
}

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
  const auto raw = std::as_bytes(std::span(&value, 1));
  return {raw.begin(), raw.end()};
}

std::uint32_t region_size(std::uint32_t index) {
  if (index <= wire::region_bar_last) return Device::bar_size(index);
  return index == wire::region_config ? wire::config_space_size : 0;
}

bool inside_region(const wire::RegionAccess& access) {
  const std::uint64_t size = region_size(access.region);
  return access.count > 0 && access.count <= size && access.offset <= size - access.count;
}

/// Widths that a CPU can use on a BAR; the model decides what it thinks of them.
bool is_bar_width(std::uint32_t count) {
  return count == 1 || count == 2 || count == 4 || count == 8;
}

/// The widest naturally aligned configuration access at `offset` in `left` bytes.
unsigned config_width(std::uint32_t offset, std::size_t left) {
  if (offset % 4 == 0 && left >= 4) return 4;
  if (offset % 2 == 0 && left >= 2) return 2;
  return 1;
}

/// A busy wait: a sleep would be tens of microseconds late, and a read of a
/// real board takes about one.
void spin_until(const Clock& clock, Time end) {
  while (clock.now() < end) {
  }
}

std::uint32_t irq_count(std::uint32_t index) {
  return index == wire::irq_intx || index == wire::irq_msi ? 1 : 0;
}

}  // namespace

Session::Session(UniqueFd socket, Device& device, Bus& bus, const Clock& clock,
                 SessionOptions options)
    : socket_(std::move(socket)), device_(device), bus_(bus), clock_(clock), options_(options) {}

Session::~Session() { bus_.disconnect(); }

short Session::events() const { return out_.empty() ? POLLIN : POLLOUT; }

bool Session::handle() {
  if (!send_pending()) return false;
  if (!out_.empty()) return true;
  if (closing_) return false;

  switch (receive()) {
    case Progress::wait:
      return true;
    case Progress::closed:
      return false;
    case Progress::complete:
      break;
  }
  if (!process()) closing_ = true;
  in_.clear();
  in_fds_.clear();
  return send_pending() && !(closing_ && out_.empty());
}

Session::Progress Session::receive() {
  if (in_.size() < sizeof(wire::Header)) {
    if (const Progress p = fill(sizeof(wire::Header)); p != Progress::complete) return p;
  }
  wire::Header header;
  std::memcpy(&header, in_.data(), sizeof header);
  // process() refuses a size out of bounds.
  return fill(std::clamp<std::size_t>(header.size, sizeof header, wire::max_message));
}

/// Reads until the request has `size` bytes.
Session::Progress Session::fill(std::size_t size) {
  while (in_.size() < size) {
    const std::size_t have = in_.size();
    in_.resize(size);
    iovec part{in_.data() + have, size - have};
    alignas(cmsghdr) std::byte control[CMSG_SPACE(wire::max_message_fds * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;

    const ssize_t n = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const int error = errno;
    in_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0) {
      if (error == EINTR) continue;
      return error == EAGAIN ? Progress::wait : Progress::closed;
    }
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        in_fds_.emplace_back(fd);
      }
    }
    if (n == 0) return Progress::closed;
    if ((message.msg_flags & MSG_CTRUNC) != 0 || in_fds_.size() > wire::max_message_fds) {
      return Progress::closed;
    }
  }
  return Progress::complete;
}

/// Sends what fits; false if the client is gone.
bool Session::send_pending() {
  while (out_sent_ < out_.size()) {
    const ssize_t n = ::send(socket_.get(), out_.data() + out_sent_, out_.size() - out_sent_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    out_sent_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  out_sent_ = 0;
  return true;
}

void Session::queue_reply(const wire::Header& request, const Reply& reply) {
  if ((request.flags & wire::flag_no_reply) != 0) return;
  wire::Header header{request.id, request.command, sizeof(wire::Header), wire::flag_type_reply, 0};
  if (reply) {
    header.size += static_cast<std::uint32_t>(reply->size());
  } else {
    header.flags |= wire::flag_error;
    header.error = static_cast<std::uint32_t>(reply.error());
  }
  out_ = bytes_of(header);
  if (reply) out_.insert(out_.end(), reply->begin(), reply->end());
}

/// Executes the request in in_; false if the session must end after the reply.
bool Session::process() {
  wire::Header header;
  std::memcpy(&header, in_.data(), sizeof header);

  // Without a believable size there is no next message to find.  A reply
  // cannot be answered, and the server never asks anything.
  if ((header.flags & wire::flag_type_mask) != wire::flag_type_command) return false;
  if (header.size != in_.size()) {
    queue_reply(header, std::unexpected(header.size < sizeof header ? EINVAL : EMSGSIZE));
    return false;
  }

  device_.tick(clock_.now());
  const Reply reply = dispatch(header, std::span(in_).subspan(sizeof header));
  queue_reply(header, reply);
  return negotiated_;
}

Session::Reply Session::dispatch(const wire::Header& header, Payload payload) {
  const auto command = static_cast<wire::Command>(header.command);
  if (negotiated_ == (command == wire::Command::version)) return std::unexpected(EINVAL);
  if (!in_fds_.empty() && command != wire::Command::dma_map &&
      command != wire::Command::device_set_irqs) {
    return std::unexpected(EINVAL);
  }
  switch (command) {
    case wire::Command::version:
      return version(payload);
    case wire::Command::dma_map:
      return dma_map(payload);
    case wire::Command::dma_unmap:
      return dma_unmap(payload);
    case wire::Command::device_get_info:
      return device_get_info(payload);
    case wire::Command::device_get_region_info:
      return device_get_region_info(payload);
    case wire::Command::device_get_irq_info:
      return device_get_irq_info(payload);
    case wire::Command::device_set_irqs:
      return device_set_irqs(payload);
    case wire::Command::region_read:
      return region_read(payload);
    case wire::Command::region_write:
      return region_write(payload);
    case wire::Command::device_reset:
      return device_reset(payload);
  }
  return std::unexpected(ENOTSUP);
}

Session::Reply Session::version(Payload payload) {
  using nlohmann::json;

  const auto request = take<wire::Version>(payload);
  if (!request) return std::unexpected(EINVAL);
  if (request->major != wire::protocol_major) return std::unexpected(ENOTSUP);

  json proposed = json::object();
  if (!payload.empty()) {
    if (payload.back() != std::byte{0}) return std::unexpected(EINVAL);
    const auto* text = reinterpret_cast<const char*>(payload.data());
    const json data = json::parse(text, text + payload.size() - 1, nullptr, false);
    if (!data.is_object()) return std::unexpected(EINVAL);
    proposed = data.value("capabilities", json::object());
    if (!proposed.is_object()) return std::unexpected(EINVAL);
  }

  // The answer may name only what the client named.
  const json supported = {{"max_msg_fds", wire::max_message_fds},
                          {"max_data_xfer_size", wire::max_data_transfer},
                          {"max_dma_maps", wire::max_dma_regions}};
  json agreed = json::object();
  for (const auto& [name, value] : supported.items()) {
    if (proposed.contains(name)) agreed[name] = value;
  }
  const std::string text = json{{"capabilities", agreed}}.dump();

  Bytes reply = bytes_of(wire::Version{wire::protocol_major, wire::protocol_minor});
  const auto raw = std::as_bytes(std::span(text.c_str(), text.size() + 1));
  reply.insert(reply.end(), raw.begin(), raw.end());

  // A new client is a new machine: the board has just got power.
  device_.bus_reset();
  negotiated_ = true;
  return reply;
}

Session::Reply Session::dma_map(Payload payload) {
  const auto request = exactly<wire::DmaMap>(payload);
  if (!request || request->argsz < sizeof *request ||
      (request->flags & ~wire::dma_map_flags) != 0 || in_fds_.size() > 1) {
    return std::unexpected(EINVAL);
  }
  const bool needs_file =
      (request->flags & (wire::dma_map_by_mmap | wire::dma_map_by_file_io)) != 0;
  UniqueFd fd = in_fds_.empty() ? UniqueFd() : std::move(in_fds_.front());
  if (needs_file && !fd) return std::unexpected(EINVAL);

  const DmaMap::Access access{(request->flags & wire::dma_map_readable) != 0,
                              (request->flags & wire::dma_map_writeable) != 0};
  const int error =
      bus_.dma().map(request->address, request->size, access, std::move(fd), request->offset);
  if (error != 0) return std::unexpected(error);
  return Bytes{};
}

Session::Reply Session::dma_unmap(Payload payload) {
  const auto request = exactly<wire::DmaUnmap>(payload);
  if (!request || request->argsz < sizeof *request ||
      (request->flags & ~wire::dma_unmap_all) != 0) {
    return std::unexpected(EINVAL);
  }
  if ((request->flags & wire::dma_unmap_all) != 0) {
    if (request->address != 0 || request->size != 0) return std::unexpected(EINVAL);
    bus_.dma().clear();
  } else if (const int error = bus_.dma().unmap(request->address, request->size); error != 0) {
    return std::unexpected(error);
  }
  return bytes_of(*request);
}

Session::Reply Session::device_get_info(Payload payload) const {
  const auto request = exactly<wire::DeviceInfo>(payload);
  if (!request || request->argsz < sizeof *request) return std::unexpected(EINVAL);
  return bytes_of(wire::DeviceInfo{sizeof(wire::DeviceInfo),
                                   wire::device_flag_reset | wire::device_flag_pci,
                                   wire::region_count, wire::irq_index_count});
}

Session::Reply Session::device_get_region_info(Payload payload) const {
  const auto request = exactly<wire::RegionInfo>(payload);
  if (!request || request->argsz < sizeof *request || request->index >= wire::region_count) {
    return std::unexpected(EINVAL);
  }
  wire::RegionInfo info{};
  info.argsz = sizeof info;
  info.index = request->index;
  info.size = region_size(request->index);
  if (info.size != 0) info.flags = wire::region_flag_read | wire::region_flag_write;
  return bytes_of(info);
}

Session::Reply Session::device_get_irq_info(Payload payload) const {
  const auto request = exactly<wire::IrqInfo>(payload);
  if (!request || request->argsz < sizeof *request || request->index >= wire::irq_index_count) {
    return std::unexpected(EINVAL);
  }
  wire::IrqInfo info{sizeof(wire::IrqInfo), 0, request->index, irq_count(request->index)};
  if (request->index == wire::irq_intx) {
    info.flags = wire::irq_info_eventfd | wire::irq_info_maskable | wire::irq_info_automasked;
  } else if (request->index == wire::irq_msi) {
    info.flags = wire::irq_info_eventfd | wire::irq_info_maskable | wire::irq_info_noresize;
  }
  return bytes_of(info);
}

Session::Reply Session::device_set_irqs(Payload payload) {
  const auto request = take<wire::SetIrqs>(payload);
  if (!request || request->argsz < sizeof *request || request->index >= wire::irq_index_count) {
    return std::unexpected(EINVAL);
  }
  const std::uint32_t data = request->flags & wire::irq_set_data_mask;
  const std::uint32_t action = request->flags & wire::irq_set_action_bits;
  const std::uint32_t known = wire::irq_set_data_mask | wire::irq_set_action_bits;
  if ((request->flags & ~known) != 0 || std::popcount(data) != 1 || std::popcount(action) != 1) {
    return std::unexpected(EINVAL);
  }
  const std::size_t data_size = data == wire::irq_set_data_bool ? request->count : 0;
  if (payload.size() != data_size) return std::unexpected(EINVAL);
  if (!in_fds_.empty() &&
      (data != wire::irq_set_data_eventfd || in_fds_.size() != request->count)) {
    return std::unexpected(EINVAL);
  }

  const std::uint32_t available = irq_count(request->index);
  if (request->start > available || request->count > available - request->start) {
    return std::unexpected(EINVAL);
  }
  if (available == 0) return Bytes{};  // count 0 of an interrupt that does not exist

  IrqLine& line = request->index == wire::irq_intx ? bus_.intx() : bus_.msi();
  if (request->count == 0) {
    if (data != wire::irq_set_data_none || action != wire::irq_set_action_trigger) {
      return std::unexpected(EINVAL);
    }
    line.reset();
    return Bytes{};
  }
  if (data == wire::irq_set_data_eventfd) {
    // Eventfds that follow the mask state are of use only to KVM.
    if (action != wire::irq_set_action_trigger) return std::unexpected(ENOTSUP);
    line.assign(in_fds_.empty() ? UniqueFd() : std::move(in_fds_.front()));
    return Bytes{};
  }
  if (data == wire::irq_set_data_bool && payload.front() == std::byte{0}) return Bytes{};
  switch (action) {
    case wire::irq_set_action_mask:
      line.mask();
      break;
    case wire::irq_set_action_unmask:
      line.unmask();
      break;
    default:
      line.trigger();
      break;
  }
  return Bytes{};
}

void Session::trace(char direction, unsigned bar, std::uint32_t offset, std::uint32_t value) {
  if (options_.trace == nullptr) return;
  options_.trace->access(clock_.now(), direction, bar, offset, value,
                         device_.register_name(bar, offset));
}

void Session::read_bar(unsigned bar, std::uint32_t offset, std::span<std::byte> to) {
  const Time start = clock_.now();
  const auto width = static_cast<unsigned>(to.size());
  const std::uint32_t value = device_.bar_read(bar, offset, width);
  // Beyond the model's four bytes nothing answers.
  std::ranges::fill(to, std::byte{0xff});
  std::memcpy(to.data(), &value, std::min(to.size(), sizeof value));
  if (options_.read_latency.count() > 0) spin_until(clock_, start + options_.read_latency);
  trace('R', bar, offset, value);
}

void Session::read_config(std::uint32_t offset, std::span<std::byte> to) {
  while (!to.empty()) {
    const unsigned width = config_width(offset, to.size());
    const std::uint32_t value = device_.config_read(offset, width);
    std::memcpy(to.data(), &value, width);
    to = to.subspan(width);
    offset += width;
  }
}

Session::Reply Session::region_read(Payload payload) {
  const auto request = exactly<wire::RegionAccess>(payload);
  if (!request || !inside_region(*request)) return std::unexpected(EINVAL);
  const auto offset = static_cast<std::uint32_t>(request->offset);

  Bytes reply = bytes_of(*request);
  reply.resize(sizeof *request + request->count);
  const auto data = std::span(reply).subspan(sizeof *request);
  if (request->region == wire::region_config) {
    read_config(offset, data);
  } else {
    if (!is_bar_width(request->count)) return std::unexpected(EINVAL);
    read_bar(request->region, offset, data);
  }
  return reply;
}

Session::Reply Session::region_write(Payload payload) {
  const auto request = take<wire::RegionAccess>(payload);
  if (!request || !inside_region(*request) || payload.size() != request->count) {
    return std::unexpected(EINVAL);
  }
  auto offset = static_cast<std::uint32_t>(request->offset);

  if (request->region == wire::region_config) {
    while (!payload.empty()) {
      const unsigned width = config_width(offset, payload.size());
      std::uint32_t value = 0;
      std::memcpy(&value, payload.data(), width);
      device_.config_write(offset, width, value);
      payload = payload.subspan(width);
      offset += width;
    }
    return bytes_of(*request);
  }

  if (!is_bar_width(request->count)) return std::unexpected(EINVAL);
  std::uint32_t value = 0;
  std::memcpy(&value, payload.data(), std::min(payload.size(), sizeof value));
  trace('W', request->region, offset, value);
  device_.bar_write(request->region, offset, request->count, value);
  return bytes_of(*request);
}

Session::Reply Session::device_reset(Payload payload) {
  if (!payload.empty()) return std::unexpected(EINVAL);
  device_.bus_reset();
  return Bytes{};
}

}  // namespace hailo::emu::vfu
