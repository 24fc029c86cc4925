// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hailo::fwtool {

// The options that more than one command has.

/// --json; `help` where it is not one object.
CLI::Option* add_json(CLI::App& app, bool& json, const char* help = "Print one JSON object");

/// --dry-run
CLI::Option* add_dry_run(CLI::App& app, bool& dry_run);

/// --timeout MS, at most `longest`, for `what`.
void add_timeout(CLI::App& app, unsigned& milliseconds, unsigned longest, const std::string& what);

/// DEVICE; `otherwise` is what it means not to give one.
void add_device(CLI::App& app, std::string& device, const std::string& otherwise = "the first one");

}  // namespace hailo::fwtool
