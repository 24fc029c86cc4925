// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo {

/// The digest in 64 lower-case hexadecimal digits.
Result<std::string> sha256_hex(ByteView data);

}  // namespace hailo
