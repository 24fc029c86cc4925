// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "detect/frame.h"
#include "detect/infer/settings.h"

namespace hailo::detect {

/// Keeps boxes from flickering, in the way of rpicam-apps. A detection is taken
/// for a known object of its class if position and size differ by less than
/// `tolerance` of the picture; the object then moves by `factor` of the
/// difference and takes the new score. An object is shown once it has been seen
/// in `hidden_frames` frames more than its first, and forgotten when it has not
/// been seen in `visible_frames` frames.
class TemporalFilter {
 public:
  explicit TemporalFilter(const TemporalOptions& options) : options_(options) {}

  /// What to show for a frame with these detections.
  std::vector<Detection> next(const std::vector<Detection>& detections);

 private:
  struct Object {
    Detection shown;
    unsigned visible;  ///< frames until it is forgotten
    unsigned hidden;   ///< sights until it is shown
    bool matched;
  };

  bool is_same(const Detection& known, const Detection& seen) const;
  void move(Object& object, const Detection& seen) const;

  TemporalOptions options_;
  std::vector<Object> objects_;
};

}  // namespace hailo::detect
