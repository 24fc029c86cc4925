// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo::detect {

/// How detections are kept over frames, see TemporalFilter.
struct TemporalOptions {
  float tolerance = 0.05F;      ///< of the picture's sides, 0 to 1
  float factor = 0.2F;          ///< weight of a new position, 0 to 1
  unsigned visible_frames = 5;  ///< at least 1
  unsigned hidden_frames = 2;

  friend bool operator==(const TemporalOptions&, const TemporalOptions&) = default;
};

/// What a post-processing file of rpicam-apps says of a network.
struct PostProcess {
  std::optional<std::string> hef_8;
  std::optional<std::string> hef_8l;
  std::optional<std::size_t> max_detections;
  std::optional<float> threshold;
  std::optional<TemporalOptions> temporal;
};

/// The stage of the file that names HEFs ("hef_file_8", "hef_file_8L"); the
/// other stages are rpicam's own.
Result<PostProcess> parse_post_process(std::string_view text);
/// From a file; an error names it.
Result<PostProcess> read_post_process(const std::string& path);

/// The HEFs that there are to choose from, by chip; equal if the user gave one.
struct ModelFiles {
  std::string hailo8;   ///< empty: none
  std::string hailo8l;  ///< empty: none

  /// The one for a chip, or else the other chip's, which may do or be refused.
  const std::string& for_chip(bool is_hailo8l) const;
};

struct Selection {
  float threshold = 0.4F;      ///< least score
  std::size_t max_boxes = 20;  ///< of a frame
};

/// More would be a mistake; a network's own limit is lower.
inline constexpr std::size_t max_boxes_limit = 1000;

/// Files and values as the user gave them; empty ones were not given.
struct ModelRequest {
  std::string hef{};
  std::string post_process{};
  std::string labels{};
  std::optional<float> threshold{};
  std::optional<std::size_t> max_boxes{};
};

struct ModelSettings {
  ModelFiles files;
  std::vector<std::string> labels;
  Selection selection;
  std::optional<TemporalOptions> temporal;
};

/// Reads the files. What the user gave wins over the post-processing file, that
/// over the label file, that over the defaults.
Result<ModelSettings> read_settings(const ModelRequest& request);

}  // namespace hailo::detect
