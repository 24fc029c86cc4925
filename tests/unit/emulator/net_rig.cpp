// SPDX-License-Identifier: MIT
#include "net_rig.h"

#include <gtest/gtest.h>

#include <random>

namespace hailo::emu::test {
namespace {

constexpr std::size_t kChunk = 1461;

void put_buffer(ByteWriter& w, const List& list) {
  w.u8(0)
      .le32(static_cast<std::uint32_t>(list.address))
      .le32(static_cast<std::uint32_t>(list.address >> 32))
      .le16(list.page)
      .le32(list.count)
      .le32(list.bytes);
}

void put_registers(ByteWriter& w, bool wide) { w.raw(Bytes(wide ? 18 : 17)); }

}  // namespace

Actions& Actions::action(unsigned type, const Bytes& payload) {
  const Bytes action = ByteWriter().u8(type).le32(0xffffffff).raw(payload).take();
  bytes_.insert(bytes_.end(), action.begin(), action.end());
  return *this;
}

Actions& Actions::open_input(unsigned channel, unsigned stream, const List& list) {
  ByteWriter w;
  w.u8(channel);
  put_buffer(w, list);
  return action(32, w.u8(stream).u8(0).le16(8).le32(list.bytes).take());
}

Actions& Actions::open_output(unsigned channel, const List& list) {
  ByteWriter w;
  w.u8(channel);
  put_buffer(w, list);
  return action(33, w.take());
}

Actions& Actions::activate_input(unsigned channel, unsigned stream, const List& list) {
  ByteWriter w;
  w.u8(channel).u8(stream);
  put_registers(w, wide_);
  put_buffer(w, list);
  return action(6, w.le32(0x4000).take());
}

Actions& Actions::activate_output(unsigned channel, unsigned stream, const List& list) {
  ByteWriter w;
  w.u8(channel).u8(stream).u8(0);
  put_registers(w, wide_);
  put_buffer(w, list);
  return action(7, w.take());
}

Actions& Actions::activate_config(unsigned channel, const List& list) {
  ByteWriter w;
  w.u8(channel).u8(0);
  put_buffer(w, list);
  return action(22, w.take());
}

Actions& Actions::fetch(unsigned channel, unsigned descriptors) {
  return action(0, ByteWriter().le16(descriptors).u8(channel).take());
}

Actions& Actions::deactivate_config(unsigned channel) {
  return action(23, ByteWriter().u8(channel).u8(0).take());
}

NetRig::NetRig(unsigned minor, Config config, NeuralCore* other)
    : Rig(config, other == nullptr ? &core : other), wide(minor == 20) {
  host.memory = &memory;
  // Each output byte is the sum of all input bytes and the model's number.
  core.compute = [](FakeCore::ModelId model, const std::vector<NeuralCore::Frame>& inputs) {
    std::uint8_t sum = static_cast<std::uint8_t>(model);
    for (const auto& input : inputs)
      for (const std::uint8_t byte : input.bytes) sum = static_cast<std::uint8_t>(sum + byte);
    return std::vector<NeuralCore::Frame>{{16, Bytes(8, sum)}};
  };
  boot_and_open(Image{.minor = minor});
}

std::uint32_t NetRig::core_control(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  const auto response = control(2, request(opcode, parameters));
  EXPECT_TRUE(response) << "opcode " << opcode << " was not answered";
  return status_of(response.value_or(Bytes(28)));
}

std::uint32_t NetRig::header() {
  return core_control(
      32, {vector_file(wide ? "network_header_4.20.0.hex" : "network_header_4.23.0.hex")});
}

std::uint32_t NetRig::context(unsigned type, const Bytes& actions) {
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(actions.size() - at, kChunk);
    const Bytes part(actions.begin() + static_cast<std::ptrdiff_t>(at),
                     actions.begin() + static_cast<std::ptrdiff_t>(at + size));
    const bool last = at + size == actions.size();
    const std::uint32_t status = core_control(
        33, {Bytes{at == 0}, Bytes{last}, Bytes{static_cast<std::uint8_t>(type)}, part});
    if (status != 0) return status;
    at += size;
  } while (at < actions.size());
  return 0;
}

std::uint32_t NetRig::enable(unsigned application, unsigned batch) {
  return core_control(37, {Bytes{1}, Bytes{static_cast<std::uint8_t>(application)},
                           ByteWriter().le16(batch).take(), Bytes(2)});
}

std::uint64_t NetRig::allocate(std::size_t size) {
  const std::uint64_t address = next_address;
  memory.add(address, size);
  // A hole behind each buffer: going beyond its end is noticed.
  next_address += (size + 0x1ffff) & ~std::uint64_t{0xffff};
  return address;
}

List NetRig::make_list(std::uint32_t count, std::uint32_t page, std::uint32_t frame_bytes) {
  return {allocate(std::size_t{count} * 16), count, page, frame_bytes};
}

void NetRig::describe(const List& list, std::uint32_t index, std::uint64_t address,
                      std::uint32_t size, std::uint8_t control) {
  memory.put(list.address + 16 * index, ByteWriter()
                                            .le32(size << 8 | control)
                                            .le32(static_cast<std::uint32_t>(address))
                                            .le32(static_cast<std::uint32_t>(address >> 32))
                                            .le32(0)
                                            .take());
}

std::uint32_t NetRig::bind(const List& list, std::uint32_t index, std::uint64_t address,
                           std::uint32_t size, std::uint8_t last) {
  while (size > 0) {
    const std::uint32_t part = std::min(size, list.page);
    size -= part;
    describe(list, index, address, part, size == 0 ? last : kPlain);
    address += list.page;
    index = (index + 1) % list.count;
  }
  return index;
}

Bytes NetRig::preliminary(const std::vector<Bytes>& groups, std::uint32_t page) {
  std::uint32_t descriptors = 0;
  for (const Bytes& group : groups)
    descriptors += (static_cast<std::uint32_t>(group.size()) + page - 1) / page;
  List list = make_list(std::max(descriptors + 1, 2U), page, descriptors * page);
  const std::uint64_t buffer = allocate(std::max<std::size_t>(descriptors * page, 1));
  std::uint32_t index = 0;
  Actions list_of_actions = actions();
  list_of_actions.activate_config(0, list);
  for (const Bytes& group : groups) {
    const std::uint64_t at = buffer + std::uint64_t{index} * page;
    if (!group.empty()) memory.put(at, group);
    const std::uint32_t first = index;
    index = bind(list, index, at, static_cast<std::uint32_t>(group.size()), kDeviceIrq);
    list_of_actions.fetch(0, index - first);
  }
  return list_of_actions.deactivate_config(0).take();
}

void NetRig::ring(unsigned channel, std::uint32_t avail) {
  const std::uint32_t offset = host_side(channel);
  w2(offset, (r2(offset) & 0xffff) | avail << 16);
}

std::uint32_t NetRig::take_interrupts() {
  std::uint32_t channels = 0;
  for (std::uint32_t status = r0(0x18c); (status & 0xffff) != 0; status = r0(0x18c)) {
    w0(0x18c, status);
    for (const std::uint32_t reg : {0x400U, 0x500U}) {
      if ((status & (reg == 0x400 ? 0xffU : 0xff00U)) == 0) continue;
      const std::uint32_t bits = r0(reg);
      w0(reg, bits);
      channels |= bits;
    }
  }
  return channels;
}

void NetRig::configure(const List& in, const List& out, unsigned in_channel, unsigned out_channel,
                       unsigned in_stream, unsigned out_stream) {
  ASSERT_EQ(header(), 0U);
  ASSERT_EQ(
      context(3,
              actions().open_output(out_channel, out).open_input(in_channel, in_stream, in).take()),
      0U);
  ASSERT_EQ(context(2, {}), 0U);
  ASSERT_EQ(context(0, {}), 0U);
  ASSERT_EQ(context(1, actions()
                           .activate_output(out_channel, out_stream, out)
                           .activate_input(in_channel, in_stream, in)
                           .take()),
            0U);
}

void NetRig::configure(const List& in, const List& out, const Bytes& payload) {
  ASSERT_EQ(header(), 0U);
  ASSERT_EQ(context(3, actions().open_output(16, out).open_input(1, 0, in).take()), 0U);
  ASSERT_EQ(context(2, {}), 0U);
  ASSERT_EQ(context(0, preliminary({payload}, payload.size() > (32U << 20) ? 4096 : 512)), 0U);
  ASSERT_EQ(context(1, actions().activate_output(16, 16, out).activate_input(1, 0, in).take()), 0U);
}

Bytes emulator_payload(std::size_t size) {
  Bytes bytes = noise(size, static_cast<std::uint32_t>(size));
  constexpr std::uint8_t kMagic[8] = {'E', 'M', 'U', 'H', 'E', 'F', '1', 0};
  std::copy_n(kMagic, std::min<std::size_t>(size, 8), bytes.begin());
  return bytes;
}

Bytes noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

}  // namespace hailo::emu::test
