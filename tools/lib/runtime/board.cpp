// SPDX-License-Identifier: MIT
#include "lib/runtime/board.h"

#include <hailo_mailbox.h>

#include <algorithm>
#include <bit>
#include <string>

#include "lib/base/text.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::runtime {
namespace {

constexpr std::uint16_t kMinPage = 64;  // bytes, of a descriptor

Abi abi_of(std::uint32_t major, std::uint32_t minor) {
  return major < 4 || (major == 4 && minor <= 20) ? Abi::v420 : Abi::v421;
}

bool is_chip_code(const hef::Operation& operation) {
  return operation.trigger != hef::Trigger::none ||
         std::ranges::any_of(operation.actions, [](const hef::Action& action) {
           const auto* other = std::get_if<hef::OtherAction>(&action);
           return other != nullptr && other->name != "none";
         });
}

bool has_chip_code(const hef::Variant& variant) {
  if (variant.contexts.size() != 1 || std::ranges::any_of(variant.preliminary, is_chip_code))
    return true;
  const auto& context = variant.contexts.front();
  return !context.inner_streams.empty() || std::ranges::any_of(context.operations, is_chip_code);
}

bool has_config(const hef::Context& context) {
  return std::ranges::any_of(context.operations, [](const hef::Operation& operation) {
    return std::ranges::any_of(operation.actions, [](const hef::Action& action) {
      return std::holds_alternative<hef::ConfigGroup>(action);
    });
  });
}

}  // namespace

Abi BoardFacts::driver_abi() const { return abi_of(driver.major, driver.minor); }

Abi BoardFacts::firmware_abi() const {
  return abi_of(identity.firmware_version.major, identity.firmware_version.minor);
}

Result<BoardFacts> ask_board(Device& device, std::chrono::milliseconds timeout) {
  BoardFacts facts;
  auto driver = device.release();
  if (!driver) return std::unexpected(driver.error());
  facts.driver = *driver;
  auto properties = device.properties();
  if (!properties) return std::unexpected(properties.error());
  if (!properties->firmware_loaded)
    return fail(Error::Code::dead, "no firmware is running on the board");
  const std::uint16_t page = properties->desc_max_page_size;
  if (page < kMinPage || !std::has_single_bit(page))
    return fail(Error::Code::protocol, "the driver reports descriptor pages of at most " +
                                           std::to_string(page) +
                                           " bytes, no power of two from 64 on");
  facts.properties = *properties;

  auto identity = device.identify(timeout);
  if (!identity) return std::unexpected(identity.error());
  facts.identity = std::move(*identity);
  auto answer =
      device.control(Cpu::app, encode_request(HAILO_OPCODE_GET_DEVICE_INFORMATION), timeout);
  if (!answer) return std::unexpected(answer.error());
  auto information = parse_device_information(*answer);
  if (!information) return std::unexpected(information.error());
  facts.information = *information;
  return facts;
}

Result<const hef::Variant*> choose_variant(const hef::Hef& hef, const BoardFacts& facts) {
  const std::uint32_t architecture = facts.identity.device_architecture;
  if (architecture != HAILO_ARCH_HAILO8 && architecture != HAILO_ARCH_HAILO8L)
    return fail(Error::Code::unsupported, "the board is a " + architecture_name(architecture) +
                                              ", not a Hailo-8 or Hailo-8L");
  const auto chip = architecture == HAILO_ARCH_HAILO8L ? hef::Chip::hailo8l : hef::Chip::hailo8;
  const auto& group = hef.groups().front();
  auto variant = hef.select(group, chip, facts.information.layout);
  if (!variant) return variant;
  if (hef::is_emulator_hef(hef) && !facts.information.emulated)
    return fail(Error::Code::unsupported,
                "the file carries a model for the emulated board; this board is a real one and "
                "would take it for register writes");
  if (has_chip_code(**variant) || has_config((*variant)->contexts.front()))
    return fail(Error::Code::unsupported, "network " + printable(group.name) +
                                              " is made of code for the chip, which this runtime "
                                              "does not send");
  return variant;
}

std::string other_model_hint(const BoardFacts& facts) {
  if (!facts.information.emulated)
    return "a real board runs its networks with HailoRT's programs: this program has networks for "
           "the emulated board only, so far";
  const bool is_8l = facts.identity.device_architecture == HAILO_ARCH_HAILO8L;
  return std::string("give a model that `hailo-hefgen make --arch ") +
         (is_8l ? "hailo8l" : "hailo8") + "` has made for the emulated board";
}

}  // namespace hailo::runtime
