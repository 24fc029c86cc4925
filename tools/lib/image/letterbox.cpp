// SPDX-License-Identifier: MIT
#include "lib/image/letterbox.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hailo {
namespace {

constexpr std::size_t kChannels = 3;
constexpr std::int64_t kOne = 1 << 11;  // of the weights

/// The two pixels that one of the target lies between, and the second's weight.
struct Sample {
  std::size_t first;
  std::size_t second;
  std::uint32_t weight;  ///< 0 to kOne - 1
};

/// Integers throughout, so that every machine gives the same.
Sample sample(std::uint32_t at, std::uint32_t target, std::uint32_t source) {
  // Pixel centres: (at + 1/2) * source / target - 1/2
  const std::int64_t position = ((2 * std::int64_t{at} + 1) * source * kOne / target - kOne) / 2;
  const std::int64_t inside =
      std::clamp<std::int64_t>(position, 0, (std::int64_t{source} - 1) * kOne);
  const auto first = static_cast<std::size_t>(inside / kOne);
  return {first, std::min<std::size_t>(first + 1, source - 1),
          static_cast<std::uint32_t>(inside % kOne)};
}

}  // namespace

Placement place(std::uint32_t image_width, std::uint32_t image_height, std::uint32_t canvas_width,
                std::uint32_t canvas_height) {
  Placement p{.canvas_width = canvas_width,
              .canvas_height = canvas_height,
              .image_width = image_width,
              .image_height = image_height};
  const auto scaled = [](std::uint64_t side, std::uint64_t to, std::uint64_t from) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>((side * to + from / 2) / from, 1));
  };
  if (std::uint64_t{canvas_width} * image_height <= std::uint64_t{canvas_height} * image_width) {
    p.width = canvas_width;
    p.height = scaled(image_height, canvas_width, image_width);
  } else {
    p.width = scaled(image_width, canvas_height, image_height);
    p.height = canvas_height;
  }
  p.left = (canvas_width - p.width) / 2;
  p.top = (canvas_height - p.height) / 2;
  return p;
}

void letterbox(const Image& image, const Placement& p, std::span<std::uint8_t> canvas) {
  const std::size_t canvas_row = std::size_t{p.canvas_width} * kChannels;
  const std::size_t left = std::size_t{p.left} * kChannels;
  const std::size_t row = std::size_t{p.width} * kChannels;
  const auto border = [&](std::size_t from, std::size_t to) {
    std::ranges::fill(canvas.subspan(from, to - from), letterbox_border);
  };
  border(0, p.top * canvas_row);
  border((p.top + p.height) * canvas_row, p.canvas_height * canvas_row);

  // A camera is best asked for the network's width: then there is only a border to add.
  const bool fits = p.width == image.width && p.height == image.height;
  std::vector<Sample> columns;
  for (std::uint32_t x = 0; !fits && x < p.width; x++)
    columns.push_back(sample(x, p.width, image.width));
  constexpr auto one = static_cast<std::uint32_t>(kOne);
  for (std::uint32_t y = 0; y < p.height; y++) {
    const std::size_t start = (p.top + y) * canvas_row;
    border(start, start + left);
    border(start + left + row, start + canvas_row);
    std::uint8_t* out = canvas.data() + start + left;
    if (fits) {
      std::copy_n(image.rgb.data() + y * row, row, out);
      continue;
    }
    const Sample v = sample(y, p.height, image.height);
    const std::uint8_t* upper = image.rgb.data() + v.first * image.width * kChannels;
    const std::uint8_t* lower = image.rgb.data() + v.second * image.width * kChannels;
    for (const Sample& h : columns) {
      for (std::size_t c = 0; c < kChannels; c++) {
        const std::size_t a = h.first * kChannels + c;
        const std::size_t b = h.second * kChannels + c;
        // At most 255 * kOne * kOne, which 32 bits hold.
        const std::uint32_t top = upper[a] * (one - h.weight) + upper[b] * h.weight;
        const std::uint32_t bottom = lower[a] * (one - h.weight) + lower[b] * h.weight;
        const std::uint32_t sum = top * (one - v.weight) + bottom * v.weight;
        *out++ = static_cast<std::uint8_t>((sum + one * one / 2) / (one * one));
      }
    }
  }
}

Image letterbox(const Image& image, const Placement& p) {
  Image canvas{p.canvas_width, p.canvas_height,
               Bytes(std::size_t{p.canvas_width} * p.canvas_height * kChannels)};
  letterbox(image, p, canvas.rgb);
  return canvas;
}

hef::Box to_image(const hef::Box& box, const Placement& p) {
  const auto convert = [](float value, std::uint32_t canvas, std::uint32_t offset,
                          std::uint32_t size, std::uint32_t image) {
    const float inside = (value * static_cast<float>(canvas) - static_cast<float>(offset)) /
                         static_cast<float>(size) * static_cast<float>(image);
    return std::clamp(inside, 0.0F, static_cast<float>(image));
  };
  const auto x = [&](float v) {
    return convert(v, p.canvas_width, p.left, p.width, p.image_width);
  };
  const auto y = [&](float v) {
    return convert(v, p.canvas_height, p.top, p.height, p.image_height);
  };
  return {y(box.y_min), x(box.x_min), y(box.y_max), x(box.x_max), box.score};
}

}  // namespace hailo
