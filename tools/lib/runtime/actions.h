// SPDX-License-Identifier: MIT
#pragma once

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

/// Parameter of SET_NETWORK_GROUP_HEADER (chapter 4, 5.9): 41 bytes for 4.20,
/// 32 later.
Bytes application_header(Abi abi, std::uint16_t batch_size);

/// Action lists (chapter 4, section 6), byte for byte as HailoRT sends them for
/// a network with one context.
Bytes activation_context(const NetworkPlan& plan);
Bytes batch_switching_context(const NetworkPlan& plan);
Bytes preliminary_context(const NetworkPlan& plan);
Bytes dynamic_context(const NetworkPlan& plan, Abi abi);

}  // namespace hailo::runtime
