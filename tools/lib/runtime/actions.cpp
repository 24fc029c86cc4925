// SPDX-License-Identifier: MIT
#include "lib/runtime/actions.h"

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

/// Little-endian, packed.
class Writer {
 public:
  Writer& u8(std::uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  Writer& u16(std::uint32_t value) { return le(value, 2); }
  Writer& u32(std::uint32_t value) { return le(value, 4); }
  Writer& u64(std::uint64_t value) { return le(value, 8); }
  Writer& zeros(std::size_t count) {
    bytes_.insert(bytes_.end(), count, 0);
    return *this;
  }
  Writer& raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& action(std::uint8_t type) { return u8(type).u32(kNoTimestamp); }

  /// host_buffer_info: a descriptor list and how many bytes one transfer has.
  Writer& host_buffer(const DescriptorList& list, std::uint32_t bytes) {
    return u8(kExternalDescriptors)
        .u64(list.bus_address)
        .u16(list.page_size)
        .u32(list.count)
        .u32(bytes);
  }

  /// stream_reg_info: 18 bytes for 4.20, 17 later.
  Writer& stream_registers(const BoundaryChannel& c, Abi abi) {
    u16(c.stream.core_bytes_per_buffer).u16(c.stream.core_buffers_per_frame);
    u16(c.unit.bytes).u16(c.unit.buffers);
    u16(0).u32(0).u16(0);             // paddings
    if (abi == Abi::v420) u8(1);      // units were computed by the host
    return u8(0);
  }

  Bytes take() { return std::move(bytes_); }

 private:
  Writer& le(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++) bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return *this;
  }

  Bytes bytes_;
};

/// Adjacent actions of one type are merged: their payloads behind one header.
void repeated(Writer& out, std::uint8_t type, const std::vector<Bytes>& payloads) {
  if (payloads.size() == 1) {
    out.action(type).raw(payloads.front());
    return;
  }
  out.action(kRepeated).u8(static_cast<std::uint8_t>(payloads.size())).u8(0).u8(type);
  for (const auto& payload : payloads) out.raw(payload);
}

std::uint32_t fetched(const ConfigChannel& config) {
  return std::accumulate(config.fetches.begin(), config.fetches.end(), 0U);
}

}  // namespace

Bytes application_header(Abi abi, std::uint16_t batch_size) {
  Writer out;
  out.u16(1)                          // dynamic contexts
      .u8(0)                          // preliminary context as soon as possible
      .u8(0)                          // batch register configuration
      .u8(1)                          // fast batch switch
      .u8(0)                          // ABBALE
      .u8(1)                          // networks
      .u16(kCsmBufferSize)
      .u16(batch_size);
  if (abi == Abi::v420) out.zeros(7 * 2);  // batch sizes of seven more networks
  out.u32(0).zeros(3 * 4);                 // external action list, boundary channels
  if (abi != Abi::v420) out.u8(1).zeros(4);  // configuration channels: one, channel 0
  return out.take();
}

Bytes activation_context(const NetworkPlan& plan) {
  Writer out;
  out.action(kBurstCreditsTaskReset);
  for (const auto& c : plan.outputs)
    out.action(kOpenBoundaryOutput).u8(c.channel).host_buffer(c.list, c.stream.frame_bytes);
  for (const auto& c : plan.inputs)
    out.action(kOpenBoundaryInput)
        .u8(c.channel)
        .host_buffer(c.list, c.stream.frame_bytes)
        .u8(c.stream.sys_index)
        .u8(kNetwork)
        .u16(c.unit.bytes)
        .u32(c.stream.frame_bytes);
  return out.take();
}

Bytes batch_switching_context(const NetworkPlan& plan) {
  Writer out;
  out.action(kDdrBufferingReset);
  for (const auto& c : plan.inputs) out.action(kChangeBoundaryInputBatch).u8(c.channel);
  out.action(kBurstCreditsTaskStart);
  return out.take();
}

Bytes preliminary_context(const NetworkPlan& plan) {
  const auto& config = plan.config;
  Writer out;
  if (config.fetches.empty()) return out.take();

  out.action(kActivateConfigChannel)
      .u8(config.channel)
      .u8(kConfigStream)
      .host_buffer(config.list, fetched(config) * config.list.page_size);
  std::vector<Bytes> fetches;
  for (const auto descriptors : config.fetches)
    fetches.push_back(Writer().u16(descriptors).u8(config.channel).take());
  repeated(out, kFetchConfig, fetches);
  out.action(kDeactivateConfigChannel).u8(config.channel).u8(kConfigStream);
  return out.take();
}

Bytes dynamic_context(const NetworkPlan& plan, Abi abi) {
  Writer out;
  for (const auto& c : plan.outputs)
    out.action(kActivateBoundaryOutput)
        .u8(c.channel)
        .u8(c.stream.sys_index)
        .u8(kNetwork)
        .stream_registers(c, abi)
        .host_buffer(c.list, c.stream.frame_bytes);
  for (const auto& c : plan.inputs)
    out.action(kActivateBoundaryInput)
        .u8(c.channel)
        .u8(c.stream.sys_index)
        .stream_registers(c, abi)
        .host_buffer(c.list, c.stream.frame_bytes)
        .u32(plan.initial_credit);
  for (const auto& c : plan.inputs) out.action(kResumeChannel).u8(c.channel).u8(kHostToDevice);

  std::vector<Bytes> fetches;
  for (const auto& c : plan.inputs)
    fetches.push_back(Writer()
                          .u8(c.channel)
                          .u8(c.stream.sys_index)
                          .u8(kNetwork)
                          .u32(c.stream.frame_bytes)
                          .u8(kCreditInBytes)
                          .u8(kExternalDescriptors)
                          .take());
  repeated(out, kFetchData, fetches);
  out.action(kBurstCreditsTaskStart).action(kApplicationChangeInterrupt);
  return out.take();
}

}  // namespace hailo::runtime
