// SPDX-License-Identifier: MIT
// The device's part of the conformance checklist of the inference sequence, one
// test per item, for both layouts of the action lists.
#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "emulator/model/pattern.h"
#include "emulator/model/vdma.h"
#include "net_rig.h"

namespace hailo::emu::test {
namespace {

/// Processor time of this thread: other load of the machine does not count.
Time processor_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + Time(t.tv_nsec);
}

class Conformance : public testing::TestWithParam<unsigned> {
 protected:
  Conformance() { rig.core.compute = echo; }

  /// Model, first input byte, then the frame's length in words.
  static std::vector<NeuralCore::Frame> echo(NeuralCore::ModelId model,
                                             const std::vector<NeuralCore::Frame>& inputs) {
    const Bytes& in = inputs[0].bytes;
    return {{16, ByteWriter()
                     .u8(static_cast<std::uint32_t>(model))
                     .u8(in[0])
                     .le16(static_cast<std::uint32_t>(in.size() / 8))
                     .le32(add_crc32(0, in))
                     .take()}};
  }
  static Bytes answer(unsigned model, const Bytes& in) { return echo(model, {{0, in}})[0].bytes; }

  void make_network(std::uint32_t descriptors = 16, std::size_t payload = 1032) {
    in = rig.make_list(descriptors, 256, 192);
    out = rig.make_list(descriptors, 64, 8);
    input = rig.allocate(0x10000);
    output = rig.allocate(0x10000);
    rig.configure(in, out, emulator_payload(payload));
  }
  void launch_input(std::uint32_t index, const Bytes& frame) {
    rig.memory.put(input, frame);
    rig.ring(1, rig.bind(in, index, input, static_cast<std::uint32_t>(frame.size())));
  }
  void launch_output(std::uint32_t index) {
    rig.ring(16, rig.bind(out, index, output + 64 * index, 8));
  }
  Bytes output_at(std::uint32_t index) { return rig.memory.get(output + 64 * index, 8); }

  NetRig rig{GetParam()};
  List in;
  List out;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
};

INSTANTIATE_TEST_SUITE_P(Releases, Conformance, testing::Values(20U, 23U),
                         [](const auto& row) { return "fw4_" + std::to_string(row.param); });

TEST_P(Conformance, Item01_ControlsAnswerQuicklyWithALargePayload) {
  constexpr std::size_t kSize = 40'000'000;
  const Bytes payload = emulator_payload(kSize);
  in = rig.make_list(16, 256, 192);
  out = rig.make_list(16, 64, 8);
  const auto within = [](const char* what, auto&& control) {
    const Time start = processor_time();
    EXPECT_EQ(control(), 0U) << what;
    EXPECT_LT(processor_time() - start, 100ms) << what;
  };
  within("reset", [&] { return rig.reset(); });
  within("clear", [&] { return rig.clear(); });
  within("constants", [&] { return rig.core_control(72); });
  const Bytes activation = rig.actions().open_output(16, out).open_input(1, 0, in).take();
  const Bytes preliminary = rig.preliminary({payload}, 1024);
  const Bytes dynamic = rig.actions().activate_output(16, 16, out).activate_input(1, 0, in).take();
  within("header", [&] { return rig.header(); });
  within("activation", [&] { return rig.context(3, activation); });
  within("batch switching", [&] { return rig.context(2, {}); });
  within("preliminary", [&] { return rig.context(0, preliminary); });
  within("dynamic", [&] { return rig.context(1, dynamic); });
  within("enable", [&] { return rig.enable(0); });
  ASSERT_EQ(rig.core.payloads.size(), 1U);
  EXPECT_TRUE(rig.core.payloads[0] == payload);
}

TEST_P(Conformance, Item02_ChannelsAreStartedWhenEnabledAnswers) {
  for (const std::uint32_t count : {2U, 4U, 16U, 1024U, 32768U, 65536U}) {
    make_network(count);
    ASSERT_EQ(rig.enable(0), 0U);
    const std::uint32_t depth = count == 65536 ? 0 : std::bit_width(count) - 1;
    for (const auto& [channel, list] : {std::pair(1U, in), std::pair(16U, out)})
      for (const std::uint32_t side : {NetRig::host_side(channel), NetRig::device_side(channel)}) {
        EXPECT_EQ(rig.r2(side), 1U | depth << 11) << count << " " << channel;
        EXPECT_EQ(rig.r2(side + 4), 0U);
        EXPECT_EQ(rig.r2(side + 8), static_cast<std::uint32_t>(list.address) & 0xffff0000);
        EXPECT_EQ(rig.r2(side + 12), static_cast<std::uint32_t>(list.address >> 32));
      }
    EXPECT_FALSE(rig.active(0)) << "configuration is not for the host to launch on";
    EXPECT_FALSE(rig.active(2));
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
  }
}

TEST_P(Conformance, Item03_NoMemoryAccessAfterReset) {
  make_network();
  rig.core.automatic = false;
  ASSERT_EQ(rig.enable(0), 0U);
  launch_output(0);
  launch_input(0, noise(192, 1));
  rig.run();
  ASSERT_EQ(rig.core.waiting.size(), 1U);
  // The result is there before the reset, and is not to be delivered any more.
  rig.core.finish();
  ASSERT_EQ(rig.reset(), 0U);
  rig.memory.log.clear();
  rig.run();
  rig.pass(1s);
  EXPECT_EQ(std::ranges::count(rig.memory.log, 'R', &GuestMemory::Access::kind), 0);
  EXPECT_EQ(std::ranges::count(rig.memory.log, 'W', &GuestMemory::Access::kind), 0);
  EXPECT_EQ(rig.take_interrupts(), 0U);
  for (const unsigned channel : {1U, 16U}) {
    EXPECT_EQ(rig.r2(NetRig::host_side(channel)) & 0xffff0003, 0U);
    EXPECT_EQ(rig.r2(NetRig::device_side(channel)) & 3, 0U);
    EXPECT_EQ(rig.proc(channel), 0U);
  }
}

TEST_P(Conformance, Item04_ApplicationsSwitchWithoutResetAndStayLoaded) {
  make_network();
  const List in_a = in, out_a = out;
  make_network();
  const List in_b = in, out_b = out;
  for (unsigned i = 0; i < 1000; ++i) {
    ASSERT_EQ(rig.enable(i % 2, 1), 0U) << i;
    ASSERT_EQ(rig.r2(NetRig::host_side(1)) >> 16, 0U) << "counts start at 0 again";
    in = i % 2 == 0 ? in_a : in_b;
    out = i % 2 == 0 ? out_a : out_b;
    const Bytes frame = noise(192, i);
    launch_output(0);
    launch_input(0, frame);
    rig.run();
    ASSERT_EQ(output_at(0), answer(i % 2 + 1, frame)) << i;
    ASSERT_EQ(rig.take_interrupts(), 0x10002U);
  }
  EXPECT_EQ(rig.core.payloads.size(), 2U) << "each was loaded once";
  EXPECT_TRUE(rig.core.unloaded.empty());
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_P(Conformance, Item05_EnablingTheActiveApplicationDisturbsNothing) {
  make_network();
  rig.core.automatic = false;
  ASSERT_EQ(rig.enable(0), 0U);
  for (std::uint32_t i = 0; i < 4; ++i) launch_output(i);
  const Bytes frame = noise(192, 5);
  launch_input(0, frame);
  rig.run();
  ASSERT_EQ(rig.enable(0, 4), 0U);
  EXPECT_EQ(rig.r2(NetRig::host_side(16)) >> 16, 4U);
  rig.core.finish();
  rig.run();
  EXPECT_EQ(output_at(0), answer(1, frame));
  EXPECT_EQ(rig.proc(1), 1U);
  EXPECT_EQ(rig.proc(16), 1U);
  EXPECT_EQ(rig.core.payloads.size(), 1U);
}

TEST_P(Conformance, Item06_FramesAreAssembledByByteCount) {
  std::mt19937 random(6);
  for (const std::uint32_t count : {2U, 4U, 8U, 64U, 4096U, 65536U}) {
    constexpr std::uint32_t kPage = 512;
    const std::uint32_t size = count == 2 ? 64 : std::min(count / 2, 8U) * 200;
    in = rig.make_list(count, kPage, size / 8 * 8);
    out = rig.make_list(count, 64, 8);
    input = rig.allocate(0x10000);
    output = rig.allocate(std::size_t{count} * 64);
    rig.configure(in, out, emulator_payload(64));
    ASSERT_EQ(rig.enable(0), 0U);
    const unsigned model = static_cast<unsigned>(rig.core.last);
    std::uint32_t at_in = 0;
    std::uint32_t at_out = 0;
    // Enough frames to come around the end of all but the longest list.
    for (unsigned frame_number = 0; frame_number < 40; ++frame_number) {
      const Bytes frame = noise(in.bytes, random());
      std::uint32_t left = in.bytes;
      std::uint32_t pieces = 0;
      const std::uint32_t most = std::min(count - 1, 20U);
      std::uint32_t where = 0;
      while (left > 0) {
        ++pieces;
        // The last permitted piece takes the rest, as far as a page goes.
        std::uint32_t part = 1 + random() % std::min(left, kPage);
        if (left - part > (most - pieces) * kPage || pieces == most) part = std::min(left, kPage);
        const std::uint64_t place = input + 1024 * pieces;
        rig.memory.put(place, ByteView(frame).subspan(where, part));
        rig.describe(in, at_in, place, part, part == left ? kHostIrq : kPlain);
        at_in = (at_in + 1) % count;
        where += part;
        left -= part;
      }
      rig.describe(out, at_out, output + 64 * at_out, 8, kHostIrq);
      const std::uint32_t here = at_out;
      at_out = (at_out + 1) % count;
      rig.ring(16, at_out);
      rig.ring(1, at_in);
      rig.run();
      ASSERT_EQ(output_at(here), answer(model, frame)) << count << " frame " << frame_number;
      ASSERT_EQ(rig.proc(1) % count, at_in);
      ASSERT_EQ(rig.take_interrupts(), 0x10002U);
    }
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
  }
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_P(Conformance, Item06_TheLongestListWraps) {
  make_network(65536);
  ASSERT_EQ(rig.enable(0), 0U);
  const Bytes frame = noise(192, 66);
  rig.memory.put(input, frame);
  for (std::uint32_t i = 0; i < 65536; ++i) {
    rig.describe(in, i, input, 192);
    rig.describe(out, i, output, 8);
  }
  // Never all descriptors at once: full and empty would look the same.
  for (const std::uint32_t avail : {40000U, 65535U, 0U, 20000U}) {
    rig.ring(16, avail);
    rig.ring(1, avail);
    for (unsigned i = 0; i < 5000 && rig.proc(16) != avail; ++i) rig.run();
    EXPECT_EQ(rig.proc(1), avail);
    EXPECT_EQ(rig.proc(16), avail);
  }
  EXPECT_EQ(rig.command("state")["frames"], 65536 + 20000);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_P(Conformance, Item07_ExactBytesInTheRightOrder) {
  make_network();
  rig.core.compute = [](auto, const auto&) {
    return std::vector<NeuralCore::Frame>{{16, Bytes(24, 0xab)}};
  };
  ASSERT_EQ(rig.clear(), 0U);
  out = rig.make_list(16, 64, 24);
  rig.configure(in, out, emulator_payload(64));
  ASSERT_EQ(rig.enable(0), 0U);
  // The descriptor offers a whole page, of which the frame takes 24 bytes.
  rig.describe(out, 0, output, 64, 0x2f);
  rig.ring(16, 1);
  launch_input(0, noise(192, 7));
  rig.memory.log.clear();
  rig.run();
  EXPECT_EQ(rig.memory.get(output, 24), Bytes(24, 0xab));
  EXPECT_EQ(rig.memory.get(output + 24, 40), Bytes(40)) << "not a byte more";
  const auto position = [&](char kind, std::uint64_t address) {
    const auto it = std::ranges::find_if(rig.memory.log, [&](const auto& a) {
      return a.kind == kind && (kind == 'M' || a.address == address);
    });
    return it - rig.memory.log.begin();
  };
  const auto data = position('W', output);
  const auto status = position('W', out.address + 12);
  const auto end = std::ssize(rig.memory.log);
  ASSERT_LT(data, end);
  ASSERT_LT(status, end);
  EXPECT_LT(data, status);
  // The input's interrupt is the first, and it has no status of its own.
  EXPECT_LT(data, position('M', 0));
  EXPECT_EQ(rig.memory.log.back().kind, 'M');
}

/// Reads NUM_PROC in the moment of the interrupt, as a handler may.
class LateReader final : public Host {
 public:
  explicit LateReader(NetRig& rig) : rig_(rig) {}
  void send_msi() override { seen.push_back({rig_.proc(1), rig_.proc(16)}); }
  bool dma_read(std::uint64_t a, std::span<std::byte> to) override {
    return rig_.memory.dma_read(a, to);
  }
  bool dma_write(std::uint64_t a, std::span<const std::byte> from) override {
    return rig_.memory.dma_write(a, from);
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> seen;

 private:
  NetRig& rig_;
};

TEST_P(Conformance, Item07_NumProcIsUpToDateWhenTheInterruptComes) {
  make_network();
  ASSERT_EQ(rig.enable(0), 0U);
  launch_output(0);
  launch_input(0, noise(192, 7));
  LateReader reader(rig);
  rig.host.memory = &reader;
  rig.run();
  rig.host.memory = &rig.memory;
  ASSERT_EQ(reader.seen.size(), 2U);
  EXPECT_EQ(reader.seen[0].first, 1U);
  EXPECT_EQ(reader.seen[1].second, 1U);
}

TEST_P(Conformance, Item08_InterruptsOfChannels) {
  make_network();
  ASSERT_EQ(rig.enable(0), 0U);
  launch_output(0);
  launch_input(0, noise(192, 8));
  rig.w0(0x188, 0xff000000);
  const unsigned before = rig.host.msis;
  rig.run();
  EXPECT_EQ(rig.host.msis, before) << "masked";
  EXPECT_EQ(rig.r0(0x18c) & 0xffff, 0x1001U) << "status is not masked";
  EXPECT_EQ(rig.r0(0x400), 0x2U);
  EXPECT_EQ(rig.r0(0x500), 0x10000U);
  rig.w0(0x188, 0xff00ffff);
  EXPECT_EQ(rig.host.msis, before + 1) << "what is latched is told when it is unmasked";
  rig.w0(0x18c, 0x1);
  EXPECT_EQ(rig.host.msis, before + 2) << "and what is left";
  EXPECT_EQ(rig.r0(0x18c) & 0xffff, 0x1000U) << "write 1 to clear";
  EXPECT_EQ(rig.r0(0x400), 0x2U) << "by itself";
  rig.w0(0x400, 0x2);
  EXPECT_EQ(rig.r0(0x400), 0U);
  rig.w0(0x500, 0xffffffff);
  rig.w0(0x18c, 0xffffffff);
  EXPECT_EQ(rig.r0(0x500) | rig.r0(0x18c), 0U);
  // Without the host bit there is none.
  rig.describe(in, 1, input, 192);
  rig.describe(out, 1, output, 8);
  rig.ring(16, 2);
  rig.ring(1, 2);
  rig.run();
  EXPECT_EQ(rig.proc(16), 2U);
  EXPECT_EQ(rig.take_interrupts(), 0U);
}

TEST_P(Conformance, Item08_SummaryBitsOfAllChannels) {
  for (unsigned i = 0; i < 16; ++i) {
    in = rig.make_list(16, 256, 192);
    out = rig.make_list(16, 64, 8);
    input = rig.allocate(0x1000);
    rig.configure(in, out, i, 16 + i);
    ASSERT_EQ(rig.enable(0), 0U);
    rig.ring(16 + i, rig.bind(out, 0, input + 0x400, 8));
    rig.ring(i, rig.bind(in, 0, input, 192));
    rig.run();
    EXPECT_EQ(rig.r0(0x18c) & 0xffff, 1U << i / 4 | 1U << (12 + i / 4)) << i;
    EXPECT_EQ(rig.r0(0x400), 1U << i);
    EXPECT_EQ(rig.r0(0x500), 0x10000U << i);
    rig.take_interrupts();
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
  }
}

TEST_P(Conformance, Item09_AStoppedChannelNeverInterrupts) {
  make_network();
  rig.core.automatic = false;
  ASSERT_EQ(rig.enable(0), 0U);
  for (std::uint32_t i = 0; i < 4; ++i) launch_output(i);
  launch_input(0, noise(192, 9));
  rig.run();
  ASSERT_EQ(rig.reset(), 0U);
  rig.run();
  EXPECT_EQ(rig.take_interrupts(), 0U);
  EXPECT_EQ(rig.r0(0x400) | rig.r0(0x500), 0U);
}

TEST_P(Conformance, Item10_PartialBatches) {
  make_network();
  ASSERT_EQ(rig.enable(0, 8), 0U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Bytes frame = noise(192, i);
    launch_output(i);
    launch_input(i, frame);
    rig.run();
    EXPECT_EQ(output_at(i), answer(1, frame));
  }
  EXPECT_EQ(rig.proc(16), 3U) << "three of eight";
}

TEST_P(Conformance, Item11_LatencyModeOfSeveralFrames) {
  make_network();
  in = rig.make_list(16, 64, 192);  // three descriptors per frame
  rig.core.automatic = false;
  ASSERT_EQ(rig.clear(), 0U);
  rig.configure(in, out, emulator_payload(64));
  ASSERT_EQ(rig.enable(0), 0U);
  for (std::uint32_t frame = 0; frame < 2; ++frame) {
    rig.bind(in, 3 * frame, input, 192);
    rig.describe(in, 3 * frame, input, 64, kHostIrq);
    launch_output(frame);
  }
  rig.ring(1, 6);
  rig.run();
  EXPECT_EQ(rig.core.waiting.size(), 2U) << "read ahead";
  EXPECT_EQ(rig.proc(1), 1U) << "only the first frame has begun";
  EXPECT_EQ(rig.take_interrupts(), 0x2U);
  rig.core.finish();
  rig.run();
  EXPECT_EQ(rig.proc(1), 4U) << "the first is done, the second has begun";
  EXPECT_EQ(rig.take_interrupts(), 0x10002U);
  rig.core.finish();
  rig.run();
  EXPECT_EQ(rig.proc(1), 6U);
  EXPECT_EQ(rig.proc(16), 2U);
}

TEST_P(Conformance, Item12_DriverDownStopsEverything) {
  make_network();
  rig.core.automatic = false;
  ASSERT_EQ(rig.enable(0), 0U);
  launch_output(0);
  launch_input(0, noise(192, 12));
  rig.run();
  rig.core.finish();
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.r0(0x18c) & 0x08000000, 0x08000000U) << "at once";
  rig.memory.log.clear();
  rig.run();
  EXPECT_EQ(std::ranges::count(rig.memory.log, 'W', &GuestMemory::Access::kind), 0);
  EXPECT_FALSE(rig.active(1));
  EXPECT_FALSE(rig.active(16));
  EXPECT_EQ(rig.take_interrupts() & 0x10002, 0U);
}

TEST_P(Conformance, Item12_DriverDownThatIsNotHeardStopsNothing) {
  make_network();
  ASSERT_EQ(rig.enable(0), 0U);
  const Bytes frame = noise(192, 12);
  launch_input(0, frame);
  rig.run();
  rig.command("fault no-driver-down");
  rig.w4(0x1684, 4);
  EXPECT_EQ(rig.r0(0x18c) & 0x08000000, 0U);
  EXPECT_TRUE(rig.active(1));
  launch_output(0);
  rig.run();
  EXPECT_EQ(output_at(0), answer(1, frame));
}

TEST_P(Conformance, Item13_TheNextClientWorksAfterAKill) {
  for (unsigned client = 1; client <= 3; ++client) {
    make_network();
    ASSERT_EQ(rig.enable(0), 0U);
    const Bytes frame = noise(192, client);
    launch_output(0);
    launch_input(0, frame);
    rig.run();
    EXPECT_EQ(output_at(0), answer(client, frame));
    launch_input(1, frame);  // in flight, for want of an output
    rig.w4(0x1684, 4);
    rig.memory.remove(input);
    rig.memory.remove(in.address);
    rig.run();
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
    rig.w0(0x18c, 0xffffffff);
    rig.w0(0x400, 0xffffffff);
    rig.w0(0x500, 0xffffffff);
    EXPECT_EQ(rig.core.unloaded.size(), client);
  }
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_P(Conformance, Item14_ConfigurationArrivesUnmodified) {
  const std::size_t sizes[] = {0, 1, 511, 512, 513, 5'000'000, 40'000'000};
  for (const std::size_t size : sizes) {
    const Bytes payload = emulator_payload(size);
    in = rig.make_list(16, 256, 192);
    out = rig.make_list(16, 64, 8);
    const std::size_t loads = rig.core.payloads.size();
    rig.configure(in, out, payload);
    ASSERT_EQ(rig.enable(0), 0U) << size;
    const auto configuration = rig.command("state")["configuration"];
    EXPECT_EQ(configuration["bytes"], size);
    EXPECT_EQ(configuration["crc32"], hex(add_crc32(0, payload))) << size;
    EXPECT_EQ(configuration["complete"], true);
    ASSERT_EQ(rig.core.payloads.size(), loads + (size >= 8 ? 1 : 0)) << size;
    if (size >= 8) {
      EXPECT_TRUE(rig.core.payloads.back() == payload) << size;
    }
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.clear(), 0U);
  }
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_P(Conformance, Item14_GroupsFollowEachOther) {
  const std::vector<Bytes> groups = {emulator_payload(513), noise(512, 2), noise(1, 3),
                                     noise(2000, 4)};
  Bytes whole;
  for (const Bytes& group : groups) whole.insert(whole.end(), group.begin(), group.end());
  ASSERT_EQ(rig.header(), 0U);
  ASSERT_EQ(rig.context(0, rig.preliminary(groups)), 0U);
  // A second context starts at its own list's first descriptor.
  const Bytes more = noise(700, 5);
  ASSERT_EQ(rig.context(1, rig.preliminary({more})), 0U);
  whole.insert(whole.end(), more.begin(), more.end());
  ASSERT_EQ(rig.enable(0), 0U);
  ASSERT_EQ(rig.core.payloads.size(), 1U);
  EXPECT_TRUE(rig.core.payloads[0] == whole);
}

}  // namespace
}  // namespace hailo::emu::test
