// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/hef/stream.h"
#include "lib/image/image.h"
#include "lib/image/letterbox.h"

namespace hailo {

/// Whether a network with these inputs takes pictures: one input of three
/// features, in an order that write_pixels() knows.
bool takes_pictures(const std::vector<hef::Stream>& inputs);

/// A picture of the stream's shape as the stream has its elements, into the
/// frame_bytes of `out`; padding is zero.
void write_pixels(const Image& image, const hef::Stream& stream, std::span<std::uint8_t> out);
/// The same of a picture that letterbox() makes fit, without a copy of it where the stream allows.
void write_pixels(const Image& image, const Placement& placement, const hef::Stream& stream,
                  std::span<std::uint8_t> out);

}  // namespace hailo
