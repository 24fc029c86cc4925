// SPDX-License-Identifier: MIT
#pragma once

#include <png.h>
#include <turbojpeg.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "lib/image/image.h"

namespace hailo {

/// Each pixel tells its place.
inline Image gradient(std::uint32_t width, std::uint32_t height) {
  Image image{width, height, {}};
  for (std::uint32_t y = 0; y < height; y++)
    for (std::uint32_t x = 0; x < width; x++)
      for (const std::uint32_t v : {x * 5, y * 7, x + y})
        image.rgb.push_back(static_cast<std::uint8_t>(v));
  return image;
}

inline Bytes as_ppm(const Image& image, const std::string& comment = "") {
  const std::string header = "P6\n" + comment + std::to_string(image.width) + " " +
                             std::to_string(image.height) + "\n255\n";
  Bytes file(header.begin(), header.end());
  file.insert(file.end(), image.rgb.begin(), image.rgb.end());
  return file;
}

inline Bytes as_png(const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = image.width;
  png.height = image.height;
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&png, nullptr, &size, 0, image.rgb.data(), 0, nullptr);
  Bytes file(size);
  if (!png_image_write_to_memory(&png, file.data(), &size, 0, image.rgb.data(), 0, nullptr))
    throw std::runtime_error(png.message);
  file.resize(size);
  return file;
}

inline Bytes as_jpeg(const Image& image) {
  const std::unique_ptr<void, int (*)(tjhandle)> encoder(tjInitCompress(), tjDestroy);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  if (tjCompress2(encoder.get(), image.rgb.data(), static_cast<int>(image.width), 0,
                  static_cast<int>(image.height), TJPF_RGB, &out, &size, TJSAMP_444, 100, 0) != 0)
    throw std::runtime_error(tjGetErrorStr2(encoder.get()));
  const Bytes file(out, out + size);
  tjFree(out);
  return file;
}

}  // namespace hailo
