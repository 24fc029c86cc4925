// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"

namespace hailo::test {

/// A firmware image by the layout of the specification (chapter 1, 5.2); the
/// defaults are its smallest valid image (5.4). Every field can be spoiled.
struct FirmwareBuilder {
  struct Header {
    std::uint32_t magic = 0x1dd89de0;
    std::uint32_t header_version = 0;
    std::uint32_t major = 4;
    std::uint32_t minor = 23;
    std::uint32_t revision = 0;
    std::uint32_t code_size = 80;
  };
  Header app{.revision = 0x20000000};
  Header core{.revision = 0x28000000};
  std::uint32_t key_size = 0;
  std::uint32_t content_size = 0;

  static void append_le32(Bytes& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void append_header(Bytes& out, const Header& header) {
    for (auto word : {header.magic, header.header_version, header.major, header.minor,
                      header.revision, header.code_size})
      append_le32(out, word);
  }

  Bytes build() const {
    Bytes out;
    append_header(out, app);
    out.insert(out.end(), app.code_size, 0xa0);
    append_le32(out, key_size);
    append_le32(out, content_size);
    out.insert(out.end(), key_size, 0x11);
    out.insert(out.end(), content_size, 0x22);
    append_header(out, core);
    out.insert(out.end(), core.code_size, 0xc0);
    return out;
  }
};

}  // namespace hailo::test
