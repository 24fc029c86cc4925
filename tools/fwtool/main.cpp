// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <iostream>
#include <string>

#include "fwtool/command.h"

namespace {

using hailo::Exit;
using hailo::fwtool::Command;

constexpr std::array kCommands = {
    Command{"bundle", "Collect what a report of a problem needs", hailo::fwtool::configure_bundle},
    Command{"doctor", "Look for what is wrong, and say what cures it",
            hailo::fwtool::configure_doctor},
    Command{"down", "Remove the module", hailo::fwtool::configure_down},
    Command{"exporter", "Write metrics for Prometheus", hailo::fwtool::configure_exporter},
    Command{"fetch", "Download firmware", hailo::fwtool::configure_fetch},
    Command{"identify", "Ask a board who it is", hailo::fwtool::configure_identify},
    Command{"list", "Show the firmware that is known and present", hailo::fwtool::configure_list},
    Command{"logs", "Print the firmware's log", hailo::fwtool::configure_logs},
    Command{"monitor", "Watch the boards", hailo::fwtool::configure_monitor},
    Command{"reload", "Load the module, or load it anew", hailo::fwtool::configure_reload},
    Command{"reset", "Reset a board and boot it anew", hailo::fwtool::configure_reset},
    Command{"rollback", "Bring back the firmware that was staged before",
            hailo::fwtool::configure_rollback},
    Command{"select", "Choose the HailoRT release to serve", hailo::fwtool::configure_select},
    Command{"stage", "Put firmware where the kernel looks", hailo::fwtool::configure_stage},
    Command{"status", "Show module, firmware and boards", hailo::fwtool::configure_status},
    Command{"up", "Serve a HailoRT release: select, fetch, stage, reload and identify",
            hailo::fwtool::configure_up},
};

constexpr const char* kFooter =
    "Exit codes:\n"
    "  0  success\n"
    "  1  another failure\n"
    "  2  wrong usage\n"
    "  3  no device, or its node is missing\n"
    "  4  no permission\n"
    "  5  the device is busy\n"
    "  6  the device is dead: no answer, or no firmware running\n"
    "  7  wrong protocol version, or a malformed answer\n"
    "  8  the device has been removed\n"
    "  12 not a firmware image that the driver would load\n"
    "  13 the firmware's digest is not known\n"
    "  14 the firmware's digest is another one\n"
    "  15 the download failed\n"
    "  16 no space left\n"
    "  17 the folder is missing or read-only\n"
    "  18 no such firmware\n"
    "  19 the kernel would take another file\n"
    "  20 the module is in use\n"
    "  21 there is no module for this kernel\n"
    "  22 the kernel takes signed modules only\n"
    "  23 the module was built for another kernel\n"
    "  24 the module refuses a parameter\n"
    "  25 no firmware, or none that the driver takes\n"
    "  26 the device's node does not appear\n"
    "  27 doctor has found errors\n";

int code(Exit exit) { return static_cast<int>(exit); }

}  // namespace

int main(int argc, char** argv) {
  // A write beyond RLIMIT_FSIZE is to fail, not to kill.
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app("Manages Hailo-8 boards and their firmware.", "hailo-fwtool");
  app.set_version_flag("--version", HAILO_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);

  // For tests and for looking at a mounted system; the empty group hides it.
  std::string root = "/";
  app.add_option("--root", root)->envname("HAILO_ROOT")->group("");

  std::array<hailo::fwtool::Action, kCommands.size()> actions;
  std::array<CLI::App*, kCommands.size()> parsers{};
  for (std::size_t i = 0; i < kCommands.size(); i++) {
    parsers[i] = app.add_subcommand(kCommands[i].name, kCommands[i].summary);
    actions[i] = kCommands[i].configure(*parsers[i]);
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return code(Exit::usage);
  }

  const hailo::fwtool::Context context = hailo::fwtool::context_of(root);
  for (std::size_t i = 0; i < kCommands.size(); i++) {
    if (!parsers[i]->parsed()) continue;
    Exit exit = actions[i](context);
    std::cout.flush();
    return code(std::cout ? exit : Exit::failure);
  }
  return code(Exit::usage);
}
