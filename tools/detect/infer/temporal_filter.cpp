// SPDX-License-Identifier: MIT
#include "detect/infer/temporal_filter.h"

#include <algorithm>
#include <cmath>

namespace hailo::detect {

bool TemporalFilter::is_same(const Detection& known, const Detection& seen) const {
  if (known.class_index != seen.class_index) return false;
  const auto near = [&](float a, float b) { return std::abs(a - b) < options_.tolerance; };
  const auto& a = known.box;
  const auto& b = seen.box;
  return near(a.x_min, b.x_min) && near(a.y_min, b.y_min) &&
         near(a.x_max - a.x_min, b.x_max - b.x_min) && near(a.y_max - a.y_min, b.y_max - b.y_min);
}

void TemporalFilter::move(Object& object, const Detection& seen) const {
  const auto mix = [&](float known, float now) {
    // Rounding must not lead out of the picture.
    return std::clamp(options_.factor * now + (1 - options_.factor) * known, 0.0F, 1.0F);
  };
  auto& box = object.shown.box;
  const auto& to = seen.box;
  box = {mix(box.y_min, to.y_min), mix(box.x_min, to.x_min), mix(box.y_max, to.y_max),
         mix(box.x_max, to.x_max), to.score};
  object.visible = options_.visible_frames;
  object.hidden -= object.hidden > 0 ? 1 : 0;
  object.matched = true;
}

std::vector<Detection> TemporalFilter::next(const std::vector<Detection>& detections) {
  for (auto& object : objects_) object.matched = false;
  for (const auto& seen : detections) {
    const auto known = std::ranges::find_if(objects_, [&](const Object& object) {
      return !object.matched && is_same(object.shown, seen);
    });
    if (known != objects_.end())
      move(*known, seen);
    else
      objects_.push_back({seen, options_.visible_frames, options_.hidden_frames, true});
  }
  // An object lives visible_frames without a sight, so that there are never
  // more than that many frames' worth of detections.
  std::erase_if(objects_, [](Object& object) { return !object.matched && --object.visible == 0; });

  std::vector<Detection> shown;
  for (const auto& object : objects_)
    if (object.hidden == 0) shown.push_back(object.shown);
  std::ranges::stable_sort(
      shown, [](const Detection& a, const Detection& b) { return a.box.score > b.box.score; });
  return shown;
}

}  // namespace hailo::detect
