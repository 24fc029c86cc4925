// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>

#include "fwtool/command.h"
#include "lib/hailo/device.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"

namespace hailo::fwtool {

/// The board that the user names, the first one if `wanted` is empty.
std::expected<Board, Failure> choose_board(const Context& context, const std::string& wanted);

/// Its node, opened.
std::expected<Device, Failure> open_board(const Context& context, const Board& board);

}  // namespace hailo::fwtool
