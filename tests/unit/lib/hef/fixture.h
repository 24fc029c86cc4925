// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hef.pb.h"
#include "lib/base/bytes.h"
#include "lib/hef/container.h"
#include "lib/hef/hef.h"
#include "lib/hef/writer.h"
#include "support/vectors.h"

namespace hailo::hef {

/// The worked examples of the file format: input 8x8x3, output 1x1x8, 16 bytes
/// of configuration data.
inline Bytes golden8() { return test::load_vector("hef_smallest_hailo8"); }
inline Bytes golden8l() { return test::load_vector("hef_smallest_hailo8l"); }

inline ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

inline constexpr std::string_view golden_payload = "EMUPAYLD01234567";

/// What the worked examples were written from.
inline HefSpec golden_spec() {
  HefSpec spec;
  spec.name = "emu";
  spec.fps = 100;
  spec.sdk_version = "emu-0.1";
  StreamSpec in;
  in.name = "net/input_layer1";
  in.shape = {8, 8, 3};
  StreamSpec out;
  out.name = "net/out0";
  out.direction = Direction::output;
  out.shape = {1, 1, 8};
  spec.streams = {in, out};
  spec.config = view(golden_payload);
  return spec;
}

inline pb::Hef message_of(const Bytes& file) {
  pb::Hef message;
  const auto container = open_container(file);
  if (!container || !message.ParseFromArray(container->message.data(),
                                            static_cast<int>(container->message.size()))) {
    throw std::runtime_error("the fixture's file is broken");
  }
  return message;
}

inline Bytes seal(const pb::Hef& message, std::uint32_t version = 2,
                  ByteView ccws = view(golden_payload)) {
  return make_container(version, view(message.SerializeAsString()), ccws).value();
}

/// The worked example with one thing changed, and sizes and hash right again.
inline Bytes changed(const std::function<void(pb::Hef&)>& change, Bytes file = golden8()) {
  pb::Hef message = message_of(file);
  change(message);
  return seal(message);
}

inline pb::NetworkGroup& group_of(pb::Hef& hef) { return *hef.mutable_network_groups(0); }
inline pb::Context& context_of(pb::Hef& hef) { return *group_of(hef).mutable_contexts(0); }
inline pb::EdgeLayer& layer_of(pb::Hef& hef, int index) {
  return *context_of(hef).mutable_metadata()->mutable_edge_layers(index);
}
inline pb::EdgeLayerBase& base_of(pb::Hef& hef, int index) {
  return *layer_of(hef, index).mutable_layer_info()->mutable_edge_layer_base();
}
inline pb::Operation& preliminary_of(pb::Hef& hef) {
  return *group_of(hef).mutable_preliminary_config()->mutable_operation(0);
}

/// Message of the refusal, or "accepted".
inline std::string refusal(Bytes file) {
  const auto hef = Hef::from_bytes(std::move(file));
  return hef ? "accepted" : hef.error().message;
}

}  // namespace hailo::hef
