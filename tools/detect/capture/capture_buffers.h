// SPDX-License-Identifier: MIT
#pragma once

#include <linux/videodev2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "detect/capture/dma_heap.h"
#include "detect/capture/video_node.h"

namespace hailo::detect {

/// The buffers that a video node fills, each of one plane or more: memory of a
/// heap if there is one and the node takes it, else the node's own, mapped.
class CaptureBuffers {
 public:
  /// `node` outlives this; `type`: V4L2_BUF_TYPE_VIDEO_CAPTURE, or …_MPLANE.
  /// `plane_bytes`: what the format needs.
  CaptureBuffers(VideoNode& node, std::string path, v4l2_buf_type type,
                 std::vector<std::size_t> plane_bytes)
      : node_(node), path_(std::move(path)), type_(type), plane_bytes_(std::move(plane_bytes)) {}
  CaptureBuffers(const CaptureBuffers&) = delete;
  CaptureBuffers& operator=(const CaptureBuffers&) = delete;
  ~CaptureBuffers();

  /// Gives the node empty buffers and lets it begin. `heap` may be empty.
  Result<void> start(const AllocateShared& heap);

  /// Whether they are the heap's.
  bool are_shared() const { return memory_ == V4L2_MEMORY_DMABUF; }

  struct Filled {
    std::uint32_t index = 0;
    std::uint32_t flags = 0;
    timeval timestamp{};
    std::vector<ByteView> planes;  ///< until it is given back
  };

  /// The newest one that is filled; older ones go back at once.
  /// Error::Code::timeout if there is none.
  Result<Filled> take_newest();
  Result<void> give_back(const Filled& filled);

 private:
  /// What one ioctl exchanges about a buffer, whatever its type.
  class Message;

  std::unexpected<Error> failed(int result, const char* what) const;
  Result<void> start_with(v4l2_memory memory, const AllocateShared& heap);
  Result<std::uint32_t> request(std::uint32_t count);
  Result<void> map(std::uint32_t index);
  Result<void> enqueue(std::uint32_t index);
  Result<void> share(const AllocateShared& heap);

  VideoNode& node_;
  std::string path_;
  v4l2_buf_type type_;
  std::vector<std::size_t> plane_bytes_;
  v4l2_memory memory_ = V4L2_MEMORY_MMAP;
  std::vector<std::vector<ByteView>> buffers_;  ///< by index and plane
  /// What they lie in, if are_shared().
  std::vector<std::vector<std::unique_ptr<SharedMemory>>> shared_;
  bool streaming_ = false;
};

}  // namespace hailo::detect
