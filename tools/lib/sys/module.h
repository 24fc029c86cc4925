// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

/// What a module file says about itself; empty where it says nothing.
struct ModuleFile {
  std::string path;  ///< inside the root
  std::string version;
  std::string srcversion;
};

/// A module that the kernel has; empty where it exports nothing.
struct LoadedModule {
  std::string version;
  std::string srcversion;
};

/// The file that modprobe would load for `name` on kernel `release`.
/// Error::Code::not_found if there is none.
Result<ModuleFile> find_module(const Root& root, const std::string& release,
                               const std::string& name);

/// Nothing if the module is not loaded.
std::optional<LoadedModule> loaded_module(const Root& root, const std::string& name);

}  // namespace hailo::sys
