// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace hailo::test {

/// The pixels of a colour JPEG of our own, rows of R, G, B. Ends the program if
/// there is no such file.
Bytes read_jpeg(const std::string& path);

}  // namespace hailo::test
