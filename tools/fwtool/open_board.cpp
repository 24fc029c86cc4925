// SPDX-License-Identifier: MIT
#include "fwtool/open_board.h"

#include "fwtool/explain.h"

namespace hailo::fwtool {

std::expected<Board, Failure> choose_board(const Context& context, const std::string& wanted) {
  auto boards = discover(context.root);
  if (!boards) return std::unexpected(explain_host(boards.error()));
  if (boards->empty()) return std::unexpected(explain_no_board(context.root));
  if (wanted.empty()) return boards->front();
  const Board* board = find_board(context.root, *boards, wanted);
  if (!board) return std::unexpected(explain_unknown_board(context.root, wanted, *boards));
  return *board;
}

std::expected<Device, Failure> open_board(const Context& context, const Board& board) {
  if (auto ok = check_node(context.root, board); !ok) return std::unexpected(ok.error());
  auto device = context.open(context.root.outside(board.node));
  if (!device) return std::unexpected(explain_board(context.root, board, device.error()));
  return std::move(*device);
}

}  // namespace hailo::fwtool
