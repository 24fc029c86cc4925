// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "emulator/model/wire.h"
#include "lib/base/result.h"

namespace hailo::emu {

/// Which layout the host's action lists have; the length of the application
/// header tells.
enum class ActionLayout { release_4_20, release_4_21 };

/// The layout that goes with an application header of `size` bytes; none if no
/// release sends such a header.
std::optional<ActionLayout> action_layout(std::size_t header_size);

/// A descriptor list, or a buffer, in host memory.
struct HostBuffer {
  std::uint8_t type = 0;  ///< 0: descriptor list
  std::uint64_t address = 0;
  std::uint16_t page_size = 0;
  std::uint32_t count = 0;  ///< of descriptors
  std::uint32_t bytes = 0;  ///< of one transfer
};

// Channels are packed: index in bits 4:0, engine above.

struct OpenInput {
  std::uint8_t channel;
  std::uint8_t stream;
  HostBuffer list;
};

struct OpenOutput {
  std::uint8_t channel;
  HostBuffer list;
};

/// Which stream of the network a boundary channel carries.
struct MapStream {
  std::uint8_t channel;
  std::uint8_t stream;
};

struct ActivateConfig {
  std::uint8_t channel;
  HostBuffer list;
};

struct FetchConfig {
  std::uint8_t channel;
  std::uint16_t descriptors;
};

struct DeactivateConfig {
  std::uint8_t channel;
};

struct EnableNms {
  std::uint16_t classes;
  std::uint16_t burst_size;  ///< records per class
};

/// The actions that mean something to a chip that runs a network as a whole.
using Action = std::variant<OpenInput, OpenOutput, MapStream, ActivateConfig, FetchConfig,
                            DeactivateConfig, EnableNms>;

/// Walks an action list: checks its structure, and returns what matters of it
/// in order, repeated actions expanded.
Result<std::vector<Action>> parse_actions(ByteView list, ActionLayout layout);

}  // namespace hailo::emu
