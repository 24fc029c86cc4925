// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hailo/version.h"

namespace hailo {

/// A control request with these parameters.
Bytes encode_request(std::uint32_t opcode, const std::vector<Bytes>& parameters = {});

/// Checks the framing of a response to `opcode` and returns its parameters,
/// which point into `message`. A malformed response is Error::Code::protocol;
/// a well-formed refusal is unsupported or io, with the firmware's status.
Result<std::vector<ByteView>> parse_response(ByteView message, std::uint32_t opcode);

/// What the firmware answers to IDENTIFY. Strings end at their first NUL.
struct Identity {
  std::uint32_t protocol_version = 0;
  FirmwareVersion firmware_version;
  std::uint32_t logger_version = 0;
  std::string board_name;
  std::uint32_t device_architecture = 0;
  std::string serial_number;
  std::string part_number;
  std::string product_name;
};

Result<Identity> parse_identity(ByteView message);

/// Of GET_DEVICE_INFORMATION, what the tools use.
struct DeviceInformation {
  std::uint32_t core_clock_hz = 0;
  std::uint32_t layout = 0;  ///< bitmap of the chip's cluster layout, of a Hailo-8L
  bool emulated = false;     ///< the board is hailo8-emu
};

Result<DeviceInformation> parse_device_information(ByteView message);

/// What hailo8-emu says where a chip has its lot number (fuse information).
inline constexpr std::string_view emulator_lot = "EMULATOR";

/// "HAILO8L"; "UNKNOWN (7)" for a number without a name.
std::string architecture_name(std::uint32_t architecture);

/// The name of a firmware status word, or its number for one that has no name
/// here.
std::string status_name(std::uint32_t status);

}  // namespace hailo
