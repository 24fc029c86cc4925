// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "lib/base/result.h"
#include "lib/image/image.h"

namespace hailo::detect {

/// A picture as a source has given it.
struct Picture {
  std::chrono::system_clock::time_point captured{};
  std::shared_ptr<const Image> image;
  std::chrono::nanoseconds decode{0};  ///< from the camera's bytes to pixels
};

/// Where pictures come from. One thread uses it.
class Source {
 public:
  virtual ~Source() = default;

  /// For users: "/dev/video0, HD Webcam, 640x480 MJPEG".
  virtual std::string name() const = 0;

  /// Whether its pictures come by themselves, and are lost if nobody takes them.
  virtual bool is_live() const = 0;

  /// The next picture; waits not longer than `timeout`, then Error::Code::timeout.
  /// Error::Code::protocol: this one is damaged, another may not be. After any
  /// other error the source is of no more use.
  virtual Result<Picture> next(std::chrono::milliseconds timeout) = 0;
};

/// Opens a source, again and again if need be.
using OpenSource = std::function<Result<std::unique_ptr<Source>>()>;

}  // namespace hailo::detect
