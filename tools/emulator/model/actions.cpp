// SPDX-License-Identifier: MIT
#include "emulator/model/actions.h"

#include <array>
#include <string>

namespace hailo::emu {
namespace {

enum Type : std::uint8_t {
  kFetchConfig = 0,
  kActivateBoundaryInput = 6,
  kActivateBoundaryOutput = 7,
  kActivateConfig = 22,
  kDeactivateConfig = 23,
  kRepeated = 24,
  kOpenInput = 32,
  kOpenOutput = 33,
  kEnableNms = 34,
  kTypeCount = 45,
};

constexpr std::size_t kHeader = 5;  // type, time stamp
constexpr std::size_t kRepeatedHeader = 3;
constexpr std::size_t kHeaderSize420 = 41;
constexpr std::size_t kHeaderSize421 = 32;

// Payload sizes by type, of 4.20; kRepeated carries its own.
constexpr std::array<std::uint8_t, kTypeCount> kSizes420 = {
    3,  44, 9,  2,  8, 1,  43, 40, 44, 40,  // 0
    44, 43, 8,  3,  9, 0,  1,  1,  5,  5,   // 10
    1,  0,  21, 2,  0, 4,  6,  3,  8,  0,   // 20
    0,  0,  28, 20, 7, 15, 6,  1,  2,  2,   // 30
    44, 40, 0,  4,  0};                     // 40

std::size_t payload_size(std::uint8_t type, ActionLayout layout) {
  const std::size_t size = kSizes420[type];
  if (layout == ActionLayout::release_4_20) return size;
  switch (type) {
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 40:
      return size - 1;  // stream registers are a byte shorter
    case 41:
      return size + 1;  // that, and a batch size
    default:
      return size;
  }
}

HostBuffer host_buffer(ByteView b, std::size_t at) {
  return {.type = b[at],
          .address = load_le32(b, at + 1) | std::uint64_t{load_le32(b, at + 5)} << 32,
          .page_size = load_le16(b, at + 9),
          .count = load_le32(b, at + 11),
          .bytes = load_le32(b, at + 15)};
}

OpenInput open_input(ByteView p) {
  OpenInput open{.channel = p[0], .stream = p[20], .list = host_buffer(p, 1)};
  // Both say how long a frame is.
  if (open.list.bytes == 0) open.list.bytes = load_le32(p, 24);
  return open;
}

void append(std::uint8_t type, ByteView p, std::vector<Action>& actions) {
  switch (type) {
    case kFetchConfig:
      actions.push_back(FetchConfig{.channel = p[2], .descriptors = load_le16(p, 0)});
      break;
    case kActivateBoundaryInput:
    case kActivateBoundaryOutput:
      actions.push_back(MapStream{.channel = p[0], .stream = p[1]});
      break;
    case kActivateConfig:
      actions.push_back(ActivateConfig{.channel = p[0], .list = host_buffer(p, 2)});
      break;
    case kDeactivateConfig:
      actions.push_back(DeactivateConfig{.channel = p[0]});
      break;
    case kOpenInput:
      actions.push_back(open_input(p));
      break;
    case kOpenOutput:
      actions.push_back(OpenOutput{.channel = p[0], .list = host_buffer(p, 1)});
      break;
    case kEnableNms:
      actions.push_back(EnableNms{.classes = load_le16(p, 2), .burst_size = load_le16(p, 4)});
      break;
    default:
      break;
  }
}

std::unexpected<Error> malformed(std::size_t at, const std::string& what) {
  return fail(Error::Code::protocol, "action at byte " + std::to_string(at) + ": " + what);
}

}  // namespace

std::optional<ActionLayout> action_layout(std::size_t header_size) {
  if (header_size == kHeaderSize420) return ActionLayout::release_4_20;
  if (header_size == kHeaderSize421) return ActionLayout::release_4_21;
  return std::nullopt;
}

Result<std::vector<Action>> parse_actions(ByteView list, ActionLayout layout) {
  std::vector<Action> actions;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t start = at;
    if (list.size() - at < kHeader) return malformed(start, "truncated header");
    std::uint8_t type = list[at];
    at += kHeader;
    std::size_t count = 1;
    if (type == kRepeated) {
      if (list.size() - at < kRepeatedHeader) return malformed(start, "truncated repetition");
      count = list[at];
      type = list[at + 2];
      at += kRepeatedHeader;
      if (count == 0 || type == kRepeated) return malformed(start, "repeats nothing");
    }
    if (type >= kTypeCount) return malformed(start, "unknown type " + std::to_string(type));
    const std::size_t size = payload_size(type, layout);
    if (list.size() - at < count * size)
      return malformed(start, "type " + std::to_string(type) + " is truncated");
    for (; count > 0; --count, at += size) append(type, list.subspan(at, size), actions);
  }
  return actions;
}

}  // namespace hailo::emu
