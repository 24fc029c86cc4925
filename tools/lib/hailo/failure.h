// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "lib/base/result.h"

namespace hailo {

/// What our programs exit with: scripts act on it, so each program's manual page
/// has the ones that it uses.
enum class Exit {
  ok = 0,
  failure = 1,
  usage = 2,
  no_device = 3,
  no_permission = 4,
  busy = 5,
  dead = 6,
  protocol = 7,
  removed = 8,
  bad_hef = 9,
  wrong_board = 10,
  bad_input = 11,
  bad_firmware = 12,
  unverified = 13,
  wrong_digest = 14,
  download = 15,
  no_space = 16,
  bad_target = 17,
  unknown_firmware = 18,
  shadowed = 19,
  module_in_use = 20,
  module_missing = 21,
  module_unsigned = 22,
  module_mismatch = 23,
  bad_parameter = 24,
  no_firmware = 25,
  no_node = 26,
  findings = 27,
  not_seen = 28,
};

/// A failure as the user gets it: what happened, and what to do next if that is
/// known.
struct Failure {
  Exit exit;
  std::string what;
  std::string next{};
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> stop(Exit exit, std::string what, std::string next = "") {
  return std::unexpected(Failure{exit, std::move(what), std::move(next)});
}

/// How a program that prints to standard output ends: tells a failure on standard
/// error, also that the output could not be written, and gives the exit status.
int finish(const char* program, const Outcome<void>& done);

/// Of an error that came from opening or asking a board.
Exit exit_of(Error::Code code);

}  // namespace hailo
