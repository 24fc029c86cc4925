// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "lib/hef/hef.h"

namespace hailo::gen {

/// What a file holds, for people.
std::string hef_text(const hef::Hef& hef);

/// The same as one JSON object, indented, with a line end.
std::string hef_json(const hef::Hef& hef);

}  // namespace hailo::gen
