// SPDX-License-Identifier: MIT
#include "lib/hef/emulator_payload.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <set>

#include "lib/base/text.h"
#include "lib/hef/digest.h"

namespace hailo::hef {

namespace {

constexpr std::uint8_t magic[8] = {'E', 'M', 'U', 'H', 'E', 'F', '1', '\0'};
constexpr std::size_t fixed_header = 60;
constexpr std::size_t fixed_tensor = 60;
// Channels 0 (configuration) to 15, and 16 to 31.
constexpr std::ptrdiff_t max_inputs = 15;
constexpr std::ptrdiff_t max_outputs = 16;
constexpr std::size_t max_tensor_name = 255;
constexpr std::uint32_t max_burst_size = 8191;
constexpr std::uint32_t nms_record_bytes = 8;

std::unexpected<Error> malformed(std::string message) {
  return fail(Error::Code::protocol, "emulator payload: " + std::move(message));
}

/// Reads fields in order; the caller has checked that they are there.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  ByteView bytes(std::size_t size) {
    const ByteView part = in_.first(size);
    in_ = in_.subspan(size);
    return part;
  }
  std::uint8_t u8() { return bytes(1)[0]; }
  std::uint16_t u16() { return load_le16(bytes(2), 0); }
  std::uint32_t u32() { return load_le32(bytes(4), 0); }
  std::uint64_t u64() { return load_le64(bytes(8), 0); }
  float f32() { return std::bit_cast<float>(u32()); }
  Shape shape() {
    Shape s;
    s.height = u32();
    s.width = u32();
    s.features = u32();
    return s;
  }
  std::size_t left() const { return in_.size(); }

 private:
  ByteView in_;
};

void write_shape(ByteWriter& out, const Shape& s) {
  out.le32(s.height).le32(s.width).le32(s.features);
}

Result<void> check_nms(const PayloadTensor& t) {
  const PayloadNms& nms = *t.nms;
  if (t.direction != Direction::output || t.data_bytes != 2 || t.shape != Shape{1, 1, 1} ||
      t.padded != t.shape) {
    return malformed("an NMS stream is an output of shape 1x1x1 and 2 bytes per element");
  }
  if (t.zero_point != 0 || t.scale != nms_scale) {
    return malformed("an NMS stream has zero point 0 and scale 1/4095");
  }
  if (nms.classes == 0 || nms.classes > UINT16_MAX) {
    return malformed(std::to_string(nms.classes) + " NMS classes");
  }
  if (nms.burst_size > max_burst_size || nms.max_boxes_per_class == 0 ||
      nms.max_boxes_per_class >= nms.burst_size) {
    return malformed(std::to_string(nms.max_boxes_per_class) + " boxes per class in bursts of " +
                     std::to_string(nms.burst_size));
  }
  if (!(nms.thresholds.score >= 0 && nms.thresholds.score <= 1 && nms.thresholds.iou >= 0 &&
        nms.thresholds.iou <= 1)) {
    return malformed("an NMS threshold is not between 0 and 1");
  }
  const std::uint64_t bytes = std::uint64_t{nms.classes} * nms.burst_size * nms_record_bytes;
  if (bytes > UINT32_MAX) return malformed("an NMS frame of " + std::to_string(bytes) + " bytes");
  return {};
}

Result<void> check_tensor(const PayloadTensor& t) {
  const std::string name = printable(t.tensor);
  if (t.direction != Direction::input && t.direction != Direction::output) {
    return malformed("direction " + std::to_string(static_cast<int>(t.direction)));
  }
  if (t.data_bytes != 1 && t.data_bytes != 2) {
    return malformed("element of " + std::to_string(t.data_bytes) + " bytes");
  }
  if (t.tensor.empty() || t.tensor.size() > max_tensor_name) {
    return malformed("a tensor name of " + std::to_string(t.tensor.size()) + " bytes");
  }
  if (t.model_order != ModelOrder::hwc && t.model_order != ModelOrder::chw) {
    return malformed(name + ": model order " + std::to_string(static_cast<int>(t.model_order)));
  }
  if (!std::isfinite(t.zero_point) || !std::isfinite(t.scale) || t.scale <= 0) {
    return malformed(name + ": zero point and scale must be finite, the scale above 0");
  }
  if ((t.order == WireOrder::nms_on_chip) != t.nms.has_value()) {
    return malformed(name + ": NMS numbers and NMS order go together");
  }
  if (t.nms) return check_nms(t);
  if (t.order != WireOrder::nhwc && t.order != WireOrder::nhcw && t.order != WireOrder::nc) {
    return malformed(name + ": wire order " + std::to_string(static_cast<int>(t.order)));
  }
  if (t.order == WireOrder::nc && (t.shape.height != 1 || t.shape.width != 1)) {
    return malformed(name + ": NC has height and width 1");
  }
  const bool sane = t.shape.height != 0 && t.shape.width != 0 && t.shape.features != 0 &&
                    t.padded.height >= t.shape.height && t.padded.width >= t.shape.width &&
                    t.padded.features >= t.shape.features;
  if (!sane) return malformed(name + ": a shape of 0, or padded to less");
  if (const auto bytes = tensor_frame_bytes(t.padded, t.data_bytes); !bytes) {
    return malformed(name + ": " + bytes.error().message);
  }
  return {};
}

Result<void> check_tensors(const std::vector<PayloadTensor>& tensors) {
  std::set<std::uint8_t> numbers;
  for (const auto& t : tensors) {
    if (const auto good = check_tensor(t); !good) return good;
    if (!numbers.insert(t.sys_index).second) {
      return malformed("two tensors have the sys_index " + std::to_string(t.sys_index));
    }
  }
  const auto inputs = std::count_if(tensors.begin(), tensors.end(), [](const PayloadTensor& t) {
    return t.direction == Direction::input;
  });
  const auto outputs = std::ssize(tensors) - inputs;
  if (inputs < 1 || inputs > max_inputs || outputs < 1 || outputs > max_outputs) {
    return malformed(std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                     " outputs; 1 to 15 and 1 to 16 are possible");
  }
  return {};
}

/// One entry; the caller has checked that the fixed part is there.
Result<PayloadTensor> read_tensor(Reader& in) {
  PayloadTensor t;
  t.sys_index = in.u8();
  t.direction = static_cast<Direction>(in.u8());
  t.data_bytes = in.u8();
  t.order = static_cast<WireOrder>(in.u8());
  t.shape = in.shape();
  t.padded = in.shape();
  t.zero_point = in.f32();
  t.scale = in.f32();
  t.model_order = static_cast<ModelOrder>(in.u8());
  if (const auto zero = in.u8(); zero != 0) {
    return malformed("reserved byte is " + std::to_string(zero));
  }
  const std::size_t name_size = in.u16();
  PayloadNms nms;
  nms.classes = in.u32();
  nms.max_boxes_per_class = in.u32();
  nms.burst_size = in.u32();
  nms.thresholds.score = in.f32();
  nms.thresholds.iou = in.f32();
  if (t.order == WireOrder::nms_on_chip) {
    t.nms = nms;
  } else if (nms != PayloadNms{}) {
    return malformed("NMS numbers of a tensor without NMS");
  }
  if (name_size > in.left()) {
    return malformed("a tensor name of " + std::to_string(name_size) + " bytes where " +
                     std::to_string(in.left()) + " are left");
  }
  const ByteView name = in.bytes(name_size);
  t.tensor.assign(name.begin(), name.end());
  return t;
}

}  // namespace

std::uint32_t PayloadTensor::frame_bytes() const {
  if (nms) return nms->classes * nms->burst_size * nms_record_bytes;
  return tensor_frame_bytes(padded, data_bytes).value_or(0);
}

bool is_emulator_payload(ByteView config) {
  return config.size() >= std::size(magic) &&
         std::equal(std::begin(magic), std::end(magic), config.begin());
}

Result<EmulatorPayload> decode_emulator_payload(ByteView config) {
  if (!is_emulator_payload(config)) return malformed("no magic");
  if (config.size() < fixed_header) {
    return malformed("header is truncated: " + std::to_string(config.size()) + " bytes");
  }
  Reader in(config.subspan(std::size(magic)));
  const std::uint64_t header = in.u32();
  const std::uint32_t type = in.u32();
  const std::uint64_t model = in.u64();
  const ByteView digest = in.bytes(sizeof(Sha256));
  const std::uint32_t count = in.u32();

  if (type != static_cast<std::uint32_t>(ModelType::onnx)) {
    return fail(Error::Code::unsupported, "emulator payload: model type " + std::to_string(type) +
                                              ", only 1 (ONNX) is known");
  }
  if (header < fixed_header || header > config.size() || model != config.size() - header) {
    return malformed("header of " + std::to_string(header) + " bytes and model of " +
                     std::to_string(model) + " do not make " + std::to_string(config.size()));
  }
  EmulatorPayload payload;
  Reader table(config.subspan(fixed_header, static_cast<std::size_t>(header) - fixed_header));
  if (count > max_inputs + max_outputs) return malformed(std::to_string(count) + " tensors");
  for (std::uint32_t i = 0; i < count; ++i) {
    if (table.left() < fixed_tensor) {
      return malformed("tensor table is truncated at tensor " + std::to_string(i));
    }
    auto tensor = read_tensor(table);
    if (!tensor) return std::unexpected(tensor.error());
    payload.tensors.push_back(std::move(*tensor));
  }
  if (table.left() != 0) {
    return malformed(std::to_string(table.left()) + " bytes too many after the tensor table");
  }
  if (const auto good = check_tensors(payload.tensors); !good) {
    return std::unexpected(good.error());
  }
  payload.model = config.subspan(static_cast<std::size_t>(header));
  const auto calculated = sha256(payload.model);
  if (!calculated) return std::unexpected(calculated.error());
  if (!std::equal(calculated->begin(), calculated->end(), digest.begin())) {
    return malformed("SHA-256 of the model does not match");
  }
  return payload;
}

Result<Bytes> encode_emulator_payload(const EmulatorPayload& payload) {
  if (const auto good = check_tensors(payload.tensors); !good) {
    return fail(Error::Code::invalid_argument, good.error().message);
  }
  const auto digest = sha256(payload.model);
  if (!digest) return std::unexpected(digest.error());
  std::size_t header = fixed_header;
  for (const auto& t : payload.tensors) header += fixed_tensor + t.tensor.size();

  ByteWriter out;
  out.raw(magic)
      .le32(static_cast<std::uint32_t>(header))
      .le32(static_cast<std::uint32_t>(payload.type))
      .le64(payload.model.size())
      .raw(*digest)
      .le32(static_cast<std::uint32_t>(payload.tensors.size()));
  for (const auto& t : payload.tensors) {
    out.u8(t.sys_index)
        .u8(static_cast<std::uint8_t>(t.direction))
        .u8(t.data_bytes)
        .u8(static_cast<std::uint8_t>(t.order));
    write_shape(out, t.shape);
    write_shape(out, t.padded);
    out.f32(t.zero_point)
        .f32(t.scale)
        .u8(static_cast<std::uint8_t>(t.model_order))
        .u8(0)
        .le16(static_cast<std::uint16_t>(t.tensor.size()));
    const PayloadNms nms = t.nms.value_or(PayloadNms{});
    out.le32(nms.classes)
        .le32(nms.max_boxes_per_class)
        .le32(nms.burst_size)
        .f32(nms.thresholds.score)
        .f32(nms.thresholds.iou)
        .padded(t.tensor, t.tensor.size());
  }
  out.raw(payload.model);
  return out.take();
}

bool is_emulator_hef(const Hef& hef) {
  const auto carries = [](const std::vector<Operation>& operations) {
    for (const auto& operation : operations) {
      for (const auto& action : operation.actions) {
        const auto* group = std::get_if<ConfigGroup>(&action);
        if (group != nullptr &&
            std::any_of(group->bursts.begin(), group->bursts.end(), is_emulator_payload)) {
          return true;
        }
      }
    }
    return false;
  };
  for (const auto& group : hef.groups()) {
    for (const auto& variant : group.variants) {
      if (carries(variant.preliminary)) return true;
      for (const auto& context : variant.contexts) {
        if (carries(context.operations)) return true;
      }
    }
  }
  return false;
}

}  // namespace hailo::hef
