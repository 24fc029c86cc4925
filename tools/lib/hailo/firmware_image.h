// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hailo/version.h"

namespace hailo {

/// A validated Hailo-8 firmware image; offsets count from its first byte.
struct FirmwareImage {
  struct Range {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  FirmwareVersion app_version;
  FirmwareVersion core_version;
  Range app_code;
  Range key_certificate;
  Range content_certificate;
  Range core_code;

  /// All checks of the loader, and the room that the board really has for the
  /// certificates. The error names the check and the offending value.
  static Result<FirmwareImage> parse(ByteView image);

  /// Every check that fails, in the loader's order, as far as the parts can be
  /// told apart; empty if parse() succeeds, else it begins with parse()'s error.
  static std::vector<std::string> defects(ByteView image);

  /// Version of the application firmware, also of an image that is otherwise
  /// broken, as long as it begins with a header.
  static Result<FirmwareVersion> peek_version(ByteView image);
};

}  // namespace hailo
