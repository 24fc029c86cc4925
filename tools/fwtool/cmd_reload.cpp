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
  std::string module;
  std::vector<std::string> parameters;
};

std::string build_of(const sys::ModuleFile& file) {
  return printable(file.path) + ", version " +
         (file.version.empty() ? "unknown" : printable(file.version)) + ", srcversion " +
         (file.srcversion.empty() ? "unknown" : printable(file.srcversion));
}

void print_plan(const Context& context, const LoadPlan& plan) {
  if (!plan.reason) {
    context.out << "Nothing to do: this module, these parameters and this firmware are running\n";
    return;
  }
  context.out << "Reason:     " << *plan.reason << "\n";
  if (plan.remove_first) context.out << "Remove:     hailo_pci\n";
  const std::string parameters = to_options(plan.parameters);
  context.out << "Load:       " << build_of(plan.file) << "\n"
              << "Parameters: " << (parameters.empty() ? "none" : printable(parameters)) << "\n";
}

void print_json(const Context& context, const LoadPlan& plan, bool dry_run,
                const std::vector<Board>& boards) {
  Json list = Json::array();
  for (const auto& board : boards)
    list.push_back({{"name", board.name},
                    {"node", board.node},
                    {"state", printable(board.state.value_or("unknown"))},
                    {"firmware_running", printable(board.firmware_version.value_or("unknown"))}});
  Json parameters = Json::object();
  for (const auto& [name, value] : plan.parameters) parameters[printable(name)] = printable(value);
  const Json json = {{"changed", plan.reason.has_value() && !dry_run},
                     {"dry_run", dry_run},
                     {"reason", plan.reason ? Json(*plan.reason) : Json()},
                     {"module",
                      {{"path", printable(plan.file.path)},
                       {"version", printable(plan.file.version)},
                       {"srcversion", printable(plan.file.srcversion)}}},
                     {"parameters", parameters},
                     {"boards", list}};
  context.out << json.dump(2) << "\n";
}

Exit run(const Context& context, const Options& options) {
  LoadRequest request{options.module, {}};
  for (const auto& parameter : options.parameters) {
    if (!parameter.contains('='))
      return report(context, {Exit::usage, printable(parameter) + " is no PARAM=VALUE",
                              "see `hailo-fwtool reload --help`"});
    for (const auto& [name, value] : parse_parameters('"' + parameter + '"'))
      request.parameters[name] = value;
  }

  auto plan = plan_load(context.root, request);
  if (!plan) return report(context, plan.error());
  if (options.dry_run) {
    // What would stop it is worth more than what it would do.
    if (plan->reason && plan->remove_first)
      if (auto unused = check_unused(context.root); !unused) return report(context, unused.error());
    if (options.json)
      print_json(context, *plan, true, {});
    else
      print_plan(context, *plan);
    return Exit::ok;
  }

  if (plan->reason)
    if (auto done = carry_out(context, *plan); !done) return report(context, done.error());
  auto boards = wait_for_nodes(context, std::chrono::milliseconds(options.timeout_ms));
  if (!boards) return report(context, boards.error());

  if (options.json)
    print_json(context, *plan, false, *boards);
  else
    print_plan(context, *plan);
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
  app.add_option("--module", options->module,
                 "Load this file instead of the one that modprobe would load")
      ->type_name("FILE");
  add_timeout(app, options->timeout_ms, 600000, "the node");
  app.add_option("PARAM=VALUE", options->parameters, "Module parameters, over those of modprobe.d");
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
