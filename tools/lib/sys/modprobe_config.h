// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/sys/root.h"

namespace hailo::sys {

/// A line of modprobe's configuration.
struct ModprobeLine {
  std::string file;
  std::string command;  ///< "options", "blacklist", "install"
  std::string rest;     ///< what follows the module's name
};

/// Every line about `module`, in the order in which modprobe reads them.
std::vector<ModprobeLine> modprobe_lines(const Root& root, const std::string& module);

/// `content` of a file of modprobe.d with `name` set to `value` exactly once;
/// everything else stays as it is.
std::string with_option(std::string_view content, const std::string& module,
                        const std::string& name, const std::string& value);

/// `content` with each line about `module` once, where it first stands.
std::string without_duplicates(std::string_view content, const std::string& module);

}  // namespace hailo::sys
