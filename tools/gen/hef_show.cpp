// SPDX-License-Identifier: MIT
#include "gen/hef_show.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::gen {

namespace {

using hef::Group;
using hef::Hef;
using hef::Stream;
using hef::Variant;
using nlohmann::ordered_json;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

/// Configuration data that every load of the network sends.
std::uint64_t config_bytes(const Variant& variant) {
  std::uint64_t total = 0;
  const auto add = [&](const std::vector<hef::Operation>& operations) {
    for (const auto& operation : operations) {
      for (const auto& action : operation.actions) {
        if (const auto* group = std::get_if<hef::ConfigGroup>(&action)) total += group->bytes();
      }
    }
  };
  add(variant.preliminary);
  for (const auto& context : variant.contexts) add(context.operations);
  return total;
}

/// "chip", "emulator", or why the emulator would refuse it.
std::string payload_kind(const Hef& hef, const Variant& variant) {
  if (!is_emulator_hef(hef)) return "chip";
  for (const auto& operation : variant.preliminary) {
    for (const auto& action : operation.actions) {
      const auto* group = std::get_if<hef::ConfigGroup>(&action);
      if (group == nullptr || group->bursts.size() != 1) continue;
      const auto payload = hef::decode_emulator_payload(group->bursts[0]);
      return payload ? "emulator" : "emulator, damaged: " + payload.error().message;
    }
  }
  return "emulator, damaged: not one preliminary write";
}

std::string type_text(const Stream& s) { return s.data_bytes == 1 ? "UINT8" : "UINT16"; }

std::string shape_text(const hef::Shape& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.features);
}

std::string stream_text(const Stream& s) {
  std::string line = "  " + std::string(name_of(s.direction)) + " " + printable(s.name) + ": ";
  if (s.nms) {
    line += "NMS, " + std::to_string(s.nms->classes) + " classes, up to " +
            std::to_string(s.nms->max_boxes_per_class) + " boxes each";
  } else {
    line += type_text(s) + ", " + std::string(name_of(s.order).value_or("?")) + "(" +
            shape_text(s.shape) + ")";
    if (s.padded != s.shape) line += " padded to " + shape_text(s.padded);
  }
  line += ", " + std::to_string(s.frame_bytes) + " bytes, stream " + std::to_string(s.sys_index);
  if (s.multiplexed) return line + ", several outputs multiplexed";
  return line + ", zero point " + number(s.quantisation.zero_point) + ", scale " +
         number(s.quantisation.scale);
}

std::string group_text(const Hef& hef, const Group& group) {
  const Variant& variant = group.reference();
  std::string text = "Network group: " + printable(group.name) + "\n";
  text += "Contexts: " + std::to_string(variant.contexts.size()) + "\n";
  if (variant.layout) {
    text += "Cluster layouts:";
    for (const auto& v : group.variants) text += " " + std::to_string(v.layout.value_or(0));
    text += "\n";
  }
  text += "Expected rate: " + number(group.fps) + " frames per second\n";
  text += "Configuration data: " + std::to_string(config_bytes(variant)) + " bytes, for the " +
          payload_kind(hef, variant) + "\n";
  text += "Streams:\n";
  for (const auto& stream : variant.streams) text += stream_text(stream) + "\n";
  for (const auto& op : group.ops) {
    if (op.kind == hef::OpKind::core) continue;
    text += "On the host: " + printable(op.name) + " (" + std::string(name_of(op.kind)) + ")\n";
  }
  text += "Outputs in order:";
  for (const auto& name : group.sorted_outputs) text += " " + printable(name);
  return text + "\n";
}

ordered_json shape_json(const hef::Shape& s) { return {s.height, s.width, s.features}; }

ordered_json stream_json(const Stream& s) {
  ordered_json out = {
      {"name", s.name},
      {"direction", name_of(s.direction)},
      {"sys_index", s.sys_index},
      {"order", name_of(s.order).value_or("?")},
      {"shape", shape_json(s.shape)},
      {"padded_shape", shape_json(s.padded)},
      {"data_bytes", s.data_bytes},
      {"frame_bytes", s.frame_bytes},
      {"multiplexed", s.multiplexed},
      {"quant",
       {{"zero_point", s.quantisation.zero_point},
        {"scale", s.quantisation.scale},
        {"limits", {s.quantisation.limit_min, s.quantisation.limit_max}}}},
  };
  if (s.nms) {
    out["nms"] = {{"classes", s.nms->classes},
                  {"max_boxes_per_class", s.nms->max_boxes_per_class},
                  {"burst_size", s.nms->burst_size},
                  {"chunks", s.nms->chunks}};
  }
  return out;
}

ordered_json group_json(const Hef& hef, const Group& group) {
  const Variant& variant = group.reference();
  ordered_json layouts = ordered_json::array();
  for (const auto& v : group.variants) {
    if (v.layout) layouts.push_back(*v.layout);
  }
  ordered_json streams = ordered_json::array();
  for (const auto& stream : variant.streams) streams.push_back(stream_json(stream));
  ordered_json ops = ordered_json::array();
  for (const auto& op : group.ops) ops.push_back({{"name", op.name}, {"kind", name_of(op.kind)}});
  return {
      {"name", group.name},
      {"contexts", variant.contexts.size()},
      {"layouts", layouts},
      {"fps", group.fps},
      {"config_bytes", config_bytes(variant)},
      {"payload", payload_kind(hef, variant)},
      {"streams", streams},
      {"ops", ops},
      {"sorted_outputs", group.sorted_outputs},
  };
}

}  // namespace

std::string hef_text(const Hef& hef) {
  std::string text = "Container version: " + std::to_string(hef.container_version()) + "\n" +
                     "Architecture: " + std::string(name_of(hef.architecture()).value_or("?")) +
                     "\n" + "Compiler: " + printable(hef.sdk_version()) + "\n";
  for (const auto& group : hef.groups()) text += group_text(hef, group);
  return text;
}

std::string hef_json(const Hef& hef) {
  ordered_json groups = ordered_json::array();
  for (const auto& group : hef.groups()) groups.push_back(group_json(hef, group));
  const ordered_json out = {
      {"container_version", hef.container_version()},
      {"architecture", name_of(hef.architecture()).value_or("?")},
      {"compiler", hef.sdk_version()},
      {"network_groups", groups},
  };
  return out.dump(2) + "\n";
}

}  // namespace hailo::gen
