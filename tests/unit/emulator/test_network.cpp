// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/model/pattern.h"
#include "net_rig.h"

namespace hailo::emu::test {
namespace {

constexpr std::uint32_t kSramFull = 0x4013007a;

/// The smallest network, with the contexts of the specification.
class SmallestNetwork : public testing::TestWithParam<unsigned> {
 protected:
  NetRig rig{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Releases, SmallestNetwork, testing::Values(20U, 23U),
                         [](const auto& row) { return "fw4_" + std::to_string(row.param); });

Bytes le64(std::uint64_t value) {
  return ByteWriter()
      .le32(static_cast<std::uint32_t>(value))
      .le32(static_cast<std::uint32_t>(value >> 32))
      .take();
}

/// Bytes of a text in hexadecimal, with the three addresses in place of names.
Bytes assemble(std::string_view text, std::uint64_t in, std::uint64_t out, std::uint64_t config) {
  ByteWriter w;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
    } else if (text.substr(at, 3) == "IN0") {
      w.raw(le64(in));
      at += 3;
    } else if (text.substr(at, 4) == "OUT0") {
      w.raw(le64(out));
      at += 4;
    } else if (text.substr(at, 4) == "CFG0") {
      w.raw(le64(config));
      at += 4;
    } else {
      w.u8(static_cast<std::uint32_t>(std::stoul(std::string(text.substr(at, 2)), nullptr, 16)));
      at += 2;
    }
  }
  return w.take();
}

TEST_P(SmallestNetwork, RunsFromTheWorkedExample) {
  const Bytes payload = emulator_payload(1032);
  const std::uint64_t in = rig.allocate(256);
  const std::uint64_t out = rig.allocate(256);
  const std::uint64_t config = rig.allocate(64);
  const std::uint64_t data = rig.allocate(2048);
  rig.memory.put(data, payload);
  rig.bind({config, 4, 512, 0}, 0, data, 1032, kDeviceIrq);
  // Bound like the others, and not to be fetched.
  rig.describe({config, 4, 512, 0}, 3, data + 1536, 512);

  const std::string reg = rig.wide ? "01 00 " : "00 ";
  const auto bytes = [&](std::string_view text) { return assemble(text, in, out, config); };
  const Bytes activation = bytes(
      "1effffffff"
      "21ffffffff 10 00 OUT0 4000 10000000 08000000"
      "20ffffffff 01 00 IN0 0001 10000000 c0000000 00 00 1800 c0000000");
  const Bytes switching = bytes("1fffffffff 25ffffffff 01 1dffffffff");
  const Bytes preliminary = bytes(
      "16ffffffff 00 00 00 CFG0 0002 04000000 00060000"
      "00ffffffff 0300 00"
      "17ffffffff 00 00");
  const Bytes dynamic = bytes("07ffffffff 10 10 00 0800 0100 0800 0100 0000 00000000 0000 " + reg +
                              "00 OUT0 4000 10000000 08000000"
                              "06ffffffff 01 00 1800 0800 1800 0800 0000 00000000 0000 " +
                              reg +
                              "00 IN0 0001 10000000 c0000000 00400000"
                              "27ffffffff 01 01"
                              "02ffffffff 01 00 00 c0000000 01 00"
                              "1dffffffff 15ffffffff");
  EXPECT_EQ(activation.size(), 63U);
  EXPECT_EQ(switching.size(), 16U);
  EXPECT_EQ(preliminary.size(), 41U);
  EXPECT_EQ(dynamic.size(), rig.wide ? 124U : 122U);

  ASSERT_EQ(rig.reset(), 0U);
  ASSERT_EQ(rig.clear(), 0U);
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(3, activation), 0U);
  ASSERT_EQ(rig.context(2, switching), 0U);
  ASSERT_EQ(rig.context(0, preliminary), 0U);
  ASSERT_EQ(rig.context(1, dynamic), 0U);
  EXPECT_FALSE(rig.active(1)) << "nothing runs before ENABLED";
  ASSERT_EQ(rig.enable(0), 0U);
  ASSERT_EQ(rig.core.payloads.size(), 1U);
  EXPECT_TRUE(rig.core.payloads[0] == payload);

  // Two frames, four outputs posted ahead: the trace of the specification.
  const std::uint64_t buffers = rig.allocate(0x1000);
  const List in_list{in, 16, 256, 192}, out_list{out, 16, 64, 8};
  for (std::uint32_t i = 0; i < 4; ++i) {
    rig.describe(out_list, i, buffers + 0x800 + 64 * i, 8, kHostIrq);
    rig.ring(16, i + 1);
  }
  rig.run();
  EXPECT_EQ(rig.r2(0x210), 0x00042001U);
  for (std::uint32_t frame = 0; frame < 2; ++frame) {
    rig.memory.put(buffers + 256 * frame, Bytes(192, static_cast<std::uint8_t>(frame + 1)));
    rig.describe(in_list, frame, buffers + 256 * frame, 192, kHostIrq);
    rig.ring(1, frame + 1);
    rig.run();
    EXPECT_EQ(rig.proc(1), frame + 1);
    EXPECT_EQ(rig.proc(16), frame + 1);
    EXPECT_EQ(rig.take_interrupts(), 0x10002U);
    EXPECT_EQ(rig.memory.get(buffers + 0x800 + 64 * frame, 8),
              Bytes(8, static_cast<std::uint8_t>(1 + 192 * (frame + 1))));
  }
  EXPECT_EQ(rig.core.last, 1U);
  const auto state = rig.command("state");
  EXPECT_EQ(state["frames"], 2);
  EXPECT_EQ(state["active_application"], 0);
  EXPECT_EQ(state["networks"], 1);
  EXPECT_EQ(rig.ub(), 0U);
}

class NetworkRules : public testing::Test {
 protected:
  std::uint32_t application(const Bytes& actions, unsigned type = 3) {
    EXPECT_EQ(rig.clear(), 0U);
    EXPECT_EQ(rig.header(), 0U);
    const std::uint32_t status = rig.context(type, actions);
    EXPECT_EQ(rig.enable(0) == 0, status == 0) << "an application is as good as its contexts";
    return status;
  }

  NetRig rig;
  List in = rig.make_list(16, 256, 192);
  List out = rig.make_list(16, 64, 8);
};

TEST_F(NetworkRules, ListsTheEngineCannotUse) {
  const auto input = [&](auto&& change) {
    List list = in;
    change(list);
    return application(rig.actions().open_input(1, 0, list).take());
  };
  EXPECT_EQ(input([](List&) {}), 0U);
  EXPECT_NE(input([](List& l) { l.address += 0x100; }), 0U) << "alignment";
  EXPECT_NE(input([](List& l) { l.count = 0; }), 0U);
  EXPECT_NE(input([](List& l) { l.count = 1; }), 0U) << "would be 65536";
  EXPECT_NE(input([](List& l) { l.count = 65537; }), 0U);
  EXPECT_NE(input([](List& l) { l.page = 0; }), 0U);
  EXPECT_NE(input([](List& l) { l.page = 32; }), 0U);
  EXPECT_NE(input([](List& l) { l.page = 8192; }), 0U);
  EXPECT_NE(input([](List& l) { l.page = 96; }), 0U);
  EXPECT_NE(input([](List& l) { l.bytes = 0; }), 0U);
  EXPECT_NE(input([](List& l) { l.bytes = 16 * 256; }), 0U) << "needs all descriptors";
  EXPECT_EQ(input([](List& l) { l.bytes = 15 * 256; }), 0U);
}

TEST_F(NetworkRules, Channels) {
  EXPECT_NE(application(rig.actions().open_input(16, 0, in).take()), 0U) << "direction";
  EXPECT_NE(application(rig.actions().open_output(15, out).take()), 0U) << "direction";
  EXPECT_NE(application(rig.actions().open_input(0x21, 0, in).take()), 0U) << "engine 1";
  EXPECT_NE(application(rig.actions().open_input(1, 0, in).open_input(1, 1, in).take()), 0U)
      << "twice";
  EXPECT_NE(application(rig.actions().activate_config(40, in).take()), 0U);
  EXPECT_NE(application(rig.actions().activate_output(33, 0, out).take()), 0U);
}

TEST_F(NetworkRules, ContinuousBuffersAreNotForThisDevice) {
  Bytes action = rig.actions().open_input(1, 0, in).take();
  action[6] = 1;  // buffer type
  EXPECT_NE(application(action), 0U);
}

TEST_F(NetworkRules, MalformedLists) {
  const Bytes good = rig.actions().open_input(1, 0, in).take();
  for (std::size_t size = 1; size < good.size(); ++size)
    EXPECT_NE(application(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
              0U)
        << size;
  EXPECT_NE(application(rig.actions().action(45).take()), 0U);
  EXPECT_EQ(rig.ub(), 0U) << "that is the client's fault";
}

TEST_F(NetworkRules, FetchMustHaveAList) {
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(0, rig.actions().fetch(0, 1).take()), 0U);
  EXPECT_NE(rig.enable(0), 0U);
  ASSERT_EQ(rig.clear(), 0U);
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(0, rig.actions().activate_config(0, in).fetch(0, 17).take()), 0U);
  EXPECT_NE(rig.enable(0), 0U) << "beyond its end";
  EXPECT_EQ(rig.command("state")["network_active"], false);
}

TEST_F(NetworkRules, ConfigurationThatCannotBeRead) {
  ASSERT_EQ(rig.header(), 0U);
  const Bytes actions = rig.preliminary({noise(100, 1)});
  ASSERT_EQ(rig.context(0, actions), 0U);
  rig.memory.remove(rig.next_address - 0x20000);  // the data
  EXPECT_NE(rig.enable(0), 0U);
  EXPECT_TRUE(rig.only_ub("vdma_data_unmapped"));
}

TEST_F(NetworkRules, ConfigurationBeyondTheDevice) {
  // 20 fetches of the same 4 MiB: an emulator's payload is refused, a real
  // one has no use here and is not read to its end.
  for (const bool emulator : {true, false}) {
    ASSERT_EQ(rig.clear(), 0U);
    const List list = rig.make_list(1025, 4096, 0);
    const std::uint64_t data = rig.allocate(4 << 20);
    if (emulator) rig.memory.put(data, emulator_payload(4096));
    rig.bind(list, 0, data, 4 << 20, kDeviceIrq);
    Actions actions = rig.actions();
    for (unsigned i = 0; i < 20; ++i) actions.activate_config(0, list).fetch(0, 1024);
    ASSERT_EQ(rig.header(), 0U);
    ASSERT_EQ(rig.context(0, actions.take()), 0U);
    EXPECT_EQ(rig.enable(0), emulator ? kSramFull : 0U);
    if (!emulator) {
      EXPECT_EQ(rig.command("state")["configuration"]["complete"], false);
    }
  }
}

TEST_F(NetworkRules, ContextsBeyondTheDevice) {
  ASSERT_EQ(rig.header(), 0U);
  std::uint32_t status = 0;
  Bytes chunk;
  while (chunk.size() < 1400) chunk.insert(chunk.end(), {15, 0xff, 0xff, 0xff, 0xff});
  for (unsigned i = 0; i < 4000 && status == 0; ++i)
    status = rig.core_control(33, {Bytes{1}, Bytes{1}, Bytes{1}, chunk});
  EXPECT_EQ(status, kSramFull);
  EXPECT_NE(rig.enable(0), 0U);
}

TEST_F(NetworkRules, ChunksAreOneList) {
  Actions actions = rig.actions();
  for (unsigned i = 0; i < 500; ++i) actions.action(15);
  actions.open_output(16, out).open_input(1, 0, in);
  EXPECT_EQ(application(actions.take()), 0U) << "in two controls";
  EXPECT_TRUE(rig.active(1));
}

TEST_F(NetworkRules, ChunksOfOneContextHaveOneType) {
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.core_control(33, {Bytes{1}, Bytes{0}, Bytes{1}, Bytes{}}), 0U);
  EXPECT_NE(rig.core_control(33, {Bytes{0}, Bytes{1}, Bytes{0}, Bytes{}}), 0U);
  EXPECT_NE(rig.enable(0), 0U);
}

class Network : public testing::Test {
 protected:
  void start(const Bytes& payload) {
    rig.configure(in, out, payload);
    ASSERT_EQ(rig.enable(0), 0U);
  }
  void launch(std::uint32_t index) {
    rig.ring(16, rig.bind(out, index, buffers + 0x1000 + 64 * index, 8));
    rig.ring(1, rig.bind(in, index, buffers, 192));
  }

  NetRig rig;
  List in = rig.make_list(16, 256, 192);
  List out = rig.make_list(16, 64, 8);
  std::uint64_t buffers = rig.allocate(0x2000);
};

TEST_F(Network, ARealChipsNetworkGivesAMarkedPattern) {
  start(noise(1000, 3));
  EXPECT_TRUE(rig.core.payloads.empty());
  const Bytes frame = noise(192, 1);
  rig.memory.put(buffers, frame);
  launch(0);
  rig.run();
  const std::uint32_t crc = add_crc32(0, frame);
  EXPECT_EQ(rig.memory.get(buffers + 0x1000, 8), ByteWriter().padded("EMU", 4).le32(crc).take());
}

TEST_F(Network, ARealChipsNmsStreamHasNoBoxes) {
  const List nms = rig.make_list(16, 64, 2 * 3 * 8);
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(3, rig.actions().open_output(16, nms).open_input(1, 0, in).take()), 0U);
  ASSERT_EQ(
      rig.context(
          1,
          rig.actions().action(34, ByteWriter().u8(0).u8(0).le16(2).le16(3).u8(1).take()).take()),
      0U);
  ASSERT_EQ(rig.enable(0), 0U);
  rig.ring(16, rig.bind(nms, 0, buffers + 0x1000, 48));
  rig.ring(1, rig.bind(in, 0, buffers, 192));
  rig.run();
  EXPECT_EQ(rig.memory.get(buffers + 0x1000, 48), Bytes(48, 0xff));
}

TEST_F(Network, AModelThatFailsToLoadIsReportedAndAborts) {
  rig.core.load_error = "no such operator";
  start(emulator_payload(100));
  rig.run();
  EXPECT_EQ(rig.r0(0x18c) & 0x02000000, 0x02000000U);
  EXPECT_EQ(rig.r4(0xc80) & 0xffff, 1U);
  EXPECT_EQ(rig.r4(0xc84 + 16), 12U) << "run-time error";
  EXPECT_TRUE(rig.active(1));
  rig.w0(0x18c, 0xffffffff);
  launch(0);
  rig.run();
  EXPECT_FALSE(rig.active(1));
  EXPECT_FALSE(rig.active(16));
  EXPECT_EQ(rig.error(1), 1U);
  EXPECT_EQ(rig.take_interrupts(), 0x10002U) << "the client shall not wait";
  EXPECT_EQ(rig.enable(0), 0U) << "ENABLED keeps answering";
  EXPECT_EQ(rig.ub(), 0U) << "the driver did nothing wrong";
}

TEST_F(Network, AFrameThatFailsIsReportedAndAborts) {
  rig.core.run_error = "broken";
  start(emulator_payload(100));
  launch(0);
  rig.run();
  rig.run();
  EXPECT_EQ(rig.r4(0xc84 + 16), 12U);
  EXPECT_FALSE(rig.active(1));
  EXPECT_FALSE(rig.active(16));
}

TEST_F(Network, OutputsMustFitTheirChannels) {
  for (const NeuralCore::Frame& wrong :
       {NeuralCore::Frame{16, Bytes(9)}, NeuralCore::Frame{17, Bytes(8)}}) {
    rig.core.compute = [&](auto, const auto&) { return std::vector{wrong}; };
    start(emulator_payload(100));
    launch(0);
    rig.run();
    rig.run();
    EXPECT_FALSE(rig.active(16));
    EXPECT_EQ(rig.memory.get(buffers + 0x1000, 8), Bytes(8));
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
  }
}

TEST_F(Network, WithoutANeuralCoreNoModelRuns) {
  GuestMemory memory;
  Rig bare;
  bare.host.memory = &memory;
  memory.add(0x10000, 0x10000);
  memory.add(0x20000, 0x1000);
  memory.put(0x10000, ByteWriter().le32(8 << 8 | 2).le32(0x20000).le32(0).le32(0).take());
  memory.put(0x20000, emulator_payload(8));
  bare.boot_and_open();
  const auto status = [&](std::uint32_t opcode, const std::vector<Bytes>& parameters) {
    return status_of(bare.control(2, request(opcode, parameters)).value_or(Bytes(28)));
  };
  const List config{0x10000, 2, 512, 512};
  ASSERT_EQ(status(32, {vector_file("network_header_4.23.0.hex")}), 0U);
  ASSERT_EQ(status(33, {Bytes{1}, Bytes{1}, Bytes{0},
                        Actions(false).activate_config(0, config).fetch(0, 1).take()}),
            0U);
  EXPECT_EQ(status(37, {Bytes{1}, Bytes{0}, Bytes(2), Bytes(2)}), 0U);
  bare.pass(1us);
  EXPECT_EQ(bare.r4(0xc84 + 16), 12U);
}

TEST_F(Network, AFullCoreIsTriedAgain) {
  rig.core.automatic = false;
  rig.core.capacity = 2;
  start(emulator_payload(100));
  for (std::uint32_t i = 0; i < 5; ++i) launch(i);
  rig.run();
  EXPECT_EQ(rig.core.waiting.size(), 2U);
  for (unsigned done = 1; done <= 5; ++done) {
    rig.core.finish();
    rig.run();
    EXPECT_EQ(rig.proc(16), done);
  }
}

TEST_F(Network, FramesPerSecond) {
  NetRig slow(23, Config{.fps = 50});
  const List slow_in = slow.make_list(64, 256, 192);
  const List slow_out = slow.make_list(64, 64, 8);
  const std::uint64_t buffer = slow.allocate(0x2000);
  slow.configure(slow_in, slow_out, emulator_payload(100));
  ASSERT_EQ(slow.enable(0), 0U);
  for (std::uint32_t i = 0; i < 60; ++i) {
    slow.bind(slow_in, i, buffer, 192);
    slow.bind(slow_out, i, buffer + 0x1000, 8);
  }
  slow.ring(16, 60);
  slow.ring(1, 60);
  slow.pass(19ms);
  EXPECT_EQ(slow.proc(16), 0U);
  slow.pass(2ms);
  EXPECT_EQ(slow.proc(16), 1U);
  const Time end = slow.now + 1s;
  while (slow.device.next_deadline() && *slow.device.next_deadline() <= end)
    slow.pass(*slow.device.next_deadline() - slow.now);
  slow.pass(end - slow.now);
  EXPECT_EQ(slow.proc(16), 51U);
  EXPECT_NEAR(slow.command("state")["utilisation"].get<double>(), 1.0, 0.01);
  slow.pass(2s);
  slow.pass(2s);
  EXPECT_EQ(slow.command("state")["utilisation"], 0.0);
}

TEST_F(Network, ManyFramesLetOthersHaveTheirTurn) {
  constexpr std::uint32_t kFrames = 1000;
  in = rig.make_list(1024, 256, 192);
  out = rig.make_list(1024, 64, 8);
  start(noise(100, 1));
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    rig.bind(in, i, buffers, 192);
    rig.bind(out, i, buffers + 0x1000, 8);
  }
  rig.ring(16, kFrames);
  rig.ring(1, kFrames);
  rig.run();
  EXPECT_GT(rig.proc(16), 0U);
  EXPECT_LT(rig.proc(16), kFrames / 2) << "an access of the host waits for all of them";
  EXPECT_EQ(rig.device.next_deadline(), rig.now) << "there is more to do";
  for (unsigned i = 0; i < kFrames && rig.device.next_deadline(); ++i) rig.pass(0ns);
  EXPECT_EQ(rig.proc(16), kFrames);
}

TEST_F(Network, ASoftResetStopsTheEngineNotBeforeItIsDone) {
  NetRig slow(23, Config{.soft_reset_time = 10ms, .fps = 200});
  const List slow_in = slow.make_list(16, 256, 192);
  const List slow_out = slow.make_list(16, 64, 8);
  const std::uint64_t buffer = slow.allocate(0x1000);
  slow.configure(slow_in, slow_out);
  ASSERT_EQ(slow.enable(0), 0U);
  for (std::uint32_t i = 0; i < 8; ++i) {
    slow.bind(slow_in, i, buffer, 192);
    slow.bind(slow_out, i, buffer + 0x800 + 64 * i, 8);
  }
  slow.ring(16, 8);
  slow.ring(1, 8);
  slow.run();
  ASSERT_EQ(slow.proc(16), 0U) << "a frame takes 5 ms";
  slow.w4(0x1684, 8);
  slow.pass(9ms);
  EXPECT_EQ(slow.r0(0x18c), 0U) << "no channel interrupts a driver that resets";
  EXPECT_EQ(slow.proc(16), 1U);
  EXPECT_EQ(slow.memory.get(buffer + 0x800, 3), (Bytes{'E', 'M', 'U'}));
  slow.pass(1ms);
  EXPECT_EQ(slow.r0(0x18c), 0x01000000U);
  slow.memory.log.clear();
  slow.pass(1s);
  EXPECT_EQ(std::ranges::count(slow.memory.log, 'R', &GuestMemory::Access::kind), 0);
  EXPECT_EQ(std::ranges::count(slow.memory.log, 'W', &GuestMemory::Access::kind), 0);
  EXPECT_FALSE(slow.active(1));
  EXPECT_EQ(slow.command("state")["networks"], 0);
}

TEST_F(Network, SeveralInputsAndOutputs) {
  std::vector<List> lists;
  Actions activation = rig.actions();
  Actions dynamic = rig.actions();
  for (unsigned i = 0; i < 3; ++i) {
    lists.push_back(rig.make_list(16, 256, 64 * (i + 1)));
    activation.open_input(1 + i, 10 + i, lists.back());
  }
  for (unsigned i = 0; i < 2; ++i) {
    lists.push_back(rig.make_list(16, 64, 8 * (i + 1)));
    activation.open_output(16 + i, lists.back());
    dynamic.activate_output(16 + i, 31 - i, lists.back());
  }
  rig.core.compute = [](auto, const std::vector<NeuralCore::Frame>& inputs) {
    EXPECT_EQ(inputs.size(), 3U);
    for (unsigned i = 0; i < inputs.size(); ++i) {
      EXPECT_EQ(inputs[i].stream, 10 + i);
      EXPECT_EQ(inputs[i].bytes.size(), 64 * (i + 1));
    }
    // In any order: the numbers count.
    return std::vector<NeuralCore::Frame>{{30, Bytes(16, 30)}, {31, Bytes(8, 31)}};
  };
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(3, activation.take()), 0U);
  ASSERT_EQ(rig.context(0, rig.preliminary({emulator_payload(64)})), 0U);
  ASSERT_EQ(rig.context(1, dynamic.take()), 0U);
  ASSERT_EQ(rig.enable(0), 0U);
  for (unsigned i = 0; i < 3; ++i) {
    rig.bind(lists[i], 0, buffers + 0x100 * i, lists[i].bytes);
    rig.run();
    rig.ring(1 + i, 1);
  }
  rig.run();
  EXPECT_EQ(rig.proc(1), 0U) << "no room for the outputs";
  rig.bind(lists[3], 0, buffers + 0x1000, 8);
  rig.ring(16, 1);
  rig.run();
  EXPECT_EQ(rig.proc(16), 0U) << "all or none";
  rig.bind(lists[4], 0, buffers + 0x1100, 16);
  rig.ring(17, 1);
  rig.run();
  EXPECT_EQ(rig.take_interrupts(), 0x3000eU);
  EXPECT_EQ(rig.memory.get(buffers + 0x1000, 8), Bytes(8, 31));
  EXPECT_EQ(rig.memory.get(buffers + 0x1100, 16), Bytes(16, 30));
}

}  // namespace
}  // namespace hailo::emu::test
