// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo {

using Md5 = std::array<std::uint8_t, 16>;

/// The digest that guards a control message. Fails where the system's crypto
/// policy forbids MD5.
Result<Md5> md5(ByteView data);

std::string to_string(const Md5& digest);

}  // namespace hailo
