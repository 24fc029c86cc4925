// SPDX-License-Identifier: MIT
// What the network of an emulator HEF must answer, found another way than the
// emulator's: from the ONNX file and the JSON that hailo-hefgen made it of, with
// order, quantisation and NMS written here once more.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <opencv2/dnn.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "gen/onnx_outline.h"

namespace {

using hailo::gen::OnnxTensor;
using nlohmann::json;
using Bytes = std::vector<std::uint8_t>;
using Values = std::vector<float>;

Bytes read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Stream {
  std::string tensor;
  std::vector<int> dims;  ///< of the tensor
  bool planes = false;    ///< the tensor is channel, row, column
  bool columns = false;   ///< the wire is row, channel, column
  std::array<std::size_t, 3> shape{1, 1, 1};
  std::array<std::size_t, 3> padded{1, 1, 1};
  std::size_t element = 1;  ///< bytes
  float zero_point = 0;
  float scale = 1;
  json nms;  ///< null if it is none

  std::size_t frame_bytes() const {
    if (!nms.is_null())
      return nms["classes"].get<std::size_t>() *
             (nms["max_boxes_per_class"].get<std::size_t>() + 1) * 8;
    return (padded[0] * padded[1] * padded[2] * element + 7) / 8 * 8;
  }
  /// Byte of an element on the wire, index of it in the tensor.
  std::size_t on_wire(std::size_t y, std::size_t x, std::size_t c) const {
    const std::size_t in_row = columns ? c * padded[1] + x : x * padded[2] + c;
    return (y * padded[1] * padded[2] + in_row) * element;
  }
  std::size_t in_tensor(std::size_t y, std::size_t x, std::size_t c) const {
    return planes ? (c * shape[0] + y) * shape[1] + x : (y * shape[1] + x) * shape[2] + c;
  }
  template <typename Step>
  void for_each(Step step) const {
    for (std::size_t y = 0; y < shape[0]; ++y)
      for (std::size_t x = 0; x < shape[1]; ++x)
        for (std::size_t c = 0; c < shape[2]; ++c) step(on_wire(y, x, c), in_tensor(y, x, c));
  }
};

Stream make_stream(const json& spec, bool input, const std::vector<OnnxTensor>& tensors) {
  Stream s;
  s.tensor = spec.at("tensor");
  const auto tensor = std::ranges::find(tensors, s.tensor, &OnnxTensor::name);
  if (tensor == tensors.end()) throw std::runtime_error("the model has no tensor " + s.tensor);
  for (const auto dim : tensor->dimensions) s.dims.push_back(dim < 1 ? 1 : static_cast<int>(dim));
  if (spec.contains("nms")) {
    s.nms = spec["nms"];
    return s;
  }
  s.shape = s.padded = spec.at("shape").get<std::array<std::size_t, 3>>();
  const auto [h, w, c] = s.shape;
  s.planes = s.dims.size() == 4 && static_cast<std::size_t>(s.dims[1]) == c &&
             static_cast<std::size_t>(s.dims[2]) == h && static_cast<std::size_t>(s.dims[3]) == w;
  s.element = spec.value("type", "uint8") == "uint16" ? 2 : 1;
  const std::string order = spec.value("order", "nhwc");
  s.columns = order == "nhcw";
  if (h * w * c * s.element % 8 != 0) {
    std::size_t& side = s.padded[input && order != "nc" ? 1 : 2];
    side = (side + 7) / 8 * 8;
  }
  if (spec.contains("quant")) {
    s.zero_point = spec["quant"].at("zero_point");
    s.scale = spec["quant"].at("scale");
  }
  return s;
}

Values real_values(const Stream& s, const std::uint8_t* frame) {
  Values values(s.shape[0] * s.shape[1] * s.shape[2]);
  s.for_each([&](std::size_t wire, std::size_t tensor) {
    const unsigned raw = frame[wire] | (s.element == 2 ? frame[wire + 1] << 8 : 0);
    values[tensor] = (static_cast<float>(raw) - s.zero_point) * s.scale;
  });
  return values;
}

/// Halves away from zero, and into what fits; no number is 0.
std::uint32_t limited(float raw, float most) {
  const float rounded = std::round(raw);
  return rounded > 0 ? static_cast<std::uint32_t>(std::min(rounded, most)) : 0;
}

Bytes raw_values(const Stream& s, const float* values, std::size_t count) {
  if (count != s.shape[0] * s.shape[1] * s.shape[2])
    throw std::runtime_error(s.tensor + " has " + std::to_string(count) + " values");
  Bytes frame(s.frame_bytes());
  const float inverse = 1.0F / s.scale;
  s.for_each([&](std::size_t wire, std::size_t tensor) {
    const float raw = values[tensor] * inverse + s.zero_point;
    const std::uint32_t number = limited(raw, s.element == 2 ? 65535.0F : 255.0F);
    for (std::size_t i = 0; i < s.element; ++i)
      frame[wire + i] = static_cast<std::uint8_t>(number >> 8 * i);
  });
  return frame;
}

struct Box {
  float y_min, x_min, y_max, x_max, score;

  float area() const { return std::max(y_max - y_min, 0.0F) * std::max(x_max - x_min, 0.0F); }
};

float overlap(const Box& a, const Box& b) {
  const float common = Box{std::max(a.y_min, b.y_min), std::max(a.x_min, b.x_min),
                           std::min(a.y_max, b.y_max), std::min(a.x_max, b.x_max), 0}
                           .area();
  const float whole = a.area() + b.area() - common;
  return whole > 0 ? common / whole : 0;
}

/// The boxes of one class that stay: the best of all that are left, again and again.
std::vector<Box> best(std::vector<Box> boxes, std::size_t most, float iou) {
  std::vector<Box> kept;
  while (!boxes.empty() && kept.size() < most) {
    const Box top = *std::ranges::max_element(boxes, {}, &Box::score);
    kept.push_back(top);
    // The first of equals is `top` itself, which may cover nothing.
    boxes.erase(std::ranges::find(boxes, top.score, &Box::score));
    std::erase_if(boxes, [&](const Box& other) { return overlap(top, other) > iou; });
  }
  return kept;
}

Bytes boxes_by_class(const Stream& s, const float* rows, std::size_t values) {
  const auto classes = s.nms["classes"].get<std::size_t>();
  const auto most = s.nms["max_boxes_per_class"].get<std::size_t>();
  Bytes frame(s.frame_bytes(), 0xff);
  for (std::size_t c = 0; c < classes; ++c) {
    std::vector<Box> candidates;
    for (std::size_t at = 0; at + 4 + classes <= values; at += 4 + classes) {
      const float* row = rows + at;
      const bool finite =
          std::all_of(row, row + 4 + classes, [](float v) { return std::isfinite(v); });
      if (finite && row[4 + c] > s.nms["score_threshold"].get<float>())
        candidates.push_back({row[0], row[1], row[2], row[3], row[4 + c]});
    }
    std::uint8_t* to = frame.data() + c * (most + 1) * 8;
    for (const Box& box : best(candidates, most, s.nms["iou_threshold"].get<float>())) {
      std::uint64_t record = 0;
      unsigned shift = 0;
      for (const float v : {box.x_max, box.y_max, box.x_min, box.y_min, box.score}) {
        record |= std::uint64_t{limited(v * 4095.0F, shift == 48 ? 65535.0F : 4095.0F)} << shift;
        shift += 12;
      }
      for (unsigned i = 0; i < 8; ++i) *to++ = static_cast<std::uint8_t>(record >> 8 * i);
    }
  }
  return frame;
}

struct Options {
  std::string onnx;
  std::string spec;
  std::vector<std::string> in;
  std::vector<std::string> out;
};

void run(const Options& options) {
  const json spec = json::parse(read_all(options.spec));
  const Bytes model = read_all(options.onnx);
  const auto outline = hailo::gen::OnnxOutline::parse(model);
  if (!outline) throw std::runtime_error(outline.error().message);
  std::vector<Stream> inputs, outputs;
  for (const json& s : spec.at("inputs")) inputs.push_back(make_stream(s, true, outline->inputs));
  for (const json& s : spec.at("outputs"))
    outputs.push_back(make_stream(s, false, outline->outputs));
  if (options.in.size() != inputs.size() || options.out.size() != outputs.size())
    throw std::runtime_error("there must be one file per stream");

  std::vector<Bytes> data;
  for (const std::string& path : options.in) data.push_back(read_all(path));
  const std::size_t frames = data[0].size() / inputs[0].frame_bytes();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (data[i].size() != frames * inputs[i].frame_bytes())
      throw std::runtime_error(options.in[i] + " must have " + std::to_string(frames) +
                               " frames of " + std::to_string(inputs[i].frame_bytes()) + " bytes");
  std::vector<std::ofstream> files;
  for (const std::string& path : options.out) files.emplace_back(path, std::ios::binary);

  cv::setNumThreads(1);
  cv::dnn::Net net =
      cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(model.data()), model.size());
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  std::vector<std::string> names;
  for (const Stream& s : outputs) names.push_back(s.tensor);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Values values = real_values(inputs[i], &data[i][frame * inputs[i].frame_bytes()]);
      net.setInput(cv::Mat(inputs[i].dims, CV_32F, values.data()).clone(), inputs[i].tensor);
    }
    std::vector<cv::Mat> blobs;
    net.forward(blobs, names);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto* values = blobs[i].ptr<float>();
      const Bytes raw = outputs[i].nms.is_null()
                            ? raw_values(outputs[i], values, blobs[i].total())
                            : boxes_by_class(outputs[i], values, blobs[i].total());
      files[i].write(reinterpret_cast<const char*>(raw.data()),
                     static_cast<std::streamsize>(raw.size()));
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i)
    if (!files[i].flush()) throw std::runtime_error("cannot write " + options.out[i]);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs an ONNX model on raw frames as the emulated chip must.", "onnx-reference");
  app.add_option("--onnx", options.onnx, "the model")->required();
  app.add_option("--spec", options.spec, "the JSON given to hailo-hefgen")->required();
  app.add_option("--in", options.in, "a file of frames per input, as on the wire")->required();
  app.add_option("--out", options.out, "a file of frames per output, to write")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "onnx-reference: %s\n", e.what());
    return 1;
  }
  return 0;
}
