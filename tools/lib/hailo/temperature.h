// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/sys/root.h"

namespace hailo {

/// One sensor of a board.
struct Temperature {
  std::string label;                ///< "ts0"
  std::optional<long> millidegree;  ///< Celsius; nothing while the board cannot tell
};

/// Of the board at this PCI address. Reading wakes a sleeping one.
std::vector<Temperature> temperatures_of(const sys::Root& root, const std::string& address);

}  // namespace hailo
