// SPDX-License-Identifier: MIT
#include "lib/sys/host.h"

#include <fcntl.h>
#include <libudev.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>

#include "lib/base/unique_fd.h"
#include "lib/sys/kmod.h"
#include "lib/sys/module.h"
#include "lib/sys/root.h"

namespace hailo::sys {
namespace {

using std::chrono::milliseconds;

struct UdevDeleter {
  void operator()(udev* u) const { udev_unref(u); }
  void operator()(udev_monitor* m) const { udev_monitor_unref(m); }
  void operator()(udev_device* d) const { udev_device_unref(d); }
};

/// Loads what `module` says it depends on.
Result<void> insert_dependencies(kmod_module* module) {
  kmod_list* raw = nullptr;
  if (kmod_module_get_info(module, &raw) < 0) return {};  // the insertion finds a better word
  const KmodInfo info(raw);
  std::string_view names;
  for (kmod_list* item = info.get(); item; item = kmod_list_next(info.get(), item)) {
    if (std::string_view(kmod_module_info_get_key(item)) == "depends")
      names = kmod_module_info_get_value(item);
  }
  if (names.empty()) return {};

  const Root machine;
  auto context =
      kmod_context("/lib/modules/" + machine.kernel_release().value_or(""), modprobe_folders());
  if (!context) return std::unexpected(context.error());
  while (!names.empty()) {
    const std::string name(names.substr(0, names.find(',')));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    kmod_list* raw_found = nullptr;
    kmod_module_new_from_lookup(context->get(), name.c_str(), &raw_found);
    const KmodModules found(raw_found);
    // What is missing here and needed shows as an unknown symbol.
    for (kmod_list* item = found.get(); item; item = kmod_list_next(found.get(), item)) {
      const KmodModule dependency(kmod_module_get_module(item));
      kmod_module_probe_insert_module(dependency.get(), 0, nullptr, nullptr, nullptr, nullptr);
    }
  }
  return {};
}

class MachineHost : public Host {
 public:
  Result<void> insert_module(const std::string& file, const std::string& options) override {
    auto context = kmod_context("/", {});
    if (!context) return std::unexpected(context.error());
    kmod_module* raw = nullptr;
    int err = kmod_module_new_from_path(context->get(), file.c_str(), &raw);
    const KmodModule module(raw);
    if (err < 0) return fail_errno(-err, file);
    if (auto ok = insert_dependencies(module.get()); !ok) return ok;
    err = kmod_module_insert_module(module.get(), 0, options.c_str());
    if (err < 0) return fail_errno(-err, "loading " + file);
    return {};
  }

  Result<void> remove_module(const std::string& name) override {
    auto context = kmod_context("/", {});
    if (!context) return std::unexpected(context.error());
    kmod_module* raw = nullptr;
    int err = kmod_module_new_from_name(context->get(), name.c_str(), &raw);
    const KmodModule module(raw);
    if (err >= 0) err = kmod_module_remove_module(module.get(), KMOD_REMOVE_NOLOG);
    if (err < 0) return fail_errno(-err, "removing " + name);
    return {};
  }

  Result<void> make_node(const NodeRequest& request) override {
    // Beside it first, so that nobody finds it with another mode or group.
    const std::string temporary = request.path + ".new";
    ::unlink(temporary.c_str());
    if (::mknod(temporary.c_str(), S_IFCHR | 0600, request.number) != 0)
      return fail_errno(errno, "cannot make " + request.path);
    if (::chown(temporary.c_str(), 0, request.group) != 0 ||
        ::chmod(temporary.c_str(), request.mode) != 0 ||
        ::rename(temporary.c_str(), request.path.c_str()) != 0) {
      const int err = errno;
      ::unlink(temporary.c_str());
      return fail_errno(err, "cannot make " + request.path);
    }
    return {};
  }

  Result<void> write_attribute(const std::string& path, const std::string& value) override {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, path);
    const ssize_t n = ::write(fd.get(), value.data(), value.size());
    if (n < 0) return fail_errno(errno, path);
    if (static_cast<std::size_t>(n) != value.size())
      return fail(Error::Code::io, path + " takes a part of the value only");
    return {};
  }

  milliseconds now() override {
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }

  std::chrono::system_clock::time_point wall_clock() override {
    return std::chrono::system_clock::now();
  }

  void wait_for_device(const std::string& subsystem, milliseconds at_most) override {
    // What came before there was a monitor is seen after this long.
    constexpr milliseconds kLongest{250};
    const milliseconds time = std::min(at_most, kLongest);
    if (!listen(subsystem)) return sleep(time);
    pollfd event{udev_monitor_get_fd(monitor_.get()), POLLIN, 0};
    if (::poll(&event, 1, static_cast<int>(time.count())) > 0)
      const std::unique_ptr<udev_device, UdevDeleter> seen(
          udev_monitor_receive_device(monitor_.get()));
  }

  void sleep(milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  bool listen(const std::string& subsystem) {
    if (monitor_) return true;
    udev_.reset(udev_new());
    if (!udev_) return false;
    std::unique_ptr<udev_monitor, UdevDeleter> monitor(
        udev_monitor_new_from_netlink(udev_.get(), "udev"));
    if (!monitor ||
        udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), subsystem.c_str(), nullptr) <
            0 ||
        udev_monitor_enable_receiving(monitor.get()) < 0)
      return false;
    monitor_ = std::move(monitor);
    return true;
  }

  std::unique_ptr<udev, UdevDeleter> udev_;
  std::unique_ptr<udev_monitor, UdevDeleter> monitor_;
};

/// A mounted system has no kernel of its own.
class StandInHost : public MachineHost {
 public:
  Result<void> insert_module(const std::string&, const std::string&) override { return refuse(); }
  Result<void> remove_module(const std::string&) override { return refuse(); }

 private:
  static Result<void> refuse() {
    return fail(Error::Code::unsupported, "no modules are loaded or removed below another root");
  }
};

}  // namespace

std::unique_ptr<Host> host_of(const Root& root) {
  if (!root.is_machine()) return std::make_unique<StandInHost>();
  return std::make_unique<MachineHost>();
}

}  // namespace hailo::sys
