// SPDX-License-Identifier: MIT
#include "emulator/nn/tensor.h"

#include <limits>
#include <string>

namespace hailo::emu::nn {

namespace {

using hef::PayloadTensor;

constexpr std::size_t box_corners = 4;

/// Calls `element(index on the wire, index in the model)` for every element
/// that is no padding.
template <typename Element>
void for_each_element(const PayloadTensor& t, Element element) {
  const auto [height, width, features] = t.shape;
  const bool planes = t.model_order == hef::ModelOrder::chw;
  const bool rows_of_columns = t.order == hef::WireOrder::nhcw;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      for (std::size_t f = 0; f < features; ++f) {
        const std::size_t wire = rows_of_columns ? (y * t.padded.features + f) * t.padded.width + x
                                                 : (y * t.padded.width + x) * t.padded.features + f;
        const std::size_t model =
            planes ? (f * height + y) * width + x : (y * width + x) * features + f;
        element(wire, model);
      }
    }
  }
}

std::size_t elements(const PayloadTensor& t) {
  return std::size_t{t.shape.height} * t.shape.width * t.shape.features;
}

template <typename Raw>
void dequantise_as(const PayloadTensor& t, ByteView frame, std::span<float> values) {
  for_each_element(t, [&](std::size_t wire, std::size_t model) {
    Raw raw = 0;
    for (std::size_t i = 0; i < sizeof(Raw); ++i) {
      raw = static_cast<Raw>(raw | frame[wire * sizeof(Raw) + i] << 8 * i);
    }
    values[model] = (static_cast<float>(raw) - t.zero_point) * t.scale;
  });
}

template <typename Raw>
void quantise_as(const PayloadTensor& t, std::span<const float> values, Bytes& frame) {
  for_each_element(t, [&](std::size_t wire, std::size_t model) {
    const std::uint32_t raw =
        hef::quantise(values[model], t.zero_point, t.scale, std::numeric_limits<Raw>::max());
    for (std::size_t i = 0; i < sizeof(Raw); ++i) {
      frame[wire * sizeof(Raw) + i] = static_cast<std::uint8_t>(raw >> 8 * i);
    }
  });
}

Result<Bytes> quantise_boxes(const PayloadTensor& t, std::span<const float> rows) {
  const hef::PayloadNms& nms = *t.nms;
  const std::size_t row = box_corners + nms.classes;
  if (rows.size() % row != 0) {
    return fail(Error::Code::protocol, t.tensor + " has " + std::to_string(rows.size()) +
                                           " values, no multiple of a row of " +
                                           std::to_string(row));
  }
  hef::NmsInfo info;
  info.classes = nms.classes;
  info.max_boxes_per_class = nms.max_boxes_per_class;
  info.burst_size = static_cast<std::uint16_t>(nms.burst_size);
  return pack_nms_frame(select_boxes(rows, info, nms.thresholds), info);
}

}  // namespace

Result<std::vector<float>> dequantise(const PayloadTensor& tensor, ByteView frame) {
  if (frame.size() != tensor.frame_bytes()) {
    return fail(Error::Code::protocol, tensor.tensor + " takes frames of " +
                                           std::to_string(tensor.frame_bytes()) + " bytes, not " +
                                           std::to_string(frame.size()));
  }
  std::vector<float> values(elements(tensor));
  if (tensor.data_bytes == 1) {
    dequantise_as<std::uint8_t>(tensor, frame, values);
  } else {
    dequantise_as<std::uint16_t>(tensor, frame, values);
  }
  return values;
}

Result<Bytes> quantise(const PayloadTensor& tensor, std::span<const float> values) {
  if (tensor.nms) return quantise_boxes(tensor, values);
  if (values.size() != elements(tensor)) {
    return fail(Error::Code::protocol, tensor.tensor + " has " + std::to_string(values.size()) +
                                           " values, its stream " +
                                           std::to_string(elements(tensor)));
  }
  Bytes frame(tensor.frame_bytes());
  if (tensor.data_bytes == 1) {
    quantise_as<std::uint8_t>(tensor, values, frame);
  } else {
    quantise_as<std::uint16_t>(tensor, values, frame);
  }
  return frame;
}

}  // namespace hailo::emu::nn
