// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/image/image.h"

namespace hailo::detect::web {

/// Makes JPEG files with libjpeg-turbo; for one thread at a time.
class JpegEncoder {
 public:
  /// `quality`: 1 to 100.
  static Result<JpegEncoder> create(int quality);

  Result<Bytes> encode(const Image& image);

 private:
  using Handle = std::unique_ptr<void, int (*)(void*)>;
  JpegEncoder(Handle handle, int quality) : handle_(std::move(handle)), quality_(quality) {}

  Handle handle_;
  int quality_;
  Bytes room_;  ///< for the largest file; kept from file to file
};

}  // namespace hailo::detect::web
