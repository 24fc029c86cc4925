// SPDX-License-Identifier: MIT
#include "fwtool/place.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/options.h"
#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/sys/firmware_path.h"

namespace hailo::fwtool {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kStandardFolder = "/lib/firmware";
constexpr std::chrono::seconds kPatience{10};  // with another run; one takes well below a second
constexpr std::uint64_t kImageMax = 16 << 20;  // bytes

std::string below(const std::string& folder) { return folder + "/" + kFirmwareSubfolder; }

bool same_folder(const sys::Root& root, const std::string& a, const std::string& b) {
  if (a == b) return true;
  std::error_code error;
  return fs::equivalent(root.outside(a), root.outside(b), error) && !error;
}

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::expected<std::string, Failure> choose_folder(const sys::Root& root, const Place& place) {
  std::string folder = place.folder;
  if (folder.empty()) {
    folder = without_newline(sys::alternate_firmware_path(root));
    // A system without any firmware does not have it; it is made then.
    if (folder.empty()) return kStandardFolder;
  }
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::error_code error;
  if (fs::is_directory(root.outside(folder), error)) return folder;
  Failure failure{Exit::bad_target, printable(folder) + " is no folder here", ""};
  if (place.folder.empty())
    failure.next =
        "it is where the kernel looks first; in a container name the volume that is "
        "mounted there, with --to";
  else
    failure.next = "create it (`mkdir -p " + printable(folder) +
                   "`), or, if it is a volume, mount it (balena: label "
                   "io.balena.features.extra-firmware)";
  return std::unexpected(failure);
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail_errno(error.value(), "cannot create folder " + path);
  return {};
}

/// The kernel's search as it is, and what is to be changed about it.
struct Search {
  std::string was;
  std::optional<std::string> set;
  std::string note;
  std::vector<std::string> before;  // folders that come before ours
};

std::expected<Search, Failure> plan_search(const sys::Root& root, const Place& place,
                                           const std::string& folder) {
  Search search;
  search.was = sys::alternate_firmware_path(root);
  const auto folders = sys::firmware_folders(root, root.kernel_release().value_or(""));
  for (const auto& candidate : folders) {
    if (same_folder(root, candidate, folder)) return search;
    search.before.push_back(candidate);
  }
  search.before.clear();
  if (place.keep_path) {
    search.note = "the kernel does not look in " + printable(folder) + " by that name";
    return search;
  }
  // Another mount namespace: the kernel's is the one of the host.
  if (!search.was.empty() && !search.was.ends_with('\n') && !root.exists(search.was)) {
    search.note = "the kernel's alternate path " + printable(search.was) +
                  " is not visible here; taken for another name of " + printable(folder);
    return search;
  }
  if (auto ok = sys::check_alternate_firmware_path(folder); !ok)
    return std::unexpected(
        Failure{Exit::bad_target, "the kernel cannot look in this folder: " + ok.error().message,
                "name a folder with a shorter, plain path, or one that the kernel searches "
                "(`hailo-fwtool list`)"});
  search.set = folder;
  return search;
}

/// A file that the kernel would take instead of ours.
std::expected<void, Failure> check_shadow(const sys::Root& root, const Search& search,
                                          const StagePlan& plan, const Bytes& image) {
  for (const auto& name : {std::string(kPlainName), versioned_name(plan.version)}) {
    for (const auto& folder : search.before) {
      const std::string path = below(folder) + "/" + name;
      if (!root.exists(path)) continue;
      auto other = read_file(root.outside(path), kImageMax);
      if (other && *other == image) continue;
      return std::unexpected(
          Failure{Exit::shadowed,
                  "the kernel takes " + printable(path) + ", which comes before this folder",
                  "stage into that folder (--to " + printable(folder) + "), or remove that file"});
    }
  }
  return {};
}

std::expected<Placed, Failure> carry_out(const Context& context, const Place& place,
                                         const Bytes* image) {
  auto folder = choose_folder(context.root, place);
  if (!folder) return std::unexpected(folder.error());
  auto search = plan_search(context.root, place, *folder);
  if (!search) return std::unexpected(search.error());

  // Nobody else may change the folder between the plan and the deed.
  std::optional<Staging> staging;
  if (!place.dry_run) {
    if (*folder == kStandardFolder)
      if (auto ok = make_folder(context.root.outside(*folder)); !ok)
        return std::unexpected(explain_file(ok.error()));
    auto opened = Staging::open(context.root, *folder, kPatience, sleep_of(context));
    if (!opened) return std::unexpected(explain_file(opened.error()));
    staging = std::move(*opened);
  }
  const std::string path = context.root.outside(below(*folder));
  auto plan = image ? plan_stage(path, *image) : plan_rollback(path);
  if (!plan && plan.error().code == Error::Code::not_found)
    return std::unexpected(Failure{Exit::unknown_firmware, plan.error().message,
                                   "stage the version you want: `hailo-fwtool stage VERSION`"});
  if (!plan) return std::unexpected(explain_file(plan.error()));
  if (image) {
    if (auto ok = check_shadow(context.root, *search, *plan, *image); !ok)
      return std::unexpected(ok.error());
  }

  Placed placed{*folder, std::move(*plan), search->was, search->set, search->note};
  if (place.dry_run) return placed;
  if (auto ok = staging->carry_out(placed.plan); !ok)
    return std::unexpected(explain_file(ok.error()));
  if (placed.path_set) {
    auto ok = sys::set_alternate_firmware_path(context.root, *placed.path_set);
    if (!ok) {
      Failure failure = explain_file(ok.error());
      failure.what += "; the firmware is staged, but the kernel does not look there";
      failure.next = "on the host, as root: `printf %s '" + *placed.path_set +
                     "' > /sys/module/firmware_class/parameters/path`; or --keep-path if it is "
                     "set elsewhere";
      return std::unexpected(failure);
    }
  }
  return placed;
}

std::string file_of(const Placed& placed, const StageStep& step) {
  return below(placed.folder) + "/" + step.name;
}

}  // namespace

void add_place_options(CLI::App& app, Place& place) {
  app.add_option("--to", place.folder,
                 "Firmware folder, in which hailo/ is; default is the first one that the kernel "
                 "searches, or /lib/firmware")
      ->type_name("DIR")
      ->check(check_absolute);
  app.add_flag("--keep-path", place.keep_path, "Leave the kernel's alternate path as it is");
  add_dry_run(app, place.dry_run);
}

std::expected<Placed, Failure> place_firmware(const Context& context, const Place& place,
                                              const Bytes& image) {
  return carry_out(context, place, &image);
}

std::expected<Placed, Failure> place_previous(const Context& context, const Place& place) {
  return carry_out(context, place, nullptr);
}

void print(std::ostream& out, const Place& place, const Placed& placed) {
  const char* writes = place.dry_run ? "Would write: " : "Wrote: ";
  const char* sets = place.dry_run ? "Would set alternate path: " : "Set alternate path: ";
  for (const auto& step : placed.plan.steps)
    out << writes << printable(file_of(placed, step)) << " (" << step.version << ")\n";
  if (placed.path_set)
    out << sets << printable(*placed.path_set) << " (was "
        << (placed.path_was.empty() ? "none" : printable(placed.path_was)) << ")\n";
  if (!placed.changed()) out << "Nothing to do\n";
  if (placed.plan.previous) out << "Rollback: " << *placed.plan.previous << "\n";
  if (!placed.note.empty()) out << "Note: " << placed.note << "\n";
}

Json to_json(const Place& place, const Placed& placed, const std::string& sha256,
             const std::string& verdict) {
  Json files = Json::array();
  for (const auto& step : placed.plan.steps)
    files.push_back({{"path", printable(file_of(placed, step))}, {"version", step.version}});
  return {{"version", placed.plan.version},
          {"sha256", sha256.empty() ? Json() : Json(sha256)},
          {"verdict", verdict.empty() ? Json() : Json(verdict)},
          {"folder", printable(placed.folder)},
          {"changed", placed.changed() && !place.dry_run},
          {"dry_run", place.dry_run},
          {"files", files},
          {"rollback", placed.plan.previous ? Json(*placed.plan.previous) : Json()},
          {"alternate_path",
           {{"was", placed.path_was.empty() ? Json() : Json(printable(placed.path_was))},
            {"set", placed.path_set ? Json(printable(*placed.path_set)) : Json()}}},
          {"note", placed.note.empty() ? Json() : Json(placed.note)}};
}

}  // namespace hailo::fwtool
