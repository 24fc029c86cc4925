// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "fwtool/command.h"
#include "lib/base/bytes.h"
#include "lib/hailo/failure.h"
#include "lib/hailo/firmware_store.h"
#include "lib/hailo/manifest.h"
#include "lib/hailo/selection.h"
#include "lib/hailo/version.h"

namespace hailo::fwtool {

/// Where firmware is known and kept; options of every command that needs it.
struct FirmwareOptions {
  std::string manifest;                               ///< file; empty: the built-in one
  std::string store = "/var/lib/hailo-pci/firmware";  ///< inside the root
};

void add_firmware_options(CLI::App& app, FirmwareOptions& options);

/// --for
void add_release_option(CLI::App& app, std::string& wanted);

/// For options and positionals: X.Y.Z, with "auto" where that is allowed.
std::string check_version(const std::string& text);
std::string check_version_or_auto(const std::string& text);
/// 64 hexadecimal digits, made lower-case.
std::string check_sha256(std::string& text);
/// A path that begins with a slash.
std::string check_absolute(const std::string& text);

FirmwareStore store_of(const Context& context, const FirmwareOptions& options);

std::expected<Manifest, Failure> load_manifest(const FirmwareOptions& options);

/// The release to serve; it is in the manifest.
std::expected<Selection, Failure> choose_release(const Context& context, const Manifest& manifest,
                                                 const std::string& wanted);

/// A file or folder could not be read or written.
Failure explain_file(const Error& error);

Failure explain_unknown_version(const Manifest& manifest, const std::string& version);

/// A whole image with everything that is known about it.
struct CheckedImage {
  std::string source;  ///< file or URL it came from, for the user
  Bytes bytes;
  FirmwareVersion version;
  DigestCheck digest;
};

/// What an image is compared with.
struct Expectation {
  std::optional<std::string> version;   ///< that its header must have
  std::optional<std::string> pinned;    ///< digest from the user
  std::optional<std::string> recorded;  ///< digest seen before
};

/// The image passes every check of the driver, and is the one that is expected.
/// A digest that nothing is known about is no failure here.
std::expected<CheckedImage, Failure> check_image(std::string source, Bytes bytes,
                                                 const Manifest& manifest,
                                                 const Expectation& expectation);

/// The image in a file, checked.
std::expected<CheckedImage, Failure> read_image(const std::string& path, const Manifest& manifest,
                                                const Expectation& expectation);

/// "4.23.0 (release,app), 167936 bytes, sha256 verified"
std::string describe(const CheckedImage& image);

}  // namespace hailo::fwtool
