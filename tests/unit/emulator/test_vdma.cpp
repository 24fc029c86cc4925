// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "emulator/model/pattern.h"
#include "net_rig.h"

namespace hailo::emu::test {
namespace {

constexpr std::uint64_t kList = 0x3'0047'0000;
constexpr std::uint64_t kBuffer = 0x1'2345'6000;
constexpr std::uint32_t kFrame = 10'000;

/// The board of the specification's examples: lists of 8, pages of 4096.
class VdmaExample : public testing::Test {
 protected:
  VdmaExample() {
    rig.memory.add(kList, 0x10000);
    rig.memory.add(kBuffer, 0x3000);
    rig.memory.add(0xa000'0000, 0x2000);
  }

  /// One input, one output, frames of 10 000 bytes each.
  void start(unsigned in_channel, const List& in, const List& out) {
    rig.configure(in, out, in_channel);
    ASSERT_EQ(rig.enable(0), 0U);
    rig.memory.log.clear();
    rig.w0(0x18c, 0xffffffff);
  }
  Bytes descriptor(unsigned index) { return rig.memory.get(kList + 16 * index, 16); }
  void put(unsigned index, const Bytes& bytes) { rig.memory.put(kList + 16 * index, bytes); }

  NetRig rig;
  const List list{kList, 8, 4096, kFrame};
};

const Bytes kFirst = {0x02, 0, 0x10, 0, 0, 0x60, 0x45, 0x23, 1, 0, 0, 0, 0, 0, 0, 0};
const Bytes kSecond = {0x02, 0, 0x10, 0, 0, 0x70, 0x45, 0x23, 1, 0, 0, 0, 0, 0, 0, 0};
const Bytes kThird = {0x2e, 0x10, 0x07, 0, 0, 0x80, 0x45, 0x23, 1, 0, 0, 0, 0, 0, 0, 0};

TEST_F(VdmaExample, ThreeDescriptorsHostToDevice) {
  const List out = rig.make_list(8, 64, 8);
  const std::uint64_t answer = rig.allocate(64);
  start(0, list, out);
  const Bytes frame = noise(kFrame, 1);
  rig.memory.put(kBuffer, frame);
  put(0, kFirst);
  put(1, kSecond);
  put(2, kThird);
  rig.bind(out, 0, answer, 8);
  rig.ring(16, 1);
  rig.run();
  EXPECT_EQ(rig.take_interrupts(), 0U) << "no input yet";

  EXPECT_EQ(rig.r2(0x000), 0x00001801U);
  const unsigned msis = rig.host.msis;
  rig.w2(0x000, 0x00031801);
  rig.run();
  EXPECT_EQ(rig.r2(0x000), 0x00031801U);
  EXPECT_EQ(rig.r2(0x004), 0x00030003U);
  EXPECT_EQ(rig.r0(0x400), 0x00000001U);
  EXPECT_EQ(rig.r0(0x18c) & 0xff, 0x00000001U);
  EXPECT_EQ(rig.host.msis, msis + 2) << "one for each channel";
  EXPECT_EQ(rig.r2(0x008), 0x00470000U);
  EXPECT_EQ(rig.r2(0x00c), 0x00000003U);
  EXPECT_EQ(rig.take_interrupts(), 0x00010001U);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  EXPECT_EQ(descriptor(2), kThird) << "no status was asked for";
  EXPECT_EQ(rig.memory.get(answer, 8), pattern_frame(8, add_crc32(0, frame), false));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(VdmaExample, DeviceToHostAcrossTheEndOfTheList) {
  const List in = rig.make_list(8, 64, 8);
  const std::uint64_t input = rig.allocate(64);
  const std::uint64_t earlier = rig.allocate(0x6000);
  start(1, in, list);
  rig.bind(list, 0, earlier, kFrame);
  rig.bind(list, 3, earlier + 0x3000, kFrame);
  put(6, kFirst);
  put(7, kSecond);
  for (std::uint32_t i = 0; i < 3; ++i) rig.bind(in, i, input, 8);
  rig.ring(16, 6);
  rig.ring(1, 2);
  rig.run();
  EXPECT_EQ(rig.r2(0x210), 0x00061801U);
  EXPECT_EQ(rig.r2(0x214), 0x00060006U);
  rig.take_interrupts();

  put(0, kThird);
  rig.w2(0x210, 0x00011801);
  rig.ring(1, 3);
  rig.run();
  EXPECT_EQ(rig.r2(0x214), 0x00010001U);
  EXPECT_EQ(rig.r0(0x500), 0x00010000U);
  EXPECT_EQ(rig.r0(0x18c) & 0xff00, 0x00001000U);
  EXPECT_EQ(rig.memory.get(kBuffer, kFrame), pattern_frame(kFrame, add_crc32(0, Bytes(8)), false));
  EXPECT_EQ(rig.memory.get(kBuffer + kFrame, 0x3000 - kFrame), Bytes(0x3000 - kFrame));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(VdmaExample, TwoSegmentsAndLatency) {
  rig.core.automatic = false;
  const std::uint32_t size = 4096 + 4096 + 1808;
  const List in{kList, 8, 4096, size};
  const List out = rig.make_list(8, 64, 8);
  const std::uint64_t answer = rig.allocate(64);
  rig.configure(in, out, emulator_payload(100));
  ASSERT_EQ(rig.enable(0), 0U);
  put(0, {0x2e, 0, 0x10, 0, 0, 0x60, 0x45, 0x23, 1, 0, 0, 0, 0, 0, 0, 0});
  put(1, {0x02, 0, 0x10, 0, 0, 0, 0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0});
  put(2, {0x2e, 0x10, 0x07, 0, 0, 0x10, 0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0});
  const Bytes frame = noise(size, 2);
  rig.memory.put(kBuffer, ByteView(frame).first(4096));
  rig.memory.put(0xa000'0000, ByteView(frame).subspan(4096));
  rig.bind(out, 0, answer, 8);
  rig.ring(16, 1);
  rig.ring(1, 3);
  rig.run();
  EXPECT_EQ(rig.r2(0x024), 0x00030001U) << "the first is consumed, the rest is under way";
  EXPECT_EQ(rig.take_interrupts(), 0x00000002U);
  ASSERT_EQ(rig.core.waiting.size(), 1U);
  EXPECT_EQ(rig.core.waiting[0].inputs[0].bytes, frame);

  rig.core.finish();
  rig.run();
  EXPECT_EQ(rig.r2(0x024), 0x00030003U);
  EXPECT_EQ(rig.take_interrupts(), 0x00010002U);
  EXPECT_EQ(rig.ub(), 0U);
}

/// Small frames in, 8 bytes out; descriptors as a test wants them.
class Vdma : public testing::Test {
 protected:
  Vdma() : in(rig.make_list(16, 512, 512)), out(rig.make_list(16, 64, 8)) {
    input = rig.allocate(0x4000);
    output = rig.allocate(0x1000);
    rig.configure(in, out);
    EXPECT_EQ(rig.enable(0), 0U);
    for (std::uint32_t i = 0; i < 16; ++i) rig.bind(out, i, output + 64 * i, 8);
    rig.ring(16, 15);
    rig.run();
    rig.memory.log.clear();
  }

  void expect_failure(unsigned channel, std::string_view ub) {
    EXPECT_TRUE(rig.only_ub(ub));
    EXPECT_EQ(rig.error(channel), 1U);
    EXPECT_EQ(rig.r2(NetRig::host_side(channel)) & 1, 0U);
    EXPECT_EQ(rig.r2(NetRig::device_side(channel)) & 1, 0U);
    EXPECT_NE(rig.take_interrupts() & 1U << channel, 0U);
    // The firmware makes it work again.
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.enable(0), 0U);
    EXPECT_EQ(rig.error(channel), 0U);
    EXPECT_TRUE(rig.active(channel));
    rig.bind(in, 0, input, 512);
    rig.bind(out, 0, output, 8);
    rig.ring(16, 1);
    rig.ring(1, 1);
    rig.run();
    EXPECT_EQ(rig.proc(1), 1U);
    EXPECT_EQ(rig.proc(16), 1U);
    EXPECT_EQ(rig.ub(), 0U);
  }

  NetRig rig;
  List in;
  List out;
  std::uint64_t input;
  std::uint64_t output;
};

TEST_F(Vdma, DataId) {
  rig.describe(in, 0, input | 1, 512);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(load_le32(rig.memory.get(in.address, 16), 12), 2U) << "error in the status";
  expect_failure(1, "vdma_data_id");
}

TEST_F(Vdma, MisalignedAddress) {
  rig.describe(in, 0, input + 32, 512);
  rig.ring(1, 1);
  rig.run();
  expect_failure(1, "vdma_data_id");
}

TEST_F(Vdma, SizeZero) {
  rig.ring(1, 1);
  rig.run();
  expect_failure(1, "vdma_size");
}

TEST_F(Vdma, ControlBitsThatNoHostSets) {
  const std::set<unsigned> known = {0x02, 0x1e, 0x2e, 0x3e, 0x1f, 0x2f, 0x3f};
  for (unsigned control = 0; control < 256; ++control) {
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.enable(0), 0U);
    rig.describe(in, 0, input, 512, static_cast<std::uint8_t>(control));
    rig.ring(1, 1);
    rig.run();
    if (known.contains(control)) {
      EXPECT_EQ(rig.error(1), 0U) << control;
      EXPECT_EQ(rig.ub(), 0U) << control;
      continue;
    }
    EXPECT_EQ(rig.error(1), 1U) << control;
    EXPECT_TRUE(rig.only_ub("vdma_desc_control")) << control;
    EXPECT_EQ(load_le32(rig.memory.get(in.address, 16), 12), (control & 2) != 0 ? 2U : 0U)
        << "the status of an error is written only if bit 1 asks for it";
  }
}

TEST_F(Vdma, WhatIsBeyondAFrameBeginsTheNext) {
  const Bytes stream = noise(1024, 1);
  rig.memory.put(input, ByteView(stream).first(500));
  rig.memory.put(input + 0x400, ByteView(stream).subspan(500, 500));
  rig.memory.put(input + 0x800, ByteView(stream).subspan(1000));
  rig.describe(in, 0, input, 500);
  rig.describe(in, 1, input + 0x400, 500, kHostIrq);
  rig.ring(1, 2);
  rig.run();
  EXPECT_EQ(rig.proc(1), 2U);
  EXPECT_EQ(rig.proc(16), 1U);
  EXPECT_EQ(rig.take_interrupts(), 0x10002U);
  rig.describe(in, 2, input + 0x800, 24, kHostIrq);
  rig.ring(1, 3);
  rig.run();
  EXPECT_EQ(rig.proc(1), 3U);
  EXPECT_EQ(rig.proc(16), 2U);
  for (const std::uint32_t frame : {0U, 1U})
    EXPECT_EQ(rig.memory.get(output + 64 * frame, 8),
              pattern_frame(8, add_crc32(0, ByteView(stream).subspan(512 * frame, 512)), false))
        << frame;
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Vdma, SeveralFramesInOneDescriptor) {
  const List small = rig.make_list(16, 512, 64);
  ASSERT_EQ(rig.reset(), 0U);
  ASSERT_EQ(rig.clear(), 0U);
  rig.configure(small, out);
  ASSERT_EQ(rig.enable(0), 0U);
  const Bytes stream = noise(160, 2);
  rig.memory.put(input, stream);
  rig.ring(16, 15);
  rig.describe(small, 0, input, 160, kHostIrq);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(rig.proc(1), 1U);
  EXPECT_EQ(rig.proc(16), 2U) << "two, and half of a third";
  for (const std::uint32_t frame : {0U, 1U})
    EXPECT_EQ(rig.memory.get(output + 64 * frame, 8),
              pattern_frame(8, add_crc32(0, ByteView(stream).subspan(64 * frame, 64)), false))
        << frame;
  // A channel that is started anew knows nothing of the half.
  ASSERT_EQ(rig.reset(), 0U);
  ASSERT_EQ(rig.enable(0), 0U);
  rig.ring(16, 15);
  rig.describe(small, 0, input, 64, kHostIrq);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(rig.proc(16), 1U);
  EXPECT_EQ(rig.memory.get(output, 8),
            pattern_frame(8, add_crc32(0, ByteView(stream).first(64)), false));
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Vdma, LargerThanAPage) {
  rig.describe(in, 0, input, 513);
  rig.ring(1, 1);
  rig.run();
  expect_failure(1, "vdma_size");
}

TEST_F(Vdma, InputNotMapped) {
  rig.bind(in, 0, 0xdead'0000'0000, 512);
  rig.ring(1, 1);
  rig.run();
  expect_failure(1, "vdma_data_unmapped");
}

TEST_F(Vdma, InputEndsBeyondTheMapping) {
  rig.bind(in, 0, input + 0x4000 - 256, 512);
  rig.ring(1, 1);
  rig.run();
  expect_failure(1, "vdma_data_unmapped");
}

TEST_F(Vdma, OutputNotMapped) {
  rig.describe(out, 0, 0xdead'0000'0000, 8, kHostIrq);
  rig.bind(in, 0, input, 512);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(rig.proc(1), 0U) << "the frame did not complete";
  expect_failure(16, "vdma_data_unmapped");
}

TEST_F(Vdma, OutputReadOnly) {
  rig.memory.add(0x9'0000'0000, 64, false);
  rig.describe(out, 0, 0x9'0000'0000, 8, kHostIrq);
  rig.bind(in, 0, input, 512);
  rig.ring(1, 1);
  rig.run();
  expect_failure(16, "vdma_data_unmapped");
}

TEST_F(Vdma, ListNotMapped) {
  rig.bind(in, 0, input, 512);
  rig.memory.remove(in.address);
  rig.ring(1, 1);
  rig.run();
  rig.memory.add(in.address, in.count * 16);
  expect_failure(1, "vdma_list_unmapped");
}

TEST_F(Vdma, AvailBeyondTheList) {
  rig.ring(1, 16);
  EXPECT_TRUE(rig.only_ub("vdma_avail"));
  EXPECT_EQ(rig.r2(0x20) >> 16, 16U);
  rig.run();
  EXPECT_EQ(rig.proc(1), 0U) << "16 of 16 means empty";
}

TEST_F(Vdma, ADoorbellThatCrossesAFailureIsForgiven) {
  rig.bind(in, 0, 0xdead'0000'0000, 512);
  rig.ring(1, 1);
  const std::uint32_t read_before = rig.r2(0x20) & 0xffff;
  rig.run();
  ASSERT_TRUE(rig.only_ub("vdma_data_unmapped"));
  rig.w2(0x20, 2 << 16 | read_before);
  rig.ring(1, 3);
  EXPECT_EQ(rig.ub(), 0U);
  EXPECT_EQ(rig.r2(0x20) & 1, 0U) << "and starts nothing";
  EXPECT_EQ(rig.r2(0x20) >> 16, 3U);
  rig.run();
  EXPECT_EQ(rig.proc(1), 0U);
}

TEST_F(Vdma, NothingPastAvailIsFetched) {
  rig.bind(in, 0, input, 512);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(rig.proc(1), 1U);
  for (const auto& access : rig.memory.log)
    if (access.kind == 'R' && access.address >= in.address && access.address < in.address + 256) {
      EXPECT_EQ(access.address, in.address);
      EXPECT_EQ(access.size, 16U);
    }
}

TEST_F(Vdma, DescriptorsAreFetchedAnewOnEachLap) {
  std::uint32_t index = 0;
  for (unsigned i = 0; i < 40; ++i) {
    rig.memory.put(input + 512 * (i % 16), noise(512, i));
    // Another place each time, so that an old copy would read wrong bytes.
    const std::uint32_t here = index;
    index = rig.bind(in, here, input + 512 * (i % 16), 512);
    rig.describe(out, here, output, 8, kHostIrq);
    rig.ring(16, index);
    rig.ring(1, index);
    rig.run();
    EXPECT_EQ(rig.memory.get(output, 8), pattern_frame(8, add_crc32(0, noise(512, i)), false)) << i;
    EXPECT_EQ(rig.proc(1) % 16, index);
    EXPECT_EQ(rig.take_interrupts(), 0x10002U);
  }
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Vdma, StatusIsWrittenWhenAskedFor) {
  rig.describe(in, 0, input, 512, 0x2f);
  rig.describe(out, 0, output, 8, 0x2f);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(load_le32(rig.memory.get(in.address, 16), 12), 1U);
  EXPECT_EQ(load_le32(rig.memory.get(out.address, 16), 12), 1U);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Vdma, DeviceDomainGoesToTheFirmwareOnly) {
  rig.describe(in, 0, input, 512, kDeviceIrq);
  rig.describe(out, 0, output, 8, kPlain);
  rig.ring(1, 1);
  rig.run();
  EXPECT_EQ(rig.proc(1), 1U);
  EXPECT_EQ(rig.r0(0x18c), 0U);
  EXPECT_EQ(rig.r0(0x400) | rig.r0(0x500), 0U);
  EXPECT_EQ(rig.command("state")["device_interrupts"], 1);
  rig.describe(in, 1, input, 512, 0x3e);
  rig.ring(1, 2);
  rig.run();
  EXPECT_EQ(rig.take_interrupts() & 2, 2U) << "both domains";
  EXPECT_EQ(rig.command("state")["device_interrupts"], 2);
}

TEST_F(Vdma, NoMemoryAccessWithoutBusMastering) {
  rig.bind(in, 0, input, 512);
  rig.device.config_write(4, 2, 0x0402);
  rig.memory.log.clear();
  rig.ring(1, 1);
  rig.run();
  EXPECT_TRUE(rig.memory.log.empty());
  EXPECT_EQ(rig.proc(1), 0U);
  EXPECT_FALSE(rig.device.next_deadline()) << "it would spin";
  rig.device.config_write(4, 2, 0x0406);
  rig.run();
  EXPECT_EQ(rig.proc(1), 1U);
  EXPECT_EQ(rig.ub(), 0U);
}

TEST_F(Vdma, NeighboursMoveAtOnce) {
  const List wide_in = rig.make_list(512, 512, 512 * 200);
  const std::uint64_t buffer = rig.allocate(512 * 200);
  ASSERT_EQ(rig.reset(), 0U);
  ASSERT_EQ(rig.clear(), 0U);
  rig.configure(wide_in, out);
  ASSERT_EQ(rig.enable(0), 0U);
  const std::uint32_t end = rig.bind(wide_in, 0, buffer, wide_in.bytes);
  rig.ring(16, 15);
  rig.ring(1, end);
  rig.memory.log.clear();
  rig.run();
  EXPECT_EQ(rig.proc(1), 200U);
  const auto reads = std::ranges::count(rig.memory.log, 'R', &GuestMemory::Access::kind);
  EXPECT_LE(reads, 4) << "descriptors in one go, data in one go, and the output's descriptor";
}

TEST_F(Vdma, CountersByRegister) {
  rig.command("reset-counters");
  rig.r2(0x20);
  rig.w2(0x20, rig.r2(0x20));
  rig.r2(0x210 + 4);
  rig.r2(0x30 + 8);
  rig.r2(0x200 + 0xc);
  const auto registers = rig.command("counters")["registers"];
  EXPECT_EQ(registers["bar2.ch1.host.control"]["reads"], 2);
  EXPECT_EQ(registers["bar2.ch1.host.control"]["writes"], 1);
  EXPECT_EQ(registers["bar2.ch16.host.progress"]["reads"], 1);
  EXPECT_EQ(registers["bar2.ch1.device.error"]["reads"], 1);
  EXPECT_EQ(registers["bar2.ch16.device.addr_h"]["reads"], 1);
  EXPECT_EQ(rig.device.register_name(2, 0x3ec), "bar2.ch31.device.addr_h");
  EXPECT_EQ(rig.device.register_name(2, 0x3f0), "bar2.ch31.host.control");
}

TEST_F(Vdma, ResetOfTheBoardClearsEverything) {
  rig.device.bus_reset();
  rig.enable();
  for (std::uint32_t offset = 0; offset < 0x400; offset += 4)
    EXPECT_EQ(rig.r2(offset), 0U) << offset;
  EXPECT_EQ(rig.command("state")["networks"], 0);
}

TEST_F(Vdma, BothWaysToReachMemoryAreTheSame) {
  for (const bool direct : {false, true}) {
    rig.memory.direct = direct;
    ASSERT_EQ(rig.reset(), 0U);
    ASSERT_EQ(rig.enable(0), 0U);
    const Bytes frame = noise(512, direct);
    rig.memory.put(input, frame);
    rig.bind(in, 0, input, 512);
    rig.bind(out, 0, output, 8);
    rig.ring(16, 1);
    rig.ring(1, 1);
    rig.run();
    EXPECT_EQ(rig.memory.get(output, 8), pattern_frame(8, add_crc32(0, frame), false));
  }
}

}  // namespace
}  // namespace hailo::emu::test
