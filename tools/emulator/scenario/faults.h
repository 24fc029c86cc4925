// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string_view>

#include "emulator/scenario/line.h"

namespace hailo::emu {

struct Fault {
  Command command;              ///< `fault NAME …`
  std::uint64_t remaining = 1;  ///< times it still strikes, 0: until cleared
  std::uint64_t progress = 0;   ///< accesses seen, of faults that strike each Nth

  std::uint64_t number(std::string_view key) const { return command.numbers.find(key)->second; }
  std::string_view word(std::string_view key) const { return command.words.find(key)->second; }
};

/// The faults that are armed, oldest first; of two with one name the older
/// strikes until it is used up.
class Faults {
 public:
  void arm(const Command& command);
  void clear() { armed_.clear(); }
  std::size_t size() const { return armed_.size(); }

  /// Uses up one strike of `name`; none if it is not armed.
  std::optional<Fault> take(std::string_view name);

  /// The same for a fault about controls: one with another opcode= is passed.
  std::optional<Fault> take_for_opcode(std::string_view name, std::uint32_t opcode);

  /// Counts one access against `name`; true if this one, the Nth by `key`, is
  /// struck.
  bool strikes_each(std::string_view name, std::string_view key);

  /// Looks without using up; null if not armed.
  const Fault* find(std::string_view name) const;

 private:
  using Iterator = std::list<Fault>::iterator;
  std::optional<Fault> use(Iterator it);

  std::list<Fault> armed_;
};

}  // namespace hailo::emu
