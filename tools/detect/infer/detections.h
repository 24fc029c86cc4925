// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "detect/frame.h"
#include "detect/infer/settings.h"
#include "lib/hef/nms.h"

namespace hailo::detect {

/// The boxes worth showing, best first: with a score of at least the threshold,
/// not more than there may be. Whatever a network answers, they lie within the
/// picture, have an area, and a score of at most 1; what is not a number is
/// left out.
std::vector<Detection> select(const hef::BoxesByClass& boxes, const Selection& selection);

}  // namespace hailo::detect
