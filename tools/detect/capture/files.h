// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "detect/capture/source.h"
#include "lib/base/bytes.h"

namespace hailo::detect {

/// Pictures from the disk, over and over: one picture (PNG, JPEG, PPM), a
/// folder of them in the order of their names, or a file of any other name
/// with JPEGs one after the other (MJPEG).
Result<std::unique_ptr<Source>> open_files(const std::string& path);

/// Where the JPEG at the start of `bytes` ends; 0 if it goes on behind them.
/// Error::Code::protocol if there is none.
Result<std::size_t> jpeg_size(ByteView bytes);

}  // namespace hailo::detect
