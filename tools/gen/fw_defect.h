// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "gen/fw_image.h"

namespace hailo::gen {

/// One way in which an image can be wrong: a single check must refuse it.
struct Defect {
  std::string_view name;
  std::string_view meaning;
  /// The image of `spec` with the defect.
  Bytes (*build)(FwSpec spec);
};

/// In the order of the checks (spec 5.3).
std::span<const Defect> defects();

/// nullptr if there is no such defect.
const Defect* find_defect(std::string_view name);

}  // namespace hailo::gen
