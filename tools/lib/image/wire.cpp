// SPDX-License-Identifier: MIT
#include "lib/image/wire.h"

#include <algorithm>

namespace hailo {
namespace {

constexpr std::size_t kColours = 3;

/// Most networks want the pixels as they are.
bool is_plain(const hef::Stream& stream, std::size_t width, std::size_t height, std::size_t size) {
  return stream.order != hef::WireOrder::nhcw && stream.padded.width == width &&
         stream.padded.features == kColours && stream.data_bytes == 1 &&
         size == width * height * kColours;
}

}  // namespace

bool takes_pictures(const std::vector<hef::Stream>& inputs) {
  if (inputs.size() != 1) return false;
  const auto& input = inputs.front();
  return input.shape.features == kColours && !input.transposed &&
         (input.order == hef::WireOrder::nhwc || input.order == hef::WireOrder::nhcw);
}

void write_pixels(const Image& image, const hef::Stream& stream, std::span<std::uint8_t> out) {
  const std::size_t columns = stream.padded.width;
  const std::size_t features = stream.padded.features;
  const bool rows_of_columns = stream.order == hef::WireOrder::nhcw;
  if (is_plain(stream, image.width, image.height, out.size())) {
    std::ranges::copy(image.rgb, out.begin());
    return;
  }
  std::ranges::fill(out, std::uint8_t{0});
  std::size_t at = 0;
  for (std::size_t y = 0; y < image.height; y++) {
    for (std::size_t x = 0; x < image.width; x++) {
      for (std::size_t c = 0; c < kColours; c++) {
        const std::size_t in_row = rows_of_columns ? c * columns + x : x * features + c;
        out[(y * columns * features + in_row) * stream.data_bytes] = image.rgb[at++];
      }
    }
  }
}

void write_pixels(const Image& image, const Placement& placement, const hef::Stream& stream,
                  std::span<std::uint8_t> out) {
  if (is_plain(stream, placement.canvas_width, placement.canvas_height, out.size()))
    letterbox(image, placement, out);
  else
    write_pixels(letterbox(image, placement), stream, out);
}

}  // namespace hailo
