// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/hailo/vdma.h"
#include "lib/hef/stream.h"

namespace hailo::runtime {

/// A stream of the network and the channel that carries it.
struct BoundaryChannel {
  hef::Stream stream;
  std::uint8_t channel = 0;
  DescriptorList list;
  hef::TransferUnit unit{};
};

/// Configuration data on its channel; each fetch is a group of descriptors.
struct ConfigChannel {
  std::uint8_t channel = 0;
  DescriptorList list;
  std::vector<std::uint16_t> fetches;  ///< descriptors of each
};

/// Everything that the action lists of a network with one context say.
struct NetworkPlan {
  std::vector<BoundaryChannel> inputs;
  std::vector<BoundaryChannel> outputs;
  ConfigChannel config;
  std::uint32_t initial_credit = hef::default_shmifo_size;
};

/// Parameter of SET_NETWORK_GROUP_HEADER (chapter 4, 5.9): 41 bytes for
/// firmware 4.20, 32 later.
Bytes application_header(Abi firmware, std::uint16_t batch_size);

/// Actions in their order; each element is one that must not be cut.
using ActionList = std::vector<Bytes>;

/// Action lists (chapter 4, section 6), byte for byte as HailoRT sends them for
/// a network with one context.
ActionList activation_context(const NetworkPlan& plan);
ActionList batch_switching_context(const NetworkPlan& plan);
ActionList preliminary_context(const NetworkPlan& plan);
ActionList dynamic_context(const NetworkPlan& plan, Abi firmware);

/// What of an action list fits one SET_CONTEXT_INFO, bytes.
inline constexpr std::size_t max_context_chunk = 1461;

/// The list in pieces of at most `limit` bytes, cut between actions; one empty
/// piece for an empty list. An action is never longer than a piece.
std::vector<Bytes> chunks(const ActionList& actions, std::size_t limit = max_context_chunk);

}  // namespace hailo::runtime
