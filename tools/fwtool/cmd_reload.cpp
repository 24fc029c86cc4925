// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/module_load.h"
#include "fwtool/options.h"
#include "lib/base/text.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false;
  bool dry_run = false;
  unsigned timeout_ms = 10000;
  LoadOptions load;
};

Json to_json(const std::vector<Board>& boards) {
  Json list = Json::array();
  for (const auto& board : boards)
    list.push_back({{"name", board.name},
                    {"node", board.node},
                    {"state", printable(board.state.value_or("unknown"))},
                    {"firmware_running", printable(board.firmware_version.value_or("unknown"))}});
  return list;
}

void print_json(const Context& context, const LoadPlan& plan, bool dry_run,
                const std::vector<Board>& boards) {
  Json json = fwtool::to_json(plan, dry_run);
  json["boards"] = to_json(boards);
  context.out << json.dump(2) << "\n";
}

Exit run(const Context& context, const Options& options) {
  auto parameters = read_parameters(options.load.parameters);
  if (!parameters) return report(context, parameters.error());
  auto plan = plan_load(context.root, {options.load.module, *parameters});
  if (!plan) return report(context, plan.error());
  if (options.dry_run) {
    // What would stop it is worth more than what it would do.
    if (plan->reason && plan->remove_first)
      if (auto unused = check_unused(context.root); !unused) return report(context, unused.error());
    if (options.json)
      print_json(context, *plan, true, {});
    else
      print(context.out, *plan);
    return Exit::ok;
  }

  if (plan->reason)
    if (auto done = carry_out(context, *plan); !done) return report(context, done.error());
  auto boards = wait_for_nodes(context, std::chrono::milliseconds(options.timeout_ms));
  if (!boards) return report(context, boards.error());

  if (options.json)
    print_json(context, *plan, false, *boards);
  else
    print(context.out, *plan);
  Exit exit = Exit::ok;
  for (const auto& board : *boards) {
    if (!options.json)
      context.out << board.name << ":     " << printable(board.state.value_or("unknown"))
                  << ", firmware " << printable(board.firmware_version.value_or("unknown")) << "\n";
    if (board.state == "dead" || board.state == "removed")
      exit = report(context, explain_state(board));
  }
  return exit;
}

}  // namespace

Action configure_reload(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_dry_run(app, options->dry_run);
  add_load_options(app, options->load);
  add_timeout(app, options->timeout_ms, 600000, "the node");
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
