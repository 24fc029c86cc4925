// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fwtool/command.h"
#include "lib/base/result.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"
#include "lib/hailo/module_parameters.h"
#include "lib/sys/root.h"

namespace hailo::fwtool {

/// An error of the host that has nothing to do with a board.
Failure explain_host(const Error& error);

/// Why there is no board: no function on the bus, no module, or no firmware.
Failure explain_no_board(const sys::Root& root);

/// How to get a module for the kernel of that release.
std::string install_hint(const std::string& release);

/// `wanted` is none of `boards`.
Failure explain_unknown_board(const sys::Root& root, std::string_view wanted,
                              const std::vector<Board>& boards);

/// `error` came from opening or asking `board`.
Failure explain_board(const sys::Root& root, const Board& board, const Error& error);

/// The board's state, as the driver gives it, is no use to anybody.
Failure explain_state(const Board& board);

/// Nothing if the node is there and belongs to the board.
std::expected<void, Failure> check_node(const sys::Root& root, const Board& board);

/// "1234 (python3), 1250 (ffmpeg)"; what could not be seen is said.
std::string describe_holders(const sys::Root& root, const Board& board);

/// Prints the failure and returns its exit code.
Exit report(const Context& context, const Failure& failure);

}  // namespace hailo::fwtool
