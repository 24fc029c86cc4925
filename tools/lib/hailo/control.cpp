// SPDX-License-Identifier: MIT
#include "lib/hailo/control.h"

#include <hailo_mailbox.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/base/text.h"

namespace hailo {
namespace {

using ResponseHeader = hailo_control_response_header;

constexpr std::size_t kLengthSize = 4;  // the big-endian word before each parameter

std::unexpected<Error> malformed(std::string what) {
  return fail(Error::Code::protocol, "malformed answer: " + std::move(what));
}

/// Cuts `area` into `count` parameters; they must fill it exactly.
Result<std::vector<ByteView>> split_parameters(ByteView area, std::uint32_t count) {
  std::vector<ByteView> parameters;
  for (std::uint32_t i = 1; i <= count; i++) {
    const std::string name = "parameter " + std::to_string(i) + " of " + std::to_string(count);
    if (area.size() < kLengthSize)
      return malformed(name + " has no length, " + std::to_string(area.size()) + " bytes are left");
    const std::size_t length = load_be32(area, 0);
    area = area.subspan(kLengthSize);
    if (length > area.size())
      return malformed(name + " claims " + std::to_string(length) + " bytes, " +
                       std::to_string(area.size()) + " are left");
    parameters.push_back(area.first(length));
    area = area.subspan(length);
  }
  if (!area.empty())
    return malformed(std::to_string(area.size()) + " bytes after the last parameter");
  return parameters;
}

/// The error for a response whose status is not zero.
std::unexpected<Error> refusal(std::uint32_t opcode, std::uint32_t major_status,
                               std::uint32_t minor_status) {
  auto either_is = [&](std::uint32_t status) {
    return major_status == status || minor_status == status;
  };
  Error::Code code = Error::Code::io;
  if (either_is(HAILO_STATUS_UNSUPPORTED_OPCODE) || either_is(HAILO_STATUS_UNSUPPORTED_DEVICE) ||
      either_is(HAILO_STATUS_CONTROL_UNSUPPORTED))
    code = Error::Code::unsupported;
  else if (either_is(HAILO_STATUS_INVALID_VERSION))
    code = Error::Code::protocol;
  return fail(code, "the firmware refuses opcode " + std::to_string(opcode) + ": major status " +
                        status_name(major_status) + ", minor status " + status_name(minor_status));
}

std::string text_of(ByteView field) {
  return std::string(field.begin(), std::find(field.begin(), field.end(), 0));
}

FirmwareVersion version_of(ByteView field) {
  return {load_le32(field, offsetof(hailo_fw_version_wire, major)),
          load_le32(field, offsetof(hailo_fw_version_wire, minor)),
          load_le32(field, offsetof(hailo_fw_version_wire, revision))};
}

}  // namespace

Bytes encode_request(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  Bytes message;
  append_be32(message, HAILO_CONTROL_PROTOCOL_VERSION);
  append_be32(message, 0);  // flags
  append_be32(message, 0);  // sequence: always 0, so that processes can share a board
  append_be32(message, opcode);
  append_be32(message, static_cast<std::uint32_t>(parameters.size()));
  for (const auto& parameter : parameters) {
    append_be32(message, static_cast<std::uint32_t>(parameter.size()));
    message.insert(message.end(), parameter.begin(), parameter.end());
  }
  return message;
}

Result<std::vector<ByteView>> parse_response(ByteView message, std::uint32_t opcode) {
  constexpr std::size_t kCountOffset = offsetof(ResponseHeader, parameter_count);
  if (message.size() < kCountOffset)
    return malformed(std::to_string(message.size()) + " bytes, a header has " +
                     std::to_string(kCountOffset));

  const auto version = load_be32(message, offsetof(ResponseHeader, version));
  if (version != HAILO_CONTROL_PROTOCOL_VERSION)
    return fail(Error::Code::protocol, "the firmware speaks control protocol version " +
                                           std::to_string(version) + ", this tool version " +
                                           std::to_string(HAILO_CONTROL_PROTOCOL_VERSION));
  if (!(load_be32(message, offsetof(ResponseHeader, flags)) & HAILO_CONTROL_FLAG_ACK))
    return malformed("the acknowledge flag is not set");

  // A header without a parameter count is legal and means none.
  std::vector<ByteView> parameters;
  if (message.size() > kCountOffset) {
    if (message.size() < sizeof(ResponseHeader))
      return malformed(std::to_string(message.size()) + " bytes end inside the parameter count");
    auto split =
        split_parameters(message.subspan(sizeof(ResponseHeader)), load_be32(message, kCountOffset));
    if (!split) return split;
    parameters = std::move(*split);
  }

  // Before the status: a late answer to another control says nothing about ours.
  const auto answered = load_be32(message, offsetof(ResponseHeader, opcode));
  if (answered != opcode)
    return malformed("it is for opcode " + std::to_string(answered) + ", asked was " +
                     std::to_string(opcode));

  // The minor status alone never fails a control.
  const auto major_status = load_be32(message, offsetof(ResponseHeader, major_status));
  if (major_status != 0)
    return refusal(opcode, major_status,
                   load_be32(message, offsetof(ResponseHeader, minor_status)));
  return parameters;
}

Result<Identity> parse_identity(ByteView message) {
  struct Field {
    const char* name;
    std::size_t size;
  };
  constexpr std::array<Field, 8> kFields = {{
      {"protocol version", 4},
      {"firmware version", sizeof(hailo_fw_version_wire)},
      {"logger version", 4},
      {"board name", HAILO_BOARD_NAME_SIZE},
      {"device architecture", 4},
      {"serial number", HAILO_SERIAL_NUMBER_SIZE},
      {"part number", HAILO_PART_NUMBER_SIZE},
      {"product name", HAILO_PRODUCT_NAME_SIZE},
  }};

  auto parameters = parse_response(message, HAILO_OPCODE_IDENTIFY);
  if (!parameters) return std::unexpected(parameters.error());
  if (parameters->size() != kFields.size())
    return malformed(std::to_string(parameters->size()) + " parameters, identify has " +
                     std::to_string(kFields.size()));
  for (std::size_t i = 0; i < kFields.size(); i++) {
    if ((*parameters)[i].size() != kFields[i].size)
      return malformed(std::string(kFields[i].name) + " has " +
                       std::to_string((*parameters)[i].size()) + " bytes, it must have " +
                       std::to_string(kFields[i].size));
  }

  const auto& p = *parameters;
  Identity identity{load_be32(p[0], 0), version_of(p[1]), load_be32(p[2], 0), text_of(p[3]),
                    load_be32(p[4], 0), text_of(p[5]),    text_of(p[6]),      text_of(p[7])};
  if (identity.protocol_version != HAILO_CONTROL_PROTOCOL_VERSION)
    return fail(Error::Code::protocol, "the firmware reports control protocol version " +
                                           std::to_string(identity.protocol_version) +
                                           ", this tool speaks version " +
                                           std::to_string(HAILO_CONTROL_PROTOCOL_VERSION));
  if (identity.firmware_version.is_core())
    return fail(Error::Code::protocol, "the application CPU reports core firmware, revision word " +
                                           hex32(identity.firmware_version.revision_word));
  return identity;
}

Result<DeviceInformation> parse_device_information(ByteView message) {
  // Clock, features, boot source, life cycle, SoC id, MAC, fuses, process
  // monitor, layout.
  constexpr std::array<std::size_t, 9> kSizes = {4, 8, 4, 1, 32, 6, 12, 24, 4};
  constexpr std::size_t kClock = 0;
  constexpr std::size_t kFuses = 6;
  constexpr std::size_t kLayout = 8;

  auto parameters = parse_response(message, HAILO_OPCODE_GET_DEVICE_INFORMATION);
  if (!parameters) return std::unexpected(parameters.error());
  const auto& p = *parameters;
  if (p.size() != kSizes.size())
    return malformed(std::to_string(p.size()) + " parameters, device information has " +
                     std::to_string(kSizes.size()));
  for (std::size_t i = 0; i < kSizes.size(); i++) {
    if (p[i].size() != kSizes[i])
      return malformed("parameter " + std::to_string(i + 1) + " of device information has " +
                       std::to_string(p[i].size()) + " bytes, it must have " +
                       std::to_string(kSizes[i]));
  }
  return DeviceInformation{load_be32(p[kClock], 0), load_be32(p[kLayout], 0),
                           std::equal(emulator_lot.begin(), emulator_lot.end(), p[kFuses].begin())};
}

std::string architecture_name(std::uint32_t architecture) {
  constexpr std::array kNames = {"HAILO8_A0", "HAILO8", "HAILO8L", "HAILO15H", "PLUTO", "MARS"};
  if (architecture < kNames.size()) return kNames[architecture];
  return "UNKNOWN (" + std::to_string(architecture) + ")";
}

std::string status_name(std::uint32_t status) {
  struct Name {
    std::uint32_t status;
    const char* name;
  };
  constexpr Name kNames[] = {
      {0, "success"},
      {HAILO_STATUS_INVALID_VERSION, "HAILO_CONTROL_STATUS_INVALID_VERSION"},
      {HAILO_STATUS_OVERRUN_BEFORE_PARAMETERS, "HAILO_CONTROL_STATUS_OVERRUN_BEFORE_PARAMETERS"},
      {HAILO_STATUS_OVERRUN_AT_PARAMETER, "HAILO_CONTROL_STATUS_OVERRUN_AT_PARAMETER"},
      {HAILO_STATUS_INVALID_OPCODE, "HAILO_CONTROL_STATUS_INVALID_OPCODE"},
      {HAILO_STATUS_UNSUPPORTED_OPCODE, "HAILO_CONTROL_STATUS_UNSUPPORTED_OPCODE"},
      {HAILO_STATUS_INCORRECT_PARAMETER_COUNT, "CONTROL_PROTOCOL_STATUS_INCORRECT_PARAMETER_COUNT"},
      {HAILO_STATUS_UNSUPPORTED_DEVICE, "CONTROL_PROTOCOL_STATUS_UNSUPPORTED_DEVICE"},
      {HAILO_STATUS_CONTROL_UNSUPPORTED, "CONTROL_PROTOCOL_STATUS_CONTROL_UNSUPPORTED"},
      {HAILO_STATUS_MISMATCHING_MD5, "PCIE_SERVICE_STATUS_MISMATCHING_MD5"},
  };
  for (const auto& entry : kNames) {
    if (entry.status == status) return hex32(status) + " " + entry.name;
  }
  return hex32(status);
}

}  // namespace hailo
