// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "emulator/model/memory.h"
#include "lib/base/result.h"

namespace hailo::emu {

struct FirmwareVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t revision = 0;  ///< with the flag bits

  std::string text() const;  ///< "4.20.0"
};

struct BootedImage {
  FirmwareVersion app;
  FirmwareVersion core;
};

/// Examines what the host has put in memory as the boot ROM does.  The error
/// says which check failed, with the offending value.
Result<BootedImage> examine_image(const Memory& memory);

/// True if both firmware headers were written, complete or not in content.
bool headers_uploaded(const Memory& memory);

}  // namespace hailo::emu
