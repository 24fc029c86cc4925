// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "lib/base/result.h"
#include "lib/hailo/device.h"
#include "lib/hailo/failure.h"
#include "lib/sys/folder_lock.h"
#include "lib/sys/host.h"
#include "lib/sys/root.h"

namespace CLI {
class App;
}

namespace hailo::fwtool {

/// What a command works on.
struct Context {
  sys::Root root;
  std::ostream& out;
  std::ostream& err;
  /// Opens a node, given as the operating system sees it.
  std::function<Result<Device>(const std::string&)> open = Device::open;
  /// For commands that change the machine, or wait.
  std::shared_ptr<sys::Host> host{};
};

/// How the library waits for a command.
inline sys::Sleep sleep_of(const Context& context) {
  return [host = context.host](std::chrono::milliseconds time) { host->sleep(time); };
}

/// The program's, which writes to standard output and standard error.
Context context_of(const std::string& root);

using Action = std::function<Exit(const Context&)>;

struct Command {
  const char* name;
  const char* summary;
  /// Declares the command's options; the action reads them after parsing.
  Action (*configure)(CLI::App&);
};

Action configure_bundle(CLI::App& app);
Action configure_doctor(CLI::App& app);
Action configure_down(CLI::App& app);
Action configure_exporter(CLI::App& app);
Action configure_identify(CLI::App& app);
Action configure_logs(CLI::App& app);
Action configure_monitor(CLI::App& app);
Action configure_reload(CLI::App& app);
Action configure_reset(CLI::App& app);
Action configure_status(CLI::App& app);

Action configure_fetch(CLI::App& app);
Action configure_list(CLI::App& app);
Action configure_rollback(CLI::App& app);
Action configure_select(CLI::App& app);
Action configure_stage(CLI::App& app);

Action configure_up(CLI::App& app);

}  // namespace hailo::fwtool
