// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/module_load.h"
#include "fwtool/options.h"
#include "lib/sys/module.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  bool dry_run = false;
};

Exit run(const Context& context, const Options& options) {
  const bool loaded = sys::loaded_module(context.root, kModuleName).has_value();
  if (loaded) {
    auto done = options.dry_run ? check_unused(context.root) : remove_module(context);
    if (!done) return report(context, done.error());
  }

  if (options.json) {
    const nlohmann::ordered_json json = {{"changed", loaded && !options.dry_run},
                                         {"dry_run", options.dry_run}};
    context.out << json.dump(2) << "\n";
  } else if (!loaded) {
    context.out << "Nothing to do: hailo_pci is not loaded\n";
  } else {
    context.out << (options.dry_run ? "Remove: hailo_pci\n" : "Removed: hailo_pci\n");
  }
  return Exit::ok;
}

}  // namespace

Action configure_down(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_dry_run(app, options->dry_run);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
