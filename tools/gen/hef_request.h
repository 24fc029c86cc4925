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

/// The JSON file of hailo-hefgen; docs/man/hailo-hefgen.1 tells its keys.
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
