// SPDX-License-Identifier: MIT
#include "detect/capture/synthetic.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace hailo::detect {
namespace {

constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 480;
constexpr std::size_t kColours = 3;

using Colour = std::array<std::uint8_t, kColours>;
using Int = std::int64_t;

struct Shape {
  enum class Kind { circle, square, ring } kind;
  Colour colour;
  Int radius;  ///< thousandths of the picture's height
  Int x, y;    ///< where it starts, thousandths of the way
  Int dx, dy;  ///< thousandths of the way per picture
};

constexpr std::array<Shape, 3> kShapes = {{
    {Shape::Kind::circle, {214, 60, 52}, 130, 200, 300, 7, 3},
    {Shape::Kind::square, {52, 92, 204}, 120, 700, 800, 5, 6},
    {Shape::Kind::ring, {240, 214, 70}, 140, 450, 100, 4, 8},
}};

/// There and back between 0 and `span`.
Int bounce(Int at, Int span) {
  const Int turn = at % (2 * span);
  return turn <= span ? turn : 2 * span - turn;
}

/// `start` and `step` in thousandths of the way that a shape of this radius has.
Int position(Int start, Int step, std::uint64_t number, Int radius, Int side) {
  const Int way = std::max<Int>(side - 2 * radius, 1);
  const Int thousandths = start + step * static_cast<Int>(number % 1000000);
  return radius + bounce(thousandths, 1000) * way / 1000;
}

bool covers(const Shape& shape, Int dx, Int dy, Int radius) {
  const Int square = dx * dx + dy * dy;
  const Int hole = radius * 11 / 20;
  switch (shape.kind) {
    case Shape::Kind::circle:
      return square <= radius * radius;
    case Shape::Kind::square:
      return std::abs(dx) <= radius * 9 / 10 && std::abs(dy) <= radius * 9 / 10;
    case Shape::Kind::ring:
      return square <= radius * radius && square >= hole * hole;
  }
  return false;
}

class Synthetic : public Source {
 public:
  std::string name() const override { return "synthetic, 640x480"; }
  bool is_live() const override { return false; }

  Result<Picture> next(std::chrono::milliseconds /*timeout*/) override {
    const auto started = std::chrono::steady_clock::now();
    auto image = std::make_shared<const Image>(draw_shapes(number_++, kWidth, kHeight));
    return Picture{std::chrono::system_clock::now(), std::move(image),
                   std::chrono::steady_clock::now() - started};
  }

 private:
  std::uint64_t number_ = 0;
};

}  // namespace

Image draw_shapes(std::uint64_t number, std::uint32_t width, std::uint32_t height) {
  Image image{width, height, Bytes(std::size_t{width} * height * kColours)};
  const Int w = width;
  const Int h = height;
  std::uint8_t* out = image.rgb.data();
  // A division costs more than all else that a pixel does.
  const auto shades = [](Int from, Int range, Int steps) {
    Bytes values;
    for (Int i = 0; i < steps; i++)
      values.push_back(static_cast<std::uint8_t>(from + range * i / steps));
    return values;
  };
  const Bytes red = shades(90, 40, w);
  const Bytes green = shades(110, 40, h);
  const Bytes blue = shades(100, 20, w + h);
  for (std::size_t y = 0; y < height; y++) {
    for (std::size_t x = 0; x < width; x++) {
      *out++ = red[x];
      *out++ = green[y];
      *out++ = blue[x + y];
    }
  }
  for (const auto& shape : kShapes) {
    const Int radius = h * shape.radius / 1000;
    const Int cx = position(shape.x, shape.dx, number, radius, w);
    const Int cy = position(shape.y, shape.dy, number, radius, h);
    for (Int y = std::max<Int>(cy - radius, 0); y <= std::min(cy + radius, h - 1); y++)
      for (Int x = std::max<Int>(cx - radius, 0); x <= std::min(cx + radius, w - 1); x++)
        if (covers(shape, x - cx, y - cy, radius))
          std::ranges::copy(shape.colour,
                            image.rgb.begin() + (y * w + x) * static_cast<Int>(kColours));
  }
  return image;
}

std::unique_ptr<Source> open_synthetic() { return std::make_unique<Synthetic>(); }

}  // namespace hailo::detect
