// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/frame.h"
#include "lib/image/image.h"

namespace hailo::detect {

struct Colour {
  std::uint8_t red;
  std::uint8_t green;
  std::uint8_t blue;

  friend bool operator==(const Colour&, const Colour&) = default;
};

/// The same one for a class in the picture and on the page.
Colour colour_of(std::uint32_t class_index);
/// "#rrggbb"
std::string css(Colour colour);

/// A class's name, or its number if it has none.
std::string label_of(std::uint32_t class_index, const std::vector<std::string>& labels);

/// What a detection is labelled with: "person 87%".
std::string caption_of(const Detection& detection, const std::vector<std::string>& labels);

/// Writes text, its upper left corner at (x, y); each dot of a letter is a
/// square of `scale` pixels. What lies outside is left out.
void draw_text(Image& image, std::int64_t x, std::int64_t y, std::string_view text, Colour colour,
               std::uint32_t scale);

/// Frames and captions over the picture. Boxes are taken for what they are, also
/// if they are outside of it, upside down or not finite.
void draw_detections(Image& image, const std::vector<Detection>& detections,
                     const std::vector<std::string>& labels);

}  // namespace hailo::detect
