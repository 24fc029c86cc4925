// SPDX-License-Identifier: MIT
#include "gen/hef_request.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "gen/onnx_outline.h"
#include "lib/base/text.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::gen {

namespace {

using nlohmann::json;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

/// Collects the first thing that is wrong with a JSON text.
class Complaint {
 public:
  void add(const std::string& where, const std::string& what) {
    if (!first_) first_ = where + ": " + what;
  }
  const std::optional<std::string>& first() const { return first_; }

 private:
  std::optional<std::string> first_;
};

/// One JSON object, of which each key must be asked for. The accessors give a
/// default and complain when the value is not there or not of the kind.
class Object {
 public:
  Object(const json& value, std::string where, Complaint& complaint)
      : value_(value), where_(std::move(where)), complaint_(complaint) {
    if (!value.is_object()) complaint_.add(where_, "must be an object");
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  /// Complains of the keys that nobody asked for.
  ~Object() {
    if (!value_.is_object()) return;
    for (const auto& [key, unused] : value_.items()) {
      if (!asked_.contains(key)) complaint_.add(where_, "unknown key \"" + printable(key) + "\"");
    }
  }

  bool has(const std::string& key) {
    asked_.insert(key);
    return value_.is_object() && value_.contains(key);
  }

  std::string path(const std::string& key) const { return where_ + "." + key; }

  void complain(const std::string& what) { complaint_.add(where_, what); }

  /// The value of a key that must be there.
  const json& get(const std::string& key) {
    static const json nothing;
    if (has(key)) return value_.at(key);
    complaint_.add(where_, "key \"" + key + "\" is missing");
    return nothing;
  }

  std::string text(const std::string& key) {
    const json& v = get(key);
    if (v.is_string() && !v.get_ref<const std::string&>().empty()) return v.get<std::string>();
    complaint_.add(path(key), "must be a text that is not empty");
    return {};
  }

  double number(const std::string& key, double least, double most) {
    const json& v = get(key);
    if (v.is_number()) {
      const double d = v.get<double>();
      if (d >= least && d <= most) return d;
    }
    complaint_.add(path(key),
                   "must be a number from " + short_text(least) + " to " + short_text(most));
    return least;
  }

  std::uint32_t integer(const std::string& key, std::uint32_t least, std::uint32_t most) {
    return whole(get(key), path(key), least, most);
  }

  std::uint32_t whole(const json& v, const std::string& where, std::uint32_t least,
                      std::uint32_t most) {
    if (v.is_number_unsigned()) {
      const auto n = v.get<std::uint64_t>();
      if (n >= least && n <= most) return static_cast<std::uint32_t>(n);
    }
    complaint_.add(where, "must be a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
    return least;
  }

  /// A list that is not empty, or an empty one. No copy: that would take stack for
  /// each level.
  const json& list(const std::string& key) {
    static const json none = json::array();
    const json& v = get(key);
    if (v.is_array() && !v.empty()) return v;
    complaint_.add(path(key), "must be a list that is not empty");
    return none;
  }

  /// One of a few words; the first if the key is absent.
  template <typename T>
  T choice(const std::string& key, std::initializer_list<std::pair<const char*, T>> choices) {
    if (!has(key)) return choices.begin()->second;
    std::string words;
    for (const auto& [word, meaning] : choices) {
      if (value_.at(key) == word) return meaning;
      words += (words.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    }
    complaint_.add(path(key), "must be one of " + words);
    return choices.begin()->second;
  }

  Complaint& complaint() { return complaint_; }

 private:
  static std::string short_text(double value) {
    char out[32];
    std::snprintf(out, sizeof(out), "%g", value);
    return out;
  }

  const json& value_;
  std::string where_;
  Complaint& complaint_;
  std::set<std::string> asked_;
};

constexpr double float_limit = 1e30;
constexpr double smallest_scale = 1e-30;
constexpr std::uint32_t max_side = 65535;

hef::Shape shape_of(Object& object) {
  const json& sides = object.list("shape");
  if (!sides.empty() && sides.size() != 3) {
    object.complaint().add(object.path("shape"), "must be [height, width, features]");
  }
  if (sides.size() != 3) return {};
  const auto side = [&](std::size_t i) {
    return object.whole(sides[i], object.path("shape"), 1, max_side);
  };
  return {side(0), side(1), side(2)};
}

void read_tensor(Object& object, hef::StreamSpec& stream) {
  stream.shape = shape_of(object);
  stream.data_bytes = object.choice<std::uint8_t>("type", {{"uint8", 1}, {"uint16", 2}});
  stream.order = object.choice<hef::WireOrder>(
      "order",
      {{"nhwc", hef::WireOrder::nhwc}, {"nhcw", hef::WireOrder::nhcw}, {"nc", hef::WireOrder::nc}});
  if (!object.has("quant")) return;
  Object quant(object.get("quant"), object.path("quant"), object.complaint());
  stream.zero_point = static_cast<float>(quant.number("zero_point", -float_limit, float_limit));
  stream.scale = static_cast<float>(quant.number("scale", smallest_scale, float_limit));
}

void read_nms(Object& object, StreamRequest& request) {
  Object nms(object.get("nms"), object.path("nms"), object.complaint());
  request.stream.nms = hef::NmsSpec{
      .classes = nms.integer("classes", 1, 65535),
      .max_boxes_per_class = nms.integer("max_boxes_per_class", 1, 8190),
  };
  request.thresholds = {
      .score = static_cast<float>(nms.number("score_threshold", 0, 1)),
      .iou = static_cast<float>(nms.number("iou_threshold", 0, 1)),
  };
}

void read_streams(Object& top, const std::string& key, hef::Direction direction,
                  HefRequest& request) {
  std::size_t index = 0;
  for (const auto& element : top.list(key)) {
    Object object(element, key + "[" + std::to_string(index++) + "]", top.complaint());
    StreamRequest stream;
    stream.stream.direction = direction;
    stream.stream.name = object.text("name");
    stream.tensor = object.text("tensor");
    if (direction == hef::Direction::output && object.has("nms")) {
      read_nms(object, stream);
    } else {
      read_tensor(object, stream.stream);
    }
    request.streams.push_back(std::move(stream));
  }
}

Result<json> parse_text(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception& e) {
    return refuse(printable(e.what()));
  }
}

const OnnxTensor* find(const std::vector<OnnxTensor>& tensors, const std::string& name) {
  for (const auto& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

std::string names(const std::vector<OnnxTensor>& tensors) {
  std::string text;
  for (const auto& tensor : tensors) {
    text +=
        (text.empty() ? "" : ", ") + printable(tensor.name) + " (" + dimensions_text(tensor) + ")";
  }
  return text;
}

/// What the emulator must know of a stream, with how the model has its tensor.
Result<hef::PayloadTensor> payload_tensor(const StreamRequest& request, const hef::Stream& stream,
                                          const OnnxOutline& model) {
  const bool is_input = stream.direction == hef::Direction::input;
  const auto& candidates = is_input ? model.inputs : model.outputs;
  const OnnxTensor* tensor = find(candidates, request.tensor);
  if (tensor == nullptr) {
    return refuse("the model has no " + std::string(name_of(stream.direction)) + " " +
                  printable(request.tensor) + "; it has " + names(candidates));
  }
  if (!tensor->is_float) {
    return refuse("tensor " + printable(tensor->name) + " of the model is not of floats");
  }
  hef::PayloadTensor result;
  result.sys_index = stream.sys_index;
  result.direction = stream.direction;
  result.data_bytes = stream.data_bytes;
  result.order = stream.order;
  result.shape = stream.shape;
  result.padded = stream.padded;
  result.zero_point = stream.quantisation.zero_point;
  result.scale = stream.quantisation.scale;
  result.tensor = request.tensor;
  if (stream.nms) {
    if (const auto rows = check_nms_rows(*tensor, stream.nms->classes); !rows) {
      return std::unexpected(rows.error());
    }
    result.nms = hef::PayloadNms{
        .classes = stream.nms->classes,
        .max_boxes_per_class = stream.nms->max_boxes_per_class,
        .burst_size = stream.nms->burst_size,
        .thresholds = request.thresholds,
    };
    return result;
  }
  const auto order = model_order(*tensor, stream.shape);
  if (!order) return std::unexpected(order.error());
  result.model_order = *order;
  return result;
}

/// A model cannot run with an input that nobody feeds.
Result<void> check_inputs_fed(const HefRequest& request, const OnnxOutline& model) {
  std::set<std::string> fed;
  for (const auto& stream : request.streams) {
    if (stream.stream.direction != hef::Direction::input) continue;
    if (!fed.insert(stream.tensor).second) {
      return refuse("two inputs feed the tensor " + printable(stream.tensor));
    }
  }
  for (const auto& input : model.inputs) {
    if (!fed.contains(input.name)) {
      return refuse("no input feeds " + printable(input.name) + " of the model");
    }
  }
  return {};
}

}  // namespace

Result<HefRequest> HefRequest::parse(std::string_view text) {
  const auto value = parse_text(text);
  if (!value) return std::unexpected(value.error());
  Complaint complaint;
  HefRequest request;
  {
    Object top(*value, "top", complaint);
    request.network = top.text("network");
    request.fps = top.number("fps", 0.001, 1e6);
    if (top.has("layouts")) {
      request.layouts.clear();
      for (const auto& layout : top.list("layouts")) {
        request.layouts.push_back(
            top.whole(layout, top.path("layouts"), 0, std::numeric_limits<std::uint32_t>::max()));
      }
    }
    read_streams(top, "inputs", hef::Direction::input, request);
    read_streams(top, "outputs", hef::Direction::output, request);
  }
  if (complaint.first()) return refuse(*complaint.first());
  return request;
}

Result<Bytes> make_emulator_hef(const HefRequest& request, ByteView model,
                                hef::Architecture architecture, std::uint32_t container_version,
                                const std::string& sdk_version) {
  const auto outline = OnnxOutline::parse(model);
  if (!outline) return std::unexpected(outline.error());
  if (const auto good = check_inputs_fed(request, *outline); !good) {
    return std::unexpected(good.error());
  }
  hef::HefSpec spec;
  spec.container_version = container_version;
  spec.architecture = architecture;
  spec.layouts = request.layouts;
  spec.name = request.network;
  spec.fps = request.fps;
  spec.sdk_version = sdk_version;
  for (const auto& stream : request.streams) spec.streams.push_back(stream.stream);
  const auto streams = hef::complete_streams(spec.streams);
  if (!streams) return std::unexpected(streams.error());

  hef::EmulatorPayload payload;
  payload.model = model;
  for (std::size_t i = 0; i < streams->size(); ++i) {
    auto tensor = payload_tensor(request.streams[i], (*streams)[i], *outline);
    if (!tensor) return std::unexpected(tensor.error());
    payload.tensors.push_back(std::move(*tensor));
  }
  const auto config = hef::encode_emulator_payload(payload);
  if (!config) return std::unexpected(config.error());
  spec.config = *config;
  return hef::write_hef(spec);
}

}  // namespace hailo::gen
