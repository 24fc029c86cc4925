// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"
#include "lib/hailo/module_parameters.h"
#include "lib/sys/module.h"

namespace hailo::fwtool {

struct LoadRequest {
  std::string file;       ///< empty: the one that modprobe would load
  Parameters parameters;  ///< over those of modprobe.d
  /// Where firmware has been put, as that folder is called here; in a container
  /// the kernel has another name for it. Empty: where the kernel looks.
  std::string firmware_folder{};
};

/// As they are on a command line.
struct LoadOptions {
  std::string module;
  std::vector<std::string> parameters;
};

/// --module, PARAM=VALUE
void add_load_options(CLI::App& app, LoadOptions& options);

/// What a load would do, found out without doing it.
struct LoadPlan {
  sys::ModuleFile file;
  Parameters parameters;              ///< with those of modprobe.d
  std::optional<std::string> reason;  ///< why the module has to be loaded; nothing to do if none
  bool remove_first = false;
};

/// Everything that would make the load fail is looked for here, while a module
/// that works is still loaded.
Outcome<LoadPlan> plan_load(const sys::Root& root, const LoadRequest& request);

void print(std::ostream& out, const LoadPlan& plan);
/// "changed", "dry_run", "reason", "module", "parameters"
nlohmann::ordered_json to_json(const LoadPlan& plan, bool dry_run);

Outcome<void> carry_out(const Context& context, const LoadPlan& plan);

/// Waits until each board has its node, makes it where nobody else would, and
/// returns the boards.
Outcome<std::vector<Board>> wait_for_nodes(const Context& context,
                                           std::chrono::milliseconds timeout);

/// PARAM=VALUE words of a command line.
Outcome<Parameters> read_parameters(const std::vector<std::string>& words);

/// Nothing may use the module; says who does.
Outcome<void> check_unused(const sys::Root& root);

Outcome<void> remove_module(const Context& context);

}  // namespace hailo::fwtool
