// SPDX-License-Identifier: MIT
#include "detect/web/jpeg.h"

#include <turbojpeg.h>

#include "lib/base/text.h"

namespace hailo::detect::web {

Result<JpegEncoder> JpegEncoder::create(int quality) {
  Handle handle(tjInitCompress(), tjDestroy);
  if (!handle) return fail(Error::Code::io, "the JPEG encoder does not start");
  return JpegEncoder(std::move(handle), quality);
}

Result<Bytes> JpegEncoder::encode(const Image& image) {
  const auto width = static_cast<int>(image.width);
  const auto height = static_cast<int>(image.height);
  const auto refused = [&](const std::string& why) {
    return fail(Error::Code::invalid_argument, "a picture of " + std::to_string(width) + "x" +
                                                   std::to_string(height) +
                                                   " pixels does not become a JPEG: " + why);
  };
  constexpr int most = 65535;  // the format's
  if (width <= 0 || height <= 0 || width > most || height > most) return refused("no such size");
  room_.resize(tjBufSize(width, height, TJSAMP_420));
  unsigned char* out = room_.data();
  unsigned long size = room_.size();
  if (tjCompress2(handle_.get(), image.rgb.data(), width, 0, height, TJPF_RGB, &out, &size,
                  TJSAMP_420, quality_, TJFLAG_NOREALLOC | TJFLAG_FASTDCT) != 0)
    return refused(printable(tjGetErrorStr2(handle_.get())));
  return Bytes(out, out + size);
}

}  // namespace hailo::detect::web
