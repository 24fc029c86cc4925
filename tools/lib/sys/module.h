// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

/// What a module file says about itself; empty where it says nothing.
struct ModuleFile {
  std::string path;  ///< inside the root
  std::string name{};
  std::string version{};
  std::string srcversion{};
  std::string vermagic{};  ///< "6.1.0-test SMP preempt mod_unload": its first word is the kernel
  std::string signer{};    ///< empty if nobody has signed it
  std::vector<std::string> parameters{};
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

/// A module file wherever it lies. Error::Code::not_found if it is not there,
/// invalid_argument if it is no module.
Result<ModuleFile> examine_module(const Root& root, const std::string& path);

/// Where modprobe reads its configuration. Of files with the same name the one in
/// the first folder counts.
std::vector<std::string> modprobe_folders();

/// The options that modprobe would pass to `name`: those of modprobe.d and of
/// the kernel's command line, as one text.
Result<std::string> module_options(const Root& root, const std::string& name);

/// Nothing if the module is not loaded.
std::optional<LoadedModule> loaded_module(const Root& root, const std::string& name);

}  // namespace hailo::sys
