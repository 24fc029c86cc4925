// SPDX-License-Identifier: MIT
#include "lib/hailo/client_monitor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>

#include "lib/base/unique_fd.h"
#include "support/fake_root.h"
#include "support/vectors.h"

namespace hailo {
namespace {

using std::chrono::milliseconds;
using test::FakeRoot;

Bytes golden() { return test::load_vector("monitor_file"); }

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(ClientMonitor, TheFileOfTheSpecification) {
  const ClientMonitor client = parse_client_monitor(golden()).value();
  EXPECT_EQ(client.pid, "29610");
  ASSERT_EQ(client.networks.size(), 1u);
  const NetworkLoad& network = client.networks[0];
  EXPECT_EQ(network.name, "emu");
  EXPECT_NEAR(network.fps.value(), 17986.9, 0.05);
  EXPECT_NEAR(network.utilization.value(), 82.3, 0.05);
  ASSERT_EQ(network.streams.size(), 2u);
  EXPECT_EQ(network.streams[0].name, "net/input_layer1");
  EXPECT_TRUE(network.streams[0].to_device);
  EXPECT_EQ(network.streams[0].size, 7);
  EXPECT_EQ(network.streams[0].pending, 1);
  EXPECT_EQ(network.streams[0].least, 0);
  EXPECT_EQ(network.streams[0].most, 1);
  EXPECT_EQ(network.streams[0].average, 0.5);
  EXPECT_FALSE(network.streams[1].to_device);
  EXPECT_EQ(network.streams[1].most, 8);
  ASSERT_EQ(client.devices.size(), 1u);
  EXPECT_EQ(client.devices[0].id, "0000:01:00.0");
  EXPECT_EQ(client.devices[0].architecture, "HAILO8");
  EXPECT_NEAR(client.devices[0].utilization.value(), 82.3, 0.05);
}

TEST(ClientMonitor, EveryTruncatedLengthAndEveryFlippedBitIsSurvived) {
  const Bytes good = golden();
  for (std::size_t size = 0; size < good.size(); size++) {
    const auto client = parse_client_monitor(ByteView(good).first(size));
    // Only between two members is a beginning a message of its own.
    EXPECT_EQ(client.has_value(), size == 7 || size == 32 || size == 103) << size;
  }
  for (std::size_t bit = 0; bit < good.size() * 8; bit++) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    const auto client = parse_client_monitor(bad);
    EXPECT_TRUE(client || client.error().code == Error::Code::protocol) << bit;
  }
}

TEST(ClientMonitor, WhatIsNotAvailableIsNothing) {
  // fps NaN, utilization -1, and a stream of a network that has no figures.
  const Bytes bytes =
      bytes_of(std::string("\x0a\x01"
                           "1"
                           "\x12\x12\x11\0\0\0\0\0\0\xf8\x7f\x19\0\0\0\0\0\0\xf0\xbf"
                           "\x1a\x12\x0a\x01x\x12\x0d\x20",
                           3 + 20 + 8) +
               std::string(9, '\xff') + "\x01\x10\x01");
  const ClientMonitor client = parse_client_monitor(bytes).value();
  ASSERT_EQ(client.networks.size(), 2u);
  EXPECT_EQ(client.networks[0].fps, std::nullopt);
  EXPECT_EQ(client.networks[0].utilization, std::nullopt);
  EXPECT_EQ(client.networks[1].name, "x");
  EXPECT_EQ(client.networks[1].streams.at(0).pending, std::nullopt);
  EXPECT_EQ(client.networks[1].streams.at(0).size, 0);
}

TEST(ClientMonitor, MoreThanAClientWritesIsRefused) {
  EXPECT_EQ(parse_client_monitor(Bytes((256 << 10) + 1)).error().code,
            Error::Code::invalid_argument);
  EXPECT_EQ(parse_client_monitor({}).error().message, "no process id");
  // Two bytes each: the worst that fits.
  Bytes many = golden();
  while (many.size() < (256 << 10) - 1) many.insert(many.end(), {0x12, 0x00});
  EXPECT_TRUE(parse_client_monitor(many));
}

class Folder : public testing::Test {
 protected:
  void client(const std::string& name, const std::string& content) {
    fake_.file(std::string(kClientMonitorFolder) + "/" + name, content);
  }
  std::string path(const std::string& name) const {
    return fake_.path() + kClientMonitorFolder + "/" + name;
  }
  ClientMonitors read(milliseconds later = milliseconds(0)) {
    return read_client_monitors(fake_.root(), std::chrono::system_clock::now() + later,
                                milliseconds(1500));
  }

  FakeRoot fake_;
};

using ClientMonitorFolder = Folder;

TEST_F(ClientMonitorFolder, FreshFilesCount) {
  EXPECT_TRUE(read().clients.empty());
  EXPECT_TRUE(read().defects.empty());
  client("29610abcdef", text_of(golden()));
  client("29610abcdef.tmp", "half");
  const auto found = read();
  EXPECT_EQ(found.clients.size(), 1u);
  EXPECT_TRUE(found.defects.empty());
  const auto later = read(milliseconds(1600));
  EXPECT_TRUE(later.clients.empty());
  EXPECT_TRUE(later.defects.empty());
}

TEST_F(ClientMonitorFolder, WhatIsNoFileOfAClientIsNamed) {
  client("a", "There is no message in this file.");
  client("b", text_of(golden()));
  ASSERT_EQ(::mkfifo(path("c").c_str(), 0600), 0);
  fake_.link(std::string(kClientMonitorFolder) + "/d", path("b"));
  fake_.folder(std::string(kClientMonitorFolder) + "/e");
  client("f", std::string((256 << 10) + 1, '\0'));
  const auto found = read();
  EXPECT_EQ(found.clients.size(), 1u);
  ASSERT_EQ(found.defects.size(), 5u);
  EXPECT_EQ(found.defects[0], "a: malformed");
  EXPECT_EQ(found.defects[1], "c is not a regular file");
  EXPECT_TRUE(found.defects[2].starts_with("d: ")) << found.defects[2];
  EXPECT_EQ(found.defects[3], "e is not a regular file");
  EXPECT_TRUE(found.defects[4].starts_with("f: more than ")) << found.defects[4];
}

TEST_F(ClientMonitorFolder, AFileThatStaysLockedIsNotWaitedFor) {
  client("a", text_of(golden()));
  const UniqueFd writer(::open(path("a").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(writer.get(), LOCK_EX), 0);
  EXPECT_EQ(read().defects, std::vector<std::string>{"a stays locked"});
  ASSERT_EQ(::flock(writer.get(), LOCK_UN), 0);
  EXPECT_EQ(read().clients.size(), 1u);
}

TEST_F(ClientMonitorFolder, AFolderThatIsALinkIsNotFollowed) {
  fake_.file("/other/a", text_of(golden()));
  fake_.link(kClientMonitorFolder, fake_.path() + "/other");
  const auto found = read();
  EXPECT_TRUE(found.clients.empty());
  EXPECT_EQ(found.defects.size(), 1u);
}

TEST_F(ClientMonitorFolder, AFloodIsCutOff) {
  for (int i = 0; i < 300; i++) client(std::to_string(1000 + i), text_of(golden()));
  const auto found = read();
  EXPECT_EQ(found.clients.size(), 256u);
  EXPECT_EQ(found.defects, std::vector<std::string>{"300 files, of which 256 are looked at"});
}

}  // namespace
}  // namespace hailo
