// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/options.h"
#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/hailo/firmware_image.h"
#include "lib/hailo/sha256.h"
#include "lib/hailo/staging.h"
#include "lib/sys/firmware_path.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kImageMax = 16 << 20;  // bytes

struct Options {
  bool json = false;
  FirmwareOptions firmware;
};

/// A file, as far as it can be told without the driver.
struct Found {
  std::string path;
  std::size_t size = 0;
  std::optional<FirmwareVersion> version{};
  std::optional<Verdict> verdict{};     // nothing: not read
  std::optional<std::string> defect{};  // why the driver would refuse it
  bool wins = false;                    // the kernel takes it for its name
};

struct Folder {
  std::string path;
  bool alternate = false;
  std::vector<Found> files;
};

struct Known {
  ManifestEntry entry;
  std::optional<Found> fetched;
};

struct Listing {
  std::vector<Known> known;
  std::vector<Folder> folders;
};

Found examine(const Manifest& manifest, const FirmwareStore& store, const std::string& path,
              const std::string& outside) {
  Found found{.path = path};
  auto bytes = read_file(outside, kImageMax);
  if (!bytes) {
    found.defect = bytes.error().message;
    return found;
  }
  found.size = bytes->size();
  if (auto version = FirmwareImage::peek_version(*bytes)) found.version = *version;
  if (auto image = FirmwareImage::parse(*bytes); !image) {
    found.defect = image.error().message;
    return found;
  }
  auto digest = sha256_hex(*bytes);
  if (!digest) return found;
  const std::string number = found.version->number();
  const ManifestEntry* entry = manifest.find(number);
  found.verdict =
      check_digest(*digest, entry ? entry->sha256 : std::nullopt, store.recorded(number)).verdict;
  return found;
}

bool is_firmware(const std::string& name) {
  return name.starts_with("hailo8_fw.") && name != kPreviousName &&
         (name.ends_with(".bin") || name.ends_with(".bin.zst") || name.ends_with(".bin.xz"));
}

bool is_compressed(const std::string& name) { return !name.ends_with(".bin"); }

Listing collect(const sys::Root& root, const Manifest& manifest, const FirmwareStore& store) {
  Listing listing;
  for (const auto& entry : manifest.entries()) {
    Known known{entry, std::nullopt};
    const std::string path = store.image(entry.version);
    if (root.exists(root.inside(path))) known.fetched = examine(manifest, store, path, path);
    listing.known.push_back(std::move(known));
  }

  const std::string alternate = sys::alternate_firmware_path(root);
  const auto folders = sys::firmware_folders(root, root.kernel_release().value_or(""));
  for (const auto& path : folders) {
    Folder folder{path, path == alternate, {}};
    const std::string inside = path + "/" + kFirmwareSubfolder;
    for (const auto& name : root.list(inside).value_or(std::vector<std::string>{})) {
      if (!is_firmware(name)) continue;
      const std::string file = inside + "/" + name;
      Found found{.path = file};
      if (!is_compressed(name)) found = examine(manifest, store, file, root.outside(file));
      const std::string request =
          std::string(kFirmwareSubfolder) + "/" + name.substr(0, name.rfind(".bin") + 4);
      const auto winner = sys::find_firmware(root, folders, request);
      found.wins = winner && winner->path == file;
      folder.files.push_back(std::move(found));
    }
    listing.folders.push_back(std::move(folder));
  }
  return listing;
}

std::string describe(const Found& found) {
  std::string text;
  if (found.version) text = found.version->number() + ", ";
  if (found.defect) return text + "not valid: " + printable(*found.defect);
  if (!found.verdict) return text + "compressed, not examined";
  return text + std::to_string(found.size) + " bytes, sha256 " + name_of(*found.verdict);
}

void print_text(std::ostream& out, const Listing& listing) {
  out << "Known:\n";
  for (const auto& [entry, fetched] : listing.known) {
    out << "  " << entry.version << "  sha256 " << (entry.sha256 ? "published" : "unknown");
    if (fetched) out << "; fetched: " << describe(*fetched);
    out << "\n";
  }
  for (const auto& folder : listing.folders) {
    out << printable(folder.path) << (folder.alternate ? " (alternate path):" : ":") << "\n";
    if (folder.files.empty()) out << "  none\n";
    for (const auto& found : folder.files)
      out << (found.wins ? "* " : "  ") << printable(found.path.substr(found.path.rfind('/') + 1))
          << "  " << describe(found) << "\n";
  }
  out << "* the kernel takes this file for its name\n";
}

Json to_json(const Found& found) {
  return {{"path", printable(found.path)},
          {"size", found.size},
          {"version", found.version ? Json(found.version->number()) : Json()},
          {"verdict", found.verdict ? Json(name_of(*found.verdict)) : Json()},
          {"defect", found.defect ? Json(printable(*found.defect)) : Json()},
          {"wins", found.wins}};
}

void print_json(std::ostream& out, const Listing& listing) {
  Json known = Json::array();
  for (const auto& [entry, fetched] : listing.known)
    known.push_back({{"version", entry.version},
                     {"url", printable(entry.url)},
                     {"size", entry.size ? Json(*entry.size) : Json()},
                     {"sha256", entry.sha256 ? Json(*entry.sha256) : Json()},
                     {"fetched", fetched ? to_json(*fetched) : Json()}});
  Json folders = Json::array();
  for (const auto& folder : listing.folders) {
    Json files = Json::array();
    for (const auto& found : folder.files) files.push_back(to_json(found));
    folders.push_back(
        {{"path", printable(folder.path)}, {"alternate", folder.alternate}, {"files", files}});
  }
  const Json json = {{"known", known}, {"folders", folders}};
  out << json.dump(2) << "\n";
}

Exit run(const Context& context, const Options& options) {
  auto manifest = load_manifest(options.firmware);
  if (!manifest) return report(context, manifest.error());
  const Listing listing = collect(context.root, *manifest, store_of(context, options.firmware));
  if (options.json)
    print_json(context.out, listing);
  else
    print_text(context.out, listing);
  return Exit::ok;
}

}  // namespace

Action configure_list(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_firmware_options(app, options->firmware);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
