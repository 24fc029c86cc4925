// SPDX-License-Identifier: MIT
#include <iostream>

#include "fwtool/command.h"

namespace hailo::fwtool {

Context context_of(const std::string& root) {
  return {.root = sys::Root(root),
          .out = std::cout,
          .err = std::cerr,
          .host = sys::host_of(sys::Root(root))};
}

}  // namespace hailo::fwtool
