// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

/// A device node to make.
struct NodeRequest {
  std::string path;
  dev_t number;
  mode_t mode;
  gid_t group;
};

/// What a program does to the machine, and how it waits. Tests put a scripted
/// host in its place.
class Host {
 public:
  virtual ~Host() = default;

  /// Loads a module file, and first the modules that it needs. The error's
  /// sys_errno is the kernel's verdict.
  virtual Result<void> insert_module(const std::string& file, const std::string& options) = 0;
  virtual Result<void> remove_module(const std::string& name) = 0;
  /// Makes a character device, in place of whatever has its name.
  virtual Result<void> make_node(const NodeRequest& request) = 0;
  /// One write of `value` to a file of sysfs.
  virtual Result<void> write_attribute(const std::string& path, const std::string& value) = 0;

  /// A clock that never goes back.
  virtual std::chrono::milliseconds now() = 0;
  /// For times of files; it may be set.
  virtual std::chrono::system_clock::time_point wall_clock() = 0;
  /// Sleeps; not longer than until udev has dealt with a device of `subsystem`.
  virtual void wait_for_device(const std::string& subsystem, std::chrono::milliseconds at_most) = 0;
  virtual void sleep(std::chrono::milliseconds time) = 0;
};

/// The machine's; a stand-in's does nothing but files and time.
std::unique_ptr<Host> host_of(const Root& root);

}  // namespace hailo::sys
