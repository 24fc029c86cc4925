// SPDX-License-Identifier: MIT
#include "lib/sys/module.h"

#include <libkmod.h>

#include <memory>
#include <string_view>

namespace hailo::sys {
namespace {

struct KmodDeleter {
  void operator()(kmod_ctx* ctx) const { kmod_unref(ctx); }
  void operator()(kmod_module* module) const { kmod_module_unref(module); }
};

// A kmod_list has no type of its own: its elements decide how it is freed.
struct ModuleListDeleter {
  void operator()(kmod_list* list) const { kmod_module_unref_list(list); }
};
struct InfoListDeleter {
  void operator()(kmod_list* list) const { kmod_module_info_free_list(list); }
};

}  // namespace

Result<ModuleFile> find_module(const Root& root, const std::string& release,
                               const std::string& name) {
  const std::string folder = "/lib/modules/" + release;
  // No configuration: an alias or blacklist entry does not change which file it is.
  const char* const no_config[] = {nullptr};
  std::unique_ptr<kmod_ctx, KmodDeleter> ctx(
      kmod_new(root.outside(folder).c_str(), const_cast<const char* const*>(no_config)));
  if (!ctx) return fail(Error::Code::io, "libkmod does not start");
  kmod_set_log_priority(ctx.get(), 0);  // the result says it all

  kmod_list* raw = nullptr;
  int err = kmod_module_new_from_lookup(ctx.get(), name.c_str(), &raw);
  std::unique_ptr<kmod_list, ModuleListDeleter> list(raw);
  if (err < 0 && err != -ENOENT && err != -ENOSYS)
    return fail_errno(-err, "module " + name + " in " + folder);
  if (!list) return fail(Error::Code::not_found, "no module " + name + " in " + folder);

  std::unique_ptr<kmod_module, KmodDeleter> module(kmod_module_get_module(list.get()));
  const char* path = kmod_module_get_path(module.get());
  if (!path) return fail(Error::Code::not_found, "no file for module " + name + " in " + folder);

  ModuleFile file;
  file.path = root.inside(path);
  kmod_list* raw_info = nullptr;
  err = kmod_module_get_info(module.get(), &raw_info);
  std::unique_ptr<kmod_list, InfoListDeleter> info(raw_info);
  if (err < 0) return fail_errno(-err, file.path);
  for (kmod_list* item = info.get(); item; item = kmod_list_next(info.get(), item)) {
    std::string_view key = kmod_module_info_get_key(item);
    if (key == "version") file.version = kmod_module_info_get_value(item);
    if (key == "srcversion") file.srcversion = kmod_module_info_get_value(item);
  }
  return file;
}

std::optional<LoadedModule> loaded_module(const Root& root, const std::string& name) {
  const std::string folder = "/sys/module/" + name;
  if (!root.exists(folder)) return std::nullopt;
  return LoadedModule{root.read_attribute(folder + "/version").value_or(""),
                      root.read_attribute(folder + "/srcversion").value_or("")};
}

}  // namespace hailo::sys
