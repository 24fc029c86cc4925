// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo::detect {

/// An open video node: the system calls that a camera is used with. Tests put a
/// scripted camera in its place.
class VideoNode {
 public:
  virtual ~VideoNode() = default;

  /// The ioctl's result, or -errno.
  virtual int ioctl(unsigned long command, void* argument) = 0;
  /// A buffer's memory, which stays until the node goes.
  virtual Result<ByteView> map(std::uint32_t offset, std::size_t length) = 0;
  /// Waits for something to be dequeued, or to fail: 1, 0 if it timed out, or -errno.
  virtual int wait(std::chrono::milliseconds timeout) = 0;
};

/// Opens a node such as /dev/video0.
using OpenVideoNode = std::function<Result<std::unique_ptr<VideoNode>>(const std::string&)>;

/// The machine's.
Result<std::unique_ptr<VideoNode>> open_video_node(const std::string& path);

}  // namespace hailo::detect
