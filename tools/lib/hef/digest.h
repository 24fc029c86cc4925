// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo::hef {

using Md5 = std::array<std::uint8_t, 16>;
using Sha256 = std::array<std::uint8_t, 32>;

/// Fails where the system's crypto policy forbids MD5.
Result<Md5> md5(ByteView data);
Result<Sha256> sha256(ByteView data);

/// CRC-32 as zlib and IEEE 802.3 have it.
std::uint32_t crc32(ByteView data);

/// XXH3-64 with seed 0 and the default secret.
std::uint64_t xxh3_64(ByteView data);

}  // namespace hailo::hef
