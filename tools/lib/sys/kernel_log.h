// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::sys {

struct KernelMessage {
  unsigned level;  ///< 0 emergency to 7 debug
  std::uint64_t sequence;
  std::uint64_t time_us;  ///< since boot
  std::string text;
};

/// What the kernel still has in its log, oldest first. A stand-in has the
/// records of /dev/kmsg in a file of that name.
Result<std::vector<KernelMessage>> kernel_log(const Root& root);

}  // namespace hailo::sys
