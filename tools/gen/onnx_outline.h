// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/emulator_payload.h"
#include "lib/hef/stream.h"

namespace hailo::gen {

struct OnnxTensor {
  static constexpr std::int64_t any = -1;  ///< a dimension without a number

  std::string name;
  bool is_float = false;
  std::vector<std::int64_t> dimensions;
};

/// What a model takes and gives.
struct OnnxOutline {
  std::vector<OnnxTensor> inputs;  ///< without weights
  std::vector<OnnxTensor> outputs;

  static Result<OnnxOutline> parse(ByteView model);
};

/// "1x3x320x320", "?" for any.
std::string dimensions_text(const OnnxTensor& tensor);

/// How the model has a tensor of this shape: [1,C,H,W], [1,H,W,C], or in less
/// than four dimensions as many elements in rows. The first of four, the batch,
/// may be any.
Result<hef::ModelOrder> model_order(const OnnxTensor& tensor, const hef::Shape& shape);

/// Whether it is [N, 4 + classes] or [1, N, 4 + classes].
Result<void> check_nms_rows(const OnnxTensor& tensor, std::uint32_t classes);

}  // namespace hailo::gen
