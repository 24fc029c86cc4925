// SPDX-License-Identifier: MIT
#include "lib/runtime/ring.h"

#include <hailo_vdma.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <utility>

#include "lib/base/unique_fd.h"

namespace hailo::runtime {
namespace {

constexpr std::uint32_t kMinPage = 64;
constexpr std::uint32_t kDefaultPage = 512;

std::size_t machine_page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

Result<MirroredMemory> MirroredMemory::create(std::size_t size) {
  UniqueFd fd(memfd_create("hailo-frames", MFD_CLOEXEC));
  if (!fd || ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return fail_errno(errno, "allocating " + std::to_string(size) + " bytes for frames");

  void* place = mmap(nullptr, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return fail_errno(errno, "reserving address space for frames");
  MirroredMemory memory(static_cast<std::uint8_t*>(place), size);
  for (std::size_t half = 0; half < 2; half++) {
    if (mmap(memory.data_ + half * size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
             fd.get(), 0) == MAP_FAILED)
      return fail_errno(errno, "mapping memory for frames");
  }
  return memory;
}

MirroredMemory::MirroredMemory(MirroredMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MirroredMemory::~MirroredMemory() {
  if (data_) munmap(data_, 2 * size_);
}

Result<RingShape> ring_shape(std::uint32_t frame_bytes, unsigned frames,
                             std::uint16_t max_page_size) {
  std::uint32_t page = std::min<std::uint32_t>(kDefaultPage, max_page_size);
  if (frame_bytes < page) page = std::max(kMinPage, std::bit_ceil(frame_bytes));

  // One descriptor to spare per frame, and one that tells full from empty.
  auto needed = [&] { return std::uint64_t{frames} * ((frame_bytes + page - 1) / page + 1) + 1; };
  while (needed() > HAILO_DESC_LIST_MAX && page < max_page_size) page *= 2;
  if (needed() > HAILO_DESC_LIST_MAX)
    return fail(Error::Code::unsupported,
                std::to_string(frames) + " frames of " + std::to_string(frame_bytes) +
                    " bytes in flight need more than " + std::to_string(HAILO_DESC_LIST_MAX) +
                    " descriptors of " + std::to_string(page) + " bytes");
  return RingShape{static_cast<std::uint16_t>(page),
                   std::bit_ceil(static_cast<std::uint32_t>(needed()))};
}

Result<FrameRing> FrameRing::create(Vdma& vdma, std::uint8_t channel, std::uint32_t frame_bytes,
                                    const RingShape& shape, DmaDirection direction) {
  // The mirror needs whole pages of the machine; a list that is shorter than
  // one of those is bound to the first part of it, and grows to it.
  std::uint32_t count = shape.count;
  while (std::size_t{count} * shape.page_size < machine_page()) count *= 2;

  auto memory = MirroredMemory::create(std::size_t{count} * shape.page_size);
  if (!memory) return std::unexpected(memory.error());
  FrameRing ring(vdma, channel, frame_bytes, std::move(*memory));

  auto mapping = vdma.map(ring.memory_.data(), ring.memory_.size(), direction);
  if (!mapping) return std::unexpected(mapping.error());
  ring.mapping_ = *mapping;
  auto list = vdma.create_list(count, shape.page_size, true);
  if (!list) return std::unexpected(list.error());
  ring.list_ = *list;

  const DmaBytes all{ring.mapping_, 0, ring.memory_.data(),
                     static_cast<std::uint32_t>(ring.memory_.size())};
  auto bound = vdma.program(ring.list_, all, 0, true, Domain::none);
  if (!bound) return std::unexpected(bound.error());
  if (*bound != count)
    return fail(Error::Code::protocol, "the driver bound " + std::to_string(*bound) +
                                           " descriptors, asked were " + std::to_string(count));
  return ring;
}

FrameRing::FrameRing(FrameRing&& other) noexcept
    : vdma_(other.vdma_),
      channel_(other.channel_),
      frame_bytes_(other.frame_bytes_),
      memory_(std::move(other.memory_)),
      list_(std::exchange(other.list_, {})),
      mapping_(std::exchange(other.mapping_, 0)),
      next_(other.next_),
      oldest_(other.oldest_) {}

FrameRing::~FrameRing() { [[maybe_unused]] const auto nobody_to_tell = close(); }

Result<void> FrameRing::close() {
  Result<void> done;
  if (list_.handle) done = vdma_->release_list(list_);
  list_ = {};
  if (const auto mapping = std::exchange(mapping_, 0)) {
    auto unmapped = vdma_->unmap(mapping);
    if (done) done = unmapped;
  }
  return done;
}

std::uint32_t FrameRing::descriptors() const {
  return (frame_bytes_ + list_.page_size - 1) / list_.page_size;
}

std::uint32_t FrameRing::after(std::uint32_t descriptor) const {
  return (descriptor + descriptors()) & (list_.count - 1);
}

std::span<std::uint8_t> FrameRing::next() const {
  return {memory_.data() + std::size_t{next_} * list_.page_size, frame_bytes_};
}

std::span<const std::uint8_t> FrameRing::oldest() const {
  return {memory_.data() + std::size_t{oldest_} * list_.page_size, frame_bytes_};
}

void FrameRing::retire() { oldest_ = after(oldest_); }

Result<void> FrameRing::launch() {
  const std::size_t offset = std::size_t{next_} * list_.page_size;
  const auto first =
      static_cast<std::uint32_t>(std::min<std::size_t>(frame_bytes_, memory_.size() - offset));
  std::vector<DmaBytes> pieces = {{mapping_, offset, memory_.data() + offset, first}};
  if (first < frame_bytes_) pieces.push_back({mapping_, 0, memory_.data(), frame_bytes_ - first});

  auto taken = vdma_->launch(channel_, list_, next_, pieces);
  if (!taken) return std::unexpected(taken.error());
  if (*taken != descriptors())
    return fail(Error::Code::protocol, "the driver used " + std::to_string(*taken) +
                                           " descriptors, expected were " +
                                           std::to_string(descriptors()));
  next_ = after(next_);
  return {};
}

}  // namespace hailo::runtime
