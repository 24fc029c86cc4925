// SPDX-License-Identifier: MIT
#include "fwtool/firmware.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>

#include "fwtool/explain.h"
#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/hailo/firmware_image.h"
#include "lib/hailo/sha256.h"

namespace hailo::fwtool {
namespace {

constexpr std::uint64_t kManifestMax = 1 << 20;  // bytes
// More than any image, so that one that is too large is refused by the checks.
constexpr std::uint64_t kImageMax = 16 << 20;  // bytes

Failure explain_defects(const std::string& source, const Bytes& bytes) {
  std::string what = printable(source) + " is not a firmware image that the driver would load: ";
  bool first = true;
  for (const auto& defect : FirmwareImage::defects(bytes)) {
    if (!first) what += "; ";
    what += defect;
    first = false;
  }
  return {Exit::bad_firmware, what,
          "get the image anew, with `hailo-fwtool fetch`, or from where this one came"};
}

}  // namespace

void add_firmware_options(CLI::App& app, FirmwareOptions& options) {
  app.add_option("--manifest", options.manifest,
                 "Firmware manifest to use instead of the built-in one")
      ->type_name("FILE");
  app.add_option("--store", options.store, "Folder of fetched firmware")
      ->type_name("DIR")
      ->check(check_absolute)
      ->capture_default_str();
}

void add_release_option(CLI::App& app, std::string& wanted) {
  app.add_option("--for", wanted, "Release to serve, or auto")
      ->type_name("VERSION")
      ->check(check_version_or_auto)
      ->capture_default_str();
}

std::string check_version(const std::string& text) {
  return parse_release(text) ? "" : "'" + text + "' is not a version like 4.23.0";
}

std::string check_version_or_auto(const std::string& text) {
  return text == "auto" || parse_release(text)
             ? ""
             : "'" + text + "' is neither a version like 4.23.0 nor auto";
}

std::string check_sha256(std::string& text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos
             ? ""
             : "'" + text + "' is not 64 hexadecimal digits";
}

std::string check_absolute(const std::string& text) {
  return text.starts_with('/') ? "" : "'" + text + "' does not begin with a slash";
}

FirmwareStore store_of(const Context& context, const FirmwareOptions& options) {
  return FirmwareStore(context.root.outside(options.store));
}

std::expected<Manifest, Failure> load_manifest(const FirmwareOptions& options) {
  const auto refuse = [](const Error& error) {
    return std::unexpected(
        Failure{Exit::failure, error.message,
                "name a file like firmware/manifest.json of hailo-pci with --manifest"});
  };
  if (options.manifest.empty()) {
    auto manifest = Manifest::builtin();
    if (!manifest) return refuse(manifest.error());
    return *manifest;
  }
  auto content = read_file(options.manifest, kManifestMax);
  if (!content) return refuse(content.error());
  auto manifest =
      Manifest::parse({reinterpret_cast<const char*>(content->data()), content->size()});
  if (!manifest)
    return refuse({manifest.error().code, options.manifest + ": " + manifest.error().message});
  return *manifest;
}

std::expected<Selection, Failure> choose_release(const Context& context, const Manifest& manifest,
                                                 const std::string& wanted) {
  auto selection = select_release(context.root, manifest, wanted);
  if (!selection) return std::unexpected(explain_host(selection.error()));
  if (!manifest.find(selection->version)) {
    Failure failure = explain_unknown_version(manifest, selection->version);
    if (wanted == "auto") failure.what += " (" + selection->why + ")";
    return std::unexpected(failure);
  }
  return *selection;
}

Failure explain_file(const Error& error) {
  if (error.code == Error::Code::busy)
    return {Exit::busy, error.message, "wait until the other run has ended, then run this again"};
  if (error.code == Error::Code::invalid_argument && error.sys_errno == 0)
    return {Exit::failure, error.message, "move it away, or name another place"};
  switch (error.sys_errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {Exit::no_space, error.message,
              "make room (`df -h`, `df -i`, `ulimit -f` show what is used up), then run this "
              "again; what was there before still is"};
    case EROFS:
      return {Exit::bad_target, error.message,
              "name a folder that can be written, or make this one so (`mount -o remount,rw`)"};
    case ENOENT:
    case ENOTDIR:
      return {Exit::bad_target, error.message, "name a folder that exists, or create it"};
    case EACCES:
    case EPERM:
      return {Exit::no_permission, error.message, "run as root"};
    default:
      return {Exit::failure, error.message, "see `dmesg` for errors of the disk"};
  }
}

Failure explain_unknown_version(const Manifest& manifest, const std::string& version) {
  return {Exit::unknown_firmware, "no firmware " + printable(version) + " is known",
          "name one of: " + manifest.versions() + "; or give a newer --manifest"};
}

std::expected<CheckedImage, Failure> check_image(std::string source, Bytes bytes,
                                                 const Manifest& manifest,
                                                 const Expectation& expectation) {
  auto digest = sha256_hex(bytes);
  if (!digest) return std::unexpected(explain_host(digest.error()));
  auto parsed = FirmwareImage::parse(bytes);
  if (!parsed) return std::unexpected(explain_defects(source, bytes));
  const std::string version = parsed->app_version.number();
  if (expectation.version && version != *expectation.version)
    return std::unexpected(
        Failure{Exit::bad_firmware,
                printable(source) + " is firmware " + version + ", not " + *expectation.version,
                "name version " + version + ", or another file"});

  auto pinned = expectation.pinned;
  if (const auto* entry = manifest.find(version); entry && !pinned) pinned = entry->sha256;
  DigestCheck check = check_digest(*digest, pinned, expectation.recorded);
  if (check.verdict == Verdict::wrong)
    return std::unexpected(Failure{
        Exit::wrong_digest,
        printable(source) + " has SHA-256 " + check.sha256 + ", expected is " + check.expected,
        "get the image anew; if this one is meant, say so with "
        "--sha256 " +
            check.sha256});
  return CheckedImage{std::move(source), std::move(bytes), parsed->app_version, std::move(check)};
}

std::expected<CheckedImage, Failure> read_image(const std::string& path, const Manifest& manifest,
                                                const Expectation& expectation) {
  auto bytes = read_file(path, kImageMax);
  if (!bytes) {
    Failure failure{Exit::unknown_firmware, bytes.error().message, "name a firmware image"};
    if (bytes.error().code == Error::Code::permission) failure = explain_file(bytes.error());
    return std::unexpected(failure);
  }
  return check_image(path, std::move(*bytes), manifest, expectation);
}

std::string describe(const CheckedImage& image) {
  return image.version.describe() + ", " + std::to_string(image.bytes.size()) + " bytes, sha256 " +
         name_of(image.digest.verdict);
}

}  // namespace hailo::fwtool
