// SPDX-License-Identifier: MIT
#pragma once

#include <libkmod.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace hailo::sys {

struct KmodDeleter {
  void operator()(kmod_ctx* context) const { kmod_unref(context); }
  void operator()(kmod_module* module) const { kmod_module_unref(module); }
};
using KmodContext = std::unique_ptr<kmod_ctx, KmodDeleter>;
using KmodModule = std::unique_ptr<kmod_module, KmodDeleter>;

// A kmod_list has no type of its own: its elements decide how it is freed.
struct KmodModulesDeleter {
  void operator()(kmod_list* list) const { kmod_module_unref_list(list); }
};
struct KmodInfoDeleter {
  void operator()(kmod_list* list) const { kmod_module_info_free_list(list); }
};
using KmodModules = std::unique_ptr<kmod_list, KmodModulesDeleter>;
using KmodInfo = std::unique_ptr<kmod_list, KmodInfoDeleter>;

/// Modules below `folder`, configuration from `configuration` only. Folders are
/// given as the operating system sees them.
inline Result<KmodContext> kmod_context(const std::string& folder,
                                        const std::vector<std::string>& configuration) {
  std::vector<const char*> paths;
  for (const auto& path : configuration) paths.push_back(path.c_str());
  paths.push_back(nullptr);
  KmodContext context(kmod_new(folder.c_str(), paths.data()));
  if (!context) return fail(Error::Code::io, "libkmod does not start");
  kmod_set_log_priority(context.get(), 0);  // results say it all
  return context;
}

}  // namespace hailo::sys
