// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/options.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  std::string wanted = "auto";
  FirmwareOptions firmware;
};

Exit run(const Context& context, const Options& options) {
  auto manifest = load_manifest(options.firmware);
  if (!manifest) return report(context, manifest.error());
  auto selection = choose_release(context, *manifest, options.wanted);
  if (!selection) return report(context, selection.error());
  if (options.json) {
    const nlohmann::ordered_json json = {{"version", selection->version},
                                         {"source", name_of(selection->source)},
                                         {"why", selection->why}};
    context.out << json.dump(2) << "\n";
    return Exit::ok;
  }
  // Apart, so that `$(hailo-fwtool select)` is the version alone.
  context.err << "hailo-fwtool: " << selection->why << "\n";
  context.out << selection->version << "\n";
  return Exit::ok;
}

}  // namespace

Action configure_select(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_release_option(app, options->wanted);
  add_json(app, options->json);
  add_firmware_options(app, options->firmware);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
