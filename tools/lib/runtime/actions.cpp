// SPDX-License-Identifier: MIT
#include "lib/runtime/actions.h"

#include <algorithm>
#include <numeric>

namespace hailo::runtime {
namespace {

// Action types (chapter 4, section 6).
enum : std::uint8_t {
  kFetchConfig = 0,
  kFetchData = 2,
  kActivateBoundaryInput = 6,
  kActivateBoundaryOutput = 7,
  kApplicationChangeInterrupt = 21,
  kActivateConfigChannel = 22,
  kDeactivateConfigChannel = 23,
  kRepeated = 24,
  kBurstCreditsTaskStart = 29,
  kBurstCreditsTaskReset = 30,
  kDdrBufferingReset = 31,
  kOpenBoundaryInput = 32,
  kOpenBoundaryOutput = 33,
  kChangeBoundaryInputBatch = 37,
  kResumeChannel = 39,
};

constexpr std::uint32_t kNoTimestamp = 0xffffffff;
constexpr std::uint8_t kExternalDescriptors = 0;
constexpr std::uint8_t kCreditInBytes = 1;
constexpr std::uint8_t kHostToDevice = 1;
constexpr std::uint8_t kNetwork = 0;
constexpr std::uint8_t kConfigStream = 0;
constexpr std::uint16_t kCsmBufferSize = 512;
/// Its count is one byte.
constexpr std::size_t kMaxRepeated = 255;

/// host_buffer_info: a descriptor list and how many bytes one transfer has.
Bytes host_buffer(const DescriptorList& list, std::uint32_t bytes) {
  return ByteWriter()
      .u8(kExternalDescriptors)
      .le64(list.bus_address)
      .le16(list.page_size)
      .le32(list.count)
      .le32(bytes)
      .take();
}

/// stream_reg_info: 18 bytes for 4.20, 17 later.
Bytes stream_registers(const BoundaryChannel& c, Abi firmware) {
  ByteWriter out;
  out.le16(c.stream.core_bytes_per_buffer).le16(c.stream.core_buffers_per_frame);
  out.le16(c.unit.bytes).le16(c.unit.buffers);
  out.zeros(8);                          // paddings
  if (firmware == Abi::v420) out.u8(1);  // units were computed by the host
  return out.u8(0).take();
}

ByteWriter action(std::uint8_t type) {
  ByteWriter out;
  out.u8(type).le32(kNoTimestamp);
  return out;
}

/// Adjacent actions of one type are merged: their payloads behind one header.
Bytes repeated(std::uint8_t type, const std::vector<Bytes>& payloads) {
  if (payloads.size() == 1) return action(type).raw(payloads.front()).take();
  ByteWriter out = action(kRepeated);
  out.u8(static_cast<std::uint8_t>(payloads.size())).u8(0).u8(type);
  for (const auto& payload : payloads) out.raw(payload);
  return out.take();
}

std::uint32_t fetched(const ConfigChannel& config) {
  return std::accumulate(config.fetches.begin(), config.fetches.end(), 0U);
}

}  // namespace

Bytes application_header(Abi firmware, std::uint16_t batch_size) {
  ByteWriter out;
  out.le16(1)  // dynamic contexts
      .u8(0)   // preliminary context as soon as possible
      .u8(0)   // batch register configuration
      .u8(1)   // fast batch switch
      .u8(0)   // ABBALE
      .u8(1)   // networks
      .le16(kCsmBufferSize)
      .le16(batch_size);
  if (firmware == Abi::v420) out.zeros(7 * 2);    // batch sizes of seven more networks
  out.le32(0).zeros(3 * 4);                       // external action list, boundary channels
  if (firmware != Abi::v420) out.u8(1).zeros(4);  // configuration channels: one, channel 0
  return out.take();
}

ActionList activation_context(const NetworkPlan& plan) {
  ActionList list = {action(kBurstCreditsTaskReset).take()};
  for (const auto& c : plan.outputs)
    list.push_back(action(kOpenBoundaryOutput)
                       .u8(c.channel)
                       .raw(host_buffer(c.list, c.stream.frame_bytes))
                       .take());
  for (const auto& c : plan.inputs)
    list.push_back(action(kOpenBoundaryInput)
                       .u8(c.channel)
                       .raw(host_buffer(c.list, c.stream.frame_bytes))
                       .u8(c.stream.sys_index)
                       .u8(kNetwork)
                       .le16(c.unit.bytes)
                       .le32(c.stream.frame_bytes)
                       .take());
  return list;
}

ActionList batch_switching_context(const NetworkPlan& plan) {
  ActionList list = {action(kDdrBufferingReset).take()};
  for (const auto& c : plan.inputs)
    list.push_back(action(kChangeBoundaryInputBatch).u8(c.channel).take());
  list.push_back(action(kBurstCreditsTaskStart).take());
  return list;
}

ActionList preliminary_context(const NetworkPlan& plan) {
  const auto& config = plan.config;
  if (config.fetches.empty()) return {};

  std::vector<Bytes> fetches;
  for (const auto descriptors : config.fetches)
    fetches.push_back(ByteWriter().le16(descriptors).u8(config.channel).take());
  ActionList list = {action(kActivateConfigChannel)
                         .u8(config.channel)
                         .u8(kConfigStream)
                         .raw(host_buffer(config.list, fetched(config) * config.list.page_size))
                         .take()};
  for (std::size_t at = 0; at < fetches.size(); at += kMaxRepeated) {
    const auto end = std::min(at + kMaxRepeated, fetches.size());
    list.push_back(repeated(kFetchConfig, {fetches.begin() + static_cast<std::ptrdiff_t>(at),
                                           fetches.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  list.push_back(action(kDeactivateConfigChannel).u8(config.channel).u8(kConfigStream).take());
  return list;
}

ActionList dynamic_context(const NetworkPlan& plan, Abi firmware) {
  ActionList list;
  for (const auto& c : plan.outputs)
    list.push_back(action(kActivateBoundaryOutput)
                       .u8(c.channel)
                       .u8(c.stream.sys_index)
                       .u8(kNetwork)
                       .raw(stream_registers(c, firmware))
                       .raw(host_buffer(c.list, c.stream.frame_bytes))
                       .take());
  for (const auto& c : plan.inputs)
    list.push_back(action(kActivateBoundaryInput)
                       .u8(c.channel)
                       .u8(c.stream.sys_index)
                       .raw(stream_registers(c, firmware))
                       .raw(host_buffer(c.list, c.stream.frame_bytes))
                       .le32(plan.initial_credit)
                       .take());
  for (const auto& c : plan.inputs)
    list.push_back(action(kResumeChannel).u8(c.channel).u8(kHostToDevice).take());

  std::vector<Bytes> fetches;
  for (const auto& c : plan.inputs)
    fetches.push_back(ByteWriter()
                          .u8(c.channel)
                          .u8(c.stream.sys_index)
                          .u8(kNetwork)
                          .le32(c.stream.frame_bytes)
                          .u8(kCreditInBytes)
                          .u8(kExternalDescriptors)
                          .take());
  list.push_back(repeated(kFetchData, fetches));
  list.push_back(action(kBurstCreditsTaskStart).take());
  list.push_back(action(kApplicationChangeInterrupt).take());
  return list;
}

std::vector<Bytes> chunks(const ActionList& actions, std::size_t limit) {
  std::vector<Bytes> pieces(1);
  for (const auto& action : actions) {
    if (pieces.back().size() + action.size() > limit) pieces.emplace_back();
    pieces.back().insert(pieces.back().end(), action.begin(), action.end());
  }
  return pieces;
}

}  // namespace hailo::runtime
