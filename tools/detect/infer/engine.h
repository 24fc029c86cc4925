// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "lib/base/result.h"
#include "lib/hailo/failure.h"
#include "lib/hef/nms.h"
#include "lib/image/image.h"

namespace hailo::detect {

/// What an engine runs, and on what.
struct EngineFacts {
  std::string engine;            ///< "native"
  std::string network;           ///< "shapes 320x320"
  std::string board;             ///< "HAILO8L 0000:01:00.0"
  std::string location;          ///< PCI address; empty: not known
  std::string driver_version;    ///< "4.21.0"
  std::string firmware_version;  ///< "4.21.0"
};

/// A network that runs on a board. One thread submits; another one, or the same,
/// collects. After an error it is of no more use.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const EngineFacts& facts() const = 0;

  /// Frames that may be submitted and not collected, at least 1.
  virtual unsigned capacity() const = 0;

  /// Scales a picture to the network's input and hands it over.
  virtual Result<void> submit(const Image& picture) = 0;

  /// The boxes of the oldest picture that was submitted, in parts of it, 0 to 1,
  /// as far as the network keeps to that. Error::Code::timeout if none came.
  virtual Result<hef::BoxesByClass> collect(std::chrono::milliseconds timeout) = 0;

  /// Whether it still works, as far as is known without a picture.
  virtual Result<void> check() = 0;

  /// Gives the board back and tells how that went; nothing may be called afterwards.
  virtual Result<void> close() = 0;
};

/// Opens an engine, again and again if need be.
using OpenEngine = std::function<Outcome<std::unique_ptr<Engine>>()>;

}  // namespace hailo::detect
