// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/fetch.h"
#include "fwtool/options.h"
#include "lib/base/text.h"
#include "lib/sys/download.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false;
  bool dry_run = false;
  Fetch fetch;
};

Exit show_plan(const Context& context, const Manifest& manifest, const Options& options) {
  auto source = fetch_source(manifest, options.fetch);
  if (!source) return report(context, source.error());
  const FirmwareStore store = store_of(context, options.fetch.firmware);
  const std::string shown = printable(sys::without_secrets(*source));
  const std::string path = printable(store.image(options.fetch.version));
  if (options.json) {
    const Json json = {{"version", options.fetch.version},
                       {"source", shown},
                       {"path", path},
                       {"changed", false},
                       {"dry_run", true}};
    context.out << json.dump(2) << "\n";
  } else {
    context.out << "Would fetch: " << shown << "\nWould write: " << path << "\n";
  }
  return Exit::ok;
}

Exit run(const Context& context, const Options& options) {
  auto manifest = load_manifest(options.fetch.firmware);
  if (!manifest) return report(context, manifest.error());
  if (options.dry_run) return show_plan(context, *manifest, options);

  Fetch fetch = options.fetch;
  fetch.progress = !options.json && shows_progress(context);
  auto fetched = fetch_firmware(context, *manifest, fetch);
  if (!fetched) return report(context, fetched.error());
  const CheckedImage& image = fetched->image;
  if (options.json) {
    const Json json = {
        {"version", image.version.number()}, {"source", printable(image.source)},
        {"path", printable(fetched->path)},  {"size", image.bytes.size()},
        {"sha256", image.digest.sha256},     {"verdict", name_of(image.digest.verdict)},
        {"changed", !fetched->was_there},    {"dry_run", false}};
    context.out << json.dump(2) << "\n";
    return Exit::ok;
  }
  context.out << "Firmware: " << describe(image) << "\n"
              << "SHA-256: " << image.digest.sha256 << "\n";
  if (fetched->was_there)
    context.out << "Nothing to do: " << printable(fetched->path) << " is there\n";
  else
    context.out << "Wrote: " << printable(fetched->path) << "\n";
  return Exit::ok;
}

}  // namespace

Action configure_fetch(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("VERSION", options->fetch.version, "Release to fetch")
      ->required()
      ->check(check_version);
  add_json(app, options->json);
  add_dry_run(app, options->dry_run);
  add_fetch_options(app, options->fetch);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
