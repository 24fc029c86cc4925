// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "detect/capture/dma_heap.h"
#include "detect/capture/source.h"
#include "detect/capture/video_node.h"
#include "lib/sys/root.h"

namespace hailo::detect {

/// V4L2's formats that this program can read, those that cost least first.
std::span<const std::uint32_t> readable_formats();

/// What a camera is asked for; it gets what comes nearest.
struct CameraRequest {
  std::uint32_t width = 640;
  std::uint32_t height = 480;
  unsigned rate = 30;        ///< pictures a second
  std::uint32_t fourcc = 0;  ///< the format that it must be; 0: the best one
};

struct CameraSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double rate = 0;  ///< most pictures a second; 0: the camera does not say
};

/// A format of a camera that this program can read.
struct CameraFormat {
  std::uint32_t fourcc = 0;
  std::vector<CameraSize> sizes;  ///< of a range, its ends; empty: the camera does not say
};

struct CameraInfo {
  std::string node;  ///< "/dev/video0"
  std::string card;  ///< "HD Webcam"
  std::string driver;
  bool captures = false;      ///< gives pictures
  bool multi_planar = false;  ///< by V4L2's calls for several planes, be it only one
  std::vector<CameraFormat> formats;
};

/// What a node says of itself.
Result<CameraInfo> describe_camera(VideoNode& node, const std::string& path);

/// All cameras with a format that this program can read.
Result<std::vector<CameraInfo>> list_cameras(const sys::Root& root, const OpenVideoNode& open);

/// Starts the camera behind a node: MJPEG, YUYV, NV12 (in one plane or two) or
/// RGB24, whichever gives size and rate best. Of its buffers always the newest
/// one is used; they are the heap's if there is one and the driver takes them.
Result<std::unique_ptr<Source>> open_camera(std::unique_ptr<VideoNode> node,
                                            const std::string& path, const CameraRequest& request,
                                            const AllocateShared& heap = {});

/// Starts the first camera that can be started.
Result<std::unique_ptr<Source>> open_first_camera(const sys::Root& root, const OpenVideoNode& open,
                                                  const CameraRequest& request,
                                                  const AllocateShared& heap = {});

}  // namespace hailo::detect
