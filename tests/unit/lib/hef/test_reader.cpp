// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fixture.h"

namespace hailo::hef {
namespace {

const ConfigGroup& config_of(const Operation& operation, std::size_t index) {
  return std::get<ConfigGroup>(operation.actions.at(index));
}

void expect_golden(const Hef& hef) {
  EXPECT_EQ(hef.container_version(), 2U);
  EXPECT_EQ(hef.sdk_version(), "emu-0.1");
  EXPECT_TRUE(hef.features().periph_calculation);
  EXPECT_FALSE(hef.features().net_flow);
  ASSERT_EQ(hef.groups().size(), 1U);
  const Group& group = hef.groups()[0];
  EXPECT_EQ(group.name, "emu");
  EXPECT_EQ(group.fps, 100);
  EXPECT_EQ(group.sorted_outputs, std::vector<std::string>{"net/out0"});
  ASSERT_EQ(group.variants.size(), 1U);
  const Variant& variant = group.variants[0];
  EXPECT_EQ(variant.config_channels, 1U);

  ASSERT_EQ(variant.preliminary.size(), 1U);
  ASSERT_EQ(variant.preliminary[0].actions.size(), 1U);
  const ConfigGroup& config = config_of(variant.preliminary[0], 0);
  EXPECT_EQ(config.channel, 0);
  ASSERT_EQ(config.bursts.size(), 1U);
  EXPECT_EQ(text(config.bursts[0]), golden_payload);
  EXPECT_EQ(config.bytes(), 16U);

  ASSERT_EQ(variant.contexts.size(), 1U);
  EXPECT_EQ(variant.contexts[0].name, "context_0");
  EXPECT_TRUE(variant.contexts[0].inner_streams.empty());
  ASSERT_EQ(variant.contexts[0].operations.size(), 1U);
  ASSERT_EQ(variant.contexts[0].operations[0].actions.size(), 1U);
  EXPECT_EQ(std::get<AllowInput>(variant.contexts[0].operations[0].actions[0]).sys_index, 0U);

  ASSERT_EQ(variant.streams.size(), 2U);
  const Stream& in = variant.streams[0];
  EXPECT_EQ(in.name, "net/input_layer1");
  EXPECT_EQ(in.original_names, std::vector<std::string>{"net/input_layer1"});
  EXPECT_EQ(in.direction, Direction::input);
  EXPECT_EQ(in.sys_index, 0);
  EXPECT_EQ(in.order, WireOrder::nhwc);
  EXPECT_EQ(in.shape, (Shape{8, 8, 3}));
  EXPECT_EQ(in.padded, (Shape{8, 8, 3}));
  EXPECT_EQ(in.data_bytes, 1);
  EXPECT_EQ(in.quantisation.scale, 1);
  EXPECT_EQ(in.quantisation.limit_max, 255);
  EXPECT_EQ(in.core_bytes_per_buffer, 24);
  EXPECT_EQ(in.core_buffers_per_frame, 8);
  EXPECT_EQ(in.frame_bytes, 192U);
  EXPECT_FALSE(in.nms);
  EXPECT_FALSE(in.pad_index);
  const Stream& out = variant.streams[1];
  EXPECT_EQ(out.direction, Direction::output);
  EXPECT_EQ(out.sys_index, 16);
  EXPECT_EQ(out.shape, (Shape{1, 1, 8}));
  EXPECT_EQ(out.frame_bytes, 8U);
  EXPECT_EQ(variant.find_stream("net/out0"), &out);
  EXPECT_EQ(variant.find_stream("none"), nullptr);
}

TEST(HefReader, WorkedExampleHailo8) {
  const auto hef = Hef::from_bytes(golden8());
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_EQ(hef->architecture(), Architecture::hailo8p);
  EXPECT_FALSE(hef->groups()[0].variants[0].layout);
  expect_golden(*hef);
}

TEST(HefReader, WorkedExampleHailo8L) {
  const auto hef = Hef::from_bytes(golden8l());
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_EQ(hef->architecture(), Architecture::hailo8l);
  EXPECT_EQ(hef->groups()[0].variants[0].layout, 0U);
  expect_golden(*hef);
}

TEST(HefReader, ViewsSurviveAMove) {
  for (const std::uint32_t version : {0U, 2U}) {
    HefSpec spec = golden_spec();
    spec.container_version = version;
    auto hef = Hef::from_bytes(write_hef(spec).value());
    ASSERT_TRUE(hef);
    const Hef moved = std::move(*hef);
    EXPECT_EQ(text(config_of(moved.groups()[0].variants[0].preliminary[0], 0).bursts[0]),
              golden_payload);
  }
}

TEST(HefReader, FilesOnDisk) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("hef-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "a.hef";
  const Bytes bytes = golden8();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(Hef::open(path));
  EXPECT_EQ(Hef::open(folder / "none").error().code, Error::Code::not_found);
  EXPECT_EQ(Hef::open(folder).error().code, Error::Code::invalid_argument);

  std::filesystem::resize_file(path, 100);
  EXPECT_EQ(Hef::open(path).error().message.rfind(path + ": HEF file length", 0), 0U);
  // Sparse: takes no space, and is refused before it is read.
  std::filesystem::resize_file(path, Hef::max_file_bytes + 1);
  EXPECT_NE(Hef::open(path).error().message.find("more than the limit"), std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST(HefReader, UnknownFieldsAreIgnored) {
  // Field 3 (mapping, bytes) and field 1000 (varint) of the file's message.
  std::string encoded = message_of(golden8()).SerializeAsString();
  encoded += std::string("\x1a\x03xyz", 5) + "\xc0\x3e\x07";
  const auto hef = Hef::from_bytes(make_container(2, view(encoded), view(golden_payload)).value());
  ASSERT_TRUE(hef) << hef.error().message;
  expect_golden(*hef);
}

struct Refusal {
  const char* name;
  std::function<void(pb::Hef&)> change;
  std::string message;  ///< a part of it
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class HefRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HefRefusal, OneWrongField) {
  ASSERT_EQ(refusal(changed([](pb::Hef&) {})), "accepted");
  const std::string message = refusal(changed(GetParam().change));
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
}

pb::Action& add_range(pb::Hef& hef, std::uint64_t offset, std::uint32_t size,
                      std::uint32_t channel = 0) {
  auto& action = *preliminary_of(hef).add_actions();
  action.mutable_write_data_ccw_ptr()->set_offset(offset);
  action.mutable_write_data_ccw_ptr()->set_size(size);
  action.mutable_write_data_ccw_ptr()->set_cfg_channel_index(channel);
  return action;
}

void add_extension(pb::Hef& hef, std::uint32_t number, const char* name = "X") {
  auto& extension = *hef.add_extensions();
  extension.set_type_index(number);
  extension.set_name(name);
}

pb::NmsInfo& make_nms(pb::Hef& hef) {
  add_extension(hef, 19);
  auto& base = base_of(hef, 1);
  base.set_format(6);
  auto& nms = *base.mutable_additional_info()->mutable_nms_info();
  nms.set_number_of_classes(2);
  nms.set_max_output_size(2);
  nms.set_bbox_size(8);
  nms.set_burst_size(3);
  nms.set_burst_type(1);
  return nms;
}

const Refusal refusals[] = {
    {"arch_unknown", [](auto& h) { h.mutable_header()->set_hw_arch(pb::Architecture(7)); },
     "unknown HEF architecture 7"},
    {"arch_negative", [](auto& h) { h.mutable_header()->set_hw_arch(pb::Architecture(-1)); },
     "unknown HEF architecture -1"},
    {"no_group", [](auto& h) { h.clear_network_groups(); }, "no network group"},
    {"two_groups_one_name", [](auto& h) { *h.add_network_groups() = h.network_groups(0); },
     "two network groups have the name 'emu'"},
    {"no_name", [](auto& h) { group_of(h).clear_network_group_metadata(); },
     "network group has no name"},
    {"long_group_name",
     [](auto& h) {
       group_of(h).mutable_network_group_metadata()->set_network_group_name(std::string(128, 'g'));
     },
     "too long name, 128 bytes"},
    {"ops_in_legacy", [](auto& h) { group_of(h).add_ops(); }, "no net-flow extension"},
    {"layouts_in_hailo8",
     [](auto& h) {
       const auto inner = group_of(h);
       *group_of(h).add_partial_network_groups()->mutable_network_group() = inner;
     },
     "has cluster layouts, architecture is HAILO8P"},
    {"no_layouts_in_hailo8l", [](auto& h) { h.mutable_header()->set_hw_arch(pb::HAILO8L); },
     "has no cluster layouts, architecture is HAILO8L"},
    {"no_context", [](auto& h) { group_of(h).clear_contexts(); }, "has no context"},
    {"channels",
     [](auto& h) { group_of(h).mutable_network_group_metadata()->set_cfg_channels_count(256); },
     "cfg_channels_count 256"},
    {"no_sorted_outputs", [](auto& h) { group_of(h).clear_sorted_outputs_order(); },
     "Sorted output names is not set up"},
    {"direction", [](auto& h) { layer_of(h, 0).set_direction(pb::Direction(2)); },
     "edge layer direction 2"},
    {"direction_negative", [](auto& h) { layer_of(h, 0).set_direction(pb::Direction(-1)); },
     "edge layer direction -1"},
    {"layer_type_negative",
     [](auto& h) { layer_of(h, 0).set_edge_layer_type(pb::EdgeLayerType(-5)); },
     "edge layer type -5"},
    {"layer_planes", [](auto& h) { layer_of(h, 0).set_edge_layer_type(pb::PLANES); },
     "multi-planar"},
    {"connection",
     [](auto& h) {
       layer_of(h, 0).mutable_context_switch_info()->set_edge_connection_type(
           pb::ConnectionType(4));
     },
     "edge connection type 4"},
    {"no_layer_name", [](auto& h) { layer_of(h, 0).mutable_layer_info()->clear_name(); },
     "edge layer has no name"},
    {"long_layer_name",
     [](auto& h) { layer_of(h, 0).mutable_layer_info()->set_name(std::string(128, 'n')); },
     "too long name"},
    {"same_name",
     [](auto& h) { layer_of(h, 1).mutable_layer_info()->set_name("net/input_layer1"); },
     "name 'net/input_layer1' appears more than once"},
    {"sys_index", [](auto& h) { base_of(h, 1).set_sys_index(256); }, "sys_index 256 is too big"},
    {"sys_index_shared", [](auto& h) { base_of(h, 1).set_sys_index(0); },
     "Stream Index 0 used for too many edge layers"},
    {"core_bytes", [](auto& h) { base_of(h, 0).set_core_bytes_per_buffer(65536); },
     "core_bytes_per_buffer 65536 is too big"},
    {"core_buffers", [](auto& h) { base_of(h, 0).set_core_buffers_per_frame(65536); },
     "core_buffers_per_frame 65536 is too big"},
    {"engine", [](auto& h) { base_of(h, 0).set_engine_id(1); }, "engine_id 1 is too big"},
    {"data_bytes_0", [](auto& h) { base_of(h, 0).set_data_bytes(0); }, "data_bytes 0"},
    {"data_bytes_4", [](auto& h) { base_of(h, 0).set_data_bytes(4); }, "data_bytes 4"},
    {"buffer_indices", [](auto& h) { base_of(h, 0).clear_buffer_indices(); },
     "edge layer 'net/input_layer1': there are no buffer_indices"},
    {"host_argmax", [](auto& h) { base_of(h, 1).set_host_argmax(true); },
     "legacy implementation of Argmax"},
    {"format_9", [](auto& h) { base_of(h, 0).set_format(9); }, "Invalid compiler_format_order (9)"},
    {"format_256", [](auto& h) { base_of(h, 0).set_format(256); },
     "Invalid compiler_format_order (256)"},
    {"height_0", [](auto& h) { base_of(h, 0).set_height(0); }, "height 0 padded to 8"},
    {"width_padded", [](auto& h) { base_of(h, 0).set_padded_width(7); }, "width 8 padded to 7"},
    {"features_padded", [](auto& h) { base_of(h, 1).set_padded_features(7); },
     "features 8 padded to 7"},
    {"frame_beyond_32_bits",
     [](auto& h) {
       base_of(h, 0).set_padded_height(0x80000000);
       base_of(h, 0).set_padded_width(0x80000000);
       base_of(h, 0).set_padded_features(0x80000000);
     },
     "makes no frame"},
    {"extension_7", [](auto& h) { add_extension(h, 7, "TEST_ONE"); },
     "unsupported extensions: TEST_ONE (7)"},
    {"extension_8", [](auto& h) { add_extension(h, 8); }, "unsupported extensions: X (8)"},
    {"extension_32_in_version_2", [](auto& h) { add_extension(h, 32); }, "X (32)"},
    {"extensions_33_34",
     [](auto& h) {
       add_extension(h, 33, "A\x1b");
       add_extension(h, 34, "B");
     },
     "unsupported extensions: A\\x1b (33), B (34)"},
    {"scales_per_feature", [](auto& h) { add_extension(h, 25); },
     "Invalid quantization infos vector in HEF: 0 zero points and 0 scales for 3 features"},
    {"no_trigger", [](auto& h) { preliminary_of(h).clear_trigger(); },
     "preliminary config: Unsupported trigger given"},
    {"trigger_received",
     [](auto& h) { preliminary_of(h).mutable_trigger()->mutable_trigger_all_data_was_received(); },
     "kTriggerAllDataWasReceived"},
    {"write_data", [](auto& h) { preliminary_of(h).add_actions()->mutable_write_data(); },
     "Action write_data not implemented"},
    {"write_compressed",
     [](auto& h) { preliminary_of(h).add_actions()->mutable_write_compressed_data(); },
     "Action write_compressed_data not implemented"},
    {"empty_action", [](auto& h) { preliminary_of(h).add_actions(); }, "an unknown kind"},
    {"inline_ccw", [](auto& h) { preliminary_of(h).add_actions()->mutable_write_data_ccw(); },
     "WriteDataCcw action is not supported for hef version 2"},
    {"channel_beyond_count", [](auto& h) { add_range(h, 0, 1, 1); },
     "Invalid cfg channel index 1 of 1"},
    {"range_past_end", [](auto& h) { add_range(h, 1, 16); },
     "16 bytes at 1 is outside of its 16 bytes"},
    {"range_wraps", [](auto& h) { add_range(h, ~std::uint64_t{0}, 2); }, "outside of its 16"},
    {"range_size", [](auto& h) { add_range(h, 0, ~std::uint32_t{0}); }, "outside of its 16"},
    {"bursts",
     [](auto& h) {
       for (int i = 0; i < 65535; ++i) add_range(h, 0, 1);
     },
     "Too many ccw bursts"},
    {"allow_unknown_stream",
     [](auto& h) {
       context_of(h)
           .mutable_operations(0)
           ->mutable_actions(0)
           ->mutable_allow_input_dataflow()
           ->set_sys_index(9);
     },
     "Edge layer does not exists for stream 9"},
    {"allow_output",
     [](auto& h) {
       context_of(h)
           .mutable_operations(0)
           ->mutable_actions(0)
           ->mutable_allow_input_dataflow()
           ->set_sys_index(16);
     },
     "Edge layer does not exists for stream 16"},
    {"no_allow", [](auto& h) { context_of(h).clear_operations(); },
     "Expected only one group of TriggerNewDataFromDataInput actions, found 0"},
    {"two_allows",
     [](auto& h) {
       auto& operation = *context_of(h).mutable_operations(0);
       operation.add_actions()->mutable_none();
       operation.add_actions()->mutable_allow_input_dataflow();
     },
     "actions, found 2"},
    {"nms_without_info", [](auto& h) { base_of(h, 1).set_format(6); }, "NMS without nms_info"},
    {"nms_classes_0", [](auto& h) { make_nms(h).set_number_of_classes(0); },
     "NMS number_of_classes 0"},
    {"nms_classes_huge", [](auto& h) { make_nms(h).set_number_of_classes(std::uint64_t{1} << 32); },
     "NMS number_of_classes 4294967296"},
    {"nms_boxes", [](auto& h) { make_nms(h).set_max_output_size(0); }, "NMS max_output_size 0"},
    {"nms_bbox_size", [](auto& h) { make_nms(h).set_bbox_size(10); }, "NMS bbox_size 10"},
    {"nms_burst_type", [](auto& h) { make_nms(h).set_burst_type(2); },
     "Unsupported burst type was given 2"},
    {"nms_burst_size", [](auto& h) { make_nms(h).set_burst_size(8192); }, "nms burst size 8192"},
    {"nms_burst_without_extension",
     [](auto& h) {
       make_nms(h);
       h.mutable_extensions()->RemoveLast();
     },
     "nms burst extension is disabled yet burst type 1"},
};

INSTANTIATE_TEST_SUITE_P(All, HefRefusal, testing::ValuesIn(refusals),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(HefReader, VersionZeroHeaderIgnoresExtensions) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    h.mutable_header()->set_version(0);
    add_extension(h, 7);
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_FALSE(hef->features().periph_calculation);
  EXPECT_TRUE(hef->groups()[0].variants[0].streams[0].unit_is_core);
}

TEST(HefReader, OptionalExtensionsNeverRefuse) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    h.add_optional_extensions()->set_type_index(8);
    h.add_optional_extensions()->set_type_index(11);
    h.add_optional_extensions()->set_type_index(999);
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_TRUE(hef->features().multi_network);
  EXPECT_TRUE(hef->features().hw_padding);
}

TEST(HefReader, SharedStreamNumberWithItsExtension) {
  EXPECT_EQ(refusal(changed([](pb::Hef& h) {
              add_extension(h, 20);
              base_of(h, 1).set_sys_index(0);
            })),
            "accepted");
}

TEST(HefReader, ScalesPerFeature) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    add_extension(h, 25);
    for (int layer : {0, 1}) {
      auto& numeric = *layer_of(h, layer).mutable_layer_info()->mutable_numeric_info();
      for (int i = 0; i < (layer == 0 ? 3 : 8); ++i) {
        numeric.add_qp_zps(i);
        numeric.add_qp_scales(0.5);
      }
    }
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  const auto& out = hef->groups()[0].variants[0].streams[1];
  EXPECT_EQ(out.quantisation.feature_zero_points.at(7), 7);
  EXPECT_EQ(out.quantisation.feature_scales.size(), 8U);
}

TEST(HefReader, GroupsOfConfigurationWrites) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    group_of(h).mutable_network_group_metadata()->set_cfg_channels_count(2);
    add_range(h, 0, 4, 1);  // joins the run: one group per channel
    add_range(h, 4, 4, 0);
    preliminary_of(h).add_actions()->mutable_none();  // ends it
    add_range(h, 8, 8, 0);
    preliminary_of(h).add_actions()->mutable_enable_lcu();
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  const auto& actions = hef->groups()[0].variants[0].preliminary[0];
  ASSERT_EQ(actions.actions.size(), 5U);
  EXPECT_EQ(config_of(actions, 0).channel, 0);
  ASSERT_EQ(config_of(actions, 0).bursts.size(), 2U);
  EXPECT_EQ(text(config_of(actions, 0).bursts[1]), "AYLD");
  EXPECT_EQ(config_of(actions, 0).bytes(), 20U);
  EXPECT_EQ(config_of(actions, 1).channel, 1);
  EXPECT_EQ(text(config_of(actions, 1).bursts[0]), "EMUP");
  EXPECT_EQ(std::get<OtherAction>(actions.actions[2]).name, "none");
  EXPECT_EQ(text(config_of(actions, 3).bursts[0]), "01234567");
  EXPECT_EQ(std::get<OtherAction>(actions.actions[4]).name, "enable_lcu");
}

TEST(HefReader, TwoContexts) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    add_extension(h, 4);
    const pb::Context first = context_of(h);
    *group_of(h).add_contexts() = first;
    // Out of context 0 into context 1 goes an inner layer.
    auto& between_out = layer_of(h, 1);
    between_out.mutable_context_switch_info()->set_edge_connection_type(pb::INTERMEDIATE);
    auto& second = *group_of(h).mutable_contexts(1);
    second.mutable_metadata()
        ->mutable_edge_layers(0)
        ->mutable_context_switch_info()
        ->set_edge_connection_type(pb::INTERMEDIATE);
    auto& end = *context_of(h).add_operations();
    end.mutable_trigger()->mutable_trigger_all_data_was_sent()->set_shmifo_index(16);
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  const Variant& variant = hef->groups()[0].variants[0];
  ASSERT_EQ(variant.contexts.size(), 2U);
  ASSERT_EQ(variant.streams.size(), 2U);
  EXPECT_EQ(variant.streams[0].context, 0U);
  EXPECT_EQ(variant.streams[1].context, 1U);
  ASSERT_EQ(variant.contexts[1].inner_streams.size(), 1U);
  EXPECT_EQ(variant.contexts[1].inner_streams[0].connection, Connection::inter_context);
  EXPECT_EQ(variant.contexts[0].operations[1].trigger, Trigger::all_data_sent);
  EXPECT_EQ(variant.contexts[0].operations[1].trigger_stream, 16U);
}

TEST(HefReader, LastGroupOfTheFileIsFirst) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    pb::NetworkGroup second = h.network_groups(0);
    second.mutable_network_group_metadata()->set_network_group_name("second");
    *h.add_network_groups() = second;
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  ASSERT_EQ(hef->groups().size(), 2U);
  EXPECT_EQ(hef->groups()[0].name, "second");
}

TEST(HefReader, SecondOutputMustBeSorted) {
  const auto add_output = [](pb::Hef& h) {
    auto& layer = *context_of(h).mutable_metadata()->add_edge_layers();
    layer = layer_of(h, 1);
    layer.mutable_layer_info()->set_name("net/out1");
    layer.mutable_layer_info()->mutable_edge_layer_base()->set_sys_index(17);
  };
  EXPECT_EQ(refusal(changed(add_output)),
            "output 'net/out1' is missing in the sorted output names");
  EXPECT_EQ(refusal(changed([&](pb::Hef& h) {
              add_output(h);
              group_of(h).add_sorted_outputs_order("net/out1");
            })),
            "accepted");
}

TEST(HefReader, SortedOutputsOfVeryOldFiles) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    group_of(h).clear_sorted_outputs_order();
    context_of(h).mutable_metadata()->add_sorted_outputs_order("net/out0");
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_EQ(hef->groups()[0].sorted_outputs, std::vector<std::string>{"net/out0"});
}

TEST(HefReader, MultiplexedOutput) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    auto& layer = layer_of(h, 1);
    layer.set_edge_layer_type(pb::MUX);
    layer.mutable_layer_mux()->set_name("net/mux");
    *layer.mutable_layer_mux()->mutable_edge_layer_base() = layer.layer_info().edge_layer_base();
    layer.clear_layer_info();
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  const Stream* mux = hef->groups()[0].variants[0].find_stream("net/mux");
  ASSERT_NE(mux, nullptr);
  EXPECT_TRUE(mux->multiplexed);
  EXPECT_EQ(mux->frame_bytes, 8U);
}

TEST(HefReader, NmsStream) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) { make_nms(h); }));
  ASSERT_TRUE(hef) << hef.error().message;
  const Stream& out = hef->groups()[0].variants[0].streams[1];
  EXPECT_EQ(
      out.nms,
      (NmsInfo{
          .classes = 2, .max_boxes_per_class = 2, .chunks = 1, .burst_size = 3, .burst_type = 1}));
  EXPECT_EQ(out.frame_bytes, 48U);
}

TEST(HefReader, NmsWithoutBursts) {
  const auto hef = Hef::from_bytes(changed([](pb::Hef& h) {
    make_nms(h).set_burst_type(0);
    h.mutable_extensions()->RemoveLast();
  }));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_EQ(hef->groups()[0].variants[0].streams[1].frame_bytes, 8U);
}

// The net-flow form in outline, with a YOLOv8 op behind two outputs.
pb::Hef net_flow(bool is_8l) {
  pb::Hef h = message_of(golden8());
  add_extension(h, 13);
  const pb::NetworkGroup legacy = h.network_groups(0);
  auto& group = group_of(h);
  group.Clear();
  *group.mutable_network_group_metadata() = legacy.network_group_metadata();
  group.add_sorted_outputs_order("emu/nms");

  auto& core = *group.add_ops();
  core.set_name("core");
  pb::CoreOp body;
  *body.mutable_network_group_metadata() = legacy.network_group_metadata();
  *body.mutable_preliminary_config() = legacy.preliminary_config();
  *body.mutable_contexts() = legacy.contexts();
  auto& layers = *body.mutable_contexts(0)->mutable_metadata()->mutable_edge_layers();
  layers[1].set_pad_index(1);
  *core.mutable_core_op()->mutable_network_group_metadata() = legacy.network_group_metadata();
  if (is_8l) {
    h.mutable_header()->set_hw_arch(pb::HAILO8L);
    *core.mutable_core_op()->add_partial_core_ops()->mutable_core_op() = body;
    *group.add_partial_network_groups()->mutable_network_group()->mutable_network_group_metadata() =
        legacy.network_group_metadata();
  } else {
    *core.mutable_core_op() = body;
  }
  auto& nms = *group.add_ops();
  nms.set_name("emu/nms");
  nms.add_input_pads()->set_index(100);
  nms.add_output_pads()->set_index(200);
  nms.mutable_output_pads(0)->set_name("emu/nms");
  nms.mutable_nms_op()->mutable_yolov8_nms_op();
  auto& edge = *group.add_pad_edges();
  edge.set_src(1);
  edge.set_dst(100);
  return h;
}

class HefNetFlow : public testing::TestWithParam<bool> {};

TEST_P(HefNetFlow, Outline) {
  const auto hef = Hef::from_bytes(seal(net_flow(GetParam())));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_TRUE(hef->features().net_flow);
  const Group& group = hef->groups()[0];
  EXPECT_EQ(group.name, "emu");
  EXPECT_EQ(group.fps, 100);
  EXPECT_EQ(group.sorted_outputs, std::vector<std::string>{"emu/nms"});
  ASSERT_EQ(group.ops.size(), 2U);
  EXPECT_EQ(group.ops[0].kind, OpKind::core);
  EXPECT_EQ(group.ops[1].kind, OpKind::yolov8_nms);
  EXPECT_EQ(name_of(group.ops[1].kind), "YOLOv8 NMS");
  EXPECT_EQ(group.ops[1].inputs.at(0).index, 100U);
  EXPECT_EQ(group.ops[1].outputs.at(0).name, "emu/nms");
  ASSERT_EQ(group.pad_edges.size(), 1U);
  EXPECT_EQ(group.variants.at(0).layout.has_value(), GetParam());
  EXPECT_EQ(group.variants[0].streams.at(1).pad_index, 1U);
  EXPECT_EQ(config_of(group.variants[0].preliminary.at(0), 0).bytes(), 16U);
}

TEST_P(HefNetFlow, OneWrongThing) {
  const std::pair<std::function<void(pb::NetworkGroup&)>, std::string> cases[] = {
      {[](auto& g) { g.clear_pad_edges(); }, "op 'emu/nms' is not connected to core-op"},
      {[](auto& g) { g.mutable_pad_edges(0)->set_src(5); },
       "Pad 5 of post-process 'emu/nms' is not connected to any core output stream"},
      {[](auto& g) { g.mutable_ops()->DeleteSubrange(0, 1); }, "has no core op"},
      {[](auto& g) { *g.add_ops() = g.ops(0); }, "has several core ops"},
      {[](auto& g) { g.mutable_ops(1)->clear_nms_op(); }, "op 'emu/nms' is of an unknown kind"},
      {[](auto& g) { g.mutable_ops(1)->mutable_nms_op()->clear_yolov8_nms_op(); },
       "of an unknown kind"},
      {[](auto& g) { g.mutable_ops(1)->mutable_logits_op()->set_logits_type(2); },
       "of an unknown kind"},
      {[](auto& g) {
         g.mutable_ops(0)
             ->mutable_core_op()
             ->mutable_network_group_metadata()
             ->set_network_group_name("other");
       },
       "network group 'emu' has a part of the name 'other'"},
  };
  for (const auto& [change, message] : cases) {
    pb::Hef h = net_flow(GetParam());
    change(group_of(h));
    EXPECT_NE(refusal(seal(h)).find(message), std::string::npos)
        << refusal(seal(h)) << "\nexpected: " << message;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, HefNetFlow, testing::Bool());

TEST(HefReader, NetFlow8LNeedsThePartialGroup) {
  pb::Hef h = net_flow(true);
  group_of(h).clear_partial_network_groups();
  EXPECT_NE(refusal(seal(h)).find("no partial network group"), std::string::npos)
      << refusal(seal(h));
}

TEST(HefSelect, ByArchitecture) {
  struct Case {
    int arch;
    bool on_8;
    bool on_8l;
  };
  for (const auto& [arch, on_8, on_8l] :
       {Case{0, false, false}, Case{1, true, false}, Case{2, true, false}, Case{4, false, false}}) {
    const auto hef =
        Hef::from_bytes(changed([value = static_cast<pb::Architecture>(arch)](pb::Hef& h) {
          h.mutable_header()->set_hw_arch(value);
        }));
    ASSERT_TRUE(hef) << arch << ": " << hef.error().message;
    EXPECT_EQ(hef->select(hef->groups()[0], Chip::hailo8, 0).has_value(), on_8) << arch;
    EXPECT_EQ(hef->select(hef->groups()[0], Chip::hailo8l, 0).has_value(), on_8l) << arch;
  }
  const auto hef = Hef::from_bytes(golden8());
  EXPECT_EQ(
      hef->select(hef->groups()[0], Chip::hailo8l, 0).error().message,
      "HEF format is not compatible with device. Device arch: HAILO8L, HEF arch: HAILO8P (1)");
}

TEST(HefSelect, ByLayout) {
  HefSpec spec = golden_spec();
  spec.architecture = Architecture::hailo8l;
  spec.layouts = {6, 3, 0x80000000};
  const auto hef = Hef::from_bytes(write_hef(spec).value());
  ASSERT_TRUE(hef) << hef.error().message;
  const Group& group = hef->groups()[0];
  ASSERT_EQ(group.variants.size(), 3U);
  EXPECT_EQ(group.reference().layout, 3U);
  EXPECT_EQ((*hef->select(group, Chip::hailo8, 3))->layout, 6U) << "a Hailo-8 takes the first";
  for (const std::uint32_t layout : spec.layouts) {
    EXPECT_EQ((*hef->select(group, Chip::hailo8l, layout))->layout, layout);
  }
  EXPECT_EQ(hef->select(group, Chip::hailo8l, 0).error().code, Error::Code::unsupported);
}

}  // namespace
}  // namespace hailo::hef
