// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "detect/capture/source.h"

namespace hailo::detect {

/// A circle, a square and a ring that move over a shaded ground: what
/// models/shapes.onnx knows. The same for the same number, on every machine.
Image draw_shapes(std::uint64_t number, std::uint32_t width, std::uint32_t height);

/// draw_shapes() from 0 on, 640x480.
std::unique_ptr<Source> open_synthetic();

}  // namespace hailo::detect
