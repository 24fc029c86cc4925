// SPDX-License-Identifier: MIT
#pragma once

// What an emulator HEF carries as configuration data: a model for the emulated
// chip, and what the action lists do not tell about its tensors. A real chip
// would take these bytes for register writes, so files with it must never be
// sent to one: see is_emulator_hef().
//
// All integers are little endian, floats are IEEE 754. No gaps.
//
//   offset size
//        0    8  magic "EMUHEF1\0"
//        8    4  bytes before the model (this header and the tensor table)
//       12    4  type of the model: 1 = ONNX
//       16    8  bytes of the model
//       24   32  SHA-256 of the model
//       56    4  number of tensors
//       60       tensors
//                then the model, up to the end
//
// Each tensor is one stream of the HEF:
//
//        0    1  sys_index, the stream's number in action lists
//        1    1  direction: 0 input, 1 output
//        2    1  bytes of an element on the wire: 1 = uint8, 2 = uint16
//        3    1  wire order: 0 NHWC, 1 NHCW, 2 NC, 6 NMS on chip
//        4   12  height, width, features (logical)
//       16   12  height, width, features (padded, on the wire)
//       28    8  zero point, scale: real = (raw - zero point) * scale; of NMS
//                0 and 1/4095
//       36    1  model order: 0 rows of features (H, W, C), 1 planes (C, H, W)
//       37    1  zero
//       38    2  bytes of the name
//       40   20  of NMS: classes, boxes per class, records per burst, score
//                threshold, IoU threshold; else zero
//       60       name of the tensor in the model
//
// An input element becomes real by the formula above; an output element raw by
// quantise() in stream.h, limited to its type. Padding is zero on the
// wire. The tensor of an NMS stream has rows as select_boxes() in nms.h takes them, and is sent by
// pack_nms_frame().

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/hef.h"
#include "lib/hef/nms.h"
#include "lib/hef/stream.h"

namespace hailo::hef {

enum class ModelType : std::uint32_t { onnx = 1 };

/// How the elements of a tensor lie in the model.
enum class ModelOrder : std::uint8_t { hwc = 0, chw = 1 };

struct PayloadNms {
  std::uint32_t classes = 0;
  std::uint32_t max_boxes_per_class = 0;
  std::uint32_t burst_size = 0;
  NmsThresholds thresholds;

  friend bool operator==(const PayloadNms&, const PayloadNms&) = default;
};

struct PayloadTensor {
  std::uint8_t sys_index = 0;
  Direction direction = Direction::input;
  std::uint8_t data_bytes = 1;
  WireOrder order = WireOrder::nhwc;
  Shape shape;
  Shape padded;
  float zero_point = 0;
  float scale = 1;
  ModelOrder model_order = ModelOrder::hwc;
  std::optional<PayloadNms> nms;  ///< if order is nms_on_chip
  std::string tensor;

  /// Bytes of one frame on the wire.
  std::uint32_t frame_bytes() const;

  friend bool operator==(const PayloadTensor&, const PayloadTensor&) = default;
};

struct EmulatorPayload {
  ModelType type = ModelType::onnx;
  std::vector<PayloadTensor> tensors;
  ByteView model;  ///< into what was decoded
};

/// Whether configuration data begins as an emulator's.
bool is_emulator_payload(ByteView config);

/// Checks everything: sizes, the digest, each tensor, and that no two streams
/// share a number.
Result<EmulatorPayload> decode_emulator_payload(ByteView config);

/// The same checks before writing.
Result<Bytes> encode_emulator_payload(const EmulatorPayload& payload);

/// True if any configuration data of the file is for the emulator. Such a file
/// must not go to a real board.
bool is_emulator_hef(const Hef& hef);

}  // namespace hailo::hef
