// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/base/result.h"

namespace hailo::detect::web {

/// The page with its style and script in it, and what a browser may load for
/// it: these two, known by their digests, and what the same server sends.
struct Page {
  std::string html;
  std::string content_policy;
};

Result<Page> make_page();

}  // namespace hailo::detect::web
