// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>

#include "lib/base/result.h"
#include "lib/hailo/discovery.h"
#include "lib/sys/root.h"

namespace hailo::run {

/// Documented in hailo-run(1): scripts act on them. Up to 8 as hailo-fwtool has
/// them.
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
};

/// What stopped the program, and what to do next if that is known.
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

/// The board that the user named, or the first one.
Outcome<Board> find_board(const sys::Root& root, const std::string& wanted);

/// An error of a board, with what the driver says of the board now: it may
/// have given it up because of what failed.
Failure board_failure(const sys::Root& root, const Board& board, const Error& error);

}  // namespace hailo::run
