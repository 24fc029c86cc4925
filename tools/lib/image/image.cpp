// SPDX-License-Identifier: MIT
#include "lib/image/image.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/scope_exit.h"
#include "lib/base/text.h"

namespace hailo {
namespace {

constexpr std::size_t kChannels = 3;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

Result<Image> blank(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0 || width > max_image_pixels || height > max_image_pixels ||
      width * height > max_image_pixels)
    return refuse("an image of " + std::to_string(width) + "x" + std::to_string(height) +
                  " pixels is not possible");
  return Image{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
               Bytes(width * height * kChannels)};
}

bool begins_with(ByteView file, std::initializer_list<std::uint8_t> magic) {
  return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
}

Result<Image> decode_png(ByteView file) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const ScopeExit free([&] { png_image_free(&png); });
  if (!png_image_begin_read_from_memory(&png, file.data(), file.size()))
    return refuse("damaged PNG: " + printable(png.message));
  png.format = PNG_FORMAT_RGB;
  auto image = blank(png.width, png.height);
  if (!image) return image;
  if (!png_image_finish_read(&png, nullptr, image->rgb.data(), 0, nullptr))
    return refuse("damaged PNG: " + printable(png.message));
  return image;
}

enum class Warnings { refuse, accept };

Result<Image> decode_jpeg(ByteView file, Warnings warnings) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  if (!decoder) return fail(Error::Code::io, "the JPEG decoder does not start");
  const auto damaged = [&] {
    return refuse("damaged JPEG: " + printable(tjGetErrorStr2(decoder.get())));
  };
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  const auto size = static_cast<unsigned long>(file.size());
  if (tjDecompressHeader3(decoder.get(), file.data(), size, &width, &height, &subsampling,
                          &colours) != 0)
    return damaged();
  auto image = blank(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height));
  if (!image) return image;
  // Without STOPONWARNING a file that ends early is filled up with grey.
  const int flags = warnings == Warnings::refuse ? TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT
                                                 : TJFLAG_FASTDCT | TJFLAG_FASTUPSAMPLE;
  if (tjDecompress2(decoder.get(), file.data(), size, image->rgb.data(), width, 0, height, TJPF_RGB,
                    flags) != 0 &&
      (warnings == Warnings::refuse || tjGetErrorCode(decoder.get()) != TJERR_WARNING))
    return damaged();
  return image;
}

/// The next number of a PPM header, after white space and comments.
bool next_number(std::string_view& text, std::uint64_t& value) {
  constexpr std::string_view white = " \t\r\n\v\f";
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(white), text.size()));
    if (!text.starts_with('#')) break;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

Result<Image> decode_ppm(ByteView file) {
  std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  text.remove_prefix(2);
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t most = 0;
  if (!next_number(text, width) || !next_number(text, height) || !next_number(text, most) ||
      text.empty())
    return refuse("damaged PPM: its header ends early");
  if (most != 255)
    return refuse("a PPM with values to " + std::to_string(most) +
                  " is not supported, only to 255");
  text.remove_prefix(1);
  auto image = blank(width, height);
  if (!image) return image;
  if (text.size() < image->rgb.size())
    return refuse("damaged PPM: " + std::to_string(text.size()) + " bytes of pixels, " +
                  std::to_string(image->rgb.size()) + " are needed");
  std::copy_n(text.begin(), image->rgb.size(), image->rgb.begin());
  return image;
}

}  // namespace

Result<Image> decode_image(ByteView file) {
  if (begins_with(file, {0x89, 'P', 'N', 'G'})) return decode_png(file);
  if (begins_with(file, {0xff, 0xd8, 0xff})) return decode_jpeg(file, Warnings::refuse);
  if (begins_with(file, {'P', '6'})) return decode_ppm(file);
  return refuse("neither PNG, JPEG nor PPM (P6)");
}

Result<Image> decode_camera_jpeg(ByteView jpeg) { return decode_jpeg(jpeg, Warnings::accept); }

}  // namespace hailo
