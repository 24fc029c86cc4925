// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

struct Process {
  int pid;
  std::string comm;
  std::string command{};    ///< with its arguments; empty for a kernel thread
  std::string container{};  ///< first 12 digits of its id, empty outside of one
};

struct Holders {
  std::vector<Process> processes;  ///< by pid
  std::size_t unreadable = 0;      ///< processes whose files we may not see
};

/// Who has `node` open. On the machine a process counts as a holder also if it
/// opened the same device under another name (`number`).
Result<Holders> holders_of(const Root& root, const std::string& node, std::optional<dev_t> number);

/// "1234 (python3), 1250 (ffmpeg)"; empty if there is none.
std::string names_of(const Holders& holders);

/// "1234 (python3 detect.py, container 0123456789ab)": for whoever is to stop it.
std::string describe(const Process& process);

}  // namespace hailo::sys
