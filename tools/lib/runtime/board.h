// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "lib/base/result.h"
#include "lib/hailo/device.h"
#include "lib/hailo/vdma.h"
#include "lib/hef/hef.h"

namespace hailo::runtime {

/// What decides how a board is spoken to, and what it can run.
struct BoardFacts {
  Release driver;
  Properties properties;
  Identity identity;
  DeviceInformation information;

  Abi driver_abi() const;
  /// The layouts of headers and action lists changed with the same release.
  Abi firmware_abi() const;
};

/// Asks an open board; claims nothing. Error::Code::dead if no firmware runs.
Result<BoardFacts> ask_board(Device& device, std::chrono::milliseconds timeout);

/// The form of the file's first network for this board. Refuses, always with
/// Error::Code::unsupported, a file for another chip; a model for the emulated
/// chip if the board is a real one, which would take it for register writes;
/// and a network made of chip code, which needs HailoRT.
Result<const hef::Variant*> choose_variant(const hef::Hef& hef, const BoardFacts& facts);

/// What to do where choose_variant() has refused a file for this board.
std::string other_model_hint(const BoardFacts& facts);

}  // namespace hailo::runtime
