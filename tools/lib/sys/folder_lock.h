// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::sys {

using Sleep = std::function<void(std::chrono::milliseconds)>;

/// Keeps other processes that take the same lock out of a folder. The lock is
/// the kernel's (flock): it leaves no file behind and ends with its process.
class FolderLock {
 public:
  /// Waits up to `patience` for another holder, else Error::Code::busy.
  static Result<FolderLock> take(const std::string& folder, std::chrono::milliseconds patience,
                                 const Sleep& sleep);

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace hailo::sys
