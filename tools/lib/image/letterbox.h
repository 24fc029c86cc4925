// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "lib/hef/nms.h"
#include "lib/image/image.h"

namespace hailo {

inline constexpr std::uint8_t letterbox_border = 114;

/// Where a picture went on a canvas, and how large it had been.
struct Placement {
  std::uint32_t left = 0;
  std::uint32_t top = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t canvas_width = 0;
  std::uint32_t canvas_height = 0;
  std::uint32_t image_width = 0;
  std::uint32_t image_height = 0;
};

/// As large as the canvas allows with its sides in proportion, in the middle.
Placement place(std::uint32_t image_width, std::uint32_t image_height, std::uint32_t canvas_width,
                std::uint32_t canvas_height);

/// The picture there, sampled between four pixels, with a grey border. One that
/// has the size of the canvas is left as it is, bit by bit.
Image letterbox(const Image& image, const Placement& placement);
/// The same into the pixels of a canvas that is there.
void letterbox(const Image& image, const Placement& placement, std::span<std::uint8_t> canvas);

/// A box of the canvas, 0 to 1, in pixels of the picture; what lies outside of
/// the picture is cut off.
hef::Box to_image(const hef::Box& box, const Placement& placement);

}  // namespace hailo
