// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/nms.h"
#include "lib/hef/writer.h"

namespace hailo::gen {

struct StreamRequest {
  hef::StreamSpec stream;
  std::string tensor;             ///< its name in the model
  hef::NmsThresholds thresholds;  ///< if the stream has nms
};

/// The JSON file of hailo-hefgen (also in docs/man/hailo-hefgen.1). Unknown keys are refused.
///
///   {
///     "network": "shapes",
///     "fps": 120,                    estimate shown to users, 0.001 to 1e6
///     "layouts": [0],                optional: cluster layouts of a hailo8l file
///     "inputs": [
///       {"name": "shapes/input_layer1",   unique, at most 127 bytes
///        "tensor": "images",              input of the model, 32-bit floats
///        "shape": [320, 320, 3],          height, width, features
///        "type": "uint8",                 default; or "uint16"
///        "order": "nhwc",                 default, on the wire; or "nhcw", "nc"
///        "quant": {"zero_point": 0, "scale": 0.003921569}}   default 0 and 1
///     ],
///     "outputs": [
///       {"name": "shapes/nms", "tensor": "rows",
///        "nms": {"classes": 4, "max_boxes_per_class": 50,
///                "score_threshold": 0.3, "iou_threshold": 0.5}}
///     ]
///   }
///
/// A tensor is fed (raw - zero_point) * scale, and an output is sent as
/// hef::quantise() says. The model has it as [1, features, height, width] or
/// [1, height, width, features], the batch may be symbolic; or in less than
/// four dimensions with as many elements in the order height, width, features.
/// An output without "nms" has the keys of an input.
///
/// With "nms" the chip's NMS core follows the model, see hef::select_boxes().
/// The tensor is float rows, [N, 4 + classes] or [1, N, 4 + classes], N fixed:
///
///   y_min, x_min, y_max, x_max, score of class 0, score of class 1, ...
///
/// Corners are relative to the input as the network sees it, 0 to 1, top left
/// being 0, 0; scores are 0 to 1, after the sigmoid. So the model decodes its
/// anchors itself; thresholds, sorting and suppression, per class, are the
/// core's. On the wire each value has 12 bits (hef::pack_nms_record()).
struct HefRequest {
  std::string network;
  double fps = 0;
  std::vector<std::uint32_t> layouts = {0};
  std::vector<StreamRequest> streams;  ///< inputs first

  /// Refuses unknown keys, wrong types and what cannot be, naming the place.
  static Result<HefRequest> parse(std::string_view json);
};

/// The file for the emulator: `request` and the ONNX `model` put together.
/// Fails if they do not fit each other.
Result<Bytes> make_emulator_hef(const HefRequest& request, ByteView model,
                                hef::Architecture architecture, std::uint32_t container_version,
                                const std::string& sdk_version);

}  // namespace hailo::gen
