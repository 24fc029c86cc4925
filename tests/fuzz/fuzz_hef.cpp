// SPDX-License-Identifier: MIT
// libFuzzer target of the HEF reader. The bytes are the parts behind the
// container, since no fuzzer finds a hash: a version, the message, and
// configuration data behind a length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "lib/hef/container.h"
#include "use_hef.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hailo::ByteView bytes(data, size);
  [[maybe_unused]] const auto whole =
      hailo::hef::Hef::from_bytes(hailo::Bytes(bytes.begin(), bytes.end()));
  if (size < 3) return 0;
  const auto version = bytes[0] % (hailo::hef::newest_container + 1);
  const std::size_t message_size = std::min<std::size_t>(bytes[1] | bytes[2] << 8, size - 3);
  const auto file = hailo::hef::make_container(version, bytes.subspan(3, message_size),
                                               bytes.subspan(3 + message_size));
  if (!file) return 0;
  const auto hef = hailo::hef::Hef::from_bytes(*file);
  // Whoever refuses must say why.
  if (!hef && hef.error().message.empty()) std::abort();
  if (hef) {
    [[maybe_unused]] volatile const auto sum = hailo::test::use(*hef);
  }
  return 0;
}
