// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "fwtool/bundle.h"
#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/options.h"
#include "lib/base/atomic_file.h"
#include "lib/base/text.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  bool dry_run = false;
  std::string output = "hailo-bundle.tar";
};

Exit run(const Context& context, const Options& options) {
  const auto entries = collect_bundle(context);
  if (!options.dry_run) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string archive = tar_archive(
        entries,
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
    constexpr mode_t kMode = 0600;  // it is the user who decides who gets it
    auto written = write_file_atomically(options.output, std::as_bytes(std::span(archive)), kMode);
    if (!written) {
      Failure failure = explain_file(written.error());
      failure.next += "; or name another file with --output";
      return report(context, failure);
    }
  }

  if (options.json) {
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& entry : entries) files.push_back(entry.name);
    const nlohmann::ordered_json json = {
        {"output", printable(options.output)}, {"dry_run", options.dry_run}, {"files", files}};
    context.out << json.dump(2) << "\n";
    return Exit::ok;
  }
  if (options.dry_run)
    for (const auto& entry : entries) context.out << entry.name << "\n";
  else
    context.out << printable(options.output) << ": look through it before you pass it on\n";
  return Exit::ok;
}

}  // namespace

Action configure_bundle(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_dry_run(app, options->dry_run);
  app.add_option("--output", options->output, "The archive to write")
      ->type_name("FILE")
      ->capture_default_str();
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
