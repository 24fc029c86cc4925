// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/base/result.h"
#include "lib/hailo/vdma.h"

namespace hailo::runtime {

/// Page-aligned memory that follows itself in the address space, so that a
/// frame which wraps around its end is contiguous to the program.
class MirroredMemory {
 public:
  /// `size` is a multiple of the page size of the machine.
  static Result<MirroredMemory> create(std::size_t size);
  MirroredMemory(MirroredMemory&& other) noexcept;
  MirroredMemory& operator=(MirroredMemory&&) = delete;
  MirroredMemory(const MirroredMemory&) = delete;
  MirroredMemory& operator=(const MirroredMemory&) = delete;
  ~MirroredMemory();

  std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  MirroredMemory(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Page size and length of the circular descriptor list for frames of
/// `frame_bytes`, `frames` of them in flight.
struct RingShape {
  std::uint16_t page_size = 0;  ///< bytes
  std::uint32_t count = 0;      ///< descriptors, a power of two

  friend bool operator==(const RingShape&, const RingShape&) = default;
};

/// Refuses frames that need more than the hardware's 65536 descriptors.
Result<RingShape> ring_shape(std::uint32_t frame_bytes, unsigned frames,
                             std::uint16_t max_page_size);

/// The frame buffers of one stream: memory and a descriptor list whose
/// descriptor i points at byte i * page size, for good. A transfer then writes
/// nothing but its last descriptor. Gives mapping and list back when it goes;
/// the network must be reset by then.
class FrameRing {
 public:
  static Result<FrameRing> create(Vdma& vdma, std::uint8_t channel, std::uint32_t frame_bytes,
                                  const RingShape& shape, DmaDirection direction);
  FrameRing(FrameRing&& other) noexcept;
  FrameRing& operator=(FrameRing&&) = delete;
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;
  ~FrameRing();

  const DescriptorList& list() const { return list_; }
  std::uint8_t channel() const { return channel_; }

  /// Where the frame goes that launch() hands over next.
  std::span<std::uint8_t> next() const;
  Result<void> launch();

  /// The oldest frame that was launched and not retired, and retiring it.
  std::span<const std::uint8_t> oldest() const;
  void retire();

  /// Gives mapping and list back and tells how that went.
  Result<void> close();

 private:
  FrameRing(Vdma& vdma, std::uint8_t channel, std::uint32_t frame_bytes, MirroredMemory memory)
      : vdma_(&vdma), channel_(channel), frame_bytes_(frame_bytes), memory_(std::move(memory)) {}
  std::uint32_t descriptors() const;  ///< of a frame
  std::uint32_t after(std::uint32_t descriptor) const;

  Vdma* vdma_;
  std::uint8_t channel_;
  std::uint32_t frame_bytes_;
  MirroredMemory memory_;
  DescriptorList list_{};
  std::uint64_t mapping_ = 0;  ///< 0: none
  std::uint32_t next_ = 0;     ///< descriptor
  std::uint32_t oldest_ = 0;   ///< descriptor
};

}  // namespace hailo::runtime
