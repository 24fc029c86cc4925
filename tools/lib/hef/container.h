// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace hailo::hef {

inline constexpr std::uint32_t newest_container = 3;

/// The parts of a HEF file, pointing into it.
struct Container {
  std::uint32_t version;
  ByteView message;     ///< one protobuf message
  ByteView ccws;        ///< configuration data; empty in version 0, which has it in the message
  ByteView additional;  ///< external resources, version 3 only
};

/// Takes a whole file apart, after checking version, magic, length and hash.
Result<Container> open_container(ByteView file);

/// Puts a file of this version together. In version 3 the configuration data
/// starts at a multiple of 4096. Version 0 has no place for `ccws`: it must be
/// empty.
Result<Bytes> make_container(std::uint32_t version, ByteView message, ByteView ccws);

}  // namespace hailo::hef
