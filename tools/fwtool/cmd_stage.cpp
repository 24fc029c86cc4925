// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/options.h"
#include "fwtool/place.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  std::string version;
  std::string from;
  std::string sha256;
  FirmwareOptions firmware;
  Place place;
};

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

std::expected<CheckedImage, Failure> find_image(const Context& context, const Options& options,
                                                const Manifest& manifest) {
  Expectation expectation;
  if (!options.sha256.empty()) expectation.pinned = options.sha256;
  if (!options.version.empty()) expectation.version = options.version;
  if (!options.from.empty() && !is_folder(options.from))
    return read_image(options.from, manifest, expectation);

  if (!expectation.version) {
    auto selection = choose_release(context, manifest, "auto");
    if (!selection) return std::unexpected(selection.error());
    expectation.version = selection->version;
  }
  if (!options.from.empty())
    return read_image(options.from + "/" + versioned_name(*expectation.version), manifest,
                      expectation);

  const FirmwareStore store = store_of(context, options.firmware);
  const std::string path = store.image(*expectation.version);
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return std::unexpected(Failure{
        Exit::unknown_firmware,
        "firmware " + *expectation.version + " has not been fetched: " + path + " does not exist",
        "`hailo-fwtool fetch " + *expectation.version + "`, or name a file or folder with --from"});
  expectation.recorded = store.recorded(*expectation.version);
  return read_image(path, manifest, expectation);
}

Exit run(const Context& context, const Options& options) {
  auto manifest = load_manifest(options.firmware);
  if (!manifest) return report(context, manifest.error());
  auto image = find_image(context, options, *manifest);
  if (!image) return report(context, image.error());
  auto placed = place_firmware(context, options.place, image->bytes);
  if (!placed) return report(context, placed.error());

  if (options.json) {
    context.out << to_json(options.place, *placed, image->digest.sha256,
                           name_of(image->digest.verdict))
                       .dump(2)
                << "\n";
    return Exit::ok;
  }
  context.out << "Firmware: " << describe(*image) << "\n";
  print(context.out, options.place, *placed);
  return Exit::ok;
}

}  // namespace

Action configure_stage(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("VERSION", options->version, "Release to stage; default is what select chooses")
      ->check(check_version);
  app.add_option("--from", options->from,
                 "Image, or folder with hailo8_fw.VERSION.bin, instead of what fetch has got")
      ->type_name("PATH");
  app.add_option("--sha256", options->sha256, "Digest that the image must have")
      ->type_name("DIGEST")
      ->transform(CLI::Validator(check_sha256, ""));
  add_json(app, options->json);
  add_place_options(app, options->place);
  add_firmware_options(app, options->firmware);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
