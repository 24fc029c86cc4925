// SPDX-License-Identifier: MIT
#include "lib/hef/hef.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "hef.pb.h"
#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/hef/check_message.h"

namespace hailo::hef {

namespace {

constexpr std::size_t max_name = 128;  // with the terminating zero of HailoRT's structures
constexpr std::uint32_t max_u16 = 0xffff;
constexpr std::uint32_t max_config_channels = 255;
constexpr std::uint64_t nms_record_bytes = 8;
constexpr std::uint32_t max_burst_size = 8191;  // times 8 must stay below 65536

std::unexpected<Error> malformed(std::string message) {
  return fail(Error::Code::protocol, std::move(message));
}

std::unexpected<Error> unsupported(std::string message) {
  return fail(Error::Code::unsupported, std::move(message));
}

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

/// For the file's short repeated fields.
template <typename Repeated>
std::vector<std::string> strings(const Repeated& from) {
  return {from.begin(), from.end()};
}

Result<void> check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return malformed("a " + std::string(what) + " has no name");
  if (name.size() >= max_name) {
    return malformed("The " + std::string(what) + " " + quoted(name.substr(0, 32)) +
                     "... has a too long name, " + std::to_string(name.size()) + " bytes");
  }
  return {};
}

/// Refusal of a duplicate `key`: `message` names it.
template <typename Set, typename Key>
Result<void> insert_unique(Set& set, const Key& key, std::string message) {
  if (!set.insert(key).second) return malformed(std::move(message));
  return {};
}

}  // namespace

/// Turns the message into the plain structures of hef.h, checking on the way.
class Parser {
 public:
  explicit Parser(Hef& hef, const Container& container) : hef_(hef), container_(container) {}

  Result<void> parse(pb::Hef& message) {
    hef_.container_version_ = container_.version;
    hef_.sdk_version_ = message.header().sdk_version();
    const int architecture = message.header().hw_arch();
    hef_.architecture_ = static_cast<Architecture>(architecture);
    if (!name_of(hef_.architecture_)) {
      return unsupported("unknown HEF architecture " + std::to_string(architecture));
    }
    // Version 0 headers have legacy flags instead, none of which matters here.
    if (message.header().version() > 0) {
      if (const auto good = extensions(message); !good) return good;
    }
    if (message.network_groups().empty()) return malformed("HEF has no network group");
    std::set<std::string_view> names;
    for (int i = message.network_groups_size() - 1; i >= 0; --i) {
      auto group = network_group(*message.mutable_network_groups(i));
      if (!group) return std::unexpected(group.error());
      hef_.groups_.push_back(std::move(*group));
    }
    for (const auto& group : hef_.groups_) {
      if (const auto good = insert_unique(names, std::string_view(group.name),
                                          "two network groups have the name " + quoted(group.name));
          !good) {
        return good;
      }
    }
    return {};
  }

 private:
  Result<void> extensions(const pb::Hef& message) {
    std::string refused;
    for (const auto& extension : message.extensions()) {
      const bool needs_v3 = extension.type_index() == extension::shared_config;
      if (extension_supported(extension.type_index()) && !(needs_v3 && container_.version < 3)) {
        continue;
      }
      if (!refused.empty()) refused += ", ";
      refused += printable(extension.name()) + " (" + std::to_string(extension.type_index()) + ")";
    }
    if (!refused.empty()) {
      return unsupported(
          "Failed opening non-compatible HEF with the following unsupported extensions: " +
          refused);
    }
    const auto has = [](const auto& list, std::uint32_t number) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& e) { return e.type_index() == number; });
    };
    const auto& demanded = message.extensions();
    hef_.features_ = {
        .net_flow = has(demanded, extension::net_flow),
        .nms_burst = has(demanded, extension::nms_output_burst),
        .run_asap = has(demanded, extension::run_asap),
        .batch_register_config = has(demanded, extension::batch_register_config),
        .scale_per_feature = has(demanded, extension::scale_per_feature),
        .dual_direction_stream_index = has(demanded, extension::dual_direction_stream_index),
        .periph_calculation = has(demanded, extension::periph_calculation),
        .hw_padding = has(message.optional_extensions(), extension::hw_padding),
        .multi_network = has(message.optional_extensions(), extension::multi_network),
        .shared_config = has(demanded, extension::shared_config),
    };
    return {};
  }

  Result<Group> network_group(pb::NetworkGroup& from) {
    Group group;
    const bool multi_layout = !from.partial_network_groups().empty();
    group.name = multi_layout ? from.partial_network_groups(0)
                                    .network_group()
                                    .network_group_metadata()
                                    .network_group_name()
                              : from.network_group_metadata().network_group_name();
    if (const auto good = check_name("network group", group.name); !good) {
      return std::unexpected(good.error());
    }
    const auto good =
        hef_.features_.net_flow ? net_flow_group(from, group) : legacy_group(from, group);
    if (!good) return std::unexpected(good.error());

    const bool is_8l = hef_.architecture_ == Architecture::hailo8l;
    const bool has_layouts = group.variants.front().layout.has_value();
    if (is_8l != has_layouts && (is_8l || hef_.architecture_ == Architecture::hailo8p ||
                                 hef_.architecture_ == Architecture::hailo8r)) {
      return malformed("network group " + quoted(group.name) + " has " +
                       (has_layouts ? "" : "no ") + "cluster layouts, architecture is " +
                       std::string(*name_of(hef_.architecture_)));
    }
    if (const auto sorted = check_sorted_outputs(group); !sorted) {
      return std::unexpected(sorted.error());
    }
    return group;
  }

  Result<void> legacy_group(pb::NetworkGroup& from, Group& group) {
    if (!from.ops().empty()) {
      return malformed("network group " + quoted(group.name) +
                       " has ops, the file has no net-flow extension");
    }
    const auto describe = [&](const auto& body) {
      group.fps = body.network_group_metadata().bottleneck_fps();
      group.network_names = strings(body.networks_names());
    };
    if (from.partial_network_groups().empty()) {
      describe(from);
      return add_variant(from, std::nullopt, group);
    }
    describe(from.partial_network_groups(0).network_group());
    for (auto& partial : *from.mutable_partial_network_groups()) {
      const std::string& name =
          partial.network_group().network_group_metadata().network_group_name();
      if (name != group.name) return names_differ(group, name);
      const auto good = add_variant(*partial.mutable_network_group(),
                                    partial.layout().partial_clusters_layout_bitmap(), group);
      if (!good) return good;
    }
    return {};
  }

  Result<void> net_flow_group(pb::NetworkGroup& from, Group& group) {
    pb::CoreOp* core = nullptr;
    for (auto& op : *from.mutable_ops()) {
      auto outline = op_outline(op);
      if (!outline) return std::unexpected(outline.error());
      group.ops.push_back(std::move(*outline));
      if (!op.has_core_op()) continue;
      if (core != nullptr) {
        return unsupported("network group " + quoted(group.name) + " has several core ops");
      }
      core = op.mutable_core_op();
    }
    if (core == nullptr) {
      return malformed("network group " + quoted(group.name) + " has no core op");
    }
    const std::string& core_name = core->network_group_metadata().network_group_name();
    if (core_name != group.name) return names_differ(group, core_name);
    group.fps = core->network_group_metadata().bottleneck_fps();
    group.network_names = strings(core->networks_names());
    group.sorted_outputs = strings(from.sorted_outputs_order());

    if (core->partial_core_ops().empty()) {
      if (const auto good = add_variant(*core, std::nullopt, group); !good) return good;
    } else {
      if (from.partial_network_groups().empty()) {
        return malformed("network group " + quoted(group.name) +
                         " has partial core ops and no partial network group");
      }
      for (auto& partial : *core->mutable_partial_core_ops()) {
        const auto good = add_variant(*partial.mutable_core_op(),
                                      partial.layout().partial_clusters_layout_bitmap(), group);
        if (!good) return good;
      }
    }
    return pad_edges(from, group);
  }

  static std::unexpected<Error> names_differ(const Group& group, const std::string& other) {
    return malformed("network group " + quoted(group.name) + " has a part of the name " +
                     quoted(other));
  }

  /// `Body` is a NetworkGroup or a CoreOp.
  template <typename Body>
  Result<void> add_variant(Body& from, std::optional<std::uint32_t> layout, Group& group) {
    Variant variant;
    variant.layout = layout;
    const std::uint32_t channels = from.network_group_metadata().cfg_channels_count();
    if (channels > max_config_channels) {
      return malformed("cfg_channels_count " + std::to_string(channels) + " is above " +
                       std::to_string(max_config_channels));
    }
    variant.config_channels = std::max(channels, std::uint32_t{1});

    for (auto& operation : *from.mutable_preliminary_config()->mutable_operation()) {
      auto parsed = this->operation(operation, variant.config_channels, "preliminary config");
      if (!parsed) return std::unexpected(parsed.error());
      variant.preliminary.push_back(std::move(*parsed));
    }
    if (from.contexts().empty()) {
      return malformed("network group " + quoted(group.name) + " has no context");
    }
    for (auto& context : *from.mutable_contexts()) {
      if (const auto good = add_context(context, variant); !good) return good;
    }
    if (const auto good = check_streams(variant); !good) return good;

    if (group.sorted_outputs.empty()) {
      group.sorted_outputs = strings(from.sorted_outputs_order());
    }
    if (group.sorted_outputs.empty()) {
      group.sorted_outputs = strings(from.contexts().rbegin()->metadata().sorted_outputs_order());
    }
    group.variants.push_back(std::move(variant));
    return {};
  }

  Result<void> add_context(pb::Context& from, Variant& variant) {
    const auto position = static_cast<std::uint32_t>(variant.contexts.size());
    const std::string where = "context " + std::to_string(position);
    Context context;
    context.name = from.metadata().name();
    for (auto& operation : *from.mutable_operations()) {
      auto parsed = this->operation(operation, variant.config_channels, where);
      if (!parsed) return std::unexpected(parsed.error());
      context.operations.push_back(std::move(*parsed));
    }

    std::set<std::uint32_t> inputs;
    std::set<std::uint32_t> outputs;
    for (const auto& layer : from.metadata().edge_layers()) {
      auto stream = edge_layer(layer, position);
      if (!stream) return std::unexpected(stream.error());
      const bool is_input = stream->direction == Direction::input;
      auto& same = is_input ? inputs : outputs;
      const auto& other = is_input ? outputs : inputs;
      const bool shared =
          other.contains(stream->sys_index) && !hef_.features_.dual_direction_stream_index;
      if (!same.insert(stream->sys_index).second || shared) {
        return malformed("Stream Index " + std::to_string(stream->sys_index) +
                         " used for too many edge layers in one context");
      }
      auto& to =
          stream->connection == Connection::boundary ? variant.streams : context.inner_streams;
      to.push_back(std::move(*stream));
    }
    if (const auto good = check_dataflow(context, inputs, where); !good) return good;
    variant.contexts.push_back(std::move(context));
    return {};
  }

  /// The activation of the streams goes before the one run of AllowInput.
  Result<void> check_dataflow(const Context& context, const std::set<std::uint32_t>& inputs,
                              const std::string& where) const {
    int runs = 0;
    for (const auto& operation : context.operations) {
      bool in_run = false;
      for (const auto& action : operation.actions) {
        const auto* allow = std::get_if<AllowInput>(&action);
        if (allow != nullptr && !inputs.contains(allow->sys_index)) {
          return malformed(where + ": Edge layer does not exists for stream " +
                           std::to_string(allow->sys_index));
        }
        if (allow != nullptr && !in_run) ++runs;
        in_run = allow != nullptr;
      }
    }
    // With run_asap the activation is elsewhere.
    if (runs != 1 && !hef_.features_.run_asap) {
      return malformed(where +
                       ": Expected only one group of TriggerNewDataFromDataInput actions, found " +
                       std::to_string(runs));
    }
    return {};
  }

  static Result<void> check_streams(const Variant& variant) {
    std::set<std::string_view> names;
    for (const auto& stream : variant.streams) {
      if (const auto good = insert_unique(names, std::string_view(stream.name),
                                          "Layer name should be unique. name " +
                                              quoted(stream.name) + " appears more than once");
          !good) {
        return good;
      }
    }
    return {};
  }

  Result<Stream> edge_layer(const pb::EdgeLayer& from, std::uint32_t context) {
    Stream stream;
    stream.context = context;
    const int direction = from.direction();
    if (direction != pb::HOST_TO_DEVICE && direction != pb::DEVICE_TO_HOST) {
      return malformed("edge layer direction " + std::to_string(direction) + " is neither 0 nor 1");
    }
    stream.direction = static_cast<Direction>(direction);

    const int connection = from.context_switch_info().edge_connection_type();
    if (connection < pb::BOUNDARY || connection > pb::CACHE) {
      return malformed("edge connection type " + std::to_string(connection) + " is unknown");
    }
    stream.connection = static_cast<Connection>(connection);
    if (from.has_pad_index()) stream.pad_index = from.pad_index();

    const pb::EdgeLayerBase* base = nullptr;
    switch (from.edge_layer_type()) {
      case pb::INFO: {
        const auto& info = from.layer_info();
        stream.name = info.name();
        stream.original_names = strings(info.original_names());
        stream.transposed = info.transposed();
        base = &info.edge_layer_base();
        break;
      }
      case pb::MUX:
        stream.name = from.layer_mux().name();
        stream.multiplexed = true;
        base = &from.layer_mux().edge_layer_base();
        break;
      case pb::PLANES:
        return unsupported("multi-planar edge layers are not supported");
      default:
        return malformed("edge layer type " + std::to_string(from.edge_layer_type()) +
                         " is unknown");
    }
    if (const auto good = check_name("edge layer", stream.name); !good) {
      return std::unexpected(good.error());
    }
    auto good = layer_base(*base, stream);
    if (good && !stream.multiplexed) good = numeric_info(from.layer_info().numeric_info(), stream);
    if (!good) {
      return fail(good.error().code,
                  "edge layer " + quoted(stream.name) + ": " + good.error().message);
    }
    return stream;
  }

  Result<void> layer_base(const pb::EdgeLayerBase& from, Stream& stream) {
    for (const auto& [value, limit, name] :
         {std::tuple{from.sys_index(), std::uint32_t{255}, "sys_index"},
          std::tuple{from.core_bytes_per_buffer(), max_u16, "core_bytes_per_buffer"},
          std::tuple{from.core_buffers_per_frame(), max_u16, "core_buffers_per_frame"},
          std::tuple{from.engine_id(), std::uint32_t{0}, "engine_id"}}) {
      if (value > limit) {
        return malformed(std::string(name) + " " + std::to_string(value) + " is too big, at most " +
                         std::to_string(limit));
      }
    }
    if (from.data_bytes() != 1 && from.data_bytes() != 2) {
      return malformed("data_bytes " + std::to_string(from.data_bytes()) + " is neither 1 nor 2");
    }
    if (from.buffer_indices().empty()) return malformed("there are no buffer_indices");
    if (from.host_argmax()) {
      return unsupported("Using legacy implementation of Argmax in host");
    }
    // 13 is a second number of the same order.
    const std::uint32_t format = from.format() == 13 ? 0 : from.format();
    stream.order = static_cast<WireOrder>(format);
    if (format > UINT8_MAX || !name_of(stream.order)) {
      return malformed("Invalid compiler_format_order (" + std::to_string(format) + ")");
    }
    stream.sys_index = static_cast<std::uint8_t>(from.sys_index());
    stream.data_bytes = static_cast<std::uint8_t>(from.data_bytes());
    stream.core_bytes_per_buffer = static_cast<std::uint16_t>(from.core_bytes_per_buffer());
    stream.core_buffers_per_frame = static_cast<std::uint16_t>(from.core_buffers_per_frame());
    stream.max_shmifo_size = from.max_shmifo_size();
    stream.unit_is_core = !hef_.features_.periph_calculation;
    stream.shape = {from.height(), from.width(), from.features()};
    stream.padded = {from.padded_height(), from.padded_width(), from.padded_features()};

    if (stream.order == WireOrder::nms_on_chip) return nms_info(from, stream);
    for (const auto& [logical, padded, name] :
         {std::tuple{stream.shape.height, stream.padded.height, "height"},
          std::tuple{stream.shape.width, stream.padded.width, "width"},
          std::tuple{stream.shape.features, stream.padded.features, "features"}}) {
      if (logical == 0 || padded < logical) {
        return malformed(std::string(name) + " " + std::to_string(logical) + " padded to " +
                         std::to_string(padded) + " makes no sense");
      }
    }
    const auto bytes = tensor_frame_bytes(stream.padded, stream.data_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    stream.frame_bytes = *bytes;
    return {};
  }

  Result<void> nms_info(const pb::EdgeLayerBase& from, Stream& stream) {
    if (!from.additional_info().has_nms_info()) return malformed("NMS without nms_info");
    const auto& info = from.additional_info().nms_info();
    const std::uint64_t chunks = std::max<std::uint64_t>(info.input_division_factor(), 1);
    for (const auto& [value, name] : {std::pair{info.number_of_classes(), "number_of_classes"},
                                      std::pair{info.max_output_size(), "max_output_size"},
                                      std::pair{chunks, "input_division_factor"}}) {
      if (value == 0 || value > max_u16) {
        return malformed("NMS " + std::string(name) + " " + std::to_string(value) +
                         " is not between 1 and " + std::to_string(max_u16));
      }
    }
    if (info.bbox_size() != nms_record_bytes) {
      return unsupported("NMS bbox_size " + std::to_string(info.bbox_size()) + " is not 8");
    }
    if (hef_.features_.nms_burst) {
      if (info.burst_type() != 1) {
        return unsupported("Unsupported burst type was given " + std::to_string(info.burst_type()));
      }
      if (info.burst_size() == 0 || info.burst_size() > max_burst_size) {
        return malformed("Invalid HEF, nms burst size " + std::to_string(info.burst_size()) +
                         " is not between 1 and " + std::to_string(max_burst_size));
      }
    } else if (info.burst_type() != 0) {
      return malformed("Invalid HEF, nms burst extension is disabled yet burst type " +
                       std::to_string(info.burst_type()) + " is not zero");
    }
    stream.nms = NmsInfo{
        .classes = static_cast<std::uint32_t>(info.number_of_classes()),
        .max_boxes_per_class = static_cast<std::uint32_t>(info.max_output_size()),
        .chunks = static_cast<std::uint32_t>(chunks),
        .burst_size = static_cast<std::uint16_t>(hef_.features_.nms_burst ? info.burst_size() : 0),
        .burst_type = static_cast<std::uint8_t>(info.burst_type()),
    };
    const std::uint64_t records =
        hef_.features_.nms_burst ? std::uint64_t{stream.nms->burst_size} * stream.nms->classes : 1;
    if (records * nms_record_bytes > std::numeric_limits<std::uint32_t>::max()) {
      return malformed("NMS frame of " + std::to_string(records) + " records is too big");
    }
    stream.frame_bytes = static_cast<std::uint32_t>(records * nms_record_bytes);
    return {};
  }

  Result<void> numeric_info(const pb::NumericInfo& from, Stream& stream) {
    stream.quantisation = {
        .zero_point = from.qp_zp(),
        .scale = from.qp_scale(),
        .limit_min = from.limvals_min(),
        .limit_max = from.limvals_max(),
        .feature_zero_points = {},
        .feature_scales = {},
    };
    if (!hef_.features_.scale_per_feature) return {};
    const auto features = static_cast<int>(
        std::min<std::uint32_t>(stream.shape.features, std::numeric_limits<int>::max()));
    if (from.qp_zps_size() != features || from.qp_scales_size() != features) {
      return malformed(
          "Invalid quantization infos vector in HEF: " + std::to_string(from.qp_zps_size()) +
          " zero points and " + std::to_string(from.qp_scales_size()) + " scales for " +
          std::to_string(stream.shape.features) + " features");
    }
    stream.quantisation.feature_zero_points = {from.qp_zps().begin(), from.qp_zps().end()};
    stream.quantisation.feature_scales = {from.qp_scales().begin(), from.qp_scales().end()};
    return {};
  }

  Result<Operation> operation(pb::Operation& from, std::uint32_t channels,
                              const std::string& where) {
    Operation operation;
    const auto& trigger = from.trigger();
    switch (trigger.trigger_case()) {
      case pb::Trigger::kTriggerNone:
        break;
      case pb::Trigger::kTriggerLcu:
        operation.trigger = Trigger::lcu;
        break;
      case pb::Trigger::kTriggerNms:
        operation.trigger = Trigger::nms;
        break;
      case pb::Trigger::kTriggerAllDataWasSent:
        operation.trigger = Trigger::all_data_sent;
        operation.trigger_stream = trigger.trigger_all_data_was_sent().shmifo_index();
        break;
      case pb::Trigger::kTriggerDmaIdle:
        operation.trigger = Trigger::dma_idle;
        operation.trigger_stream = trigger.trigger_dma_idle().shmifo_index();
        break;
      case pb::Trigger::kTriggerAllDataWasReceived:
        return malformed(where + ": kTriggerAllDataWasReceived trigger is not supported");
      case pb::Trigger::TRIGGER_NOT_SET:
        return malformed(where + ": Unsupported trigger given");
    }

    std::map<std::uint8_t, ConfigGroup> open;  // groups of the current run, by channel
    const auto close_groups = [&] {
      for (auto& [channel, group] : open) operation.actions.push_back(std::move(group));
      open.clear();
    };
    for (auto& action : *from.mutable_actions()) {
      const bool is_ccw = action.has_write_data_ccw() || action.has_write_data_ccw_ptr();
      if (!is_ccw) {
        close_groups();
        auto other = plain_action(action, where);
        if (!other) return std::unexpected(other.error());
        operation.actions.push_back(std::move(*other));
        continue;
      }
      const auto burst = ccw(action, channels, where);
      if (!burst) return std::unexpected(burst.error());
      auto& group = open[burst->first];
      group.channel = burst->first;
      if (group.bursts.size() == max_u16) {
        return malformed(where + ": Too many ccw bursts (must fit in uint16)");
      }
      group.bursts.push_back(burst->second);
    }
    close_groups();
    return operation;
  }

  /// Channel and bytes of a configuration write.
  Result<std::pair<std::uint8_t, ByteView>> ccw(pb::Action& action, std::uint32_t channels,
                                                const std::string& where) {
    const bool is_inline = action.has_write_data_ccw();
    if (is_inline != (container_.version == 0)) {
      return malformed(where + (is_inline ? ": WriteDataCcw" : ": kWriteDataCcwPtr") +
                       " action is not supported for hef version " +
                       std::to_string(container_.version));
    }
    const std::uint32_t channel = is_inline ? action.write_data_ccw().cfg_channel_index()
                                            : action.write_data_ccw_ptr().cfg_channel_index();
    if (channel >= channels) {
      return malformed(where + ": Invalid cfg channel index " + std::to_string(channel) + " of " +
                       std::to_string(channels));
    }
    const auto index = static_cast<std::uint8_t>(channel);
    if (is_inline) {
      auto& kept = hef_.inline_ccws_.emplace_back(
          std::move(*action.mutable_write_data_ccw()->mutable_data()));
      return std::pair{index,
                       ByteView(reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size())};
    }
    const auto& range = action.write_data_ccw_ptr();
    const std::uint64_t available = container_.ccws.size();
    if (range.offset() > available || range.size() > available - range.offset()) {
      return malformed(where + ": configuration data of " + std::to_string(range.size()) +
                       " bytes at " + std::to_string(range.offset()) + " is outside of its " +
                       std::to_string(available) + " bytes");
    }
    return std::pair{
        index, container_.ccws.subspan(static_cast<std::size_t>(range.offset()), range.size())};
  }

  static Result<Action> plain_action(const pb::Action& action, const std::string& where) {
    switch (action.action_case()) {
      case pb::Action::kAllowInputDataflow:
        return AllowInput{action.allow_input_dataflow().sys_index()};
      case pb::Action::kWriteData:
        return unsupported(where + ": Action write_data not implemented");
      case pb::Action::kWriteCompressedData:
        return unsupported(where + ": Action write_compressed_data not implemented");
      case pb::Action::ACTION_NOT_SET:
        return unsupported(where + ": an action of an unknown kind");
      default:
        const auto* field =
            pb::Action::descriptor()->FindFieldByNumber(static_cast<int>(action.action_case()));
        return OtherAction{field->name()};
    }
  }

  static Result<Op> op_outline(const pb::Op& from) {
    Op op;
    op.name = from.name();
    for (const auto& pad : from.input_pads()) op.inputs.push_back({pad.index(), pad.name()});
    for (const auto& pad : from.output_pads()) op.outputs.push_back({pad.index(), pad.name()});
    if (from.has_core_op()) return op;

    std::optional<OpKind> kind;
    if (from.has_nms_op()) kind = nms_kind(from.nms_op());
    if (from.has_logits_op() && from.logits_op().logits_type() <= 1) {
      kind = from.logits_op().logits_type() == 0 ? OpKind::argmax : OpKind::softmax;
    }
    if (!kind) return unsupported("op " + quoted(op.name) + " is of an unknown kind");
    op.kind = *kind;
    return op;
  }

  static std::optional<OpKind> nms_kind(const pb::NmsOp& op) {
    switch (op.nms_op_case()) {
      case pb::NmsOp::kYoloNmsOp:
        return OpKind::yolo_nms;
      case pb::NmsOp::kYoloxNmsOp:
        return OpKind::yolox_nms;
      case pb::NmsOp::kSsdNmsOp:
        return OpKind::ssd_nms;
      case pb::NmsOp::kIouOp:
        return OpKind::iou;
      case pb::NmsOp::kYoloSegOp:
        return OpKind::yolo_seg;
      case pb::NmsOp::kYolov8NmsOp:
        return OpKind::yolov8_nms;
      case pb::NmsOp::NMS_OP_NOT_SET:
        return std::nullopt;
    }
    return std::nullopt;
  }

  /// Every input of a host op must come from an output of the core.
  static Result<void> pad_edges(const pb::NetworkGroup& from, Group& group) {
    std::set<std::uint32_t> core_outputs;
    for (const auto& stream : group.reference().streams) {
      if (stream.direction == Direction::output && stream.pad_index) {
        core_outputs.insert(*stream.pad_index);
      }
    }
    std::map<std::uint32_t, std::uint32_t> source;  // by destination
    for (const auto& edge : from.pad_edges()) {
      group.pad_edges.push_back({edge.src(), edge.dst()});
      source[edge.dst()] = edge.src();
    }
    for (const auto& op : group.ops) {
      if (op.kind == OpKind::core) continue;
      for (const auto& pad : op.inputs) {
        const auto edge = source.find(pad.index);
        if (edge == source.end()) {
          return malformed("op " + quoted(op.name) + " is not connected to core-op: input pad " +
                           std::to_string(pad.index));
        }
        if (!core_outputs.contains(edge->second)) {
          return malformed("Pad " + std::to_string(edge->second) + " of post-process " +
                           quoted(op.name) + " is not connected to any core output stream");
        }
      }
    }
    return {};
  }

  static Result<void> check_sorted_outputs(const Group& group) {
    if (group.sorted_outputs.empty()) {
      return malformed("Sorted output names is not set up in the HEF.");
    }
    // What users see of multiplexed outputs, of NMS by several streams and of
    // host ops has other names.
    const auto& streams = group.reference().streams;
    const auto renamed = [](const Stream& s) { return s.multiplexed || s.nms; };
    if (!group.ops.empty() || std::any_of(streams.begin(), streams.end(), renamed)) return {};
    const std::set<std::string_view> sorted(group.sorted_outputs.begin(),
                                            group.sorted_outputs.end());
    const auto is_output = [](const Stream& s) { return s.direction == Direction::output; };
    if (std::count_if(streams.begin(), streams.end(), is_output) < 2) return {};
    for (const auto& stream : streams) {
      if (is_output(stream) && !sorted.contains(stream.name)) {
        return malformed("output " + quoted(stream.name) +
                         " is missing in the sorted output names");
      }
    }
    return {};
  }

  Hef& hef_;
  const Container& container_;
};

std::uint64_t ConfigGroup::bytes() const {
  std::uint64_t total = 0;
  for (const auto& burst : bursts) total += burst.size();
  return total;
}

const Stream* Variant::find_stream(std::string_view name) const {
  const auto found =
      std::find_if(streams.begin(), streams.end(), [&](const Stream& s) { return s.name == name; });
  return found == streams.end() ? nullptr : &*found;
}

const Variant& Group::reference() const {
  return *std::min_element(variants.begin(), variants.end(), [](const auto& a, const auto& b) {
    return a.layout.value_or(0) < b.layout.value_or(0);
  });
}

std::string_view name_of(OpKind kind) {
  switch (kind) {
    case OpKind::core:
      return "core";
    case OpKind::yolo_nms:
      return "YOLOv5 NMS";
    case OpKind::yolox_nms:
      return "YOLOX NMS";
    case OpKind::ssd_nms:
      return "SSD NMS";
    case OpKind::iou:
      return "IoU";
    case OpKind::yolo_seg:
      return "YOLOv5 segmentation";
    case OpKind::yolov8_nms:
      return "YOLOv8 NMS";
    case OpKind::argmax:
      return "argmax";
    case OpKind::softmax:
      return "softmax";
  }
  std::unreachable();
}

Result<Hef> Hef::open(const std::string& path) {
  auto file = read_file(path, max_file_bytes);
  if (!file) return std::unexpected(file.error());
  auto hef = from_bytes(std::move(*file));
  if (!hef) return fail(hef.error().code, path + ": " + hef.error().message);
  return hef;
}

Result<Hef> Hef::from_bytes(Bytes file) {
  if (file.size() > max_file_bytes) {
    return malformed("HEF of " + std::to_string(file.size()) + " bytes, more than the limit of " +
                     std::to_string(max_file_bytes));
  }
  Hef hef;
  hef.file_ = std::move(file);
  const auto container = open_container(hef.file_);
  if (!container) return std::unexpected(container.error());
  if (const auto good = check_message(container->message, *pb::Hef::descriptor()); !good) {
    return std::unexpected(good.error());
  }
  pb::Hef message;
  if (!message.ParseFromArray(container->message.data(),
                              static_cast<int>(container->message.size()))) {
    return malformed("Failed parsing HEF message");
  }
  if (const auto good = Parser(hef, *container).parse(message); !good) {
    return std::unexpected(good.error());
  }
  return hef;
}

Result<const Variant*> Hef::select(const Group& group, Chip chip, std::uint32_t layout) const {
  const bool is_8l_file = architecture_ == Architecture::hailo8l;
  const bool fits =
      is_8l_file || (chip == Chip::hailo8 && (architecture_ == Architecture::hailo8p ||
                                              architecture_ == Architecture::hailo8r));
  if (!fits) {
    return unsupported(std::string("HEF format is not compatible with device. Device arch: ") +
                       (chip == Chip::hailo8 ? "HAILO8" : "HAILO8L") +
                       ", HEF arch: " + std::string(*name_of(architecture_)) + " (" +
                       std::to_string(static_cast<std::uint32_t>(architecture_)) + ")");
  }
  if (chip == Chip::hailo8) return &group.variants.front();
  for (const auto& variant : group.variants) {
    if (variant.layout == layout) return &variant;
  }
  return unsupported(
      "There is no matching partial_clusters_layout_bitmap configuration in the "
      "given HEF: the device has layout " +
      std::to_string(layout));
}

}  // namespace hailo::hef
