// SPDX-License-Identifier: MIT
#include "lib/sys/module.h"

#include <memory>
#include <string_view>

#include "lib/sys/kmod.h"

namespace hailo::sys {
namespace {

Result<ModuleFile> examine(const Root& root, kmod_module* module, const char* path) {
  ModuleFile file{root.inside(path)};
  kmod_list* raw = nullptr;
  const int err = kmod_module_get_info(module, &raw);
  const KmodInfo info(raw);
  if (err == -ENOEXEC || err == -EINVAL)
    return fail(Error::Code::invalid_argument, file.path + " is no kernel module");
  if (err < 0) return fail_errno(-err, file.path);

  for (kmod_list* item = info.get(); item; item = kmod_list_next(info.get(), item)) {
    const std::string_view key = kmod_module_info_get_key(item);
    const std::string_view value = kmod_module_info_get_value(item);
    if (key == "name") file.name = value;
    if (key == "version") file.version = value;
    if (key == "srcversion") file.srcversion = value;
    if (key == "vermagic") file.vermagic = value;
    if (key == "signer") file.signer = value;
    if (key == "parmtype") file.parameters.emplace_back(value.substr(0, value.find(':')));
  }
  if (file.name.empty()) file.name = kmod_module_get_name(module);
  return file;
}

}  // namespace

Result<ModuleFile> find_module(const Root& root, const std::string& release,
                               const std::string& name) {
  const std::string folder = "/lib/modules/" + release;
  // No configuration: an alias or blacklist entry does not change which file it is.
  auto context = kmod_context(root.outside(folder), {});
  if (!context) return std::unexpected(context.error());

  kmod_list* raw = nullptr;
  const int err = kmod_module_new_from_lookup(context->get(), name.c_str(), &raw);
  const KmodModules list(raw);
  if (err < 0 && err != -ENOENT && err != -ENOSYS)
    return fail_errno(-err, "module " + name + " in " + folder);
  if (!list) return fail(Error::Code::not_found, "no module " + name + " in " + folder);

  const KmodModule module(kmod_module_get_module(list.get()));
  const char* path = kmod_module_get_path(module.get());
  if (!path) return fail(Error::Code::not_found, "no file for module " + name + " in " + folder);
  return examine(root, module.get(), path);
}

Result<ModuleFile> examine_module(const Root& root, const std::string& path) {
  auto context = kmod_context("/", {});
  if (!context) return std::unexpected(context.error());
  kmod_module* raw = nullptr;
  const std::string outside = root.outside(path);
  const int err = kmod_module_new_from_path(context->get(), outside.c_str(), &raw);
  const KmodModule module(raw);
  if (err < 0) return fail_errno(-err, path);
  return examine(root, module.get(), outside.c_str());
}

Result<std::string> module_options(const Root& root, const std::string& name) {
  std::vector<std::string> folders;
  for (const auto& folder : modprobe_folders()) folders.push_back(root.outside(folder));
  auto context = kmod_context("/", folders);
  if (!context) return std::unexpected(context.error());
  kmod_module* raw = nullptr;
  const int err = kmod_module_new_from_name(context->get(), name.c_str(), &raw);
  const KmodModule module(raw);
  if (err < 0) return fail_errno(-err, "options of module " + name);
  const char* options = kmod_module_get_options(module.get());
  return options ? options : "";
}

std::vector<std::string> modprobe_folders() {
  return {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/lib/modprobe.d"};
}

std::optional<LoadedModule> loaded_module(const Root& root, const std::string& name) {
  const std::string folder = "/sys/module/" + name;
  if (!root.exists(folder)) return std::nullopt;
  return LoadedModule{root.read_attribute(folder + "/version").value_or(""),
                      root.read_attribute(folder + "/srcversion").value_or("")};
}

}  // namespace hailo::sys
