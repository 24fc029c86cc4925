// SPDX-License-Identifier: MIT
#include "fwtool/options.h"

#include <CLI/CLI.hpp>

namespace hailo::fwtool {

CLI::Option* add_json(CLI::App& app, bool& json, const char* help) {
  return app.add_flag("--json", json, help);
}

CLI::Option* add_dry_run(CLI::App& app, bool& dry_run) {
  return app.add_flag("--dry-run", dry_run, "Say what would be done, and do nothing");
}

void add_timeout(CLI::App& app, unsigned& milliseconds, unsigned longest, const std::string& what) {
  app.add_option("--timeout", milliseconds, "Wait at most this long for " + what)
      ->type_name("MS")
      ->check(CLI::Range(1u, longest))
      ->capture_default_str();
}

void add_device(CLI::App& app, std::string& device, const std::string& otherwise) {
  app.add_option("DEVICE", device,
                 "Node, name or PCI address of the board; " + otherwise + " if not given");
}

}  // namespace hailo::fwtool
