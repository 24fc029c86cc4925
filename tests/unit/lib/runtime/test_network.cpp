// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <tuple>

#include "lib/runtime/network.h"
#include "support/fake_board.h"
#include "support/networks.h"
#include "support/vectors.h"

namespace hailo::runtime {
namespace {

using test::FakeBoard;
using namespace std::chrono_literals;

/// The sum of all inputs' bytes, in each output, counted on.
std::vector<Bytes> sums(const std::vector<Bytes>& inputs, std::vector<std::size_t> sizes) {
  std::uint8_t sum = 0;
  for (const auto& input : inputs)
    for (const auto byte : input) sum = static_cast<std::uint8_t>(sum + byte);
  std::vector<Bytes> outputs;
  for (const auto size : sizes) {
    outputs.emplace_back(size);
    for (auto& byte : outputs.back()) byte = sum++;
  }
  return outputs;
}

Result<std::unique_ptr<Network>> configure(FakeBoard& board, const hef::Hef& hef,
                                           const Options& options = {}) {
  Device device = board.device();
  auto facts = ask_board(device, 100ms);
  if (!facts) return std::unexpected(facts.error());
  return Network::configure(std::move(device), *facts, hef, options);
}

/// Opcodes of the controls to the core CPU.
std::vector<std::uint32_t> opcodes(const FakeBoard& board) {
  std::vector<std::uint32_t> list;
  for (const auto& request : board.controls) list.push_back(load_be32(request, 12));
  return list;
}

/// Both layouts of the driver with both of the firmware.
class Networks : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t>> {
 protected:
  Networks() { std::tie(board_.release_minor, board_.firmware_minor) = GetParam(); }
  FakeBoard board_;
};

TEST_P(Networks, ControlsComeInOrder) {
  board_.model = [](const auto& in) { return sums(in, {8}); };
  auto network = configure(board_, echo_hef());
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_TRUE(board_.is_active());
  ASSERT_TRUE((*network)->close());
  EXPECT_EQ(opcodes(board_),
            (std::vector<std::uint32_t>{
                HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS, HAILO_OPCODE_CLEAR_CONFIGURED_APPS,
                HAILO_OPCODE_SET_NETWORK_GROUP_HEADER, HAILO_OPCODE_SET_CONTEXT_INFO,
                HAILO_OPCODE_SET_CONTEXT_INFO, HAILO_OPCODE_SET_CONTEXT_INFO,
                HAILO_OPCODE_SET_CONTEXT_INFO, HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS,
                HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS, HAILO_OPCODE_CLEAR_CONFIGURED_APPS}));
  const auto vector = [](const char* name) { return test::load_mailbox_vector(name).payload; };
  EXPECT_EQ(board_.controls[0], vector("control_network_reset_request"));
  EXPECT_EQ(board_.controls[1], vector("control_network_clear_request"));
  EXPECT_EQ(board_.controls[7], vector("control_network_enable_request"));
  EXPECT_EQ(board_.controls[8], vector("control_network_reset_request"));
  EXPECT_EQ(board_.controls[2].size(), 24U + (board_.firmware_minor <= 20 ? 41 : 32));
  EXPECT_TRUE(board_.is_empty());
  EXPECT_EQ(board_.misuse, std::vector<std::string>());
}

TEST_P(Networks, ContextsAreThoseOfTheSmallestNetwork) {
  auto network = configure(board_, echo_hef());
  ASSERT_TRUE(network) << network.error().message;
  // Addresses and counts are this board's; the rest is the worked example's.
  const std::string dynamic =
      board_.firmware_minor <= 20 ? "context_dynamic_4.20.0" : "context_dynamic_4.21.0";
  std::size_t control = 3;
  for (const std::string& name :
       {std::string("context_activation"), std::string("context_batch_switching"),
        std::string("context_preliminary"), dynamic}) {
    const Bytes& request = board_.controls[control++];
    const Bytes wanted = test::load_vector(name);
    // Header, three parameters of one byte, the length of the list.
    constexpr std::size_t list_at = 20 + 3 * 5 + 4;
    ASSERT_EQ(request.size(), list_at + wanted.size()) << name;
    std::size_t differing = 0;
    for (std::size_t i = 0; i < wanted.size(); i++) differing += request[list_at + i] != wanted[i];
    // At most the eight bytes of an address and four of a count for each list.
    EXPECT_LE(differing, 2U * 12U) << name;
    EXPECT_EQ(request[list_at], wanted[0]) << name;
  }
}

TEST_P(Networks, ThreeFramesThreeAnswers) {
  board_.model = [](const auto& in) { return sums(in, {8}); };
  auto network = configure(board_, echo_hef()).value();
  for (std::uint8_t i = 1; i <= 3; i++) {
    auto buffers = network->begin();
    ASSERT_TRUE(buffers);
    ASSERT_EQ(buffers->size(), 1U);
    ASSERT_EQ((*buffers)[0].size(), 192U);
    std::ranges::fill((*buffers)[0], i);
    ASSERT_TRUE(network->submit());
    const auto results = network->wait(5s);
    ASSERT_TRUE(results) << results.error().message;
    EXPECT_EQ((*results)[0][0], static_cast<std::uint8_t>(192 * i));
    EXPECT_EQ((*results)[0][7], static_cast<std::uint8_t>(192 * i + 7));
    network->release();
  }
}

TEST_P(Networks, ManyFramesInFlightKeepTheirOrder) {
  // Frames of several descriptors in lists that end inside of one.
  const EchoSpec spec{.inputs = {{40, 41, 3}, {8, 8, 1}}, .outputs = {{1, 1, 1400}, {1, 1, 8}}};
  board_.model = [](const auto& in) { return sums(in, {1400, 8}); };
  auto network = configure(board_, echo_hef(spec), {.frames_in_flight = 7}).value();
  std::size_t submitted = 0;
  for (std::size_t received = 0; received < 500; received++) {
    while (submitted < 500 && network->in_flight() < 7) {
      auto buffers = network->begin().value();
      std::ranges::fill(buffers[0], 0);
      std::ranges::fill(buffers[1], 0);
      buffers[0].back() = static_cast<std::uint8_t>(submitted);
      buffers[1].back() = static_cast<std::uint8_t>(submitted >> 8);
      ASSERT_TRUE(network->submit());
      submitted++;
    }
    EXPECT_EQ(network->begin().error().code, Error::Code::busy);
    const auto results = network->wait(5s);
    ASSERT_TRUE(results) << results.error().message;
    const auto sum = static_cast<std::uint8_t>(received + (received >> 8));
    ASSERT_EQ((*results)[0][0], sum) << received;
    ASSERT_EQ((*results)[0][1399], static_cast<std::uint8_t>(sum + 1399)) << received;
    ASSERT_EQ((*results)[1][0], static_cast<std::uint8_t>(sum + 1400)) << received;
    network->release();
    if (submitted == 500) break;
  }
  network.reset();
  EXPECT_EQ(board_.misuse, std::vector<std::string>());
  EXPECT_TRUE(board_.is_empty());
}

TEST_P(Networks, ClosesWithFramesOnTheWay) {
  board_.hold = true;
  auto network = configure(board_, echo_hef()).value();
  ASSERT_TRUE(network->begin());
  ASSERT_TRUE(network->submit());
  EXPECT_EQ(network->wait(1ms).error().code, Error::Code::timeout);
  EXPECT_TRUE(network->close());
  EXPECT_TRUE(board_.is_empty());
  EXPECT_FALSE(board_.is_active());
}

TEST_P(Networks, ABoardThatStopsIsToldToTheWaiter) {
  board_.hold = true;
  auto network = configure(board_, echo_hef()).value();
  ASSERT_TRUE(network->begin());
  ASSERT_TRUE(network->submit());
  const std::jthread stopper([&] { board_.stop(); });
  const auto results = network->wait(30s);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, Error::Code::dead);
  EXPECT_EQ(results.error().message, "the board has stopped the network");
  ASSERT_TRUE(network->begin());
  EXPECT_EQ(network->submit().error().code, Error::Code::dead);
}

TEST_P(Networks, ABoardThatIsRemovedIsToldToTheWaiter) {
  board_.hold = true;
  auto network = configure(board_, echo_hef()).value();
  ASSERT_TRUE(network->begin());
  ASSERT_TRUE(network->submit());
  const std::jthread remover([&] { board_.remove(); });
  EXPECT_EQ(network->wait(30s).error().code, Error::Code::gone);
  EXPECT_EQ(network->close().error().code, Error::Code::gone);
}

TEST_P(Networks, OneThreadSubmitsAnotherOneCollects) {
  board_.model = [](const auto& in) { return sums(in, {8}); };
  auto network = configure(board_, echo_hef(), {.frames_in_flight = 3}).value();
  constexpr unsigned frames = 300;
  std::jthread submitter([&] {
    for (unsigned i = 0; i < frames;) {
      auto buffers = network->begin();
      if (!buffers) {  // all are in flight
        std::this_thread::yield();
        continue;
      }
      std::ranges::fill(buffers->front(), std::uint8_t{0});
      buffers->front()[0] = static_cast<std::uint8_t>(i);
      ASSERT_TRUE(network->submit());
      i++;
    }
  });
  for (unsigned i = 0; i < frames; i++) {
    while (network->in_flight() == 0) std::this_thread::yield();
    const auto results = network->wait(5000ms);
    ASSERT_TRUE(results) << results.error().message;
    EXPECT_EQ(results->front()[0], static_cast<std::uint8_t>(i));
    network->release();
  }
}

TEST_P(Networks, ABoardThatStopsIsKnownWithoutAFrame) {
  auto network = configure(board_, echo_hef()).value();
  EXPECT_TRUE(network->check());
  board_.stop();
  for (int i = 0; i < 5000 && network->check(); i++) std::this_thread::sleep_for(1ms);
  const auto works = network->check();
  ASSERT_FALSE(works);
  EXPECT_EQ(works.error().code, Error::Code::dead);
}

INSTANTIATE_TEST_SUITE_P(Releases, Networks,
                         testing::Combine(testing::Values(20U, 21U, 23U),
                                          testing::Values(20U, 23U)),
                         [](const auto& test) {
                           return "Driver4_" + std::to_string(std::get<0>(test.param)) +
                                  "Firmware4_" + std::to_string(std::get<1>(test.param));
                         });

TEST(Network, ConfigurationDataArrives) {
  for (const std::size_t bytes : {0U, 1U, 511U, 512U, 513U, 5000U}) {
    FakeBoard board;
    auto network = configure(board, echo_hef({.payload = false, .config_bytes = bytes}));
    ASSERT_TRUE(network) << network.error().message;
    EXPECT_EQ(board.config_bytes(), config_of(bytes));
    EXPECT_EQ(board.calls[HAILO_DESC_LIST_CREATE], bytes ? 3 : 2);
  }
}

TEST(Network, ABusyBoardIsLeftAlone) {
  FakeBoard board;
  board.in_use = true;
  const auto network = configure(board, echo_hef());
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, Error::Code::busy);
  EXPECT_TRUE(board.controls.empty()) << "a reset would stop the owner's network";
}

TEST(Network, AFileForTheOtherChipIsRefusedBeforeClaiming) {
  FakeBoard board;
  board.architecture = HAILO_ARCH_HAILO8L;
  const auto network = configure(board, echo_hef());
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, Error::Code::unsupported);
  EXPECT_EQ(board.calls[HAILO_MARK_AS_IN_USE], 0);
}

TEST(Network, OptionsOutOfRange) {
  FakeBoard board;
  for (const Options& options : {Options{.frames_in_flight = 0}, Options{.frames_in_flight = 64},
                                 Options{.batch_size = 0}, Options{.batch_size = 64}})
    EXPECT_EQ(configure(board, echo_hef(), options).error().code, Error::Code::invalid_argument);
}

TEST(Network, OutOfOrderCalls) {
  FakeBoard board;
  auto network = configure(board, echo_hef()).value();
  EXPECT_EQ(network->submit().error().code, Error::Code::invalid_argument);
  EXPECT_EQ(network->wait(1s).error().code, Error::Code::invalid_argument);
}

TEST(Network, ARefusedControlTellsItsStatus) {
  for (const std::uint32_t opcode :
       {HAILO_OPCODE_SET_NETWORK_GROUP_HEADER, HAILO_OPCODE_SET_CONTEXT_INFO}) {
    FakeBoard board;
    board.refuse_opcode = opcode;
    const auto network = configure(board, echo_hef());
    ASSERT_FALSE(network);
    EXPECT_NE(network.error().message.find("HAILO_CONTROL_STATUS_INVALID_OPCODE"),
              std::string::npos);
    EXPECT_TRUE(board.is_empty());
    EXPECT_FALSE(board.is_active());
  }
}

/// Each ioctl of a whole run fails once: an error comes, nothing stays.
TEST(Network, EveryIoctlIsChecked) {
  const auto run = [](FakeBoard& board) -> Result<void> {
    board.model = [](const auto& in) { return sums(in, {8}); };
    auto network = configure(board, echo_hef());
    if (!network) return std::unexpected(network.error());
    if (auto begun = (*network)->begin(); !begun) return std::unexpected(begun.error());
    if (auto submitted = (*network)->submit(); !submitted) return submitted;
    if (auto results = (*network)->wait(5s); !results) return std::unexpected(results.error());
    (*network)->release();
    return (*network)->close();
  };
  FakeBoard good;
  ASSERT_TRUE(run(good));
  // How often it is called depends on how completions coincide.
  good.calls.erase(HAILO_VDMA_INTERRUPTS_WAIT);
  // Fails only if the board is gone, which wakes the waiter, too.
  good.calls.erase(HAILO_VDMA_DISABLE_CHANNELS);
  for (const auto& [command, times] : good.calls) {
    for (int nth = 0; nth < times; nth++) {
      FakeBoard board;
      board.faults = {{command, nth, EIO}};
      const auto done = run(board);
      ASSERT_FALSE(done) << "call " << nth << " of " << std::hex << command;
      EXPECT_EQ(done.error().sys_errno, EIO) << done.error().message;
    }
  }
  FakeBoard waiting;
  waiting.faults = {{HAILO_VDMA_INTERRUPTS_WAIT, 0, EIO}};
  EXPECT_FALSE(run(waiting));
  for (const auto command : {HAILO_VDMA_INTERRUPTS_WAIT, HAILO_VDMA_DISABLE_CHANNELS,
                             HAILO_VDMA_LAUNCH_TRANSFER, HAILO_VDMA_BUFFER_MAP}) {
    FakeBoard interrupted;
    interrupted.faults = {{command, 0, EINTR}};
    EXPECT_TRUE(run(interrupted)) << "a signal is no failure";
  }
}

}  // namespace
}  // namespace hailo::runtime
