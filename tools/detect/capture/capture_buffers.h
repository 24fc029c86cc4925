// SPDX-License-Identifier: MIT
#pragma once

#include <linux/videodev2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "detect/capture/video_node.h"

namespace hailo::detect {

/// The memory-mapped buffers that a video node fills, each of one plane or more.
class CaptureBuffers {
 public:
  /// `node` outlives this; `type`: V4L2_BUF_TYPE_VIDEO_CAPTURE, or …_MPLANE.
  CaptureBuffers(VideoNode& node, std::string path, v4l2_buf_type type, std::size_t planes)
      : node_(node), path_(std::move(path)), type_(type), planes_(planes) {}
  CaptureBuffers(const CaptureBuffers&) = delete;
  CaptureBuffers& operator=(const CaptureBuffers&) = delete;
  ~CaptureBuffers();

  /// Gives the node empty buffers and lets it begin.
  Result<void> start();

  struct Filled {
    std::uint32_t index = 0;
    std::uint32_t flags = 0;
    timeval timestamp{};
    std::vector<ByteView> planes;  ///< until it is given back
  };

  /// The newest one that is filled; older ones go back at once.
  /// Error::Code::timeout if there is none.
  Result<Filled> take_newest();
  Result<void> give_back(std::uint32_t index);

 private:
  /// What one ioctl exchanges about a buffer, whatever its type.
  class Message;

  std::unexpected<Error> failed(int result, const char* what) const;
  Result<void> map(std::uint32_t index);

  VideoNode& node_;
  std::string path_;
  v4l2_buf_type type_;
  std::size_t planes_;
  std::vector<std::vector<ByteView>> buffers_;  ///< by index and plane
  bool streaming_ = false;
};

}  // namespace hailo::detect
