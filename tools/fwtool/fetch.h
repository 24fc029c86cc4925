// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fwtool/command.h"
#include "fwtool/firmware.h"
#include "lib/hailo/failure.h"

namespace hailo::fwtool {

/// What to fetch, from where, and what to believe.
struct Fetch {
  std::string version;
  std::string from;    ///< URL, file, or folder; empty: the manifest's URL
  std::string mirror;  ///< replaces scheme and host of the manifest's URL
  std::string proxy;
  std::string ca_file;
  std::string sha256;
  bool accept_unverified = false;
  unsigned attempts = 4;
  unsigned pause_ms = 1000;
  unsigned patience_s = 30;
  bool progress = false;  ///< on the error stream
  FirmwareOptions firmware;
};

/// Of every option but the version.
void add_fetch_options(CLI::App& app, Fetch& fetch);

/// Whether somebody looks at the error stream.
bool shows_progress(const Context& context);

struct Fetched {
  std::string path;  ///< in the store, as the operating system sees it
  CheckedImage image;
  bool was_there = false;  ///< nothing had to be fetched
};

/// Where the image would come from: a URL, or a file.
std::expected<std::string, Failure> fetch_source(const Manifest& manifest, const Fetch& fetch);

/// Gets the image into the store, whole and checked, or not at all.
std::expected<Fetched, Failure> fetch_firmware(const Context& context, const Manifest& manifest,
                                               const Fetch& fetch);

}  // namespace hailo::fwtool
