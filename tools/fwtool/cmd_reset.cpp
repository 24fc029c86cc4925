// SPDX-License-Identifier: MIT
#include <hailo_mailbox.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/open_board.h"
#include "fwtool/options.h"
#include "lib/base/bytes.h"
#include "lib/base/text.h"
#include "lib/hailo/control.h"
#include "lib/sys/host.h"
#include "lib/sys/processes.h"

namespace hailo::fwtool {
namespace {

using std::chrono::milliseconds;

struct Options {
  bool json = false;
  bool dry_run = false;
  bool core = false;
  bool force = false;
  unsigned timeout_ms = 10000;
  std::string device;
};

std::string reset_attribute(const Board& board) {
  return "/sys/bus/pci/devices/" + board.location.value_or("") + "/reset";
}

/// Open files end with the reset.
std::expected<void, Failure> check_unheld(const Context& context, const Board& board) {
  auto holders = sys::holders_of(context.root, board.node, board.number);
  if (!holders) return std::unexpected(explain_host(holders.error()));
  if (holders->processes.empty()) return {};
  return std::unexpected(
      Failure{Exit::busy, board.name + " is in use: " + sys::describe(holders->processes.front()),
              "stop it, or reset under its feet with --force; it must be started anew then"});
}

std::expected<void, Failure> reset_core(const Context& context, const Board& board,
                                        milliseconds timeout) {
  auto device = open_board(context, board);
  if (!device) return std::unexpected(device.error());
  Bytes type;
  append_be32(type, HAILO_RESET_NN_CORE);
  auto answer = device->control(Cpu::app, encode_request(HAILO_OPCODE_RESET, {type}), timeout);
  if (!answer) return std::unexpected(explain_board(context.root, board, answer.error()));
  if (auto parsed = parse_response(*answer, HAILO_OPCODE_RESET); !parsed)
    return std::unexpected(explain_board(context.root, board, parsed.error()));
  return {};
}

std::expected<void, Failure> reset_function(const Context& context, const Board& board,
                                            milliseconds timeout) {
  const milliseconds end = context.host->now() + timeout;
  auto done = context.host->write_attribute(context.root.outside(reset_attribute(board)), "1");
  if (!done && done.error().code == Error::Code::permission)
    return std::unexpected(Failure{Exit::no_permission, "no permission to reset " + board.name,
                                   "run as root; in a container, with /sys writable"});
  if (!done)
    return std::unexpected(Failure{Exit::failure,
                                   "the function does not reset: " + done.error().message,
                                   "`hailo-fwtool reload`"});
  // The driver has booted the board anew when the write returns; a board whose
  // firmware comes late gets its time.
  for (;;) {
    auto now = choose_board(context, board.name);
    if (!now) return std::unexpected(now.error());
    if (now->state == "running") return {};
    if (now->state == "dead" || now->state == "removed" || context.host->now() >= end)
      return std::unexpected(explain_state(*now));
    constexpr milliseconds kPause{100};
    context.host->sleep(kPause);
  }
}

Exit run(const Context& context, const Options& options) {
  auto board = choose_board(context, options.device);
  if (!board) return report(context, board.error());
  if (!options.force)
    if (auto unheld = check_unheld(context, *board); !unheld)
      return report(context, unheld.error());

  if (!options.dry_run) {
    const milliseconds timeout(options.timeout_ms);
    auto done = options.core ? reset_core(context, *board, timeout)
                             : reset_function(context, *board, timeout);
    if (!done) return report(context, done.error());
  }
  const std::string what = options.core ? "neural network core" : "function";
  if (options.json)
    context.out << nlohmann::ordered_json{{"device", board->name},
                                          {"reset", what},
                                          {"dry_run", options.dry_run}}
                       .dump(2)
                << "\n";
  else
    context.out << (options.dry_run ? "Reset: " : "Has been reset: ") << what << " of "
                << board->name << "\n";
  return Exit::ok;
}

}  // namespace

Action configure_reset(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_dry_run(app, options->dry_run);
  app.add_flag("--core", options->core, "Only the neural network core, by the firmware");
  app.add_flag("--force", options->force, "Also while a process has the board open");
  add_timeout(app, options->timeout_ms, 60000, "the board");
  add_device(app, options->device);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
