// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "fwtool/command.h"
#include "lib/base/bytes.h"
#include "lib/hailo/failure.h"
#include "lib/hailo/staging.h"

namespace hailo::fwtool {

/// Where to place firmware.
struct Place {
  std::string folder;      ///< inside the root; empty: where the kernel looks first
  bool keep_path = false;  ///< leave the kernel's alternate path alone
  bool dry_run = false;
};

void add_place_options(CLI::App& app, Place& place);

/// What was placed, or would be.
struct Placed {
  std::string folder;  ///< inside the root, without the hailo below it
  StagePlan plan;
  std::string path_was;                 ///< the kernel's alternate path
  std::optional<std::string> path_set;  ///< and what it is set to, if it is
  std::string note;                     ///< what could not be seen from here

  bool changed() const { return !plan.steps.empty() || path_set; }
};

/// Puts a valid image where the kernel finds it. Fails before anything is
/// written if the kernel would take another file.
std::expected<Placed, Failure> place_firmware(const Context& context, const Place& place,
                                              const Bytes& image);

/// Brings the previous image back.
std::expected<Placed, Failure> place_previous(const Context& context, const Place& place);

void print(std::ostream& out, const Place& place, const Placed& placed);
nlohmann::ordered_json to_json(const Place& place, const Placed& placed, const std::string& sha256,
                               const std::string& verdict);

}  // namespace hailo::fwtool
