// SPDX-License-Identifier: MIT
#include "emulator/model/vdma.h"

#include <hailo_regs.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace hailo::emu {
namespace {

static_assert(std::endian::native == std::endian::little);

// Descriptors fetched at once.
constexpr std::uint32_t kBatch = 256;

constexpr std::uint32_t kDepthShift = 11;
constexpr std::uint32_t kAvailShift = 16;
constexpr std::uint32_t kOngoingShift = 16;
constexpr std::uint32_t kChannelStride = HAILO_VDMA_CHANNEL(1);
constexpr std::uint32_t kSideMask = HAILO_VDMA_DESTINATION_SIDE;
constexpr std::uint32_t kFieldMask = 0xc;
constexpr std::uint8_t kErrorAccess = 1;

constexpr std::uint32_t kMinPage = 64;
constexpr std::uint32_t kMaxPage = 4096;

std::uint32_t depth(std::uint32_t count) { return std::bit_width(count - 1); }

std::string name(unsigned channel) { return "channel " + std::to_string(channel); }

std::uint64_t address_of(const hailo_desc& d) {
  return std::uint64_t{d.addr_hi} << 32 |
         (d.addr_lo & ~std::uint32_t{HAILO_DESC_ADDR_DATA_ID_MASK});
}

std::uint32_t size_of(const hailo_desc& d) { return d.control >> HAILO_DESC_CONTROL_SIZE_SHIFT; }

/// The control bits that hosts are known to set; nobody knows what others do.
bool known_control(const hailo_desc& d) {
  switch (d.control & HAILO_DESC_CONTROL_FLAGS_MASK) {
    case 0x02:  // none
    case 0x1e:  // interrupt of the device, of the host, of both
    case 0x2e:
    case 0x3e:
    case 0x1f:  // and the status written
    case 0x2f:
    case 0x3f:
      return true;
    default:
      return false;
  }
}

void add_piece(std::vector<Transfer::Piece>& pieces, std::uint64_t address, std::uint64_t size) {
  if (!pieces.empty() && pieces.back().address + pieces.back().size == address)
    pieces.back().size += size;
  else
    pieces.push_back({address, size});
}

}  // namespace

std::string DescriptorList::defect() const {
  if (address % HAILO_DESC_LIST_ALIGN != 0) return "list address " + hex(address);
  if (count < HAILO_DESC_LIST_MIN || count > HAILO_DESC_LIST_MAX)
    return "list of " + std::to_string(count) + " descriptors";
  if (!std::has_single_bit(page_size) || page_size < kMinPage || page_size > kMaxPage)
    return "page size " + std::to_string(page_size);
  return {};
}

/// The engine wraps at a power of two, whatever the list's length.
std::uint32_t Vdma::Channel::length() const {
  const std::uint32_t field = (host.setup & HAILO_VDMA_CONTROL_DEPTH_MASK) >> kDepthShift;
  return field == 0 ? HAILO_DESC_LIST_MAX : 1U << field;
}

std::uint32_t Vdma::read(std::uint32_t offset) const {
  const unsigned channel = offset / kChannelStride;
  const bool host =
      (offset % kChannelStride & kSideMask) == HAILO_VDMA_HOST_SIDE(channel) % kChannelStride;
  const Side& side = host ? channels_[channel].host : channels_[channel].device;
  switch (offset & kFieldMask) {
    case HAILO_VDMA_CONTROL:
      return side.setup | std::uint32_t{side.avail} << kAvailShift;
    case HAILO_VDMA_PROGRESS:
      return side.proc | std::uint32_t{side.ongoing} << kOngoingShift;
    case HAILO_VDMA_ERROR:
      return side.error | (static_cast<std::uint32_t>(side.address) & HAILO_VDMA_ERROR_ADDR_L_MASK);
    default:
      return static_cast<std::uint32_t>(side.address >> 32);
  }
}

bool Vdma::write(std::uint32_t offset, std::uint32_t value) {
  const unsigned channel = offset / kChannelStride;
  if (offset != static_cast<std::uint32_t>(HAILO_VDMA_HOST_SIDE(channel)) + HAILO_VDMA_CONTROL) {
    ledger_.ub("vdma_read_only", "write of " + hex(value) + " to " + name(channel) + ", register " +
                                     hex(offset % kChannelStride));
    return false;
  }
  write_setup(channel, value);
  return running(channel);
}

void Vdma::write_setup(unsigned channel, std::uint32_t value) {
  Channel& c = channels_[channel];
  const auto avail = static_cast<std::uint16_t>(value >> kAvailShift);
  const std::uint32_t setup = value & ~std::uint32_t{HAILO_VDMA_CONTROL_AVAIL_MASK};
  const std::uint32_t changed = setup ^ c.host.setup;
  // Of a channel that has failed in the meantime the host knows nothing yet.
  const bool failed = c.host.error != 0;
  if ((changed & setup & HAILO_VDMA_CONTROL_START) != 0) {
    if (!failed) ledger_.ub("vdma_restart", "host starts " + name(channel));
  } else if (changed != 0)
    ledger_.ub("vdma_control",
               name(channel) + ": control " + hex(setup) + ", was " + hex(c.host.setup));
  else if (!running(channel) && !failed)
    ledger_.ub("vdma_not_started", "doorbell " + std::to_string(avail) + " of " + name(channel));
  if (avail >= c.length())
    ledger_.ub("vdma_avail", name(channel) + ": NUM_AVAIL " + std::to_string(avail) +
                                 " in a list of " + std::to_string(c.length()));
  c.host.avail = avail;
}

void Vdma::start(unsigned channel, const DescriptorList& list) {
  Side side;
  side.setup =
      HAILO_VDMA_CONTROL_START | (depth(list.count) << kDepthShift & HAILO_VDMA_CONTROL_DEPTH_MASK);
  side.address = list.address;
  channels_[channel] = {.host = side, .device = side, .list = list, .beyond = {}};
}

void Vdma::stop(unsigned channel) {
  for (Side* side : {&channels_[channel].host, &channels_[channel].device}) {
    side->setup &= ~std::uint32_t{HAILO_VDMA_CONTROL_START | HAILO_VDMA_CONTROL_PAUSE};
    side->avail = 0;
    side->proc = 0;
    side->ongoing = 0;
  }
  channels_[channel].beyond.clear();
}

void Vdma::abort(unsigned channel) {
  Channel& c = channels_[channel];
  c.host.setup &= ~std::uint32_t{HAILO_VDMA_CONTROL_START};
  c.device.setup &= ~std::uint32_t{HAILO_VDMA_CONTROL_START};
  c.host.error = kErrorAccess;
  interrupt_(channel);
}

bool Vdma::running(unsigned channel) const {
  return (channels_[channel].host.setup & HAILO_VDMA_CONTROL_START) != 0;
}

std::uint32_t Vdma::available(unsigned channel) const {
  const Channel& c = channels_[channel];
  return running(channel) ? (std::uint32_t{c.host.avail} - c.host.ongoing) & (c.length() - 1) : 0;
}

bool Vdma::read_memory(std::uint64_t address, std::span<std::byte> to) {
  const std::span<std::byte> direct = host_.dma_span(address, to.size(), false);
  if (direct.empty()) return host_.dma_read(address, to);
  std::memcpy(to.data(), direct.data(), to.size());
  return true;
}

bool Vdma::write_memory(std::uint64_t address, std::span<const std::byte> from) {
  const std::span<std::byte> direct = host_.dma_span(address, from.size(), true);
  if (direct.empty()) return host_.dma_write(address, from);
  std::memcpy(direct.data(), from.data(), from.size());
  return true;
}

template <typename Take>
Vdma::Scan Vdma::scan(const DescriptorList& list, std::uint32_t length, std::uint32_t first,
                      std::uint32_t available, std::uint64_t wanted, Fault& fault, Take take) {
  std::array<hailo_desc, kBatch> batch;
  for (std::uint32_t index = first; available > 0;) {
    const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        {kBatch, available, length - index, std::max<std::uint64_t>(wanted, 1)}));
    const std::uint64_t at = list.address + std::uint64_t{index} * HAILO_DESC_SIZE;
    if (!read_memory(at, std::as_writable_bytes(std::span(batch).first(n)))) {
      fault = {"vdma_list_unmapped", std::to_string(n) + " descriptors at " + hex(at)};
      return Scan::bad;
    }
    for (std::uint32_t i = 0; i < n; ++i) {
      const hailo_desc& d = batch[i];
      const auto bad = [&](std::string_view ub, const std::string& what) {
        fault = {ub, "descriptor " + std::to_string(index + i) + ": " + what};
        if ((d.control & HAILO_DESC_CONTROL_STATUS_ERR) != 0)
          fault.descriptor = at + i * HAILO_DESC_SIZE;
        return Scan::bad;
      };
      if ((d.addr_lo & HAILO_DESC_ADDR_DATA_ID_MASK) != 0)
        return bad("vdma_data_id", "address " + hex(d.addr_lo) + " has bits of the data id");
      if (size_of(d) == 0 || size_of(d) > list.page_size)
        return bad("vdma_size", std::to_string(size_of(d)) + " bytes, pages have " +
                                    std::to_string(list.page_size));
      if (!known_control(d))
        return bad("vdma_desc_control",
                   "control bits " + hex(d.control & HAILO_DESC_CONTROL_FLAGS_MASK));
      if (!take(d, index + i)) return Scan::done;
    }
    available -= n;
    wanted -= std::min<std::uint64_t>(wanted, n);
    index = (index + n) % length;
  }
  return Scan::exhausted;
}

std::optional<Transfer> Vdma::next(unsigned channel, std::uint32_t bytes) {
  if (!running(channel)) return std::nullopt;
  const Channel& c = channels_[channel];
  Transfer transfer;
  std::uint64_t left = bytes - std::min<std::size_t>(bytes, c.beyond.size());
  if (left == 0) return transfer;
  const auto take = [&](const hailo_desc& d, std::uint32_t index) {
    // The host sends a stream of bytes: all of a descriptor is part of it.  What
    // it offers beyond the end of an output frame is not touched.
    const std::uint64_t size = std::min<std::uint64_t>(size_of(d), left);
    add_piece(transfer.pieces, address_of(d), channel < HAILO_VDMA_FIRST_D2H ? size_of(d) : size);
    constexpr std::uint32_t kAsks = HAILO_DESC_CONTROL_STATUS_REQ | HAILO_DESC_CONTROL_IRQ_DONE;
    if ((d.control & kAsks) != 0)
      transfer.requests.push_back({index, static_cast<std::uint8_t>(d.control)});
    transfer.last = index;
    left -= size;
    return left != 0;
  };
  Fault fault;
  const std::uint32_t first = c.host.ongoing & (c.length() - 1);
  switch (scan(c.list, c.length(), first, available(channel), left / c.list.page_size + 1, fault,
               take)) {
    case Scan::done:
      return transfer;
    case Scan::exhausted:
      return std::nullopt;
    case Scan::bad:
      break;
  }
  fail(channel, fault);
  return std::nullopt;
}

void Vdma::fail(unsigned channel, const Fault& fault) {
  ledger_.ub(fault.ub, name(channel) + ": " + fault.detail);
  if (fault.descriptor) {
    const std::uint32_t status = HAILO_DESC_STATUS_ERROR;
    // The list may be read-only for the device; then nobody is told.
    static_cast<void>(write_memory(*fault.descriptor + offsetof(hailo_desc, status),
                                   std::as_bytes(std::span(&status, 1))));
  }
  abort(channel);
}

bool Vdma::gather(unsigned channel, Transfer& transfer, std::span<std::uint8_t> to) {
  const ByteView before = channels_[channel].beyond;
  const ByteView mine = before.first(std::min(before.size(), to.size()));
  std::ranges::copy(mine, to.begin());
  to = to.subspan(mine.size());
  transfer.beyond.assign(before.begin() + static_cast<std::ptrdiff_t>(mine.size()), before.end());
  for (const Transfer::Piece& piece : transfer.pieces) {
    const auto inside = to.first(std::min<std::size_t>(piece.size, to.size()));
    const std::size_t at = transfer.beyond.size();
    transfer.beyond.resize(at + piece.size - inside.size());
    const auto outside = std::span(transfer.beyond).subspan(at);
    if (!read_memory(piece.address, std::as_writable_bytes(inside)) ||
        (!outside.empty() &&
         !read_memory(piece.address + inside.size(), std::as_writable_bytes(outside)))) {
      fail(channel, {"vdma_data_unmapped",
                     "read of " + std::to_string(piece.size) + " bytes at " + hex(piece.address)});
      return false;
    }
    to = to.subspan(inside.size());
  }
  return true;
}

bool Vdma::scatter(unsigned channel, const Transfer& transfer, ByteView from) {
  for (const Transfer::Piece& piece : transfer.pieces) {
    if (!write_memory(piece.address, std::as_bytes(from.first(piece.size)))) {
      fail(channel, {"vdma_data_unmapped",
                     "write of " + std::to_string(piece.size) + " bytes at " + hex(piece.address)});
      return false;
    }
    from = from.subspan(piece.size);
  }
  return true;
}

/// Status, then NUM_PROC, then the interrupt: the host relies on this order.
void Vdma::serve(unsigned channel, const Transfer::Request& request) {
  Channel& c = channels_[channel];
  if ((request.flags & HAILO_DESC_CONTROL_STATUS_REQ) != 0) {
    const std::uint64_t at = c.list.address + std::uint64_t{request.index} * HAILO_DESC_SIZE;
    const std::uint32_t status = HAILO_DESC_STATUS_DONE;
    if (!write_memory(at + offsetof(hailo_desc, status), std::as_bytes(std::span(&status, 1)))) {
      fail(channel, {"vdma_list_unmapped", "status of the descriptor at " + hex(at)});
      return;
    }
  }
  c.host.proc = static_cast<std::uint16_t>(request.index + 1);
  if ((request.flags & HAILO_DESC_CONTROL_IRQ_DONE) == 0) return;
  if ((request.flags & HAILO_DESC_CONTROL_IRQ_DEVICE) != 0) ++device_interrupts_;
  if ((request.flags & HAILO_DESC_CONTROL_IRQ_HOST) != 0) interrupt_(channel);
}

void Vdma::accept(unsigned channel, Transfer& transfer) {
  if (!running(channel)) return;
  Channel& c = channels_[channel];
  if (transfer.last) c.host.ongoing = static_cast<std::uint16_t>(*transfer.last + 1);
  c.beyond = std::move(transfer.beyond);
}

void Vdma::begin(unsigned channel, Transfer& transfer) {
  for (; transfer.served < transfer.requests.size() && running(channel); ++transfer.served) {
    const Transfer::Request& request = transfer.requests[transfer.served];
    if (request.index == transfer.last) return;
    serve(channel, request);
  }
}

void Vdma::complete(unsigned channel, Transfer& transfer) {
  begin(channel, transfer);
  if (!running(channel)) return;
  if (transfer.served < transfer.requests.size())
    serve(channel, transfer.requests[transfer.served++]);
  else if (transfer.last)
    channels_[channel].host.proc = static_cast<std::uint16_t>(*transfer.last + 1);
}

Result<void> Vdma::fetch(const DescriptorList& list, std::uint32_t first, std::uint32_t descriptors,
                         std::size_t limit, Bytes& to) {
  std::vector<Transfer::Piece> pieces;
  std::uint64_t total = 0;
  const auto take = [&](const hailo_desc& d, std::uint32_t) {
    add_piece(pieces, address_of(d), size_of(d));
    total += size_of(d);
    const auto flags = d.control;
    if ((flags & HAILO_DESC_CONTROL_IRQ_DONE) != 0 && (flags & HAILO_DESC_CONTROL_IRQ_DEVICE) != 0)
      ++device_interrupts_;
    return true;
  };
  Fault fault;
  if (scan(list, list.count, first, descriptors, descriptors, fault, take) == Scan::bad) {
    ledger_.ub(fault.ub, "configuration: " + fault.detail);
    return hailo::fail(Error::Code::io, fault.detail);
  }
  if (to.size() > limit || total > limit - to.size())
    return hailo::fail(Error::Code::unsupported,
                       "more than " + std::to_string(limit) + " bytes of configuration");
  std::size_t at = to.size();
  to.resize(at + total);
  for (const Transfer::Piece& piece : pieces) {
    if (!read_memory(piece.address,
                     std::as_writable_bytes(std::span(to).subspan(at, piece.size)))) {
      const std::string where = std::to_string(piece.size) + " bytes at " + hex(piece.address);
      ledger_.ub("vdma_data_unmapped", "configuration: " + where);
      return hailo::fail(Error::Code::io, "cannot read " + where);
    }
    at += piece.size;
  }
  return {};
}

}  // namespace hailo::emu
