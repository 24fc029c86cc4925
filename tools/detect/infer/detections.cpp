// SPDX-License-Identifier: MIT
#include "detect/infer/detections.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>

namespace hailo::detect {
namespace {

bool is_finite(const hef::Box& box) {
  const auto values = {box.y_min, box.x_min, box.y_max, box.x_max, box.score};
  return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

hef::Box within(const hef::Box& box) {
  const auto part = [](float v) { return std::clamp(v, 0.0F, 1.0F); };
  return {part(box.y_min), part(box.x_min), part(box.y_max), part(box.x_max), part(box.score)};
}

}  // namespace

std::vector<Detection> select(const hef::BoxesByClass& boxes, const Selection& selection) {
  std::vector<Detection> found;
  for (std::size_t c = 0; c < boxes.size(); c++) {
    for (const auto& box : boxes[c]) {
      if (!is_finite(box) || box.score < selection.threshold) continue;
      const hef::Box inside = within(box);
      if (inside.x_max <= inside.x_min || inside.y_max <= inside.y_min) continue;
      found.push_back({static_cast<std::uint32_t>(c), inside});
    }
  }
  std::ranges::stable_sort(
      found, [](const Detection& a, const Detection& b) { return a.box.score > b.box.score; });
  if (found.size() > selection.max_boxes) found.resize(selection.max_boxes);
  return found;
}

}  // namespace hailo::detect
