// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"
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

/// An emulator's configuration, as far as anybody but the emulator looks.
inline Bytes payload_of(std::size_t size) {
  Bytes config = config_of(size);
  constexpr std::uint8_t magic[] = {'E', 'M', 'U', 'H', 'E', 'F', '1', 0};
  for (std::size_t i = 0; i < std::min(config.size(), sizeof(magic)); i++) config[i] = magic[i];
  return config;
}

/// A network called "net".
inline hef::Hef network_of(std::vector<hef::StreamSpec> streams, const Bytes& config,
                           hef::Architecture architecture = hef::Architecture::hailo8p) {
  hef::HefSpec spec;
  spec.architecture = architecture;
  spec.name = "net";
  spec.fps = 1;
  spec.sdk_version = "test";
  spec.streams = std::move(streams);
  spec.config = config;
  auto file = hef::write_hef(spec);
  if (!file) throw std::runtime_error(file.error().message);
  auto hef = hef::Hef::from_bytes(std::move(*file));
  if (!hef) throw std::runtime_error(hef.error().message);
  return std::move(*hef);
}

/// A network of these streams.
inline hef::Hef echo_hef(const EchoSpec& echo = {}) {
  std::vector<hef::StreamSpec> streams;
  const auto add = [&](const std::vector<hef::Shape>& shapes, hef::Direction direction) {
    for (const auto& shape : shapes) {
      hef::StreamSpec stream;
      stream.name = std::string(name_of(direction)) + std::to_string(streams.size());
      stream.direction = direction;
      stream.shape = shape;
      streams.push_back(stream);
    }
  };
  add(echo.inputs, hef::Direction::input);
  add(echo.outputs, hef::Direction::output);
  return network_of(std::move(streams),
                    echo.payload ? payload_of(echo.config_bytes) : config_of(echo.config_bytes),
                    echo.architecture);
}

/// A network that finds objects in pictures of that shape.
inline hef::Hef finder_hef(const hef::Shape& picture, const hef::NmsInfo& boxes) {
  hef::StreamSpec in;
  in.name = "in";
  in.shape = picture;
  hef::StreamSpec out;
  out.name = "out";
  out.direction = hef::Direction::output;
  out.nms = hef::NmsSpec{boxes.classes, boxes.max_boxes_per_class};
  return network_of({in, out}, payload_of(EchoSpec().config_bytes));
}

}  // namespace hailo::runtime
