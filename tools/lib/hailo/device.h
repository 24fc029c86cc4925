// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hailo/control.h"

namespace hailo {

/// The one way to the driver: ioctl on an open node. Tests put a scripted
/// driver in its place.
class DeviceIo {
 public:
  virtual ~DeviceIo() = default;
  /// The ioctl's result, or -errno.
  virtual int ioctl(unsigned long command, void* argument) = 0;
};

enum class Cpu { app, core };

/// HailoRT release that the board reports.
struct Release {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t revision = 0;
};

struct Properties {
  std::uint16_t desc_max_page_size = 0;  ///< bytes
  bool firmware_loaded = false;
};

/// An open board.
class Device {
 public:
  /// Opens a node such as /dev/hailo0.
  static Result<Device> open(const std::string& node);
  explicit Device(std::unique_ptr<DeviceIo> io) : io_(std::move(io)) {}

  /// Sends one control and returns the answer, whose MD5 has been verified.
  Result<Bytes> control(Cpu cpu, ByteView request, std::chrono::milliseconds timeout);

  Result<Identity> identify(std::chrono::milliseconds timeout);

  Result<Release> release();
  Result<Properties> properties();
  /// Claims the board for this descriptor; Error::Code::busy if another one
  /// has claimed it.
  Result<void> mark_in_use();

  DeviceIo& io() { return *io_; }

 private:
  Error control_error(int err, std::chrono::milliseconds timeout);

  std::unique_ptr<DeviceIo> io_;
};

}  // namespace hailo
