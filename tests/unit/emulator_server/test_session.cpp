// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <random>
#include <tuple>
#include <utility>

#include "client.h"
#include "emulator/vfu/session.h"

namespace hailo::emu::vfu {
namespace {

using test::Bytes;
using test::bytes_of;
using test::memory_file;
using test::message;
using test::open_files;
using test::receive_reply;
using test::Reply;
using test::send_bytes;
using test::value_of;
using test::version_payload;
using wire::Command;

constexpr std::uint32_t bar0_id = 0x98;
constexpr std::uint32_t bar0_mask = 0x188;
constexpr std::uint32_t chip_id = 0x28641e60;
constexpr std::uint32_t command_register = 0x04;

/// A server session at one end of a socket pair, the test at the other.
class SessionTest : public testing::Test {
 protected:
  void SetUp() override { connect(); }

  void connect() {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    client_ = UniqueFd(pair[0]);
    session_.reset();
    session_.emplace(UniqueFd(pair[1]), device_, bus_, clock_, SessionOptions{});
  }

  /// As the server does with a readable socket; a session that is over goes.
  void handle() {
    if (session_ && !session_->handle()) session_.reset();
  }
  bool alive() const { return session_.has_value(); }

  std::optional<Reply> exchange(const Bytes& bytes, const std::vector<int>& fds = {}) {
    EXPECT_TRUE(send_bytes(client_.get(), bytes, fds));
    handle();
    return receive_reply(client_.get());
  }
  std::optional<Reply> request(Command command, const Bytes& payload,
                               const std::vector<int>& fds = {}) {
    return exchange(message(command, payload), fds);
  }
  /// errno of the reply, -1 if there was none.
  int error_of(Command command, const Bytes& payload, const std::vector<int>& fds = {}) {
    const auto reply = request(command, payload, fds);
    return reply ? reply->error() : -1;
  }

  void negotiate() {
    const auto reply = request(Command::version, version_payload("{}"));
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->error(), 0);
  }

  /// An access that the protocol allows to fail.
  std::optional<Reply> read_region(std::uint32_t region, std::uint64_t offset,
                                   std::uint32_t count) {
    return request(Command::region_read, bytes_of(wire::RegionAccess{offset, region, count}));
  }
  int write_region(std::uint32_t region, std::uint64_t offset, const Bytes& data) {
    const auto count = static_cast<std::uint32_t>(data.size());
    return error_of(Command::region_write,
                    bytes_of(wire::RegionAccess{offset, region, count}) + data);
  }
  std::uint32_t read32(std::uint32_t region, std::uint64_t offset) {
    const auto reply = read_region(region, offset, 4);
    EXPECT_TRUE(reply && reply->error() == 0) << "region " << region << " offset " << offset;
    return reply ? value_of<std::uint32_t>(reply->payload, sizeof(wire::RegionAccess)) : 0;
  }
  /// Memory decoding and bus mastering on, as a driver does first.
  void enable() {
    ASSERT_EQ(write_region(wire::region_config, command_register, bytes_of(std::uint16_t{6})), 0);
  }

  Bus bus_;
  Device device_{Config{}, bus_};
  Clock clock_;
  UniqueFd client_;
  std::optional<Session> session_;
};

// --- version ---------------------------------------------------------------

TEST_F(SessionTest, VersionAnswersWhatWasOffered) {
  const auto reply = exchange(message(
      Command::version,
      version_payload(
          R"({"capabilities":{"max_msg_fds":8,"max_data_xfer_size":1048576,"pgsizes":4096}})"),
      0x1234));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header.id, 0x1234);
  EXPECT_EQ(reply->header.command, 1);
  EXPECT_EQ(reply->header.flags, wire::flag_type_reply);
  const auto version = value_of<wire::Version>(reply->payload);
  EXPECT_EQ(version.major, 0);
  EXPECT_EQ(version.minor, 0);
  ASSERT_EQ(reply->payload.back(), std::byte{0});
  const auto json = nlohmann::json::parse(
      reinterpret_cast<const char*>(reply->payload.data() + sizeof version), nullptr, false);
  EXPECT_EQ(
      json,
      (nlohmann::json{{"capabilities", {{"max_msg_fds", 8}, {"max_data_xfer_size", 65536}}}}));
  EXPECT_TRUE(alive());
}

TEST_F(SessionTest, VersionDataMayBeAbsent) {
  EXPECT_EQ(error_of(Command::version, bytes_of(wire::Version{0, 0})), 0);
  EXPECT_TRUE(alive());
}

TEST_F(SessionTest, WrongVersionsEndTheSession) {
  Bytes unterminated = version_payload("{}");
  unterminated.back() = std::byte{' '};
  const std::pair<Bytes, int> cases[] = {
      {{}, EINVAL},
      {Bytes(3), EINVAL},
      {version_payload("{}", 1), ENOTSUP},
      {version_payload("{}", 0xffff), ENOTSUP},
      {unterminated, EINVAL},
      {version_payload(""), EINVAL},
      {version_payload("{"), EINVAL},
      {version_payload("[]"), EINVAL},
      {version_payload("7"), EINVAL},
      {version_payload(R"({"capabilities":[]})"), EINVAL},
      {version_payload(R"({"capabilities":"x"})"), EINVAL},
      {version_payload(std::string(20'000, '[')), EINVAL},
  };
  for (const auto& [payload, error] : cases) {
    connect();
    EXPECT_EQ(error_of(Command::version, payload), error);
    EXPECT_FALSE(alive());
  }
}

TEST_F(SessionTest, VersionComesFirstAndOnce) {
  EXPECT_EQ(error_of(Command::device_get_info, bytes_of(wire::DeviceInfo{16, 0, 0, 0})), EINVAL);
  EXPECT_FALSE(alive());

  connect();
  negotiate();
  EXPECT_EQ(error_of(Command::version, version_payload("{}")), EINVAL);
  EXPECT_TRUE(alive());
}

// --- description of the device ---------------------------------------------

TEST_F(SessionTest, DeviceInfo) {
  negotiate();
  const auto reply = request(Command::device_get_info, bytes_of(wire::DeviceInfo{16, 0, 0, 0}));
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->payload.size(), 16u);
  const auto info = value_of<wire::DeviceInfo>(reply->payload);
  EXPECT_EQ(info.argsz, 16u);
  EXPECT_EQ(info.flags, 3u) << "reset, PCI";
  EXPECT_EQ(info.num_regions, 9u);
  EXPECT_EQ(info.num_irqs, 3u);
}

TEST_F(SessionTest, RegionInfo) {
  negotiate();
  const std::uint64_t sizes[] = {0x4000, 0, 0x1000, 0, 0x4000, 0, 0, 0x1000, 0};
  for (std::uint32_t index = 0; index < 9; ++index) {
    const auto reply =
        request(Command::device_get_region_info, bytes_of(wire::RegionInfo{32, 0, index, 0, 0, 0}));
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->payload.size(), 32u) << index;
    const auto info = value_of<wire::RegionInfo>(reply->payload);
    EXPECT_EQ(info.index, index);
    EXPECT_EQ(info.size, sizes[index]) << index;
    EXPECT_EQ(info.flags, sizes[index] != 0 ? 3u : 0u) << index;
  }
  for (std::uint32_t index : {9u, 0xffffffffu}) {
    EXPECT_EQ(error_of(Command::device_get_region_info,
                       bytes_of(wire::RegionInfo{32, 0, index, 0, 0, 0})),
              EINVAL);
  }
}

TEST_F(SessionTest, IrqInfo) {
  negotiate();
  const std::uint32_t counts[] = {1, 1, 0};
  for (std::uint32_t index = 0; index < 3; ++index) {
    const auto reply =
        request(Command::device_get_irq_info, bytes_of(wire::IrqInfo{16, 0, index, 0}));
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->payload.size(), 16u);
    const auto info = value_of<wire::IrqInfo>(reply->payload);
    EXPECT_EQ(info.index, index);
    EXPECT_EQ(info.count, counts[index]) << index;
  }
  for (std::uint32_t index : {3u, 4u, 0xffffffffu}) {
    EXPECT_EQ(error_of(Command::device_get_irq_info, bytes_of(wire::IrqInfo{16, 0, index, 0})),
              EINVAL);
  }
}

TEST_F(SessionTest, TooSmallArgszIsRefused) {
  negotiate();
  EXPECT_EQ(error_of(Command::device_get_info, bytes_of(wire::DeviceInfo{15, 0, 0, 0})), EINVAL);
  EXPECT_EQ(
      error_of(Command::device_get_region_info, bytes_of(wire::RegionInfo{31, 0, 0, 0, 0, 0})),
      EINVAL);
  EXPECT_EQ(error_of(Command::device_get_irq_info, bytes_of(wire::IrqInfo{15, 0, 0, 0})), EINVAL);
  EXPECT_EQ(error_of(Command::dma_map, bytes_of(wire::DmaMap{31, 3, 0, 0, 4096})), EINVAL);
  EXPECT_EQ(error_of(Command::dma_unmap, bytes_of(wire::DmaUnmap{23, 2, 0, 0})), EINVAL);
  EXPECT_EQ(error_of(Command::device_set_irqs, bytes_of(wire::SetIrqs{19, 0x21, 1, 0, 0})), EINVAL);
}

// --- regions ---------------------------------------------------------------

TEST_F(SessionTest, ConfigurationSpaceInEveryWidth) {
  negotiate();
  EXPECT_EQ(read32(wire::region_config, 0), chip_id);
  const auto whole = read_region(wire::region_config, 0, 4096);
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->payload.size(), 16u + 4096);
  for (std::uint32_t width : {1u, 2u, 3u, 4u, 5u, 8u, 64u}) {
    for (std::uint32_t offset = 0; offset < 70; ++offset) {
      const auto part = read_region(wire::region_config, offset, width);
      ASSERT_TRUE(part);
      ASSERT_EQ(part->payload.size(), 16 + width);
      EXPECT_EQ(std::memcmp(part->payload.data() + 16, whole->payload.data() + 16 + offset, width),
                0)
          << offset << " width " << width;
    }
  }
}

TEST_F(SessionTest, ConfigurationWritesReachTheDevice) {
  negotiate();
  enable();
  EXPECT_EQ(read32(wire::region_config, command_register) & 0xffff, 6u);
  EXPECT_EQ(write_region(wire::region_config, command_register, Bytes(1)), 0);
  EXPECT_EQ(read32(wire::region_config, command_register) & 0xffff, 0u);
}

TEST_F(SessionTest, BarReadAndWrite) {
  negotiate();
  enable();
  EXPECT_EQ(read32(0, bar0_id), chip_id);
  EXPECT_EQ(write_region(0, bar0_mask, bytes_of(std::uint32_t{0xff00ffff})), 0);
  EXPECT_EQ(read32(0, bar0_mask), 0xff00ffffu);
}

TEST_F(SessionTest, BarAccessThatTheDeviceDoesNotTakeReadsAllOnes) {
  negotiate();
  enable();
  for (std::uint32_t width : {1u, 2u, 8u}) {
    const auto reply = read_region(0, bar0_id, width);
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->payload.size(), 16 + width);
    for (std::uint32_t i = 0; i < width; ++i) {
      EXPECT_EQ(reply->payload[16 + i], std::byte{0xff}) << width;
    }
    EXPECT_EQ(write_region(0, bar0_mask, Bytes(width)), 0);
  }
}

TEST_F(SessionTest, AccessOutsideARegionIsRefused) {
  negotiate();
  const wire::RegionAccess cases[] = {
      {0x4000, 0, 4}, {0x3ffe, 0, 4},     {~0ull, 0, 4},          {~0ull - 3, 0, 4},  {0, 0, 0},
      {0, 0, 3},      {0, 0, 16},         {0, 0, 0x4000},         {0, 0, 0xffffffff}, {0, 1, 4},
      {0x1000, 2, 4}, {0, 3, 4},          {0x100000000ull, 4, 4}, {0, 5, 4},          {0, 6, 4},
      {4096, 7, 1},   {4093, 7, 4},       {0, 7, 4097},           {0, 7, 0},          {0, 8, 4},
      {0, 9, 4},      {0, 0xffffffff, 4},
  };
  for (const auto& access : cases) {
    const auto reply = read_region(access.region, access.offset, access.count);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), EINVAL)
        << "region " << access.region << " offset " << access.offset << " count " << access.count;
    EXPECT_TRUE(reply->payload.empty());
    if (access.count <= 4097) {
      EXPECT_EQ(write_region(access.region, access.offset, Bytes(access.count)), EINVAL);
    }
  }
  EXPECT_TRUE(alive());
}

TEST_F(SessionTest, WriteNeedsExactlyTheBytesThatItCounts) {
  negotiate();
  enable();
  for (std::size_t length = 0; length < 12; ++length) {
    if (length == 4) continue;
    const Bytes payload = bytes_of(wire::RegionAccess{bar0_mask, 0, 4}) + Bytes(length);
    EXPECT_EQ(error_of(Command::region_write, payload), EINVAL) << length;
  }
}

// --- reset and connection --------------------------------------------------

TEST_F(SessionTest, ResetGivesThePowerOnState) {
  negotiate();
  enable();
  ASSERT_EQ(write_region(0, bar0_mask, bytes_of(std::uint32_t{0xff00ffff})), 0);
  EXPECT_EQ(error_of(Command::device_reset, {}), 0);
  EXPECT_EQ(read32(wire::region_config, command_register) & 0xffff, 0u);
  enable();
  EXPECT_EQ(read32(0, bar0_mask), 0u);
}

TEST_F(SessionTest, NextClientGetsThePowerOnState) {
  negotiate();
  enable();
  ASSERT_EQ(write_region(0, bar0_mask, bytes_of(std::uint32_t{0xff00ffff})), 0);
  connect();
  negotiate();
  EXPECT_EQ(read32(wire::region_config, command_register) & 0xffff, 0u);
  enable();
  EXPECT_EQ(read32(0, bar0_mask), 0u);
}

TEST_F(SessionTest, EndOfConnectionEndsTheSession) {
  negotiate();
  client_.reset();
  handle();
  EXPECT_FALSE(alive());
}

// --- guest memory ----------------------------------------------------------

TEST_F(SessionTest, DeviceReachesMappedMemory) {
  negotiate();
  const UniqueFd memory = memory_file(8192);
  ASSERT_EQ(
      error_of(Command::dma_map, bytes_of(wire::DmaMap{32, 3, 0, 0x10000, 8192}), {memory.get()}),
      0);
  const Bytes data = bytes_of(std::uint64_t{0x1122334455667788});
  EXPECT_TRUE(bus_.dma_write(0x10ffc, data));
  Bytes seen(8);
  ASSERT_EQ(::pread(memory.get(), seen.data(), 8, 0xffc), 8);
  EXPECT_EQ(seen, data);
  EXPECT_FALSE(bus_.dma_write(0x11ffc, data));

  const auto reply = request(Command::dma_unmap, bytes_of(wire::DmaUnmap{24, 0, 0x10000, 8192}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error(), 0);
  EXPECT_EQ(reply->payload, bytes_of(wire::DmaUnmap{24, 0, 0x10000, 8192}));
  EXPECT_FALSE(bus_.dma_write(0x10ffc, data));
}

TEST_F(SessionTest, DmaMapRefusals) {
  negotiate();
  const UniqueFd memory = memory_file(8192);
  const auto map = [&](wire::DmaMap m, const std::vector<int>& fds) {
    return error_of(Command::dma_map, bytes_of(m), fds);
  };
  EXPECT_EQ(map({32, 7, 0, 0, 4096}, {}), EINVAL) << "mmap without a file";
  EXPECT_EQ(map({32, 11, 0, 0, 4096}, {}), EINVAL) << "file I/O without a file";
  EXPECT_EQ(map({32, 0x13, 0, 0, 4096}, {memory.get()}), EINVAL) << "unknown flag";
  EXPECT_EQ(map({32, 3, 0, 0, 8193}, {memory.get()}), EINVAL) << "beyond the file";
  EXPECT_EQ(map({32, 3, 0, 0, 4096}, {memory.get(), memory.get()}), EINVAL) << "two files";
  EXPECT_EQ(map({32, 3, 0, 0, 4096}, {}), 0) << "memory that is not shared";
  EXPECT_EQ(map({32, 3, 0, 0, 4096}, {memory.get()}), EEXIST);
  EXPECT_EQ(map({32, 3, 0, 4096, 4096}, {memory.get()}), 0);

  const auto unmap = [&](wire::DmaUnmap m) { return error_of(Command::dma_unmap, bytes_of(m)); };
  EXPECT_EQ(unmap({24, 0, 0, 8192}), ENOENT);
  EXPECT_EQ(unmap({24, 1, 0, 4096}), EINVAL) << "dirty bitmap";
  EXPECT_EQ(unmap({24, 2, 0, 4096}), EINVAL) << "all, but with a size";
  EXPECT_EQ(bus_.dma().size(), 2u);
  EXPECT_EQ(unmap({24, 2, 0, 0}), 0);
  EXPECT_EQ(bus_.dma().size(), 0u);
}

// --- interrupts ------------------------------------------------------------

class IrqTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    negotiate();
    event_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    ASSERT_TRUE(event_);
  }

  int set(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count,
          const Bytes& data = {}, const std::vector<int>& fds = {}) {
    return error_of(Command::device_set_irqs,
                    bytes_of(wire::SetIrqs{20, flags, index, start, count}) + data, fds);
  }
  /// Events since the last call.
  std::uint64_t events() {
    std::uint64_t n = 0;
    return ::read(event_.get(), &n, sizeof n) == sizeof n ? n : 0;
  }

  static constexpr std::uint32_t none_trigger = 0x21;
  static constexpr std::uint32_t none_mask = 0x09;
  static constexpr std::uint32_t none_unmask = 0x11;
  static constexpr std::uint32_t bool_trigger = 0x22;
  static constexpr std::uint32_t eventfd_trigger = 0x24;

  UniqueFd event_;
};

TEST_F(IrqTest, MsiSignalsTheEventfd) {
  bus_.send_msi();  // nobody listens: not an error, not remembered
  ASSERT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {event_.get()}), 0);
  EXPECT_EQ(events(), 0u);
  bus_.send_msi();
  bus_.send_msi();
  EXPECT_EQ(events(), 2u);
}

TEST_F(IrqTest, ClientCanTriggerAndMask) {
  ASSERT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {event_.get()}), 0);
  EXPECT_EQ(set(none_trigger, 1, 0, 1), 0);
  EXPECT_EQ(events(), 1u);
  EXPECT_EQ(set(bool_trigger, 1, 0, 1, Bytes{std::byte{0}}), 0);
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(set(bool_trigger, 1, 0, 1, Bytes{std::byte{1}}), 0);
  EXPECT_EQ(events(), 1u);

  EXPECT_EQ(set(none_mask, 1, 0, 1), 0);
  bus_.send_msi();
  bus_.send_msi();
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(set(none_unmask, 1, 0, 1), 0);
  EXPECT_EQ(events(), 1u) << "once for all that came while masked";
  EXPECT_EQ(set(none_unmask, 1, 0, 1), 0);
  EXPECT_EQ(events(), 0u);
}

TEST_F(IrqTest, DisablingClosesTheEventfd) {
  const std::size_t before = open_files();
  ASSERT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {event_.get()}), 0);
  EXPECT_EQ(open_files(), before + 1);
  EXPECT_EQ(set(none_trigger, 1, 0, 0), 0);
  EXPECT_EQ(open_files(), before);
  bus_.send_msi();
  EXPECT_EQ(events(), 0u);

  ASSERT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {event_.get()}), 0);
  EXPECT_EQ(set(eventfd_trigger, 1, 0, 1), 0) << "no file: de-assigns";
  EXPECT_EQ(open_files(), before);
}

TEST_F(IrqTest, InterruptsOfOneKindDoNotMix) {
  ASSERT_EQ(set(eventfd_trigger, 0, 0, 1, {}, {event_.get()}), 0);
  bus_.send_msi();
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(set(none_trigger, 0, 0, 1), 0);
  EXPECT_EQ(events(), 1u);
}

TEST_F(IrqTest, Refusals) {
  const int event = event_.get();
  EXPECT_EQ(set(eventfd_trigger, 3, 0, 1, {}, {event}), EINVAL) << "no such kind";
  EXPECT_EQ(set(eventfd_trigger, 0xffffffff, 0, 1, {}, {event}), EINVAL);
  EXPECT_EQ(set(eventfd_trigger, 2, 0, 1, {}, {event}), EINVAL) << "MSI-X has no vector";
  EXPECT_EQ(set(none_trigger, 2, 0, 0), 0) << "but may be disabled";
  EXPECT_EQ(set(eventfd_trigger, 1, 0, 2, {}, {event, event}), EINVAL) << "one vector only";
  EXPECT_EQ(set(eventfd_trigger, 1, 1, 1, {}, {event}), EINVAL);
  EXPECT_EQ(set(eventfd_trigger, 1, 0xffffffff, 1, {}, {event}), EINVAL) << "start + count wraps";
  EXPECT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {event, event}), EINVAL) << "more files than count";
  EXPECT_EQ(set(eventfd_trigger, 1, 0, 0, {}, {event}), EINVAL);
  EXPECT_EQ(set(none_trigger, 1, 0, 1, {}, {event}), EINVAL) << "file without eventfd data";
  EXPECT_EQ(set(none_trigger, 1, 0, 1, Bytes(1)), EINVAL) << "data without the bool flag";
  EXPECT_EQ(set(bool_trigger, 1, 0, 1), EINVAL) << "bool flag without data";
  EXPECT_EQ(set(bool_trigger, 1, 0, 0xffffffff, Bytes(8)), EINVAL);
  EXPECT_EQ(set(0x20, 1, 0, 1), EINVAL) << "no data kind";
  EXPECT_EQ(set(0x01, 1, 0, 1), EINVAL) << "no action";
  EXPECT_EQ(set(0x23, 1, 0, 1, Bytes(1)), EINVAL) << "two data kinds";
  EXPECT_EQ(set(0x39, 1, 0, 1), EINVAL) << "three actions";
  EXPECT_EQ(set(0x61, 1, 0, 1), EINVAL) << "unknown flag";
  EXPECT_EQ(set(none_mask, 1, 0, 0), EINVAL) << "only disabling takes no interrupt";
  EXPECT_EQ(set(0x0c, 1, 0, 1, {}, {event}), ENOTSUP) << "eventfd for the mask state";
  bus_.send_msi();
  EXPECT_EQ(events(), 0u);
  EXPECT_TRUE(alive());
}

TEST_F(IrqTest, AFileThatCannotTakeTheEventDoesNotStall) {
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  const UniqueFd out(pipe[0]);
  UniqueFd in(pipe[1]);
  ASSERT_EQ(set(eventfd_trigger, 1, 0, 1, {}, {in.get()}), 0);
  in.reset();
  for (int i = 0; i < 20'000; ++i) bus_.send_msi();  // a pipe holds 64 KiB
  SUCCEED();
}

// --- malformed peers -------------------------------------------------------

/// A request of each command that is answered without an error, except that
/// its range may not exist.
const std::pair<Command, Bytes> well_formed[] = {
    {Command::dma_map, bytes_of(wire::DmaMap{32, 3, 0, 0x100000, 4096})},
    {Command::dma_unmap, bytes_of(wire::DmaUnmap{24, 2, 0, 0})},
    {Command::device_get_info, bytes_of(wire::DeviceInfo{16, 0, 0, 0})},
    {Command::device_get_region_info, bytes_of(wire::RegionInfo{32, 0, 0, 0, 0, 0})},
    {Command::device_get_irq_info, bytes_of(wire::IrqInfo{16, 0, 0, 0})},
    {Command::device_set_irqs, bytes_of(wire::SetIrqs{20, 0x21, 1, 0, 0})},
    {Command::region_read, bytes_of(wire::RegionAccess{0, 7, 4})},
    {Command::region_write, bytes_of(wire::RegionAccess{4, 7, 2}) + Bytes(2)},
    {Command::device_reset, {}},
};

TEST_F(SessionTest, EveryWrongLengthOfEveryCommandIsRefused) {
  negotiate();
  for (const auto& [command, good] : well_formed) {
    ASSERT_EQ(error_of(command, good), 0) << static_cast<int>(command);
    for (std::size_t length = 0; length <= good.size() + 8; ++length) {
      if (length == good.size()) continue;
      Bytes payload = good;
      payload.resize(length);
      const auto reply = request(command, payload);
      ASSERT_TRUE(reply) << static_cast<int>(command) << " length " << length;
      EXPECT_EQ(reply->error(), EINVAL) << static_cast<int>(command) << " length " << length;
      EXPECT_TRUE(reply->payload.empty());
    }
    ASSERT_TRUE(alive());
  }
}

TEST_F(SessionTest, UnknownCommandsAreRefused) {
  negotiate();
  for (std::uint16_t command : {0, 6, 11, 12, 14, 15, 16, 17, 18, 19, 255, 65535}) {
    const auto reply = exchange(message(command, Bytes(24)));
    ASSERT_TRUE(reply) << command;
    EXPECT_EQ(reply->error(), ENOTSUP) << command;
    EXPECT_EQ(reply->header.command, command);
  }
  EXPECT_TRUE(alive());
}

TEST_F(SessionTest, UnbelievableHeadersEndTheSession) {
  const auto header = [](std::uint32_t size, std::uint32_t flags) {
    return bytes_of(wire::Header{1, 4, size, flags, 0});
  };
  const std::tuple<Bytes, int, const char*> cases[] = {
      {header(0, 0), EINVAL, "size 0"},
      {header(15, 0), EINVAL, "size below the header's"},
      {header(wire::max_message + 1, 0) + Bytes(wire::max_message), EMSGSIZE, "too long"},
      {header(0xffffffff, 0) + Bytes(wire::max_message), EMSGSIZE, "far too long"},
      {header(32, 1) + Bytes(16), -1, "a reply"},
      {header(32, 15) + Bytes(16), -1, "an unknown type"},
  };
  for (const auto& [bytes, error, what] : cases) {
    connect();
    negotiate();
    const auto reply = exchange(bytes);
    EXPECT_EQ(reply ? reply->error() : -1, error) << what;
    EXPECT_FALSE(alive()) << what;
  }
}

TEST_F(SessionTest, ATruncatedMessageIsNeverExecuted) {
  const Bytes whole = message(Command::region_write,
                              bytes_of(wire::RegionAccess{4, 7, 2}) + bytes_of(std::uint16_t{6}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    connect();
    negotiate();
    ASSERT_TRUE(length == 0 || send_bytes(client_.get(), std::span(whole).first(length)));
    handle();
    EXPECT_TRUE(alive()) << length;
    EXPECT_FALSE(receive_reply(client_.get())) << length;
    client_.reset();
    handle();
    EXPECT_FALSE(alive()) << length;
    EXPECT_EQ(device_.config_read(command_register, 2), 0u) << length;
  }
}

TEST_F(SessionTest, AMessageInPiecesIsUnderstood) {
  negotiate();
  const Bytes whole = message(Command::region_read, bytes_of(wire::RegionAccess{0, 7, 4}));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(receive_reply(client_.get())) << i;
    ASSERT_TRUE(send_bytes(client_.get(), std::span(whole).subspan(i, 1)));
    handle();
  }
  const auto reply = receive_reply(client_.get());
  ASSERT_TRUE(reply);
  EXPECT_EQ(value_of<std::uint32_t>(reply->payload, 16), chip_id);
}

TEST_F(SessionTest, NoReplyMeansNoReply) {
  negotiate();
  const Bytes write =
      bytes_of(wire::RegionAccess{command_register, 7, 2}) + bytes_of(std::uint16_t{6});
  EXPECT_FALSE(exchange(message(Command::region_write, write, 1, wire::flag_no_reply)));
  EXPECT_EQ(device_.config_read(command_register, 2), 6u);
  EXPECT_FALSE(exchange(message(Command::region_write, {}, 2, wire::flag_no_reply)))
      << "not even for an error";
  EXPECT_TRUE(alive());
}

TEST_F(SessionTest, PipelinedRequestsAreAnsweredInOrderAndWithoutLoss) {
  negotiate();
  // Replies of 4 KiB: far more than the socket holds until the client reads.
  constexpr std::uint16_t requests = 500;
  const Bytes whole = bytes_of(wire::RegionAccess{0, 7, 4096});
  std::uint16_t sent = 0;
  std::uint16_t received = 0;
  bool was_full = false;
  while (received < requests && alive()) {
    while (sent < requests &&
           send_bytes(client_.get(), message(Command::region_read, whole, sent))) {
      ++sent;
    }
    while (session_) {
      pollfd ready{session_->fd(), session_->events(), 0};
      if (::poll(&ready, 1, 0) == 0) break;
      handle();
    }
    was_full = was_full || (session_ && session_->events() == POLLOUT);
    // Read in two steps: the reply in flight may be there only in part.
    while (received < requests) {
      pollfd ready{client_.get(), POLLIN, 0};
      if (::poll(&ready, 1, 0) == 0) break;
      wire::Header header{};
      if (::recv(client_.get(), &header, sizeof header, MSG_PEEK | MSG_DONTWAIT) !=
          static_cast<ssize_t>(sizeof header)) {
        break;
      }
      Bytes buffer(header.size);
      std::size_t have = 0;
      while (have < buffer.size()) {
        const ssize_t n =
            ::recv(client_.get(), buffer.data() + have, buffer.size() - have, MSG_DONTWAIT);
        if (n > 0) {
          have += static_cast<std::size_t>(n);
        } else {
          ASSERT_TRUE(alive());
          handle();  // it sends the rest now that there is room
        }
      }
      ASSERT_EQ(header.id, received);
      ASSERT_EQ(header.size, 16u + 16 + 4096);
      ++received;
    }
  }
  EXPECT_EQ(received, requests);
  EXPECT_TRUE(was_full) << "the test did not fill the socket";
}

// --- files -----------------------------------------------------------------

TEST_F(SessionTest, FilesThatNobodyAskedForAreClosed) {
  const UniqueFd file = memory_file(4096);
  const std::size_t before = open_files();
  EXPECT_EQ(error_of(Command::version, version_payload("{}"), {file.get()}), EINVAL);
  EXPECT_FALSE(alive());
  connect();
  negotiate();
  EXPECT_EQ(open_files(), before);
  for (const auto& [command, good] : well_formed) {
    if (command == Command::dma_map || command == Command::device_set_irqs) continue;
    EXPECT_EQ(error_of(command, good, {file.get(), file.get()}), EINVAL);
    EXPECT_EQ(open_files(), before) << static_cast<int>(command);
  }
}

TEST_F(SessionTest, FilesOfARefusedRequestAreClosed) {
  negotiate();
  const UniqueFd file = memory_file(4096);
  const std::size_t before = open_files();
  EXPECT_EQ(error_of(Command::dma_map, Bytes(31), {file.get()}), EINVAL);
  EXPECT_EQ(error_of(Command::dma_map, bytes_of(wire::DmaMap{32, 3, 0, 0, 8192}), {file.get()}),
            EINVAL);
  EXPECT_EQ(error_of(Command::device_set_irqs, Bytes(20), {file.get()}), EINVAL);
  EXPECT_EQ(open_files(), before);
}

TEST_F(SessionTest, TooManyFilesEndTheSession) {
  const UniqueFd file = memory_file(4096);
  const std::size_t before = open_files();
  for (std::size_t count : {std::size_t{9}, std::size_t{64}, std::size_t{253}}) {
    connect();
    negotiate();
    const Bytes bytes = message(Command::dma_map, bytes_of(wire::DmaMap{32, 3, 0, 0, 4096}));
    EXPECT_FALSE(exchange(bytes, std::vector<int>(count, file.get())));
    EXPECT_FALSE(alive()) << count;
    EXPECT_EQ(open_files(), before - 1) << count << ": the session's socket is closed too";
  }
}

TEST_F(SessionTest, FilesOfAnUnfinishedMessageAreClosedWithTheSession) {
  negotiate();
  const UniqueFd file = memory_file(4096);
  const std::size_t before = open_files();
  ASSERT_TRUE(send_bytes(client_.get(), Bytes(8), {file.get()}));
  handle();
  EXPECT_EQ(open_files(), before + 1);
  client_.reset();
  handle();
  EXPECT_FALSE(alive());
  EXPECT_EQ(open_files(), before - 2);
}

TEST_F(SessionTest, DisconnectReturnsEverything) {
  const UniqueFd file = memory_file(4096);
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::size_t before = open_files();
  negotiate();
  ASSERT_EQ(error_of(Command::dma_map, bytes_of(wire::DmaMap{32, 3, 0, 0, 4096}), {file.get()}), 0);
  ASSERT_EQ(
      error_of(Command::device_set_irqs, bytes_of(wire::SetIrqs{20, 0x24, 1, 0, 1}), {event.get()}),
      0);
  EXPECT_EQ(open_files(), before + 2);
  client_.reset();
  handle();
  EXPECT_EQ(open_files(), before - 2);
  Bytes data(4);
  EXPECT_FALSE(bus_.dma_read(0, data));
  bus_.send_msi();
  std::uint64_t n;
  EXPECT_EQ(::read(event.get(), &n, sizeof n), -1);
}

TEST_F(SessionTest, RandomMessagesDoNoHarm) {
  std::mt19937 random(20'250'729);
  const UniqueFd file = memory_file(4096);
  const std::size_t before = open_files();
  std::size_t sessions = 1;
  negotiate();
  for (int i = 0; i < 20'000; ++i) {
    if (!alive()) {
      connect();
      negotiate();
      ++sessions;
    }
    const auto& [command, good] = well_formed[random() % std::size(well_formed)];
    Bytes bytes = message(command, good);
    for (unsigned flips = random() % 4; flips > 0; --flips) {
      // Mostly bytes of the payload: a broken header ends a session at once.
      const bool in_header = random() % 16 == 0 || bytes.size() == sizeof(wire::Header);
      const std::size_t at =
          in_header ? random() % sizeof(wire::Header)
                    : sizeof(wire::Header) + random() % (bytes.size() - sizeof(wire::Header));
      bytes[at] = static_cast<std::byte>(random());
    }
    const std::vector<int> fds(random() % 8 == 0 ? random() % 3 : 0, file.get());
    ASSERT_TRUE(send_bytes(client_.get(), bytes, fds));
    handle();
    if (session_ && random() % 8 == 0) bus_.dma().clear();
    while (receive_reply(client_.get())) {
    }
  }
  EXPECT_GT(sessions, 10u) << "the test never broke a session";
  connect();
  EXPECT_EQ(open_files(), before) << "files leaked";
  negotiate();
  EXPECT_EQ(read32(wire::region_config, 0), chip_id);
}

}  // namespace
}  // namespace hailo::emu::vfu
