// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <limits>

#include "fixture.h"
#include "lib/hef/digest.h"

namespace hailo::hef {
namespace {

std::string sha256_hex(ByteView bytes) {
  std::string text;
  const Sha256 digest = sha256(bytes).value();
  for (const auto byte : digest) {
    char two[3];
    std::snprintf(two, sizeof(two), "%02x", static_cast<unsigned>(byte));
    text += two;
  }
  return text;
}

std::string refusal_of(const std::function<void(HefSpec&)>& change) {
  HefSpec spec = golden_spec();
  change(spec);
  const auto file = write_hef(spec);
  return file ? "accepted" : file.error().message;
}

TEST(HefWriter, WorkedExampleHailo8) {
  const auto file = write_hef(golden_spec());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, golden8());
  EXPECT_EQ(sha256_hex(*file), "eb66acf8b7df5f76d35653871671862212a6f29648d1a22d5e53456b135b7143");
}

TEST(HefWriter, WorkedExampleHailo8L) {
  HefSpec spec = golden_spec();
  spec.architecture = Architecture::hailo8l;
  const auto file = write_hef(spec);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, golden8l());
  EXPECT_EQ(sha256_hex(*file), "2f1f28612618c388f6ea6fa6ec3a3cf4953d0698f933c0a03da607e19df25aad");
}

TEST(HefWriter, ReadsBackInEveryVersion) {
  std::vector<Stream> streams;
  for (const std::uint32_t version : {0U, 1U, 2U, 3U}) {
    HefSpec spec = golden_spec();
    spec.container_version = version;
    const auto hef = Hef::from_bytes(write_hef(spec).value());
    ASSERT_TRUE(hef) << version << ": " << hef.error().message;
    EXPECT_EQ(hef->container_version(), version);
    const Variant& variant = hef->groups()[0].variants[0];
    const auto& config = std::get<ConfigGroup>(variant.preliminary[0].actions[0]);
    EXPECT_EQ(text(config.bursts[0]), golden_payload) << version;
    EXPECT_EQ(variant.streams, complete_streams(spec.streams)) << version;
  }
}

TEST(HefWriter, ConfigurationOfEverySize) {
  for (const std::size_t size : {0, 1, 511, 512, 513, 5'000'000, 40'000'000}) {
    Bytes config(size);
    for (std::size_t i = 0; i < size; ++i) config[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    for (const std::uint32_t version : {0U, 1U, 2U, 3U}) {
      HefSpec spec = golden_spec();
      spec.container_version = version;
      spec.config = config;
      const auto hef = Hef::from_bytes(write_hef(spec).value());
      ASSERT_TRUE(hef) << size << ": " << hef.error().message;
      const auto& group =
          std::get<ConfigGroup>(hef->groups()[0].variants[0].preliminary[0].actions[0]);
      ASSERT_EQ(group.bytes(), size);
      EXPECT_TRUE(std::equal(config.begin(), config.end(), group.bursts[0].begin())) << size;
    }
  }
}

TEST(HefWriter, LayoutsShareTheConfiguration) {
  HefSpec spec = golden_spec();
  spec.architecture = Architecture::hailo8l;
  spec.layouts = {0, 1, 2};
  const auto hef = Hef::from_bytes(write_hef(spec).value());
  ASSERT_TRUE(hef) << hef.error().message;
  const auto data = [&](std::size_t i) {
    const auto& variant = hef->groups()[0].variants.at(i);
    return std::get<ConfigGroup>(variant.preliminary[0].actions[0]).bursts[0].data();
  };
  EXPECT_EQ(data(0), data(1));
  EXPECT_EQ(data(0), data(2));
}

StreamSpec tensor(Direction direction, Shape shape, std::uint8_t data_bytes = 1,
                  WireOrder order = WireOrder::nhwc) {
  StreamSpec spec;
  spec.name = "n/t";
  spec.direction = direction;
  spec.shape = shape;
  spec.data_bytes = data_bytes;
  spec.order = order;
  return spec;
}

Stream completed(StreamSpec spec) {
  StreamSpec other =
      tensor(spec.direction == Direction::input ? Direction::output : Direction::input, {8, 8, 8});
  other.name = "n/other";
  return complete_streams({spec, other}).value()[0];
}

TEST(HefWriter, Padding) {
  struct Case {
    StreamSpec spec;
    Shape padded;
  };
  const auto in = Direction::input;
  const auto out = Direction::output;
  for (const auto& [spec, padded] : {
           Case{tensor(in, {7, 7, 3}), {7, 8, 3}},
           Case{tensor(in, {8, 7, 3}), {8, 7, 3}},
           Case{tensor(in, {321, 321, 3}), {321, 328, 3}},
           Case{tensor(in, {3, 3, 3}, 2), {3, 8, 3}},
           Case{tensor(in, {2, 2, 3}, 2), {2, 2, 3}},
           Case{tensor(in, {4, 2, 3}, 2), {4, 2, 3}},
           Case{tensor(in, {1, 1, 5}, 1, WireOrder::nc), {1, 1, 8}},
           Case{tensor(out, {7, 7, 3}), {7, 7, 8}},
           Case{tensor(out, {1, 1, 10}), {1, 1, 16}},
           Case{tensor(out, {1, 1, 4}, 2), {1, 1, 4}},
           Case{tensor(out, {40, 40, 18}), {40, 40, 18}},
           Case{tensor(out, {5, 5, 3}, 1, WireOrder::nhcw), {5, 5, 8}},
       }) {
    const Stream stream = completed(spec);
    EXPECT_EQ(stream.padded, padded)
        << stream.padded.height << "x" << stream.padded.width << "x" << stream.padded.features;
    EXPECT_EQ(stream.frame_bytes % 8, 0U);
    EXPECT_EQ(std::uint64_t{stream.core_bytes_per_buffer} * stream.core_buffers_per_frame,
              stream.frame_bytes);
  }
}

TEST(HefWriter, NumbersAndLimits) {
  std::vector<StreamSpec> specs;
  for (int i = 0; i < 31; ++i) {
    StreamSpec spec = tensor(i < 15 ? Direction::input : Direction::output, {1, 1, 8});
    spec.name = "n/" + std::to_string(i);
    spec.zero_point = 3;
    spec.scale = 0.5F;
    specs.push_back(spec);
  }
  const auto streams = complete_streams(specs);
  ASSERT_TRUE(streams) << streams.error().message;
  EXPECT_EQ((*streams)[0].sys_index, 0);
  EXPECT_EQ((*streams)[14].sys_index, 14);
  EXPECT_EQ((*streams)[15].sys_index, 16);
  EXPECT_EQ((*streams)[30].sys_index, 31);
  EXPECT_EQ((*streams)[0].quantisation.limit_min, -1.5F);
  EXPECT_EQ((*streams)[0].quantisation.limit_max, 126);

  for (const auto direction : {Direction::input, Direction::output}) {
    auto more = specs;
    StreamSpec extra = tensor(direction, {1, 1, 8});
    extra.name = "n/extra";
    more.push_back(extra);
    EXPECT_FALSE(complete_streams(more));
  }
}

TEST(HefWriter, NmsLayerAsTheChecklistWants) {
  HefSpec spec = golden_spec();
  spec.streams[1].nms = NmsSpec{.classes = 3, .max_boxes_per_class = 20};
  const auto file = write_hef(spec);
  ASSERT_TRUE(file) << file.error().message;
  const pb::Hef message = message_of(*file);
  ASSERT_EQ(message.extensions_size(), 2);
  EXPECT_EQ(message.extensions(0).type_index(), 26U);
  EXPECT_EQ(message.extensions(1).type_index(), 19U);
  const auto& base = message.network_groups(0)
                         .contexts(0)
                         .metadata()
                         .edge_layers(1)
                         .layer_info()
                         .edge_layer_base();
  EXPECT_EQ(base.format(), 6U);
  EXPECT_EQ(base.data_bytes(), 2U);
  EXPECT_EQ(base.height() * base.width() * base.features(), 1U);
  EXPECT_EQ(base.padded_height() * base.padded_width() * base.padded_features(), 1U);
  EXPECT_EQ(base.core_bytes_per_buffer(), 8U);
  EXPECT_EQ(base.core_buffers_per_frame(), 1U);
  const auto& nms = base.additional_info().nms_info();
  EXPECT_EQ(nms.number_of_classes(), 3U);
  EXPECT_EQ(nms.max_output_size(), 20U);
  EXPECT_EQ(nms.bbox_size(), 8U);
  EXPECT_EQ(nms.input_division_factor(), 1U);
  EXPECT_EQ(nms.burst_type(), 1U);
  EXPECT_EQ(nms.burst_size(), 21U);

  const auto hef = Hef::from_bytes(*file);
  ASSERT_TRUE(hef) << hef.error().message;
  const Stream& stream = hef->groups()[0].variants[0].streams[1];
  EXPECT_EQ(stream.frame_bytes, 21U * 8 * 3);
  EXPECT_EQ(stream.quantisation.scale, 1.0F / 4095);
}

TEST(HefWriter, EachInputIsLetIn) {
  HefSpec spec = golden_spec();
  StreamSpec second = spec.streams[0];
  second.name = "net/input_layer2";
  spec.streams.push_back(second);
  const auto hef = Hef::from_bytes(write_hef(spec).value());
  ASSERT_TRUE(hef) << hef.error().message;
  const auto& actions = hef->groups()[0].variants[0].contexts[0].operations[0].actions;
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(std::get<AllowInput>(actions[1]).sys_index, 1U);
}

TEST(HefWriter, Refusals) {
  struct Case {
    std::function<void(HefSpec&)> change;
    std::string message;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Case cases[] = {
      {[](auto& s) { s.container_version = 4; }, "container version 4"},
      {[](auto& s) { s.architecture = Architecture::hailo8; }, "only HAILO8P"},
      {[](auto& s) { s.name = ""; }, "no name"},
      {[](auto& s) { s.name = std::string(128, 'n'); }, "has 128 bytes"},
      {[](auto& s) { s.fps = 0; }, "fps"},
      {[](auto& s) { s.fps = std::numeric_limits<double>::infinity(); }, "fps"},
      {[](auto& s) { s.streams.pop_back(); }, "needs an input and an output"},
      {[](auto& s) { s.streams[1].name = s.streams[0].name; }, "two streams have the name"},
      {[](auto& s) { s.streams[1].name = std::string(128, 'n'); }, "has 128 bytes"},
      {[](auto& s) { s.streams[0].scale = 0; }, "scale above 0"},
      {[nan](auto& s) { s.streams[0].zero_point = nan; }, "must be finite"},
      {[](auto& s) { s.streams[0].data_bytes = 4; }, "elements of 4 bytes"},
      {[](auto& s) { s.streams[0].order = WireOrder::f8cr; }, "wire order"},
      {[](auto& s) { s.streams[0].order = WireOrder::nc; }, "NC has height"},
      {[](auto& s) { s.streams[0].shape.width = 0; }, "makes no frame"},
      {[](auto& s) { s.streams[0].shape.width = 0xffffffff; }, "makes no frame"},
      {[](auto& s) { s.streams[0].nms = NmsSpec{1, 1}; }, "NMS is for outputs only"},
      {[](auto& s) { s.streams[1].nms = NmsSpec{0, 1}; }, "0 NMS classes"},
      {[](auto& s) { s.streams[1].nms = NmsSpec{1, 8191}; }, "8191 NMS boxes"},
      // 8 x 100003 bytes, a prime: only 8 divides it.
      {[](auto& s) { s.streams[1].shape = {100003, 1, 8}; }, "needs 100003 buffers of 8"},
      {[](auto& s) {
         s.architecture = Architecture::hailo8l;
         s.layouts.clear();
       },
       "needs a cluster layout"},
      {[](auto& s) {
         s.architecture = Architecture::hailo8l;
         s.layouts = {1, 1};
       },
       "listed twice"},
  };
  ASSERT_EQ(refusal_of([](auto&) {}), "accepted");
  for (const auto& [change, message] : cases) {
    EXPECT_NE(refusal_of(change).find(message), std::string::npos)
        << refusal_of(change) << "\nexpected: " << message;
  }
  // Never read: refused by its size alone.
  const std::uint8_t byte = 0;
  EXPECT_NE(refusal_of([&](auto& s) {
              s.config = ByteView(&byte, 65535ULL * 4096 + 1);
            }).find("more than the 268431360"),
            std::string::npos);
}

}  // namespace
}  // namespace hailo::hef
