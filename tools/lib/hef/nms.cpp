// SPDX-License-Identifier: MIT
#include "lib/hef/nms.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace hailo::hef {

namespace {

constexpr unsigned coordinate_bits = 12;
constexpr unsigned score_bits = 16;
constexpr unsigned record_bytes = 8;

std::uint64_t field(float real, unsigned bits) {
  return quantise(real * nms_levels, 0, 1, (1U << bits) - 1);
}

float dequantise(std::uint64_t raw, const Quantisation& q) {
  return (static_cast<float>(raw) - q.zero_point) * q.scale;
}

float area(const Box& b) {
  return std::max(b.y_max - b.y_min, 0.0F) * std::max(b.x_max - b.x_min, 0.0F);
}

/// Intersection over union; 0 for two empty boxes.
float overlap(const Box& a, const Box& b) {
  const Box both{.y_min = std::max(a.y_min, b.y_min),
                 .x_min = std::max(a.x_min, b.x_min),
                 .y_max = std::min(a.y_max, b.y_max),
                 .x_max = std::min(a.x_max, b.x_max)};
  const float common = area(both);
  const float total = area(a) + area(b) - common;
  return total > 0 ? common / total : 0;
}

std::vector<Box> suppress(std::vector<Box> candidates, std::uint32_t max_boxes, float iou) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Box& a, const Box& b) { return a.score > b.score; });
  std::vector<Box> kept;
  for (const Box& box : candidates) {
    if (kept.size() == max_boxes) break;
    const bool covered =
        std::any_of(kept.begin(), kept.end(), [&](const Box& k) { return overlap(k, box) > iou; });
    if (!covered) kept.push_back(box);
  }
  return kept;
}

}  // namespace

std::uint64_t pack_nms_record(const Box& box) {
  std::uint64_t record = 0;
  unsigned shift = 0;
  for (const float coordinate : {box.x_max, box.y_max, box.x_min, box.y_min}) {
    record |= field(coordinate, coordinate_bits) << shift;
    shift += coordinate_bits;
  }
  return record | field(box.score, score_bits) << shift;
}

Box unpack_nms_record(std::uint64_t record, const Quantisation& q) {
  const auto coordinate = [&](unsigned shift) {
    return dequantise(record >> shift & ((1U << coordinate_bits) - 1), q);
  };
  return {.y_min = coordinate(36),
          .x_min = coordinate(24),
          .y_max = coordinate(12),
          .x_max = coordinate(0),
          .score = dequantise(record >> 48, q)};
}

Result<Bytes> pack_nms_frame(const BoxesByClass& boxes, const NmsInfo& info) {
  if (boxes.size() != info.classes) {
    return fail(Error::Code::invalid_argument, "boxes of " + std::to_string(boxes.size()) +
                                                   " classes for a stream of " +
                                                   std::to_string(info.classes));
  }
  if (info.burst_size <= info.max_boxes_per_class) {
    return fail(Error::Code::invalid_argument,
                "a burst of " + std::to_string(info.burst_size) + " records has no room for " +
                    std::to_string(info.max_boxes_per_class) + " boxes and the delimiter");
  }
  ByteWriter frame;
  for (const auto& of_class : boxes) {
    const std::size_t count = std::min<std::size_t>(of_class.size(), info.max_boxes_per_class);
    for (std::size_t i = 0; i < info.burst_size; ++i) {
      frame.le64(i < count ? pack_nms_record(of_class[i]) : nms_delimiter);
    }
  }
  return frame.take();
}

Result<BoxesByClass> unpack_nms_frame(ByteView frame, const NmsInfo& info, const Quantisation& q) {
  const std::size_t expected = std::size_t{info.classes} * info.burst_size * record_bytes;
  if (frame.size() != expected || expected == 0) {
    return fail(Error::Code::protocol, "NMS frame has " + std::to_string(frame.size()) +
                                           " bytes, the stream's have " + std::to_string(expected));
  }
  BoxesByClass boxes(info.classes);
  for (std::size_t c = 0; c < info.classes; ++c) {
    const ByteView block =
        frame.subspan(c * info.burst_size * record_bytes, info.burst_size * record_bytes);
    bool ended = false;
    for (std::size_t at = 0; at < block.size() && !ended; at += record_bytes) {
      const std::uint64_t record = load_le64(block, at);
      ended = record == nms_delimiter;
      if (!ended) boxes[c].push_back(unpack_nms_record(record, q));
    }
    if (!ended || boxes[c].size() > info.max_boxes_per_class) {
      return fail(Error::Code::protocol,
                  "Data read from the device for class " + std::to_string(c) + " has " +
                      std::to_string(boxes[c].size()) + " boxes, max size is " +
                      std::to_string(info.max_boxes_per_class));
    }
  }
  return boxes;
}

BoxesByClass select_boxes(std::span<const float> rows, const NmsInfo& info,
                          const NmsThresholds& thresholds) {
  constexpr std::size_t corners = 4;
  const std::size_t row_size = corners + info.classes;
  BoxesByClass boxes(info.classes);
  for (std::size_t at = 0; at + row_size <= rows.size(); at += row_size) {
    const auto row = rows.subspan(at, row_size);
    if (!std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); })) continue;
    for (std::size_t c = 0; c < info.classes; ++c) {
      const float score = row[corners + c];
      if (score > thresholds.score) boxes[c].push_back({row[0], row[1], row[2], row[3], score});
    }
  }
  for (auto& of_class : boxes) {
    of_class = suppress(std::move(of_class), info.max_boxes_per_class, thresholds.iou);
  }
  return boxes;
}

}  // namespace hailo::hef
