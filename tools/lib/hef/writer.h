// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/names.h"
#include "lib/hef/stream.h"

namespace hailo::hef {

struct NmsSpec {
  std::uint32_t classes = 0;
  std::uint32_t max_boxes_per_class = 0;
};

struct StreamSpec {
  std::string name;
  Direction direction = Direction::input;
  WireOrder order = WireOrder::nhwc;  ///< nhwc, nhcw or nc; of NMS ignored
  Shape shape;                        ///< of NMS ignored
  std::uint8_t data_bytes = 1;        ///< of NMS ignored
  float zero_point = 0;               ///< of NMS ignored
  float scale = 1;                    ///< of NMS ignored
  std::optional<NmsSpec> nms;         ///< detections in the chip's own format
};

/// One network in one context, in the legacy form.
struct HefSpec {
  std::uint32_t container_version = 2;
  Architecture architecture = Architecture::hailo8p;  ///< or hailo8l
  std::vector<std::uint32_t> layouts = {0};           ///< cluster bitmaps, of a hailo8l
  std::string name;
  double fps = 0;
  std::uint64_t timestamp = 1;
  std::string sdk_version;
  std::vector<StreamSpec> streams;
  ByteView config;  ///< what the firmware is sent
};

/// The streams with everything that follows from the specification: numbers
/// (inputs from 0, outputs from 16), padding, frame and core sizes.
Result<std::vector<Stream>> complete_streams(const std::vector<StreamSpec>& specs);

/// The same specification always gives the same bytes.
Result<Bytes> write_hef(const HefSpec& spec);

}  // namespace hailo::hef
