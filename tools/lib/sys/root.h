// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo::sys {

/// The file system below a folder: "/" is the machine, anything else a
/// stand-in that looks like one. Paths are given and returned as seen from
/// inside, beginning with '/'.
class Root {
 public:
  static constexpr std::size_t kReadLimit = 16 << 20;  ///< bytes

  explicit Root(std::string prefix = "/");

  bool is_machine() const { return prefix_.empty(); }

  /// Where `inside` lies for the operating system.
  std::string outside(std::string_view inside) const;
  /// The reverse of outside(); a path of another tree is returned unchanged.
  std::string inside(std::string_view outside) const;

  bool exists(std::string_view path) const;
  /// The whole file; more than kReadLimit bytes are an error.
  Result<std::string> read(std::string_view path) const;
  /// A sysfs attribute: the file without one trailing newline.
  Result<std::string> read_attribute(std::string_view path) const;
  /// Names in a folder, sorted, without "." and "..".
  Result<std::vector<std::string>> list(std::string_view path) const;
  Result<std::string> read_link(std::string_view path) const;

  /// Release of the running kernel, as `uname -r`.
  Result<std::string> kernel_release() const;

 private:
  std::string prefix_;  // no trailing slash
};

}  // namespace hailo::sys
