// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo::emu {

/// One parsed request of the control protocol.  Values were checked against
/// their ranges; a key that was not given is absent.
struct Command {
  std::string verb;
  std::string argument;  ///< fault name, temperature, log text
  std::map<std::string, std::uint64_t, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> words;
};

/// What a line waits for before its command runs.
struct Trigger {
  enum class Kind { after, boot, control };
  Kind kind;
  std::chrono::milliseconds delay{0};  ///< Kind::after
  std::uint64_t occurrence = 1;        ///< of the boot or control, from 1
};

struct Line {
  std::vector<Trigger> triggers;  ///< outermost first
  Command command;
};

/// Parses one line: prefixes, then a command with everything it needs.
Result<Line> parse_line(std::string_view text);

/// Parses a scenario file; blank lines and `#` comments are left out.
Result<std::vector<Line>> parse_scenario(std::string_view text);

}  // namespace hailo::emu
