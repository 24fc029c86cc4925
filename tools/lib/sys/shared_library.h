// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/sys/root.h"

namespace hailo::sys {

struct SharedLibrary {
  std::string path;     ///< inside the root
  std::string version;  ///< what follows the stem in its name: "4.20.0"
};

/// Files named `stem`VERSION ("libhailort.so." and "4.20.0") that exist, in the
/// folders that the loader's cache names and in the standard ones; sorted by
/// path. The loader itself is not asked: the root may be another system.
std::vector<SharedLibrary> find_shared_libraries(const Root& root, std::string_view stem);

}  // namespace hailo::sys
