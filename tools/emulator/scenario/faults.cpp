// SPDX-License-Identifier: MIT
#include "emulator/scenario/faults.h"

#include <algorithm>

namespace hailo::emu {

void Faults::arm(const Command& command) {
  Fault fault{command};
  if (const auto count = command.numbers.find("count"); count != command.numbers.end())
    fault.remaining = count->second;
  armed_.push_back(std::move(fault));
}

std::optional<Fault> Faults::use(Iterator it) {
  if (it == armed_.end()) return std::nullopt;
  Fault fault = *it;
  if (it->remaining != 0 && --it->remaining == 0) armed_.erase(it);
  return fault;
}

std::optional<Fault> Faults::take(std::string_view name) {
  return use(std::ranges::find_if(
      armed_, [name](const Fault& fault) { return fault.command.argument == name; }));
}

std::optional<Fault> Faults::take_for_opcode(std::string_view name, std::uint32_t opcode) {
  return use(std::ranges::find_if(armed_, [name, opcode](const Fault& fault) {
    const auto wanted = fault.command.numbers.find("opcode");
    return fault.command.argument == name &&
           (wanted == fault.command.numbers.end() || wanted->second == opcode);
  }));
}

bool Faults::strikes_each(std::string_view name, std::string_view key) {
  const auto it = std::ranges::find_if(
      armed_, [name](const Fault& fault) { return fault.command.argument == name; });
  if (it == armed_.end() || ++it->progress % it->number(key) != 0) return false;
  use(it);
  return true;
}

const Fault* Faults::find(std::string_view name) const {
  const auto it = std::ranges::find_if(
      armed_, [name](const Fault& fault) { return fault.command.argument == name; });
  return it == armed_.end() ? nullptr : &*it;
}

}  // namespace hailo::emu
