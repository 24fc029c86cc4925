// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo::hef {

/// The names of a network's classes, and what their file asks for beside them.
struct Labels {
  std::vector<std::string> names;          ///< by class index
  std::optional<float> threshold;          ///< least score, 0 to 1
  std::optional<std::size_t> max_boxes{};  ///< at least 1
};

/// More classes than any network has.
inline constexpr std::size_t max_labels = 65536;

/// One name a line, the first being class 0; or JSON {"detection_threshold",
/// "max_boxes", "labels"}, whose index is shifted by one: its first label is of
/// no class ("unlabeled"), its second of class 0. Names are UTF-8 without
/// control characters.
Result<Labels> parse_labels(std::string_view text);

/// From a file; an error names it.
Result<Labels> read_labels(const std::string& path);

}  // namespace hailo::hef
