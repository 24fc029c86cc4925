// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo {

/// Where HailoRT's clients leave their figures.
inline constexpr const char* kClientMonitorFolder = "/tmp/hmon_files";

/// Frames that wait between a client and a stream of the board.
struct StreamQueue {
  std::string name;
  bool to_device;
  std::optional<int> size;
  std::optional<int> pending;
  std::optional<int> least;
  std::optional<int> most;
  std::optional<double> average;
};

struct NetworkLoad {
  std::string name;
  std::optional<double> fps;
  std::optional<double> utilization;  ///< percent
  std::vector<StreamQueue> streams;
};

struct DeviceLoad {
  std::string id;  ///< PCI address
  std::string architecture;
  std::optional<double> utilization;  ///< percent
};

/// What a process that runs with HAILO_MONITOR=1 says about itself. Its texts are
/// anybody's, and not fit for a terminal as they are.
struct ClientMonitor {
  std::string pid;  ///< in the process' own name space
  std::vector<NetworkLoad> networks;
  std::vector<DeviceLoad> devices;
};

/// The content of a file.
Result<ClientMonitor> parse_client_monitor(ByteView bytes);

struct ClientMonitors {
  std::vector<ClientMonitor> clients;  ///< in the order of the files' names
  std::vector<std::string> defects;    ///< of each file that cannot be read, and why
};

/// Of every client that has written not longer than `age_limit` before `now`; what
/// is older belongs to a process that was killed. Anybody may write to the folder:
/// nothing there is waited for, followed, or read without bound.
ClientMonitors read_client_monitors(const sys::Root& root,
                                    std::chrono::system_clock::time_point now,
                                    std::chrono::milliseconds age_limit);

}  // namespace hailo
