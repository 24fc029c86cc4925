// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "gen/hef_request.h"
#include "gen/hef_show.h"
#include "gen/onnx_outline.h"
#include "lib/hef/emulator_payload.h"
#include "lib/hef/hef.h"
#include "onnx_outline.pb.h"

namespace hailo::gen {
namespace {

using nlohmann::json;

constexpr int onnx_float = 1;
constexpr int onnx_int64 = 7;

void add(onnx::ValueInfo& to, const std::string& name, const std::vector<std::int64_t>& dimensions,
         int type = onnx_float) {
  to.set_name(name);
  auto& tensor = *to.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  for (const auto d : dimensions) {
    auto& dimension = *tensor.mutable_shape()->add_dim();
    if (d > 0) dimension.set_dim_value(d);
    if (d == 0) dimension.set_dim_param("batch");
  }
}

Bytes bytes_of(const onnx::Model& model) {
  const std::string text = model.SerializeAsString();
  return Bytes(text.begin(), text.end());
}

/// A detector of 16x16 images with two classes, and a tensor besides.
onnx::Model model() {
  onnx::Model model;
  auto& graph = *model.mutable_graph();
  add(*graph.add_input(), "images", {0, 3, 16, 16});
  add(*graph.add_input(), "weights", {8});
  graph.add_initializer()->set_name("weights");
  add(*graph.add_output(), "rows", {1, 20, 6});
  add(*graph.add_output(), "heat", {1, 4, 2, 5});
  add(*graph.add_output(), "numbers", {1, 10}, onnx_int64);
  return model;
}

json request() {
  return json::parse(R"({
    "network": "net", "fps": 100,
    "inputs": [{"name": "net/in", "tensor": "images", "shape": [16, 16, 3],
                "quant": {"zero_point": 0, "scale": 0.00390625}}],
    "outputs": [
      {"name": "net/nms", "tensor": "rows",
       "nms": {"classes": 2, "max_boxes_per_class": 10,
               "score_threshold": 0.25, "iou_threshold": 0.5}},
      {"name": "net/heat", "tensor": "heat", "shape": [2, 5, 4], "type": "uint16", "order": "nhcw",
       "quant": {"zero_point": 128, "scale": 0.5}}]})");
}

Result<Bytes> make(const json& text, const onnx::Model& onnx = model(),
                   hef::Architecture architecture = hef::Architecture::hailo8p,
                   std::uint32_t version = 2) {
  const auto parsed = HefRequest::parse(text.dump());
  if (!parsed) return std::unexpected(parsed.error());
  return make_emulator_hef(*parsed, bytes_of(onnx), architecture, version, "test");
}

hef::Hef read(Bytes file) {
  auto hef = hef::Hef::from_bytes(std::move(file));
  if (!hef) throw std::runtime_error(hef.error().message);
  return std::move(*hef);
}

struct Kind {
  hef::Architecture architecture;
  std::uint32_t version;
};

class HefgenKinds : public testing::TestWithParam<Kind> {};

TEST_P(HefgenKinds, ReadBackWithEverythingThatWasAsked) {
  const auto [architecture, version] = GetParam();
  const auto file = make(request(), model(), architecture, version);
  ASSERT_TRUE(file) << file.error().message;
  const auto hef = read(*file);
  EXPECT_EQ(hef.container_version(), version);
  EXPECT_EQ(hef.architecture(), architecture);
  EXPECT_TRUE(is_emulator_hef(hef));
  ASSERT_EQ(hef.groups().size(), 1U);
  const auto& group = hef.groups()[0];
  EXPECT_EQ(group.name, "net");
  EXPECT_EQ(group.sorted_outputs, (std::vector<std::string>{"net/nms", "net/heat"}));

  const auto& variant = group.reference();
  const auto* nms = variant.find_stream("net/nms");
  ASSERT_NE(nms, nullptr);
  ASSERT_TRUE(nms->nms);
  EXPECT_EQ(nms->nms->classes, 2U);
  EXPECT_EQ(nms->nms->max_boxes_per_class, 10U);
  EXPECT_EQ(nms->frame_bytes, 2U * nms->nms->burst_size * 8U);
  const auto* heat = variant.find_stream("net/heat");
  ASSERT_NE(heat, nullptr);
  EXPECT_EQ(heat->order, hef::WireOrder::nhcw);
  EXPECT_EQ(heat->data_bytes, 2);
  EXPECT_EQ(heat->quantisation.zero_point, 128);

  ASSERT_EQ(variant.preliminary.size(), 1U);
  const auto& config = std::get<hef::ConfigGroup>(variant.preliminary[0].actions.at(0));
  ASSERT_EQ(config.bursts.size(), 1U);
  const auto payload = hef::decode_emulator_payload(config.bursts[0]);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_TRUE(std::ranges::equal(payload->model, bytes_of(model())));
  ASSERT_EQ(payload->tensors.size(), 3U);
  EXPECT_EQ(payload->tensors[0].model_order, hef::ModelOrder::chw);
  EXPECT_EQ(payload->tensors[1].nms->thresholds, (hef::NmsThresholds{0.25F, 0.5F}));
  EXPECT_EQ(payload->tensors[2].tensor, "heat");
}

INSTANTIATE_TEST_SUITE_P(
    All, HefgenKinds,
    testing::Values(Kind{hef::Architecture::hailo8p, 0}, Kind{hef::Architecture::hailo8p, 1},
                    Kind{hef::Architecture::hailo8p, 2}, Kind{hef::Architecture::hailo8p, 3},
                    Kind{hef::Architecture::hailo8l, 0}, Kind{hef::Architecture::hailo8l, 1},
                    Kind{hef::Architecture::hailo8l, 2}, Kind{hef::Architecture::hailo8l, 3}),
    [](const auto& test) {
      return std::string(*name_of(test.param.architecture)) + "V" +
             std::to_string(test.param.version);
    });

TEST(Hefgen, TheSameInputGivesTheSameBytes) { EXPECT_EQ(*make(request()), *make(request())); }

TEST(Hefgen, EachLayoutOfAHailo8L) {
  json text = request();
  text["layouts"] = {3, 1};
  const auto hef = read(*make(text, model(), hef::Architecture::hailo8l));
  ASSERT_EQ(hef.groups()[0].variants.size(), 2U);
  EXPECT_TRUE(hef.select(hef.groups()[0], hef::Chip::hailo8l, 1));
  EXPECT_FALSE(hef.select(hef.groups()[0], hef::Chip::hailo8l, 0));
}

struct Refusal {
  const char* name;
  const char* change;  ///< a JSON patch of the request
  const char* message;
};

class HefgenRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HefgenRefusal, NamesThePlace) {
  const auto file = make(request().patch(json::parse(GetParam().change)));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Error::Code::invalid_argument);
  EXPECT_NE(file.error().message.find(GetParam().message), std::string::npos)
      << file.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, HefgenRefusal,
    testing::Values(
        Refusal{"UnknownKey", R"([{"op":"add","path":"/color","value":1}])",
                R"(top: unknown key "color")"},
        Refusal{"UnknownKeyOfAStream", R"([{"op":"add","path":"/inputs/0/nms","value":{}}])",
                R"(inputs[0]: unknown key "nms")"},
        Refusal{"NoNetwork", R"([{"op":"remove","path":"/network"}])",
                R"(top: key "network" is missing)"},
        Refusal{"NoOutputs", R"([{"op":"replace","path":"/outputs","value":[]}])",
                "top.outputs: must be a list that is not empty"},
        Refusal{"FpsZero", R"([{"op":"replace","path":"/fps","value":0}])", "top.fps: must be"},
        Refusal{"ShapeOfTwo", R"([{"op":"replace","path":"/inputs/0/shape","value":[16,16]}])",
                "inputs[0].shape: must be [height, width, features]"},
        Refusal{"ShapeNegative", R"([{"op":"replace","path":"/inputs/0/shape","value":[16,-1,3]}])",
                "inputs[0].shape: must be a whole number from 1"},
        Refusal{"ShapeOfAnotherModel",
                R"([{"op":"replace","path":"/inputs/0/shape","value":[32,16,3]}])",
                "tensor images of the model is ?x3x16x16, that is not 32x16x3"},
        Refusal{"ScaleZero", R"([{"op":"replace","path":"/inputs/0/quant/scale","value":0}])",
                "inputs[0].quant.scale: must be a number"},
        Refusal{"TypeUnknown", R"([{"op":"replace","path":"/outputs/1/type","value":"int8"}])",
                R"(outputs[1].type: must be one of "uint8", "uint16")"},
        Refusal{"OrderUnknown", R"([{"op":"replace","path":"/outputs/1/order","value":"chw"}])",
                "outputs[1].order: must be one of"},
        Refusal{"ThresholdAboveOne",
                R"([{"op":"replace","path":"/outputs/0/nms/score_threshold","value":1.5}])",
                "outputs[0].nms.score_threshold: must be a number from 0 to 1"},
        Refusal{"ClassesOfAnotherModel",
                R"([{"op":"replace","path":"/outputs/0/nms/classes","value":3}])",
                "that is not rows of 4 corners and 3 scores"},
        Refusal{"TensorUnknown", R"([{"op":"replace","path":"/outputs/0/tensor","value":"boxes"}])",
                "the model has no output boxes; it has rows (1x20x6), heat (1x4x2x5)"},
        Refusal{"TensorOfIntegers",
                R"([{"op":"replace","path":"/outputs/1/tensor","value":"numbers"}])",
                "tensor numbers of the model is not of floats"},
        Refusal{"FedTwice",
                R"([{"op":"copy","from":"/inputs/0","path":"/inputs/1"},
                    {"op":"replace","path":"/inputs/1/name","value":"net/in2"}])",
                "two inputs feed the tensor images"},
        Refusal{"SameName", R"([{"op":"replace","path":"/outputs/1/name","value":"net/nms"}])",
                "net/nms"},
        Refusal{"LongName",
                R"([{"op":"replace","path":"/outputs/1/name","value":")"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                R"("}])",
                "128"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HefgenRefusals, TextThatIsNoJson) {
  const auto parsed = HefRequest::parse("{\"network\": ");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("parse error"), std::string::npos);
  EXPECT_EQ(HefRequest::parse("[]").error().message, "top: must be an object");
}

TEST(HefgenRefusals, AModelThatIsNone) {
  const auto parsed = HefRequest::parse(request().dump());
  const Bytes junk = {0xff, 0xff, 0xff};
  const auto file = make_emulator_hef(*parsed, junk, hef::Architecture::hailo8p, 2, "test");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "not an ONNX model");
}

TEST(HefgenRefusals, AnInputThatNobodyFeeds) {
  auto onnx = model();
  add(*onnx.mutable_graph()->add_input(), "mask", {1, 3, 16, 16});
  EXPECT_EQ(make(request(), onnx).error().message, "no input feeds mask of the model");
}

TEST(ModelOrder, RowsAndPlanes) {
  using hef::ModelOrder;
  const hef::Shape shape{2, 5, 4};
  const auto order = [&](std::vector<std::int64_t> dimensions) {
    return model_order({"t", true, std::move(dimensions)}, shape);
  };
  EXPECT_EQ(order({1, 4, 2, 5}).value(), ModelOrder::chw);
  EXPECT_EQ(order({1, 2, 5, 4}).value(), ModelOrder::hwc);
  EXPECT_EQ(order({1, 40}).value(), ModelOrder::hwc);
  EXPECT_EQ(order({10, 4}).value(), ModelOrder::hwc);
  EXPECT_FALSE(order({2, 4, 2, 5})) << "a batch of two";
  EXPECT_FALSE(order({1, 41}));
  EXPECT_FALSE(order({}));
  const auto huge = std::int64_t{1} << 62;
  EXPECT_FALSE(order({huge, huge, 1})) << "the product does not fit";
}

TEST(HefShow, TextTellsStreamsAndPayload) {
  const auto text = hef_text(read(*make(request())));
  for (const char* part :
       {"Container version: 2\n", "Architecture: HAILO8P\n", "Network group: net\n",
        "for the emulator\n", "input net/in: UINT8, NHWC(16x16x3), 768 bytes, stream 0",
        "output net/nms: NMS, 2 classes, up to 10 boxes each",
        "output net/heat: UINT16, NHCW(2x5x4)", "Outputs in order: net/nms net/heat\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in\n" << text;
  }
}

TEST(HefShow, JsonHasTheSame) {
  const auto shown = json::parse(hef_json(read(*make(request()))));
  const auto& group = shown.at("network_groups").at(0);
  EXPECT_EQ(group.at("payload"), "emulator");
  ASSERT_EQ(group.at("streams").size(), 3U);
  EXPECT_EQ(group.at("streams")[0].at("shape"), json({16, 16, 3}));
  EXPECT_EQ(group.at("streams")[1].at("nms").at("classes"), 2);
  EXPECT_EQ(group.at("sorted_outputs"), json({"net/nms", "net/heat"}));
}

TEST(HefShow, SaysThatAPayloadIsDamaged) {
  // In a file that is sound otherwise.
  const auto good = read(*make(request()));
  const auto& variant = good.groups()[0].reference();
  const auto& config = std::get<hef::ConfigGroup>(variant.preliminary[0].actions.at(0));
  Bytes changed(config.bursts[0].begin(), config.bursts[0].end());
  changed.back() ^= 1;
  hef::HefSpec spec;
  spec.name = "net";
  spec.fps = 1;
  spec.sdk_version = "test";
  spec.streams.resize(2);
  spec.streams[0].name = "net/in";
  spec.streams[0].shape = {16, 16, 3};
  spec.streams[1].name = "net/out";
  spec.streams[1].direction = hef::Direction::output;
  spec.streams[1].shape = {1, 1, 8};
  spec.config = changed;
  const auto text = hef_text(read(*hef::write_hef(spec)));
  EXPECT_NE(text.find("for the emulator, damaged: "), std::string::npos) << text;
}

TEST(HefRequest, DeepNestingIsRefusedWithoutACrash) {
  constexpr std::size_t kDepth = 400'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  for (const char* key : {"inputs", "layouts"}) {
    const auto parsed = HefRequest::parse(R"({"network": "net", "fps": 1, ")" + std::string(key) +
                                          "\": " + deep + "}");
    EXPECT_FALSE(parsed) << key;
  }
}

}  // namespace
}  // namespace hailo::gen
