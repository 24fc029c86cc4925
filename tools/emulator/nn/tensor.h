// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::emu::nn {

/// The real values of an input frame, in the model's order and without padding.
/// Refuses a frame that has not exactly the tensor's size.
Result<std::vector<float>> dequantise(const hef::PayloadTensor& tensor, ByteView frame);

/// The output frame of the model's values; of an NMS stream, of its rows.
/// Refuses another number of values than the tensor has.
Result<Bytes> quantise(const hef::PayloadTensor& tensor, std::span<const float> values);

}  // namespace hailo::emu::nn
