// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>

#include "lib/runtime/board.h"
#include "support/fake_board.h"
#include "support/networks.h"

namespace hailo::runtime {
namespace {

using test::FakeBoard;
using namespace std::chrono_literals;

BoardFacts facts_of(FakeBoard& board) {
  Device device = board.device();
  return ask_board(device, 100ms).value();
}

TEST(Board, FactsAreAsked) {
  FakeBoard board;
  board.release_minor = 23;
  board.firmware_minor = 20;
  board.architecture = HAILO_ARCH_HAILO8L;
  board.layout = 5;
  board.emulated = false;
  const BoardFacts facts = facts_of(board);
  EXPECT_EQ(facts.driver.minor, 23U);
  EXPECT_EQ(facts.identity.device_architecture, HAILO_ARCH_HAILO8L);
  EXPECT_EQ(facts.information.layout, 5U);
  EXPECT_FALSE(facts.information.emulated);
  EXPECT_EQ(facts.properties.desc_max_page_size, 4096);
  EXPECT_EQ(facts.driver_abi(), Abi::v421);
  EXPECT_EQ(facts.firmware_abi(), Abi::v420);
  EXPECT_EQ(board.calls[HAILO_MARK_AS_IN_USE], 0) << "asking claims nothing";
}

TEST(Board, WithoutFirmwareItIsDead) {
  FakeBoard board;
  board.firmware_loaded = false;
  Device device = board.device();
  const auto facts = ask_board(device, 100ms);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Error::Code::dead);
  EXPECT_EQ(board.calls[HAILO_FW_CONTROL], 0);
}

TEST(Board, EachIoctlMayFail) {
  for (const auto command : {HAILO_QUERY_DRIVER_INFO, HAILO_QUERY_DEVICE_PROPERTIES}) {
    FakeBoard board;
    board.faults = {{command, 0, ENODEV}};
    Device device = board.device();
    EXPECT_EQ(ask_board(device, 100ms).error().code, Error::Code::gone);
  }
  for (const int nth : {0, 1}) {
    FakeBoard board;
    board.faults = {{HAILO_FW_CONTROL, nth, ETIMEDOUT}};
    Device device = board.device();
    EXPECT_EQ(ask_board(device, 100ms).error().code, Error::Code::timeout);
  }
}

TEST(Board, APageSizeThatCannotBeIsAMalformedAnswer) {
  for (const int page : {0, 32, 3000, 65535}) {
    FakeBoard board;
    board.max_page = static_cast<std::uint16_t>(page);
    Device device = board.device();
    const auto facts = ask_board(device, 100ms);
    ASSERT_FALSE(facts) << page;
    EXPECT_EQ(facts.error().code, Error::Code::protocol);
    EXPECT_EQ(facts.error().message, "the driver reports descriptor pages of at most " +
                                         std::to_string(page) +
                                         " bytes, no power of two from 64 on");
  }
}

/// Why the board does not take the file, or "taken".
std::string verdict(FakeBoard& board, const hef::Hef& hef) {
  const auto variant = choose_variant(hef, facts_of(board));
  if (variant) return "taken";
  EXPECT_EQ(variant.error().code, Error::Code::unsupported);
  return variant.error().message;
}

TEST(ChooseVariant, AFileForTheOtherChipNamesBoth) {
  FakeBoard board;
  board.architecture = HAILO_ARCH_HAILO8L;
  EXPECT_EQ(
      verdict(board, echo_hef({.architecture = hef::Architecture::hailo8p})),
      "HEF format is not compatible with device. Device arch: HAILO8L, HEF arch: HAILO8P (1)");
  EXPECT_EQ(verdict(board, echo_hef({.architecture = hef::Architecture::hailo8l})), "taken");
  board.architecture = HAILO_ARCH_HAILO8;
  EXPECT_EQ(verdict(board, echo_hef({.architecture = hef::Architecture::hailo8p})), "taken");
  EXPECT_EQ(verdict(board, echo_hef({.architecture = hef::Architecture::hailo8l})), "taken");
}

TEST(ChooseVariant, AnotherFamilyIsRefused) {
  FakeBoard board;
  board.architecture = 3;
  EXPECT_NE(verdict(board, echo_hef()).find("the board is a HAILO15H"), std::string::npos);
}

TEST(ChooseVariant, TheLayoutMustMatch) {
  FakeBoard board;
  board.architecture = HAILO_ARCH_HAILO8L;
  board.layout = 7;
  EXPECT_NE(verdict(board, echo_hef({.architecture = hef::Architecture::hailo8l}))
                .find("the device has layout 7"),
            std::string::npos);
}

TEST(ChooseVariant, AnEmulatorsModelNeverGoesToARealBoard) {
  FakeBoard board;
  board.emulated = false;
  EXPECT_NE(verdict(board, echo_hef({.payload = true})).find("this board is a real one"),
            std::string::npos);
  EXPECT_EQ(verdict(board, echo_hef({.payload = false})), "taken");
  board.emulated = true;
  EXPECT_EQ(verdict(board, echo_hef({.payload = true})), "taken");
}

TEST(OtherModelHint, NamesWhatRunsOnThisBoard) {
  FakeBoard board;
  EXPECT_EQ(other_model_hint(facts_of(board)),
            "give a model that `hailo-hefgen make --arch hailo8` has made for the emulated board");
  board.architecture = HAILO_ARCH_HAILO8L;
  EXPECT_EQ(other_model_hint(facts_of(board)),
            "give a model that `hailo-hefgen make --arch hailo8l` has made for the emulated board");
  board.emulated = false;
  EXPECT_EQ(other_model_hint(facts_of(board)),
            "a real board runs its networks with HailoRT's programs: this program has networks for "
            "the emulated board only, so far");
}

}  // namespace
}  // namespace hailo::runtime
