// SPDX-License-Identifier: MIT
// The core and tests/tools/onnx-reference, which shares no code with it, answer
// the same frames with the same bytes.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "emulator/nn/core.h"
#include "gen/hef_request.h"
#include "lib/hef/hef.h"
#include "onnx_builder.h"

namespace hailo::emu::nn {
namespace {

namespace fs = std::filesystem;
using test::Onnx;

constexpr unsigned kFrames = 25;
constexpr int kPatience = 30'000;  // ms

class Reference : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "onnx.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    auto created = OpenCvCore::create();
    ASSERT_TRUE(created) << created.error().message;
    core = std::move(*created);
  }
  void TearDown() override { fs::remove_all(folder); }

  NeuralCore::Outcome next() {
    pollfd fd{core->fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&fd, 1, kPatience), 1);
    auto outcomes = core->poll();
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.empty() ? NeuralCore::Outcome{0, 0, "nothing", {}} : std::move(outcomes[0]);
  }

  void write(const std::string& name, ByteView bytes) {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  Bytes read(const std::string& name) {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Random frames through both; the outputs of both, one after the other.
  void compare(const Bytes& model, const std::string& json) {
    const auto request = gen::HefRequest::parse(json);
    ASSERT_TRUE(request) << request.error().message;
    const auto file = gen::make_emulator_hef(*request, model, hef::Architecture::hailo8p, 2, "emu");
    ASSERT_TRUE(file) << file.error().message;
    const auto hef = hef::Hef::from_bytes(*file);
    ASSERT_TRUE(hef) << hef.error().message;
    const hef::Variant& network = hef->groups()[0].reference();
    const auto& config = std::get<hef::ConfigGroup>(network.preliminary.at(0).actions.at(0));
    const auto id = core->load({config.bursts.at(0).begin(), config.bursts.at(0).end()});
    ASSERT_EQ(next().error, "");

    std::mt19937 random(1);
    std::vector<Bytes> in(network.streams.size());
    std::vector<Bytes> out(network.streams.size());
    for (unsigned i = 0; i < kFrames; ++i) {
      std::vector<NeuralCore::Frame> frames;
      for (std::size_t s = 0; s < network.streams.size(); ++s) {
        const hef::Stream& stream = network.streams[s];
        if (stream.direction != hef::Direction::input) continue;
        Bytes frame(stream.frame_bytes);
        for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(random());
        in[s].insert(in[s].end(), frame.begin(), frame.end());
        frames.push_back({stream.sys_index, std::move(frame)});
      }
      ASSERT_TRUE(core->submit(id, i + 1, std::move(frames)));
      const auto outcome = next();
      ASSERT_EQ(outcome.error, "");
      for (const NeuralCore::Frame& frame : outcome.outputs) {
        const auto stream =
            std::ranges::find(network.streams, frame.stream, &hef::Stream::sys_index);
        Bytes& all = out[static_cast<std::size_t>(stream - network.streams.begin())];
        all.insert(all.end(), frame.bytes.begin(), frame.bytes.end());
      }
    }

    write("onnx", model);
    write("json", {reinterpret_cast<const std::uint8_t*>(json.data()), json.size()});
    std::string inputs;
    std::string outputs;
    for (std::size_t s = 0; s < network.streams.size(); ++s) {
      const bool is_input = network.streams[s].direction == hef::Direction::input;
      const std::string name = "stream" + std::to_string(s);
      if (is_input) write(name, in[s]);
      (is_input ? inputs : outputs) += " '" + (folder / name).string() + "'";
    }
    const std::string command = std::string(ONNX_REFERENCE) + " --onnx '" +
                                (folder / "onnx").string() + "' --spec '" +
                                (folder / "json").string() + "' --in" + inputs + " --out" + outputs;
    ASSERT_EQ(std::system(command.c_str()), 0);
    for (std::size_t s = 0; s < network.streams.size(); ++s) {
      if (network.streams[s].direction == hef::Direction::input) continue;
      const Bytes expected = read("stream" + std::to_string(s));
      ASSERT_EQ(expected.size(), std::size_t{kFrames} * network.streams[s].frame_bytes);
      EXPECT_TRUE(expected == out[s]) << network.streams[s].name;
      EXPECT_NE(std::ranges::adjacent_find(expected, std::not_equal_to<>()), expected.end())
          << "all bytes of " << network.streams[s].name << " are the same";
    }
  }

  fs::path folder;
  std::unique_ptr<OpenCvCore> core;
};

std::vector<float> weights(std::size_t count) {
  std::mt19937 random(2);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
  return values;
}

TEST_F(Reference, OrdersPaddingAndQuantisation) {
  compare(Onnx()
              .input("image", {1, 5, 7, 9})
              .input("vector", {1, 11})
              .constant("w", {3, 5, 3, 3}, weights(3 * 5 * 3 * 3))
              .constant("b", {3}, weights(3))
              .node("Conv", {"image", "w", "b"}, "map", {3, 3})
              .node("Sigmoid", {"vector"}, "values")
              .node("Relu", {"map"}, "planes")
              .output("map", {1, 3, 5, 7})
              .output("planes", {1, 3, 5, 7})
              .output("values", {1, 11})
              .take(),
          R"({"network": "n", "fps": 1,
              "inputs": [{"name": "n/image", "tensor": "image", "shape": [7, 9, 5],
                          "quant": {"zero_point": 128, "scale": 0.0078125}},
                         {"name": "n/vector", "tensor": "vector", "shape": [1, 1, 11],
                          "order": "nc", "type": "uint16",
                          "quant": {"zero_point": 32768, "scale": 0.0001}}],
              "outputs": [{"name": "n/map", "tensor": "map", "shape": [5, 7, 3],
                           "order": "nhcw", "type": "uint16",
                           "quant": {"zero_point": 30000, "scale": 0.0003}},
                          {"name": "n/values", "tensor": "values", "shape": [1, 1, 11],
                           "order": "nc", "quant": {"zero_point": -3, "scale": 0.004}},
                          {"name": "n/planes", "tensor": "planes", "shape": [5, 7, 3],
                           "quant": {"zero_point": 7.5, "scale": 0.02}}]})");
}

TEST_F(Reference, Boxes) {
  compare(
      Onnx().input("in", {1, 40, 7}).node("Relu", {"in"}, "rows").output("rows", {1, 40, 7}).take(),
      R"({"network": "n", "fps": 1,
          "inputs": [{"name": "n/in", "tensor": "in", "shape": [1, 40, 7],
                      "quant": {"zero_point": 10, "scale": 0.004}}],
          "outputs": [{"name": "n/boxes", "tensor": "rows",
                       "nms": {"classes": 3, "max_boxes_per_class": 12,
                               "score_threshold": 0.4, "iou_threshold": 0.1}}]})");
}

}  // namespace
}  // namespace hailo::emu::nn
