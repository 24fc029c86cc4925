// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/stream.h"

namespace hailo::hef {

/// Corners and score, 0 to 1.
struct Box {
  float y_min = 0;
  float x_min = 0;
  float y_max = 0;
  float x_max = 0;
  float score = 0;

  friend bool operator==(const Box&, const Box&) = default;
};

using BoxesByClass = std::vector<std::vector<Box>>;

/// Raw values per 1.0 in the NMS streams that these tools write: 12 bits for 0 to 1.
inline constexpr float nms_levels = 4095;
inline constexpr float nms_scale = 1.0F / nms_levels;

/// The chip's record of a box: from bit 0 on, x_max, y_max, x_min, y_min of 12
/// bits each, then the score of 16; each times nms_levels, rounded with halves
/// away from zero, and limited to what fits.
std::uint64_t pack_nms_record(const Box& box);
Box unpack_nms_record(std::uint64_t record, const Quantisation& quantisation);

/// Ends the boxes of a class.
inline constexpr std::uint64_t nms_delimiter = ~std::uint64_t{0};

/// One frame as the chip sends it in bursts: for each class its records, then
/// delimiters up to burst_size. Of a class the first max_boxes_per_class count.
Result<Bytes> pack_nms_frame(const BoxesByClass& boxes, const NmsInfo& info);

/// Refuses a frame of another size, a class without a delimiter, or with more
/// boxes than max_boxes_per_class.
Result<BoxesByClass> unpack_nms_frame(ByteView frame, const NmsInfo& info,
                                      const Quantisation& quantisation);

/// What the NMS core of the emulated chip is given beside the model's rows.
struct NmsThresholds {
  float score = 0;  ///< a row counts for a class if its score is above
  float iou = 0;    ///< of two boxes that overlap more, the better one stays

  friend bool operator==(const NmsThresholds&, const NmsThresholds&) = default;
};

/// The NMS core of the emulated chip, so that a reference computes the same.
///
/// `rows` are the model's last tensor: rows of 4 + classes floats, being y_min,
/// x_min, y_max, x_max, from 0 to 1, and a score per class. In each class by
/// itself: rows with a score above the threshold, best first, equal ones in the
/// order of the rows; a box goes if it overlaps an earlier one that stayed;
/// max_boxes_per_class stay at most. Rows with a value that is not finite are
/// left out.
BoxesByClass select_boxes(std::span<const float> rows, const NmsInfo& info,
                          const NmsThresholds& thresholds);

}  // namespace hailo::hef
