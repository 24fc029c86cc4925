// SPDX-License-Identifier: MIT
#include "lib/hef/writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cmath>
#include <limits>
#include <set>

#include "hef.pb.h"
#include "lib/base/text.h"
#include "lib/hef/container.h"
#include "lib/hef/nms.h"

namespace hailo::hef {

namespace {

constexpr unsigned first_output = 16;
constexpr unsigned max_inputs = 15;  // channel 0 is the configuration's
constexpr unsigned max_outputs = 16;
constexpr std::size_t max_name = 128;
constexpr std::uint32_t nms_record_bytes = 8;
constexpr std::uint32_t max_burst_size = 8191;
// What one fetch can announce: 65535 descriptors of 4096 bytes.
constexpr std::uint64_t max_config_bytes = 65535ULL * 4096;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

std::uint32_t align8(std::uint32_t value) { return (value + 7) & ~7U; }

Result<void> check_name(const std::string& name) {
  if (name.empty()) return refuse("a network or stream has no name");
  if (name.size() >= max_name) {
    return refuse("name " + printable(name.substr(0, 32)) + "... has " +
                  std::to_string(name.size()) + " bytes, at most " + std::to_string(max_name - 1) +
                  " are possible");
  }
  return {};
}

/// HailoRT pads inputs in width only, and strips features or width of outputs.
Shape pad(const StreamSpec& spec) {
  Shape padded = spec.shape;
  const std::uint64_t bytes =
      std::uint64_t{padded.height} * padded.width % 8 * (padded.features % 8) * spec.data_bytes;
  if (bytes % 8 == 0) return padded;
  const bool by_width = spec.direction == Direction::input && spec.order != WireOrder::nc;
  (by_width ? padded.width : padded.features) = align8(by_width ? padded.width : padded.features);
  return padded;
}

Result<void> complete_nms(const NmsSpec& spec, Stream& stream) {
  if (stream.direction != Direction::output) return refuse("NMS is for outputs only");
  if (spec.classes == 0 || spec.classes > std::numeric_limits<std::uint16_t>::max()) {
    return refuse(std::to_string(spec.classes) + " NMS classes are not between 1 and 65535");
  }
  // A burst ends with a delimiter.
  if (spec.max_boxes_per_class == 0 || spec.max_boxes_per_class >= max_burst_size) {
    return refuse(std::to_string(spec.max_boxes_per_class) +
                  " NMS boxes per class are not between 1 and " +
                  std::to_string(max_burst_size - 1));
  }
  stream.order = WireOrder::nms_on_chip;
  stream.shape = stream.padded = {1, 1, 1};
  stream.data_bytes = 2;
  stream.quantisation.scale = nms_scale;
  stream.nms = NmsInfo{
      .classes = spec.classes,
      .max_boxes_per_class = spec.max_boxes_per_class,
      .burst_size = static_cast<std::uint16_t>(spec.max_boxes_per_class + 1),
      .burst_type = 1,
  };
  const std::uint64_t bytes =
      std::uint64_t{stream.nms->burst_size} * nms_record_bytes * spec.classes;
  if (bytes > std::numeric_limits<std::uint32_t>::max()) {
    return refuse("an NMS frame of " + std::to_string(bytes) + " bytes is too big");
  }
  stream.frame_bytes = static_cast<std::uint32_t>(bytes);
  stream.core_bytes_per_buffer = nms_record_bytes;
  stream.core_buffers_per_frame = 1;
  return {};
}

Result<void> complete_tensor(const StreamSpec& spec, Stream& stream) {
  if (spec.order != WireOrder::nhwc && spec.order != WireOrder::nhcw &&
      spec.order != WireOrder::nc) {
    return refuse("the wire order must be NHWC, NHCW or NC");
  }
  if (spec.data_bytes != 1 && spec.data_bytes != 2) {
    return refuse("elements of " + std::to_string(spec.data_bytes) + " bytes");
  }
  if (spec.order == WireOrder::nc && (spec.shape.height != 1 || spec.shape.width != 1)) {
    return refuse("NC has height and width 1");
  }
  if (!std::isfinite(spec.zero_point) || !std::isfinite(spec.scale) || spec.scale <= 0) {
    return refuse("zero point and scale must be finite, the scale above 0");
  }
  stream.order = spec.order;
  stream.shape = spec.shape;
  stream.padded = pad(spec);
  stream.data_bytes = spec.data_bytes;
  stream.quantisation.zero_point = spec.zero_point;
  stream.quantisation.scale = spec.scale;
  const auto bytes = tensor_frame_bytes(stream.padded, stream.data_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  stream.frame_bytes = *bytes;

  const auto unit = transfer_unit(stream, default_shmifo_size, default_descriptor_page);
  if (!unit) return std::unexpected(unit.error());
  stream.core_bytes_per_buffer = static_cast<std::uint16_t>(unit->bytes);
  stream.core_buffers_per_frame = static_cast<std::uint16_t>(unit->buffers);
  return {};
}

Result<Stream> complete_stream(const StreamSpec& spec, std::uint8_t sys_index) {
  if (const auto good = check_name(spec.name); !good) return std::unexpected(good.error());
  Stream stream;
  stream.name = spec.name;
  stream.original_names = {spec.name};
  stream.direction = spec.direction;
  stream.sys_index = sys_index;
  const auto good = spec.nms ? complete_nms(*spec.nms, stream) : complete_tensor(spec, stream);
  if (!good) return std::unexpected(good.error());

  const float largest = stream.data_bytes == 1 ? 255.0F : 65535.0F;
  auto& q = stream.quantisation;
  q.limit_min = (0.0F - q.zero_point) * q.scale;
  q.limit_max = (largest - q.zero_point) * q.scale;
  return stream;
}

void add_extension(pb::Hef& hef, std::uint32_t number) {
  auto& extension = *hef.add_extensions();
  extension.set_type_index(number);
  extension.set_name("E" + std::to_string(number));
}

void fill_layer(const Stream& stream, pb::EdgeLayer& layer) {
  layer.set_direction(stream.direction == Direction::input ? pb::HOST_TO_DEVICE
                                                           : pb::DEVICE_TO_HOST);
  auto& info = *layer.mutable_layer_info();
  info.set_name(stream.name);
  for (const auto& name : stream.original_names) info.add_original_names(name);

  auto& numeric = *info.mutable_numeric_info();
  numeric.set_qp_zp(stream.quantisation.zero_point);
  numeric.set_qp_scale(stream.quantisation.scale);
  numeric.set_limvals_min(stream.quantisation.limit_min);
  numeric.set_limvals_max(stream.quantisation.limit_max);

  auto& base = *info.mutable_edge_layer_base();
  base.set_height(stream.shape.height);
  base.set_padded_height(stream.padded.height);
  base.set_width(stream.shape.width);
  base.set_padded_width(stream.padded.width);
  base.set_features(stream.shape.features);
  base.set_padded_features(stream.padded.features);
  base.set_format(static_cast<std::uint32_t>(stream.order));
  base.set_sys_index(stream.sys_index);
  base.set_core_bytes_per_buffer(stream.core_bytes_per_buffer);
  base.set_core_buffers_per_frame(stream.core_buffers_per_frame);
  base.set_data_bytes(stream.data_bytes);
  base.add_buffer_indices();  // HailoRT reads the first one without looking
  if (stream.nms) {
    auto& nms = *base.mutable_additional_info()->mutable_nms_info();
    nms.set_number_of_classes(stream.nms->classes);
    nms.set_max_output_size(stream.nms->max_boxes_per_class);
    nms.set_bbox_size(nms_record_bytes);
    nms.set_input_division_factor(stream.nms->chunks);
    nms.set_burst_size(stream.nms->burst_size);
    nms.set_burst_type(stream.nms->burst_type);
  }
  layer.mutable_context_switch_info();
}

void fill_group(const HefSpec& spec, const std::vector<Stream>& streams, pb::NetworkGroup& group) {
  auto& metadata = *group.mutable_network_group_metadata();
  metadata.set_network_group_name(spec.name);
  metadata.set_bottleneck_fps(spec.fps);
  metadata.set_cfg_channels_count(1);

  auto& preliminary = *group.mutable_preliminary_config()->add_operation();
  preliminary.mutable_trigger()->mutable_trigger_none();
  auto& load = *preliminary.add_actions();
  if (spec.container_version == 0) {
    load.mutable_write_data_ccw()->set_data(spec.config.data(), spec.config.size());
  } else {
    load.mutable_write_data_ccw_ptr()->set_size(static_cast<std::uint32_t>(spec.config.size()));
  }

  auto& context = *group.add_contexts();
  context.mutable_metadata()->set_name("context_0");
  auto& run = *context.add_operations();
  run.mutable_trigger()->mutable_trigger_none();
  for (const auto& stream : streams) {
    fill_layer(stream, *context.mutable_metadata()->add_edge_layers());
    if (stream.direction == Direction::input) {
      run.add_actions()->mutable_allow_input_dataflow()->set_sys_index(stream.sys_index);
    } else {
      group.add_sorted_outputs_order(stream.name);
    }
  }
}

/// The message in its one canonical form: fields by number.
Bytes serialise(const pb::Hef& hef) {
  Bytes bytes(hef.ByteSizeLong());
  google::protobuf::io::ArrayOutputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedOutputStream out(&array);
  out.SetSerializationDeterministic(true);
  hef.SerializeWithCachedSizes(&out);
  return bytes;
}

}  // namespace

Result<std::vector<Stream>> complete_streams(const std::vector<StreamSpec>& specs) {
  unsigned inputs = 0;
  unsigned outputs = 0;
  std::set<std::string> names;
  std::vector<Stream> streams;
  for (const auto& spec : specs) {
    const bool is_input = spec.direction == Direction::input;
    const unsigned number = is_input ? inputs++ : first_output + outputs++;
    if (inputs > max_inputs || outputs > max_outputs) {
      return refuse("there are more than " + std::to_string(max_inputs) + " inputs or " +
                    std::to_string(max_outputs) + " outputs");
    }
    auto stream = complete_stream(spec, static_cast<std::uint8_t>(number));
    if (!stream) {
      return refuse("stream " + printable(spec.name) + ": " + stream.error().message);
    }
    if (!names.insert(spec.name).second) {
      return refuse("two streams have the name " + printable(spec.name));
    }
    streams.push_back(std::move(*stream));
  }
  if (inputs == 0 || outputs == 0) return refuse("a network needs an input and an output");
  return streams;
}

Result<Bytes> write_hef(const HefSpec& spec) {
  const bool is_8l = spec.architecture == Architecture::hailo8l;
  if (!is_8l && spec.architecture != Architecture::hailo8p) {
    return refuse("only HAILO8P (hailo8) and HAILO8L files can be written");
  }
  if (const auto good = check_name(spec.name); !good) return std::unexpected(good.error());
  if (!(spec.fps > 0) || !std::isfinite(spec.fps)) return refuse("fps must be above 0");
  if (spec.config.size() > max_config_bytes) {
    return refuse("configuration data of " + std::to_string(spec.config.size()) +
                  " bytes is more than the " + std::to_string(max_config_bytes) +
                  " that one fetch can carry");
  }
  const auto streams = complete_streams(spec.streams);
  if (!streams) return std::unexpected(streams.error());

  pb::Hef hef;
  hef.mutable_header()->set_hw_arch(is_8l ? pb::HAILO8L : pb::HAILO8P);
  hef.mutable_header()->set_timestamp(spec.timestamp);
  hef.mutable_header()->set_sdk_version(spec.sdk_version);
  hef.mutable_header()->set_version(1);

  auto& group = *hef.add_network_groups();
  if (is_8l) {
    if (spec.layouts.empty()) return refuse("a HAILO8L file needs a cluster layout");
    if (std::set(spec.layouts.begin(), spec.layouts.end()).size() != spec.layouts.size()) {
      return refuse("a cluster layout is listed twice");
    }
    for (const std::uint32_t layout : spec.layouts) {
      auto& partial = *group.add_partial_network_groups();
      partial.mutable_layout()->set_partial_clusters_layout_bitmap(layout);
      fill_group(spec, *streams, *partial.mutable_network_group());
    }
  } else {
    fill_group(spec, *streams, group);
  }

  add_extension(hef, extension::periph_calculation);
  for (const auto& stream : *streams) {
    if (!stream.nms) continue;
    add_extension(hef, extension::nms_output_burst);
    break;
  }
  if (hef.ByteSizeLong() > std::numeric_limits<std::int32_t>::max()) {
    return refuse("the message would have more than 2 GiB");
  }
  return make_container(spec.container_version, serialise(hef),
                        spec.container_version == 0 ? ByteView{} : spec.config);
}

}  // namespace hailo::hef
