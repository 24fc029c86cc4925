// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/hef/emulator_payload.h"
#include "lib/hef/hef.h"
#include "lib/hef/writer.h"

namespace hailo::runtime {

struct EchoSpec {
  hef::Architecture architecture = hef::Architecture::hailo8p;
  std::vector<hef::Shape> inputs = {{8, 8, 3}};
  std::vector<hef::Shape> outputs = {{1, 1, 8}};
  /// Begins like an emulator's; else bytes that mean nothing.
  bool payload = true;
  std::size_t config_bytes = 1032;
};

inline Bytes config_of(std::size_t size) {
  Bytes config(size);
  for (std::size_t i = 0; i < size; i++) config[i] = static_cast<std::uint8_t>(i * 7);
  return config;
}

/// A network of these streams.
inline hef::Hef echo_hef(const EchoSpec& echo = {}) {
  Bytes config = config_of(echo.config_bytes);
  constexpr std::uint8_t magic[] = {'E', 'M', 'U', 'H', 'E', 'F', '1', 0};
  if (echo.payload)
    for (std::size_t i = 0; i < std::min(config.size(), sizeof(magic)); i++) config[i] = magic[i];

  hef::HefSpec spec;
  spec.architecture = echo.architecture;
  spec.name = "net";
  spec.fps = 1;
  spec.sdk_version = "test";
  spec.config = config;
  const auto add = [&](const std::vector<hef::Shape>& shapes, hef::Direction direction) {
    for (const auto& shape : shapes) {
      hef::StreamSpec stream;
      stream.name = std::string(name_of(direction)) + std::to_string(spec.streams.size());
      stream.direction = direction;
      stream.shape = shape;
      spec.streams.push_back(stream);
    }
  };
  add(echo.inputs, hef::Direction::input);
  add(echo.outputs, hef::Direction::output);
  auto file = hef::write_hef(spec);
  if (!file) throw std::runtime_error(file.error().message);
  auto hef = hef::Hef::from_bytes(std::move(*file));
  if (!hef) throw std::runtime_error(hef.error().message);
  return std::move(*hef);
}

}  // namespace hailo::runtime
