// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/base/result.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"
#include "lib/sys/root.h"

namespace hailo {

/// The board that the user named, or the first one.
Outcome<Board> choose_board(const sys::Root& root, const std::string& wanted);

/// An error of a board, with what the driver says of the board now: it may
/// have given it up because of what failed. Of a busy one, with who holds it.
Failure board_failure(const sys::Root& root, const Board& board, const Error& error);

}  // namespace hailo
