// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>

#include "lib/base/result.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"
#include "lib/sys/root.h"

namespace hailo::run {

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
