// SPDX-License-Identifier: MIT
// HEFs of hailo-hefgen on a whole board: their configuration data comes out of
// guest memory, frames go in and answers come back through vDMA.
#include <gtest/gtest.h>
#include <poll.h>

#include "emulator/nn/core.h"
#include "gen/hef_request.h"
#include "lib/hef/hef.h"
#include "net_rig.h"
#include "onnx_builder.h"

namespace hailo::emu::test {
namespace {

using nn::test::Onnx;

constexpr int kPatience = 30'000;  // ms

/// What the library would send over the configuration channel.
Bytes configuration(const Bytes& model, std::string_view json) {
  const auto request = gen::HefRequest::parse(json);
  EXPECT_TRUE(request) << request.error().message;
  const auto file =
      gen::make_emulator_hef(*request, model, hef::Architecture::hailo8p, 2, "emu-test");
  EXPECT_TRUE(file) << file.error().message;
  const auto hef = hef::Hef::from_bytes(*file);
  EXPECT_TRUE(hef) << hef.error().message;
  Bytes bytes;
  for (const hef::Operation& operation : hef->groups()[0].reference().preliminary)
    for (const hef::Action& action : operation.actions)
      if (const auto* group = std::get_if<hef::ConfigGroup>(&action))
        for (const ByteView burst : group->bursts)
          bytes.insert(bytes.end(), burst.begin(), burst.end());
  return bytes;
}

/// Eight values times `factor`.
Bytes scaling(float factor) {
  return configuration(Onnx()
                           .input("in", {1, 8, 1, 1})
                           .constant("f", {1, 8, 1, 1}, std::vector<float>(8, factor))
                           .node("Mul", {"in", "f"}, "out")
                           .output("out", {1, 8, 1, 1})
                           .take(),
                       R"({"network": "scale", "fps": 1,
                           "inputs": [{"name": "scale/in", "tensor": "in", "shape": [1, 1, 8]}],
                           "outputs": [{"name": "scale/out", "tensor": "out", "shape": [1, 1, 8],
                                        "quant": {"zero_point": 5, "scale": 2}}]})");
}

class BoardWithCore : public testing::Test {
 protected:
  BoardWithCore() : core(*nn::OpenCvCore::create()), rig(23, {}, core.get()) {}

  void configure(const Bytes& config, std::uint32_t in_bytes, std::uint32_t out_bytes) {
    networks.push_back({rig.make_list(16, 512, in_bytes), rig.make_list(16, 512, out_bytes)});
    rig.configure(networks.back().in, networks.back().out, config);
  }
  void enable(unsigned number) {
    ASSERT_EQ(rig.enable(number), 0U);
    network = networks[number];
    in_index = out_index = 0;
  }
  void launch(const Bytes& frame) {
    rig.memory.put(buffer, frame);
    in_index = rig.bind(network.in, in_index, buffer, network.in.bytes);
    out_index = rig.bind(network.out, out_index, buffer + 0x8000, network.out.bytes);
    rig.ring(16, out_index);
    rig.ring(1, in_index);
    rig.run();
  }
  /// Lets the core work until `done`.
  template <typename Done>
  bool wait(Done done) {
    while (!done()) {
      pollfd fd{core->fd(), POLLIN, 0};
      if (::poll(&fd, 1, kPatience) != 1) return false;
      rig.run();
    }
    return true;
  }
  Bytes infer(const Bytes& frame) {
    launch(frame);
    EXPECT_TRUE(wait([&] { return rig.proc(16) % 16 == out_index; }));
    EXPECT_EQ(rig.take_interrupts(), 0x10002U);
    return rig.memory.get(buffer + 0x8000, network.out.bytes);
  }

  struct Lists {
    List in;
    List out;
  };

  std::unique_ptr<nn::OpenCvCore> core;
  NetRig rig;
  std::vector<Lists> networks;
  Lists network;
  std::uint32_t in_index = 0;
  std::uint32_t out_index = 0;
  std::uint64_t buffer = rig.allocate(0x10000);
};

TEST_F(BoardWithCore, RunsAHef) {
  configure(scaling(4), 8, 8);
  enable(0);
  EXPECT_EQ(infer({0, 1, 2, 3, 10, 100, 125, 126}), (Bytes{5, 7, 9, 11, 25, 205, 255, 255}));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(BoardWithCore, TwoNetworksStayLoadedAndSwitch) {
  configure(scaling(2), 8, 8);
  configure(scaling(6), 8, 8);
  for (std::uint8_t i = 0; i < 40; ++i) {
    enable(i % 2);
    EXPECT_EQ(infer(Bytes(8, i)), Bytes(8, static_cast<std::uint8_t>(5 + i * (1 + i % 2 * 2))));
  }
  for (unsigned i = 0; i < 2000; ++i) enable(i % 2);
  enable(0);
  EXPECT_EQ(infer(Bytes(8, 7)), Bytes(8, 12));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(BoardWithCore, BoxesByClass) {
  configure(configuration(Onnx()
                              .input("in", {1, 4, 6})
                              .node("Relu", {"in"}, "rows")
                              .output("rows", {1, 4, 6})
                              .take(),
                          R"({"network": "boxes", "fps": 1,
                    "inputs": [{"name": "boxes/in", "tensor": "in", "shape": [1, 4, 6],
                                "quant": {"zero_point": 0, "scale": 0.00392156862745098}}],
                    "outputs": [{"name": "boxes/nms", "tensor": "rows",
                                 "nms": {"classes": 2, "max_boxes_per_class": 3,
                                         "score_threshold": 0.5, "iou_threshold": 0.5}}]})"),
            24, 2 * 4 * 8);
  enable(0);
  const Bytes frame = infer({0, 0,   255, 255, 200, 0,      // class 0
                             0, 0,   255, 250, 255, 0,      // the same, better
                             0, 0,   51,  51,  150, 100,    // class 0, elsewhere
                             0, 102, 51,  153, 0,   255});  // class 1
  ASSERT_EQ(frame.size(), 64U);
  const auto record = [&](std::size_t n) {
    return Bytes(frame.begin() + 8 * static_cast<std::ptrdiff_t>(n),
                 frame.begin() + 8 * static_cast<std::ptrdiff_t>(n + 1));
  };
  EXPECT_EQ(record(0), (Bytes{0xaf, 0xff, 0xff, 0, 0, 0, 0xff, 0x0f})) << "x_max 250, the best";
  EXPECT_EQ(record(1), (Bytes{0x33, 0x33, 0x33, 0, 0, 0, 0x69, 0x09}));
  EXPECT_EQ(record(2), Bytes(8, 0xff)) << "covered";
  EXPECT_EQ(record(4), (Bytes{0x99, 0x39, 0x33, 0x66, 0x06, 0, 0xff, 0x0f}));
  EXPECT_EQ(record(5), Bytes(8, 0xff));
}

TEST_F(BoardWithCore, AModelThatCannotRunIsReported) {
  configure(configuration(Onnx()
                              .input("in", {1, 8, 1, 1})
                              .node("NoSuchOperator", {"in"}, "out")
                              .output("out", {1, 8, 1, 1})
                              .take(),
                          R"({"network": "n", "fps": 1,
                              "inputs": [{"name": "n/in", "tensor": "in", "shape": [1, 1, 8]}],
                              "outputs": [{"name": "n/out", "tensor": "out", "shape": [1, 1, 8]}]})"),
            8, 8);
  enable(0);
  launch(Bytes(8));
  EXPECT_TRUE(wait([&] { return !rig.active(1); }));
  EXPECT_FALSE(rig.active(16));
  EXPECT_EQ(rig.r4(0xc84 + 16), 12U) << "run-time error";
  EXPECT_EQ(rig.take_interrupts(), 0x10002U);
}

TEST_F(BoardWithCore, AResetMeanwhileLeavesMemoryAlone) {
  configure(scaling(2), 8, 8);
  for (unsigned i = 0; i < 50; ++i) {
    enable(0);
    launch(Bytes(8, 1));
    ASSERT_EQ(rig.reset(), 0U);
    rig.memory.put(buffer + 0x8000, Bytes(8, 0xee));
    rig.memory.log.clear();
    rig.run();
    EXPECT_TRUE(rig.memory.log.empty());
  }
  EXPECT_EQ(rig.memory.get(buffer + 0x8000, 8), Bytes(8, 0xee));
  enable(0);
  EXPECT_EQ(infer(Bytes(8, 3)), Bytes(8, 8));
}

}  // namespace
}  // namespace hailo::emu::test
