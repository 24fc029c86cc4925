// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <ctime>

#include "emulator/nn/core.h"
#include "lib/hef/emulator_payload.h"
#include "onnx_builder.h"

namespace hailo::emu::nn {
namespace {

using hef::PayloadTensor;
using test::Onnx;
using Outcome = NeuralCore::Outcome;
using Frames = std::vector<NeuralCore::Frame>;

constexpr int kPatience = 30'000;  // ms

/// Processor time: other load of the machine does not count.
std::chrono::nanoseconds processor_time(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

PayloadTensor tensor(std::uint8_t stream, std::string name, hef::Shape shape) {
  PayloadTensor t;
  t.sys_index = stream;
  t.direction = stream < 16 ? hef::Direction::input : hef::Direction::output;
  t.shape = t.padded = shape;
  t.model_order = hef::ModelOrder::chw;
  t.tensor = std::move(name);
  return t;
}

Bytes payload(const Bytes& model, std::vector<PayloadTensor> tensors) {
  hef::EmulatorPayload p;
  p.model = model;
  p.tensors = std::move(tensors);
  const auto bytes = encode_emulator_payload(p);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return *bytes;
}

/// Three features to eight: weights w(o, i) = o + i, then a bias of o.
Bytes convolution() {
  std::vector<float> weights;
  std::vector<float> bias;
  for (unsigned o = 0; o < 8; ++o) {
    bias.push_back(static_cast<float>(o));
    for (unsigned i = 0; i < 3; ++i) weights.push_back(static_cast<float>(o + i));
  }
  return payload(Onnx()
                     .input("image", {1, 3, 2, 8})
                     .constant("w", {8, 3, 1, 1}, weights)
                     .constant("b", {8}, bias)
                     .node("Conv", {"image", "w", "b"}, "out", {1, 1})
                     .output("out", {1, 8, 2, 8})
                     .take(),
                 {tensor(0, "image", {2, 8, 3}), tensor(16, "out", {2, 8, 8})});
}

/// Passes eight values on, times `factor`.
Bytes scaling(float factor) {
  return payload(Onnx()
                     .input("in", {1, 8, 1, 1})
                     .constant("f", {1, 8, 1, 1}, std::vector<float>(8, factor))
                     .node("Mul", {"in", "f"}, "out")
                     .output("out", {1, 8, 1, 1})
                     .take(),
                 {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 8})});
}

class Core : public testing::Test {
 protected:
  void SetUp() override {
    auto created = OpenCvCore::create();
    ASSERT_TRUE(created) << created.error().message;
    core = std::move(*created);
  }
  Outcome next() {
    if (outcomes.empty()) {
      pollfd fd{core->fd(), POLLIN, 0};
      EXPECT_EQ(::poll(&fd, 1, kPatience), 1) << "nothing was done";
      for (Outcome& o : core->poll()) outcomes.push_back(std::move(o));
    }
    if (outcomes.empty()) return {0, 0, "nothing", {}};
    Outcome first = std::move(outcomes.front());
    outcomes.erase(outcomes.begin());
    return first;
  }
  NeuralCore::ModelId loaded(Bytes bytes) {
    const auto id = core->load(std::move(bytes));
    const Outcome outcome = next();
    EXPECT_EQ(outcome.model, id);
    EXPECT_EQ(outcome.token, NeuralCore::kLoaded);
    EXPECT_EQ(outcome.error, "");
    return id;
  }
  std::string load_error(Bytes bytes) {
    core->load(std::move(bytes));
    return next().error;
  }

  std::unique_ptr<OpenCvCore> core;
  std::vector<Outcome> outcomes;
};

TEST_F(Core, RunsAConvolution) {
  const auto id = loaded(convolution());
  Bytes image(2 * 8 * 3);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i % 5);
  ASSERT_TRUE(core->submit(id, 7, {{0, image}}));
  const Outcome outcome = next();
  EXPECT_EQ(outcome.token, 7U);
  ASSERT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.outputs.size(), 1U);
  EXPECT_EQ(outcome.outputs[0].stream, 16);
  Bytes expected;
  for (std::size_t pixel = 0; pixel < 16; ++pixel)
    for (unsigned o = 0; o < 8; ++o) {
      unsigned sum = o;
      for (unsigned i = 0; i < 3; ++i) sum += (o + i) * image[3 * pixel + i];
      expected.push_back(static_cast<std::uint8_t>(std::min(sum, 255U)));
    }
  EXPECT_EQ(outcome.outputs[0].bytes, expected);
}

TEST_F(Core, InOrderAndModelsStayApart) {
  const auto twice = loaded(scaling(2));
  const auto thrice = loaded(scaling(3));
  for (std::uint8_t i = 0; i < 30; ++i)
    ASSERT_TRUE(core->submit(i % 2 == 0 ? twice : thrice, 100U + i, {{0, Bytes(8, i)}}));
  for (std::uint8_t i = 0; i < 30; ++i) {
    const Outcome outcome = next();
    EXPECT_EQ(outcome.token, 100U + i);
    ASSERT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.outputs[0].bytes, Bytes(8, static_cast<std::uint8_t>(i * (2 + i % 2))));
  }
}

TEST_F(Core, FramesMayComeBeforeTheModelIsLoaded) {
  const auto id = core->load(scaling(2));
  ASSERT_TRUE(core->submit(id, 1, {{0, Bytes(8, 21)}}));
  EXPECT_EQ(next().token, NeuralCore::kLoaded);
  EXPECT_EQ(next().outputs.at(0).bytes, Bytes(8, 42));
}

TEST_F(Core, SeveralOutputs) {
  const auto id = loaded(payload(
      Onnx()
          .input("in", {1, 8, 1, 1})
          .constant("c", {1, 8, 1, 1}, std::vector<float>(8, 100))
          .node("Relu", {"in"}, "same")
          .node("Add", {"same", "c"}, "more")
          .output("same", {1, 8, 1, 1})
          .output("more", {1, 8, 1, 1})
          .take(),
      {tensor(0, "in", {1, 1, 8}), tensor(17, "more", {1, 1, 8}), tensor(16, "same", {1, 1, 8})}));
  ASSERT_TRUE(core->submit(id, 1, {{0, Bytes(8, 5)}}));
  const Outcome outcome = next();
  ASSERT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.outputs.size(), 2U);
  EXPECT_EQ(outcome.outputs[0].stream, 17);
  EXPECT_EQ(outcome.outputs[0].bytes, Bytes(8, 105));
  EXPECT_EQ(outcome.outputs[1].bytes, Bytes(8, 5));
}

TEST_F(Core, Boxes) {
  PayloadTensor rows = tensor(16, "rows", {1, 1, 1});
  rows.order = hef::WireOrder::nms_on_chip;
  rows.model_order = hef::ModelOrder::hwc;
  rows.data_bytes = 2;
  rows.scale = hef::nms_scale;
  rows.nms = hef::PayloadNms{
      .classes = 4, .max_boxes_per_class = 2, .burst_size = 3, .thresholds = {0.5F, 0.5F}};
  PayloadTensor in = tensor(0, "in", {2, 8, 1});
  in.scale = 1.0F / 255;
  const auto id = loaded(payload(Onnx()
                                     .input("in", {1, 1, 2, 8})
                                     .node("Relu", {"in"}, "rows")
                                     .output("rows", {1, 1, 2, 8})
                                     .take(),
                                 {in, rows}));
  // y 0…1, x 0…1: class 1 twice (the same place), class 3 once.
  ASSERT_TRUE(core->submit(
      id, 1, {{0, Bytes{0, 0, 255, 255, 0, 255, 0, 0, 0, 0, 255, 255, 0, 200, 0, 150}}}));
  const Outcome outcome = next();
  ASSERT_EQ(outcome.error, "");
  const Bytes& frame = outcome.outputs.at(0).bytes;
  ASSERT_EQ(frame.size(), 4U * 3 * 8);
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 24), Bytes(24, 0xff)) << "class 0";
  EXPECT_EQ(Bytes(frame.begin() + 24, frame.begin() + 32),
            (Bytes{0xff, 0xff, 0xff, 0, 0, 0, 0xff, 0x0f}));
  EXPECT_EQ(Bytes(frame.begin() + 32, frame.begin() + 72), Bytes(40, 0xff)) << "one is enough";
  EXPECT_EQ(frame[72], 0xff);
  EXPECT_EQ(frame[78] | frame[79] << 8, 2409) << "150/255 of 4095";
}

TEST_F(Core, WhatCannotBeLoadedSaysWhy) {
  EXPECT_NE(load_error({}), "");
  Bytes bytes = scaling(2);
  bytes.back() ^= 1;
  EXPECT_NE(load_error(bytes).find("SHA-256"), std::string::npos);
  EXPECT_NE(load_error(payload(Bytes(100, 0x55),
                               {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 8})})),
            "")
      << "no ONNX";
  Onnx unknown;
  unknown.input("in", {1, 8, 1, 1})
      .node("NoSuchOperator", {"in"}, "out")
      .output("out", {1, 8, 1, 1});
  EXPECT_NE(load_error(payload(unknown.take(),
                               {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 8})})),
            "");
  Onnx other;
  other.input("in", {1, 8, 1, 1}).node("Relu", {"in"}, "out").output("out", {1, 8, 1, 1});
  EXPECT_NE(load_error(
                payload(other.take(), {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 16})})),
            "")
      << "the table does not fit the model";
  // And the core goes on.
  loaded(scaling(2));
}

TEST_F(Core, FramesThatDoNotFit) {
  const auto id = loaded(scaling(2));
  for (const Frames& wrong :
       {Frames{}, Frames{{1, Bytes(8)}}, Frames{{0, Bytes(7)}}, Frames{{0, Bytes(9)}}}) {
    ASSERT_TRUE(core->submit(id, 1, wrong));
    EXPECT_NE(next().error, "");
  }
  ASSERT_TRUE(core->submit(id + 1, 1, {{0, Bytes(8)}}));
  EXPECT_NE(next().error, "") << "no such model";
}

TEST_F(Core, TheQueueIsBounded) {
  // While the first loads, nothing is taken from the queue.
  core->load(scaling(2));
  const auto slow = core->load(payload(Onnx()
                                           .input("in", {1, 8, 1, 1})
                                           .node("Relu", {"in"}, "out")
                                           .output("out", {1, 8, 1, 1})
                                           .take(),
                                       {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 8})}));
  std::size_t taken = 0;
  while (core->submit(slow, taken + 1, {{0, Bytes(8)}})) ASSERT_LT(++taken, 100'000U);
  EXPECT_GE(taken, OpenCvCore::max_waiting);
  core->cancel();
  EXPECT_TRUE(core->submit(slow, 1'000'000, {{0, Bytes(8)}}));
  while (next().token != 1'000'000) {
  }
}

TEST_F(Core, UnloadedModelsAreForgotten) {
  const auto id = loaded(scaling(2));
  core->unload(id);
  ASSERT_TRUE(core->submit(id, 1, {{0, Bytes(8)}}));
  EXPECT_NE(next().error, "");
}

TEST_F(Core, EndsWithWorkLeft) {
  for (int i = 0; i < 10; ++i) core->load(convolution());
  const auto start = std::chrono::steady_clock::now();
  core.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(Core, LoadReturnsAtOnce) {
  // Forty megabytes with the right digest, which is then found to be no model.
  Bytes large =
      payload(Bytes(40'000'000), {tensor(0, "in", {1, 1, 8}), tensor(16, "out", {1, 1, 8})});
  const auto all_before = processor_time(CLOCK_PROCESS_CPUTIME_ID);
  const auto own_before = processor_time(CLOCK_THREAD_CPUTIME_ID);
  core->load(std::move(large));
  const auto own = processor_time(CLOCK_THREAD_CPUTIME_ID) - own_before;
  EXPECT_NE(next().error, "");
  EXPECT_LT(own * 4, processor_time(CLOCK_PROCESS_CPUTIME_ID) - all_before)
      << "the caller did the work";
}

}  // namespace
}  // namespace hailo::emu::nn
