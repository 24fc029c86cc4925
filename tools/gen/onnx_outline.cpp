// SPDX-License-Identifier: MIT
#include "gen/onnx_outline.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>

#include "lib/base/text.h"
#include "onnx_outline.pb.h"

namespace hailo::gen {

namespace {

constexpr int onnx_float = 1;
constexpr std::uint32_t box_corners = 4;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

OnnxTensor outline(const onnx::ValueInfo& from) {
  OnnxTensor tensor;
  tensor.name = from.name();
  tensor.is_float = from.type().tensor_type().elem_type() == onnx_float;
  for (const auto& dimension : from.type().tensor_type().shape().dim()) {
    const bool is_number = dimension.has_dim_value() && dimension.dim_value() > 0;
    tensor.dimensions.push_back(is_number ? dimension.dim_value() : OnnxTensor::any);
  }
  return tensor;
}

bool is_one(std::int64_t dimension) { return dimension == 1 || dimension == OnnxTensor::any; }

std::unexpected<Error> does_not_fit(const OnnxTensor& tensor, const std::string& wanted) {
  return refuse("tensor " + printable(tensor.name) + " of the model is " + dimensions_text(tensor) +
                ", that is not " + wanted);
}

}  // namespace

Result<OnnxOutline> OnnxOutline::parse(ByteView model) {
  onnx::Model message;
  if (model.size() > std::numeric_limits<std::int32_t>::max() ||
      !message.ParseFromArray(model.data(), static_cast<int>(model.size())) ||
      !message.has_graph()) {
    return refuse("not an ONNX model");
  }
  std::set<std::string> weights;
  for (const auto& weight : message.graph().initializer()) weights.insert(weight.name());

  OnnxOutline result;
  for (const auto& input : message.graph().input()) {
    if (!weights.contains(input.name())) result.inputs.push_back(outline(input));
  }
  for (const auto& output : message.graph().output()) result.outputs.push_back(outline(output));
  if (result.inputs.empty() || result.outputs.empty()) {
    return refuse("an ONNX model without inputs or outputs");
  }
  return result;
}

std::string dimensions_text(const OnnxTensor& tensor) {
  std::string text;
  for (const auto dimension : tensor.dimensions) {
    if (!text.empty()) text += "x";
    text += dimension == OnnxTensor::any ? "?" : std::to_string(dimension);
  }
  return text.empty() ? "a scalar" : text;
}

Result<hef::ModelOrder> model_order(const OnnxTensor& tensor, const hef::Shape& shape) {
  const auto& all = tensor.dimensions;
  const std::int64_t h = shape.height;
  const std::int64_t w = shape.width;
  const std::int64_t c = shape.features;
  if (all.size() == 4 && is_one(all[0])) {
    const auto rest = std::span(all).subspan(1);
    if (std::ranges::equal(rest, std::initializer_list{c, h, w})) return hef::ModelOrder::chw;
    if (std::ranges::equal(rest, std::initializer_list{h, w, c})) return hef::ModelOrder::hwc;
  }
  if (all.size() < 4 && !all.empty()) {
    const auto rest = std::span(all).subspan(all.size() > 1 && is_one(all[0]) ? 1 : 0);
    // Division, since the product of numbers from a file may not fit.
    std::int64_t left = h * w;
    const bool fits =
        !__builtin_mul_overflow(left, c, &left) && std::ranges::all_of(rest, [&](std::int64_t d) {
          const bool divides = d > 0 && left % d == 0;
          if (divides) left /= d;
          return divides;
        });
    if (fits && left == 1) return hef::ModelOrder::hwc;
  }
  const std::string text = std::to_string(h) + "x" + std::to_string(w) + "x" + std::to_string(c);
  return does_not_fit(tensor, text + " in planes or in rows");
}

Result<void> check_nms_rows(const OnnxTensor& tensor, std::uint32_t classes) {
  const auto& all = tensor.dimensions;
  const bool is_rows = all.size() == 2 || (all.size() == 3 && is_one(all[0]));
  if (!is_rows || all.back() != std::int64_t{classes} + box_corners) {
    return does_not_fit(tensor, "rows of 4 corners and " + std::to_string(classes) + " scores");
  }
  return {};
}

}  // namespace hailo::gen
