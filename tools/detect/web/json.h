// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "detect/frame.h"

namespace hailo::detect::web {

/// One object: number, time in milliseconds since 1970, size of the picture,
/// stages in milliseconds, and what was found.
std::string frame_json(const Frame& frame, const std::vector<std::string>& labels);

/// One object, with a colour for each class.
std::string status_json(const Status& status);

}  // namespace hailo::detect::web
