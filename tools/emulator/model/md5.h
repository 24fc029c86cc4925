// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "emulator/model/wire.h"

namespace hailo::emu {

using Md5 = std::array<std::uint8_t, 16>;

/// Digest of `data`; all zero where the system's OpenSSL refuses MD5, so that
/// every comparison fails instead of one passing by accident.
Md5 md5(ByteView data);

}  // namespace hailo::emu
