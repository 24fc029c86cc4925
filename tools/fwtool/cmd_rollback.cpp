// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/options.h"
#include "fwtool/place.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  Place place;
};

Exit run(const Context& context, const Options& options) {
  auto placed = place_previous(context, options.place);
  if (!placed) return report(context, placed.error());
  if (options.json) {
    context.out << to_json(options.place, *placed, "", "").dump(2) << "\n";
    return Exit::ok;
  }
  context.out << "Firmware: " << placed->plan.version << "\n";
  print(context.out, options.place, *placed);
  return Exit::ok;
}

}  // namespace

Action configure_rollback(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_place_options(app, options->place);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
