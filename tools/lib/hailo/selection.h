// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/base/result.h"
#include "lib/hailo/manifest.h"
#include "lib/sys/root.h"

namespace hailo {

/// The HailoRT release to serve, and what decided it.
struct Selection {
  enum class Source { wanted, library, running, manifest };

  std::string version;
  Source source;
  std::string why;
};

/// `wanted` if it is not "auto", else the installed HailoRT library's release,
/// else that of the firmware a board runs, else the newest in the manifest.
/// The result need not be in the manifest.
Result<Selection> select_release(const sys::Root& root, const Manifest& manifest,
                                 const std::string& wanted);

/// "wanted", "library", "running", "manifest"
const char* name_of(Selection::Source source);

}  // namespace hailo
