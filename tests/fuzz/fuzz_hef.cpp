// SPDX-License-Identifier: MIT
// libFuzzer target of the HEF reader. The bytes are the parts behind the
// container, since no fuzzer finds a hash: a version, the message, and
// configuration data behind a length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "lib/hef/container.h"
#include "lib/hef/writer.h"
#include "mutations.h"
#include "use_hef.h"

std::vector<hailo::Bytes> hailo::test::fuzz_seeds() {
  hef::HefSpec spec;
  spec.name = "net";
  spec.fps = 1;
  spec.sdk_version = "test";
  const Bytes config(16, 'c');
  spec.config = config;
  hef::StreamSpec input;
  input.name = "in";
  input.shape = {8, 8, 3};
  hef::StreamSpec tensor;
  tensor.name = "out";
  tensor.direction = hef::Direction::output;
  tensor.shape = {1, 1, 8};
  hef::StreamSpec boxes = tensor;
  boxes.name = "boxes";
  boxes.nms = hef::NmsSpec{.classes = 3, .max_boxes_per_class = 5};
  spec.streams = {input, tensor, boxes};
  std::vector<Bytes> seeds;
  for (const auto version : {std::uint32_t{2}, std::uint32_t{3}}) {
    spec.container_version = version;
    const Bytes file = hef::write_hef(spec).value();
    const auto parts = hef::open_container(file).value();
    const std::size_t size = parts.message.size();
    Bytes seed = {static_cast<std::uint8_t>(version), static_cast<std::uint8_t>(size),
                  static_cast<std::uint8_t>(size >> 8)};
    seed.insert(seed.end(), parts.message.begin(), parts.message.end());
    seed.insert(seed.end(), parts.ccws.begin(), parts.ccws.end());
    seeds.push_back(file);
    seeds.push_back(seed);
  }
  return seeds;
}

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
