// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/fetch.h"
#include "fwtool/firmware.h"
#include "fwtool/module_load.h"
#include "fwtool/open_board.h"
#include "fwtool/options.h"
#include "fwtool/place.h"
#include "lib/base/text.h"
#include "lib/hailo/firmware_files.h"
#include "lib/sys/download.h"
#include "lib/sys/firmware_path.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kNodePatience{10000};
constexpr milliseconds kControlPatience{1000};

struct Options {
  bool json = false;
  std::string wanted = "auto";
  LoadOptions load;
  Fetch fetch;
  Place place;
};

struct NamedIdentity {
  Board board;
  Identity identity;
};

Expectation expect(const Options& options) {
  Expectation expectation{options.fetch.version, std::nullopt, std::nullopt};
  if (!options.fetch.sha256.empty()) expectation.pinned = options.fetch.sha256;
  return expectation;
}

/// The image of that release where the kernel looks, or where it is to be put:
/// who staged it has vouched for it. A digest that is known must match.
std::optional<CheckedImage> find_staged(const Context& context, const Manifest& manifest,
                                        const Options& options) {
  const sys::Root& root = context.root;
  auto folders = sys::firmware_folders(root, root.kernel_release().value_or(""));
  if (!options.place.folder.empty()) folders.insert(folders.begin(), options.place.folder);
  for (const auto& name : {versioned_name(options.fetch.version), std::string(kPlainName)}) {
    for (const auto& folder : folders) {
      const auto there =
          examine_firmware(root, {folder}, {std::string(kFirmwareSubfolder) + "/" + name});
      if (!there || there->compressed) continue;
      auto image = read_image(root.outside(there->path), manifest, expect(options));
      if (image) return std::move(*image);
    }
  }
  return std::nullopt;
}

Outcome<CheckedImage> get_image(const Context& context, const Manifest& manifest,
                                const Options& options) {
  if (options.fetch.from.empty())
    if (auto staged = find_staged(context, manifest, options)) return std::move(*staged);
  auto fetched = fetch_firmware(context, manifest, options.fetch);
  if (!fetched) return std::unexpected(fetched.error());
  return std::move(fetched->image);
}

/// What a load will be for, as far as it can be told before the firmware is in
/// its place.
bool changes_running_firmware(const std::vector<Board>& boards, const std::string& version) {
  return std::ranges::any_of(boards,
                             [&](const Board& board) { return board.firmware_version != version; });
}

/// All boards have answered, and run the release.
Outcome<std::vector<NamedIdentity>> identify_all(const Context& context,
                                                 const std::vector<Board>& boards,
                                                 const std::string& version) {
  std::vector<NamedIdentity> identities;
  for (const auto& board : boards) {
    if (board.state == "dead" || board.state == "removed")
      return std::unexpected(explain_state(board));
    auto device = open_board(context, board);
    if (!device) return std::unexpected(device.error());
    auto identity = device->identify(kControlPatience);
    if (!identity) return std::unexpected(explain_board(context.root, board, identity.error()));
    if (identity->firmware_version.number() != version)
      return std::unexpected(Failure{
          Exit::shadowed,
          board.name + " runs firmware " + identity->firmware_version.number() + ", not " + version,
          "see which file the kernel takes (`hailo-fwtool list`), and whether "
          "/etc/modprobe.d/ names another (firmware_name, compat_version)"});
    identities.push_back({board, std::move(*identity)});
  }
  return identities;
}

/// One run, as far as it has come.
struct Report {
  Selection selection;
  std::optional<CheckedImage> image{};
  std::string would_fetch{};  ///< of a dry run that cannot go on from here
  Placed placed{};
  std::optional<LoadPlan> load{};
  std::vector<NamedIdentity> identities{};

  bool changed() const { return placed.changed() || (load && load->reason); }
};

void print(std::ostream& out, const Options& options, const Report& report) {
  out << "Release: " << report.selection.version << " (" << report.selection.why << ")\n";
  if (!report.image) {
    out << "Would fetch: " << report.would_fetch << "\n"
        << "Then it would be staged and loaded.\n";
    return;
  }
  out << "Firmware: " << describe(*report.image) << "\n";
  if (!report.changed()) {
    out << "Nothing to do: it is staged, and this module, these parameters and this firmware are "
           "running\n";
  } else {
    if (report.placed.changed()) print(out, options.place, report.placed);
    if (report.load && report.load->reason) print(out, *report.load);
  }
  for (const auto& [board, identity] : report.identities)
    out << board.name << ": " << architecture_name(identity.device_architecture) << ", firmware "
        << identity.firmware_version.describe() << ", serial number "
        << (identity.serial_number.empty() ? "<N/A>" : printable(identity.serial_number)) << "\n";
}

void print_json(std::ostream& out, const Options& options, const Report& report) {
  Json json = {{"version", report.selection.version},
               {"source", name_of(report.selection.source)},
               {"why", report.selection.why},
               {"changed", report.changed() && !options.place.dry_run},
               {"dry_run", options.place.dry_run}};
  if (!report.image) {
    json["would_fetch"] = report.would_fetch;
  } else {
    json["firmware"] = to_json(options.place, report.placed, report.image->digest.sha256,
                               name_of(report.image->digest.verdict));
    json["load"] = report.load ? to_json(*report.load, options.place.dry_run) : Json();
    json["boards"] = Json::array();
    for (const auto& [board, identity] : report.identities)
      json["boards"].push_back(
          {{"name", board.name},
           {"node", board.node},
           {"device_architecture", architecture_name(identity.device_architecture)},
           {"firmware_version", identity.firmware_version.number()},
           {"serial_number", printable(identity.serial_number)}});
  }
  out << json.dump(2) << "\n";
}

/// Looks only: what is there already decides how much can be told.
Outcome<void> plan(const Context& context, const Manifest& manifest, const Options& options,
                   const LoadRequest& request, Report& report) {
  auto image = find_staged(context, manifest, options);
  if (!image) {
    auto source = fetch_source(manifest, options.fetch);
    if (!source) return std::unexpected(source.error());
    const std::string stored =
        store_of(context, options.fetch.firmware).image(options.fetch.version);
    auto there =
        read_image(options.fetch.from.empty() ? stored : *source, manifest, expect(options));
    if (!there) {
      report.would_fetch = printable(sys::without_secrets(*source));
      return {};
    }
    image = std::move(*there);
  }
  report.image = std::move(*image);
  auto placed = place_firmware(context, options.place, report.image->bytes);
  if (!placed) return std::unexpected(placed.error());
  report.placed = std::move(*placed);
  auto load = plan_load(context.root, request);
  if (load) report.load = std::move(*load);
  // Before the first firmware is staged there is nothing to load.
  if (!load && !(load.error().exit == Exit::no_firmware && report.placed.changed()))
    return std::unexpected(load.error());
  return {};
}

Outcome<void> bring_up(const Context& context, const Manifest& manifest, const Options& options,
                       const LoadRequest& request, Report& report) {
  auto image = get_image(context, manifest, options);
  if (!image) return std::unexpected(image.error());
  report.image = std::move(*image);

  // Before anything changes: a module that cannot be loaded, and somebody who
  // uses a board and would lose the firmware that it has.
  if (auto load = plan_load(context.root, request); !load && load.error().exit != Exit::no_firmware)
    return std::unexpected(load.error());
  auto boards = discover(context.root);
  if (!boards) return std::unexpected(explain_host(boards.error()));
  if (changes_running_firmware(*boards, report.selection.version))
    if (auto unused = check_unused(context.root); !unused) return unused;

  auto placed = place_firmware(context, options.place, report.image->bytes);
  if (!placed) return std::unexpected(placed.error());
  report.placed = std::move(*placed);

  auto load = plan_load(context.root, request);
  if (!load) return std::unexpected(load.error());
  report.load = std::move(*load);
  if (report.load->reason)
    if (auto done = carry_out(context, *report.load); !done) return done;
  auto present = wait_for_nodes(context, kNodePatience);
  if (!present) return std::unexpected(present.error());
  auto identities = identify_all(context, *present, report.selection.version);
  if (!identities) return std::unexpected(identities.error());
  report.identities = std::move(*identities);
  return {};
}

Exit run(const Context& context, Options options) {
  auto parameters = read_parameters(options.load.parameters);
  if (!parameters) return report(context, parameters.error());
  auto manifest = load_manifest(options.fetch.firmware);
  if (!manifest) return report(context, manifest.error());
  auto selection = choose_release(context, *manifest, options.wanted);
  if (!selection) return report(context, selection.error());

  options.fetch.version = selection->version;
  options.fetch.progress = !options.json && shows_progress(context);
  Report result{.selection = std::move(*selection)};
  const LoadRequest request{options.load.module, std::move(*parameters), options.place.folder};
  auto done = options.place.dry_run ? plan(context, *manifest, options, request, result)
                                    : bring_up(context, *manifest, options, request, result);
  if (!done) return report(context, done.error());
  if (options.json)
    print_json(context.out, options, result);
  else
    print(context.out, options, result);
  return Exit::ok;
}

}  // namespace

Action configure_up(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_release_option(app, options->wanted);
  add_json(app, options->json);
  add_load_options(app, options->load);
  add_place_options(app, options->place);
  add_fetch_options(app, options->fetch);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
