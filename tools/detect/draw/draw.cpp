// SPDX-License-Identifier: MIT
#include "detect/draw/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "detect/draw/font.h"

namespace hailo::detect {
namespace {

constexpr std::array kPalette = {
    Colour{0x3d, 0xd6, 0x8c}, Colour{0xff, 0x8c, 0x42}, Colour{0x5a, 0xb0, 0xff},
    Colour{0xff, 0xd6, 0x3d}, Colour{0xe0, 0x6b, 0xff}, Colour{0xff, 0x5a, 0x78},
    Colour{0x3d, 0xdc, 0xe8}, Colour{0xb6, 0xe3, 0x4a}, Colour{0xff, 0xa8, 0xd2},
    Colour{0xc9, 0xa5, 0x7a},
};
constexpr Colour kBlack{0, 0, 0};

/// Pixels from `left` to `right` and from `top` to `bottom`, both outside.
struct Area {
  std::int64_t left;
  std::int64_t top;
  std::int64_t right;
  std::int64_t bottom;
};

void fill(Image& image, const Area& area, Colour colour) {
  const auto left = std::clamp<std::int64_t>(area.left, 0, image.width);
  const auto right = std::clamp<std::int64_t>(area.right, left, image.width);
  const auto top = std::clamp<std::int64_t>(area.top, 0, image.height);
  const auto bottom = std::clamp<std::int64_t>(area.bottom, top, image.height);
  for (auto y = top; y < bottom; y++) {
    auto* pixel = image.rgb.data() + (static_cast<std::size_t>(y) * image.width + left) * 3;
    for (auto x = left; x < right; x++) {
      *pixel++ = colour.red;
      *pixel++ = colour.green;
      *pixel++ = colour.blue;
    }
  }
}

/// The pixel at a part of the picture.
std::int64_t pixel_at(float part, std::uint32_t size) {
  return std::lround(std::clamp(part, 0.0F, 1.0F) * static_cast<float>(size));
}

void draw_frame(Image& image, const Area& box, std::int64_t line, Colour colour) {
  const auto inner_top = std::min(box.top + line, box.bottom);
  const auto inner_bottom = std::max(box.bottom - line, box.top);
  fill(image, {box.left, box.top, box.right, inner_top}, colour);
  fill(image, {box.left, inner_bottom, box.right, box.bottom}, colour);
  fill(image, {box.left, box.top, std::min(box.left + line, box.right), box.bottom}, colour);
  fill(image, {std::max(box.right - line, box.left), box.top, box.right, box.bottom}, colour);
}

}  // namespace

Colour colour_of(std::uint32_t class_index) { return kPalette[class_index % kPalette.size()]; }

std::string css(Colour colour) {
  char text[8];
  std::snprintf(text, sizeof(text), "#%02x%02x%02x", static_cast<unsigned>(colour.red),
                static_cast<unsigned>(colour.green), static_cast<unsigned>(colour.blue));
  return text;
}

std::string label_of(std::uint32_t class_index, const std::vector<std::string>& labels) {
  return class_index < labels.size() && !labels[class_index].empty()
             ? labels[class_index]
             : "class " + std::to_string(class_index);
}

std::string caption_of(const Detection& detection, const std::vector<std::string>& labels) {
  const float score = std::isfinite(detection.box.score) ? detection.box.score : 0;
  return label_of(detection.class_index, labels) + " " +
         std::to_string(std::lround(std::clamp(score, 0.0F, 1.0F) * 100)) + "%";
}

void draw_text(Image& image, std::int64_t x, std::int64_t y, std::string_view text, Colour colour,
               std::uint32_t scale) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;  // the rest of a character
    const Glyph& rows = glyph_of(c);
    for (unsigned row = 0; row < glyph_height; row++)
      for (unsigned column = 0; column < glyph_width; column++)
        if (rows[row] >> (glyph_width - 1 - column) & 1) {
          const auto left = x + column * scale;
          const auto top = y + row * scale;
          fill(image, {left, top, left + scale, top + scale}, colour);
        }
    x += glyph_advance * scale;
  }
}

void draw_detections(Image& image, const std::vector<Detection>& detections,
                     const std::vector<std::string>& labels) {
  const std::uint32_t least = std::min(image.width, image.height);
  const std::uint32_t line = std::max(2U, least / 240);
  const std::uint32_t scale = std::max(1U, least / 240);
  for (const auto& detection : detections) {
    const auto& box = detection.box;
    if (!std::isfinite(box.x_min) || !std::isfinite(box.y_min) || !std::isfinite(box.x_max) ||
        !std::isfinite(box.y_max))
      continue;
    const Area area{pixel_at(box.x_min, image.width), pixel_at(box.y_min, image.height),
                    pixel_at(box.x_max, image.width), pixel_at(box.y_max, image.height)};
    if (area.right <= area.left || area.bottom <= area.top) continue;
    const Colour colour = colour_of(detection.class_index);
    draw_frame(image, area, line, colour);

    const std::string caption = caption_of(detection, labels);
    const std::int64_t height = (glyph_height + 2) * scale;
    // Above the box, or in it where there is no room.
    const std::int64_t top = area.top >= height ? area.top - height : area.top;
    fill(image, {area.left, top, area.left + (text_columns(caption) + 2) * scale, top + height},
         colour);
    draw_text(image, area.left + scale, top + scale, caption, kBlack, scale);
  }
}

}  // namespace hailo::detect
