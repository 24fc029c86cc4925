// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo::detect {

/// Memory that a device fills and this process reads: a dma-buf. Unlike what many
/// drivers map, it goes through the processor's cache.
class SharedMemory {
 public:
  virtual ~SharedMemory() = default;

  virtual int descriptor() const = 0;
  virtual ByteView bytes() const = 0;
  /// Around reading: makes the cache agree with what the device has written.
  virtual Result<void> begin_read() = 0;
  virtual Result<void> end_read() = 0;
};

/// Allocates at least so many bytes.
using AllocateShared = std::function<Result<std::unique_ptr<SharedMemory>>(std::size_t)>;

/// The kernel's heap behind a node such as /dev/dma_heap/system; empty if it
/// cannot be opened.
AllocateShared open_dma_heap(const std::string& path);

}  // namespace hailo::detect
