// SPDX-License-Identifier: MIT
#include "rig.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "emulator/model/md5.h"

namespace hailo::emu::test {
namespace {

constexpr std::uint32_t kPmcsr = 0xfc;
constexpr std::uint32_t kMsiControl = 0xe2;

Bytes header(std::uint32_t major, std::uint32_t minor, std::uint32_t revision, std::uint32_t size) {
  return ByteWriter()
      .le32(HAILO_FW_MAGIC_HAILO8)
      .le32(0)
      .le32(major)
      .le32(minor)
      .le32(revision)
      .le32(size)
      .take();
}

}  // namespace

Bytes vector_file(const std::string& name) {
  std::ifstream file(std::string(VECTOR_DIR) + "/" + name);
  EXPECT_TRUE(file) << name;
  Bytes bytes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;)
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

Bytes Image::app_header() const { return header(major, minor, 0x20000000, app_size); }

Bytes Image::core_header() const { return header(major, minor, 0x28000000, core_size); }

Rig::Rig(Config config, NeuralCore* core) : device(config, host, core) {}

void Rig::pass(Time duration) {
  now += duration;
  device.tick(now);
}

void Rig::enable() {
  device.config_write(0x04, 2, 0x0406);
  device.config_write(kMsiControl, 2, device.config_read(kMsiControl, 2) | 1);
}

void Rig::power(unsigned state) {
  device.config_write(kPmcsr, 2, (device.config_read(kPmcsr, 2) & ~3U) | state);
}

void Rig::point_entry0(std::uint32_t target) {
  w0(0x700, 0x17);
  w0(0x704, 0);
  w0(0x708, target);
  w0(0x70c, 0);
  w0(0x710, 6);
}

void Rig::device_write(std::uint32_t address, ByteView bytes) {
  const std::uint32_t saved = r0(0x708);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint32_t here = address + static_cast<std::uint32_t>(at);
    point_entry0(here & ~0xfffU);
    std::size_t in_page = std::min<std::size_t>(bytes.size() - at, 0x1000 - (here & 0xfff));
    for (; in_page > 0; in_page -= std::min<std::size_t>(in_page, 4), at += 4) {
      const std::uint32_t offset = (address + static_cast<std::uint32_t>(at)) & 0xfff;
      std::uint32_t value = in_page < 4 ? r4(offset) : 0;
      for (unsigned i = 0; i < std::min<std::size_t>(in_page, 4); ++i)
        value = (value & ~(0xffU << 8 * i)) | static_cast<std::uint32_t>(bytes[at + i]) << 8 * i;
      w4(offset, value);
    }
  }
  point_entry0(saved);
}

std::uint32_t Rig::device_read32(std::uint32_t address) {
  const std::uint32_t saved = r0(0x708);
  point_entry0(address & ~0xfffU);
  const std::uint32_t value = r4(address & 0xfff);
  point_entry0(saved);
  return value;
}

void Rig::upload(const Image& image) {
  device_write(0xe0030, image.app_header());
  device_write(0x60000, Bytes(image.app_size, 0xa0));
  device_write(0xc0000, Bytes(image.core_size, 0xc0));
  device_write(0xa0000, image.core_header());
}

void Rig::upload(ByteView file) {
  const std::size_t app = load_le32(file, 20);
  ASSERT_EQ(load_le32(file, 24 + app), 0U) << "certificates are not for this helper";
  device_write(0xe0030, file.subspan(0, 24));
  device_write(0x60000, file.subspan(24, app));
  device_write(0xc0000, file.subspan(24 + app + 8 + 24));
  device_write(0xa0000, file.subspan(24 + app + 8, 24));
}

void Rig::trigger() { device_write(0xe0980, ByteWriter().le32(1).take()); }

void Rig::boot(const Image& image) {
  enable();
  unmask();
  upload(image);
  trigger();
  pass(60ms);
  ASSERT_EQ(state(), "running");
}

void Rig::boot_and_open(const Image& image) {
  boot(image);
  w0(HAILO_REG_ISTATUS, 0xffffffff);
  w0(HAILO_REG_IMASK, 0);
  unmask();
}

void Rig::put_request(ByteView mailbox) {
  for (std::uint32_t at = 0; at < mailbox.size(); at += 4) {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < 4 && at + i < mailbox.size(); ++i)
      value |= static_cast<std::uint32_t>(mailbox[at + i]) << 8 * i;
    w4(at, value);
  }
}

std::optional<Bytes> Rig::control(unsigned doorbell, ByteView payload) {
  put_request(ByteWriter()
                  .raw(md5(payload))
                  .le32(static_cast<std::uint32_t>(payload.size()))
                  .raw(payload)
                  .take());
  w4(0x1684, doorbell);
  return take_response();
}

Bytes Rig::response() {
  const std::uint32_t length = std::min<std::uint32_t>(r4(0x650), 1500);
  Bytes bytes;
  for (std::uint32_t at = 0; at < 20 + length; ++at)
    bytes.push_back(static_cast<std::uint8_t>(r4((0x640 + at) & ~3U) >> 8 * (at % 4)));
  return bytes;
}

std::optional<Bytes> Rig::take_response() {
  if ((r0(0x18c) & 0x04000000) == 0) return std::nullopt;
  w0(0x18c, 0x04000000);
  const Bytes mailbox = response();
  return Bytes(mailbox.begin() + 20, mailbox.end());
}

nlohmann::json Rig::command(std::string_view line) {
  const auto answer = nlohmann::json::parse(device.command(line));
  EXPECT_EQ(answer["ok"], true) << line << " -> " << answer;
  return answer;
}

std::string Rig::error_of(std::string_view line) {
  const auto answer = nlohmann::json::parse(device.command(line));
  EXPECT_EQ(answer["ok"], false) << line << " -> " << answer;
  return answer.value("error", "");
}

bool Rig::only_ub(std::string_view name) {
  const auto events = command("ub")["events"];
  command("clear-ub");
  bool only = !events.empty();
  for (const auto& event : events)
    only = only && event.get<std::string>().starts_with("ub_" + std::string(name) + ": ");
  EXPECT_TRUE(only) << "wanted ub_" << name << ", got " << events;
  return only;
}

Bytes request(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  ByteWriter payload;
  payload.be32(2).be32(0).be32(0).be32(opcode).be32(static_cast<std::uint32_t>(parameters.size()));
  for (const Bytes& value : parameters)
    payload.be32(static_cast<std::uint32_t>(value.size())).raw(value);
  return payload.take();
}

Bytes be32(std::uint32_t value) { return ByteWriter().be32(value).take(); }

std::uint32_t status_of(ByteView response) {
  EXPECT_GE(response.size(), 28U);
  EXPECT_EQ(load_be32(response, 16), load_be32(response, 20)) << "major and minor differ";
  return load_be32(response, 16);
}

Bytes parameter(ByteView response, std::size_t index) {
  std::size_t at = 28;
  for (std::size_t i = 0; at + 4 <= response.size(); ++i) {
    const std::size_t length = load_be32(response, at);
    at += 4;
    if (length > response.size() - at) break;
    if (i == index) return Bytes(response.begin() + at, response.begin() + at + length);
    at += length;
  }
  ADD_FAILURE() << "no parameter " << index;
  return Bytes(64);
}

}  // namespace hailo::emu::test
