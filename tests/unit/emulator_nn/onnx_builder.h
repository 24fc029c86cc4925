// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace hailo::emu::nn::test {

/// Writes the few protobuf messages that a small ONNX file is made of.
class Message {
 public:
  Message& number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
    return *this;
  }
  Message& bytes(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    data_ += value;
    return *this;
  }
  Message& message(unsigned field, const Message& value) { return bytes(field, value.data_); }
  Message& floats(unsigned field, const std::vector<float>& values) {
    std::string raw;
    for (const float v : values) {
      const auto bits = std::bit_cast<std::uint32_t>(v);
      for (unsigned shift = 0; shift < 32; shift += 8) raw += static_cast<char>(bits >> shift);
    }
    return bytes(field, raw);
  }
  Bytes take() const { return {data_.begin(), data_.end()}; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) data_ += static_cast<char>(value | 0x80);
    data_ += static_cast<char>(value);
  }

  std::string data_;
};

/// A graph of floats, opset 11.
class Onnx {
 public:
  using Dims = std::vector<std::uint64_t>;

  Onnx& input(const std::string& name, const Dims& dims) {
    graph_.message(11, value(name, dims));
    return *this;
  }
  Onnx& output(const std::string& name, const Dims& dims) {
    graph_.message(12, value(name, dims));
    return *this;
  }
  Onnx& constant(const std::string& name, const Dims& dims, const std::vector<float>& values) {
    Message tensor;
    for (const auto dim : dims) tensor.number(1, dim);
    graph_.message(5, tensor.number(2, 1).bytes(8, name).floats(9, values));
    return *this;
  }
  /// `kernel`: the kernel_shape of a convolution, empty for none.
  Onnx& node(const std::string& op, const std::vector<std::string>& inputs,
             const std::string& output, const Dims& kernel = {}) {
    Message node;
    for (const auto& name : inputs) node.bytes(1, name);
    if (!kernel.empty()) {
      Message attribute;
      attribute.bytes(1, "kernel_shape").number(20, 7);
      for (const auto side : kernel) attribute.number(8, side);
      node.message(5, attribute);
    }
    graph_.message(1, node.bytes(2, output).bytes(3, "node_of_" + output).bytes(4, op));
    return *this;
  }
  Bytes take() {
    Message graph = graph_;
    graph.bytes(2, "test");
    return Message()
        .number(1, 6)
        .message(7, graph)
        .message(8, Message().bytes(1, "").number(2, 11))
        .take();
  }

 private:
  static Message value(const std::string& name, const Dims& dims) {
    Message shape;
    for (const auto dim : dims) shape.message(1, Message().number(1, dim));
    return Message().bytes(1, name).message(
        2, Message().message(1, Message().number(1, 1).message(2, shape)));
  }

  Message graph_;
};

}  // namespace hailo::emu::nn::test
