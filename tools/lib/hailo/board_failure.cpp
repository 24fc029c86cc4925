// SPDX-License-Identifier: MIT
#include "lib/hailo/board_failure.h"

#include "lib/base/text.h"
#include "lib/sys/processes.h"

namespace hailo {
namespace {

std::string holders(const sys::Root& root, const Board& board) {
  const auto found = sys::holders_of(root, board.node, board.number);
  const std::string text = found ? sys::names_of(*found) : "";
  if (!text.empty()) return "held by " + text + "; stop the holder, or wait for it";
  return "who holds it is not visible to this user; `hailo-fwtool status` as root shows it";
}

}  // namespace

Failure board_failure(const sys::Root& root, const Board& board, const Error& error) {
  Failure failure{exit_of(error.code), board.node + ": " + error.message, ""};
  if (error.code == Error::Code::busy) failure.next = holders(root, board);
  if (error.code == Error::Code::permission)
    failure.next = "`hailo-fwtool identify` tells who may open it";
  if (error.code == Error::Code::permission || error.code == Error::Code::busy) return failure;

  auto boards = discover(root);
  const Board* now = boards ? find_board(root, *boards, board.name) : nullptr;
  const std::string state = now ? now->state.value_or("") : "removed";
  if (state == "removed") failure.exit = Exit::removed;
  if (state == "dead") failure.exit = Exit::dead;
  if (state == "removed" || state == "dead") {
    failure.what += "; the driver calls the board " + state;
    if (now && now->state_reason && *now->state_reason != "none")
      failure.what += ": " + printable(*now->state_reason);
  }
  failure.next = "`hailo-fwtool status` and `dmesg | grep hailo` tell more";
  return failure;
}

Outcome<Board> choose_board(const sys::Root& root, const std::string& wanted) {
  auto boards = discover(root);
  if (!boards) return stop(Exit::failure, boards.error().message);
  if (boards->empty())
    return stop(Exit::no_device, "there is no board", "`hailo-fwtool identify` tells why");
  const Board* board = wanted.empty() ? &boards->front() : find_board(root, *boards, wanted);
  if (board) return *board;
  std::string known;
  for (const auto& b : *boards) known += (known.empty() ? "" : ", ") + b.name;
  return stop(Exit::no_device, "no board is called " + printable(wanted), "name one of: " + known);
}

}  // namespace hailo
