// SPDX-License-Identifier: MIT
#include "detect/capture/dma_heap.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include "lib/base/unique_fd.h"

namespace hailo::detect {
namespace {

class DmaBuf : public SharedMemory {
 public:
  DmaBuf(UniqueFd file, std::span<const std::uint8_t> memory)
      : file_(std::move(file)), memory_(memory) {}
  DmaBuf(const DmaBuf&) = delete;
  DmaBuf& operator=(const DmaBuf&) = delete;
  ~DmaBuf() override { ::munmap(const_cast<std::uint8_t*>(memory_.data()), memory_.size()); }

  int descriptor() const override { return file_.get(); }
  ByteView bytes() const override { return memory_; }
  Result<void> begin_read() override { return sync(DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ); }
  Result<void> end_read() override { return sync(DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ); }

 private:
  Result<void> sync(std::uint64_t flags) const {
    dma_buf_sync request{flags};
    while (::ioctl(file_.get(), DMA_BUF_IOCTL_SYNC, &request) < 0)
      if (errno != EINTR && errno != EAGAIN)
        return fail_errno(errno, "a buffer of the camera cannot be read");
    return {};
  }

  UniqueFd file_;
  std::span<const std::uint8_t> memory_;
};

Result<std::unique_ptr<SharedMemory>> allocate(int heap, std::size_t bytes) {
  dma_heap_allocation_data request{};
  request.len = bytes;
  request.fd_flags = O_RDWR | O_CLOEXEC;
  if (::ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &request) < 0)
    return fail_errno(errno, "the DMA heap gives no memory");
  UniqueFd file(static_cast<int>(request.fd));
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return fail_errno(errno, "cannot map memory of the DMA heap");
  return std::make_unique<DmaBuf>(std::move(file),
                                  std::span(static_cast<const std::uint8_t*>(memory), bytes));
}

}  // namespace

AllocateShared open_dma_heap(const std::string& path) {
  const auto heap = std::make_shared<const UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*heap) return {};
  return [heap](std::size_t bytes) { return allocate(heap->get(), bytes); };
}

}  // namespace hailo::detect
