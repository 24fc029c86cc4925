// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "fixture.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::hef {
namespace {

EmulatorPayload example() {
  PayloadTensor in;
  in.shape = in.padded = {8, 8, 3};
  in.model_order = ModelOrder::chw;
  in.tensor = "images";
  PayloadTensor boxes;
  boxes.sys_index = 16;
  boxes.direction = Direction::output;
  boxes.data_bytes = 2;
  boxes.order = WireOrder::nms_on_chip;
  boxes.shape = boxes.padded = {1, 1, 1};
  boxes.scale = nms_scale;
  boxes.nms = PayloadNms{.classes = 3,
                         .max_boxes_per_class = 20,
                         .burst_size = 21,
                         .thresholds = {.score = 0.25F, .iou = 0.5F}};
  boxes.tensor = "rows";
  EmulatorPayload payload;
  payload.tensors = {in, boxes};
  payload.model = view("MODEL");
  return payload;
}

// The first tensor starts at 60, its name at 120, the second tensor at 126.
constexpr std::size_t first = 60;
constexpr std::size_t second = 126;

Bytes encoded() { return encode_emulator_payload(example()).value(); }

std::string refusal_of(ByteView config) {
  const auto payload = decode_emulator_payload(config);
  return payload ? "accepted" : payload.error().message;
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

void put_float(Bytes& bytes, std::size_t at, float value) {
  put32(bytes, at, std::bit_cast<std::uint32_t>(value));
}

TEST(EmulatorPayload, Layout) {
  const Bytes bytes = encoded();
  const std::size_t header = 60 + 60 + 6 + 60 + 4;
  ASSERT_EQ(bytes.size(), header + 5);
  EXPECT_EQ(text(ByteView(bytes).first(8)), std::string("EMUHEF1\0", 8));
  EXPECT_EQ(load_le32(bytes, 8), header);
  EXPECT_EQ(load_le32(bytes, 12), 1U);
  EXPECT_EQ(load_le32(bytes, 16), 5U);
  EXPECT_EQ(load_le32(bytes, 20), 0U);
  EXPECT_EQ(load_le32(bytes, 56), 2U);
  const Bytes in_expected = {0, 0, 1, 0,                                      // number to order
                             8, 0, 0, 0, 8, 0, 0,    0,    3,   0,   0,   0,  // shape
                             8, 0, 0, 0, 8, 0, 0,    0,    3,   0,   0,   0,  // padded
                             0, 0, 0, 0, 0, 0, 0x80, 0x3f, 1,   0,   6,   0,  // 0, 1.0, CHW, name
                             0, 0, 0, 0, 0, 0, 0,    0,    0,   0,   0,   0,  //
                             0, 0, 0, 0, 0, 0, 0,    0,    'i', 'm', 'a', 'g', 'e', 's'};
  EXPECT_EQ(Bytes(bytes.begin() + first, bytes.begin() + second), in_expected);
  EXPECT_EQ(bytes[second], 16);
  EXPECT_EQ(bytes[second + 1], 1);
  EXPECT_EQ(bytes[second + 2], 2);
  EXPECT_EQ(bytes[second + 3], 6);
  EXPECT_EQ(load_le32(bytes, second + 40), 3U);
  EXPECT_EQ(load_le32(bytes, second + 44), 20U);
  EXPECT_EQ(load_le32(bytes, second + 48), 21U);
  EXPECT_EQ(load_le32(bytes, second + 52), 0x3e800000U);
  EXPECT_EQ(text(ByteView(bytes).last(5)), "MODEL");
}

TEST(EmulatorPayload, RoundTrip) {
  const Bytes bytes = encoded();
  const auto payload = decode_emulator_payload(bytes);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_EQ(payload->type, ModelType::onnx);
  EXPECT_EQ(payload->tensors, example().tensors);
  EXPECT_EQ(text(payload->model), "MODEL");
  EXPECT_EQ(payload->tensors[0].frame_bytes(), 192U);
  EXPECT_EQ(payload->tensors[1].frame_bytes(), 21U * 8 * 3);
}

TEST(EmulatorPayload, EveryTruncatedLengthIsRefused) {
  const Bytes bytes = encoded();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal_of(ByteView(bytes).first(size)), "accepted") << size;
  }
}

TEST(EmulatorPayload, TrailingByteIsRefused) {
  Bytes bytes = encoded();
  bytes.push_back(0);
  EXPECT_NE(refusal_of(bytes).find("do not make"), std::string::npos);
}

TEST(EmulatorPayload, EveryFlippedByteOutsideOfTheNumbersIsRefused) {
  // Magic, sizes, type, digest, count, and the model.
  const Bytes good = encoded();
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (at >= first && at < good.size() - 5) continue;
    Bytes bytes = good;
    bytes[at] ^= 0x20;
    EXPECT_NE(refusal_of(bytes), "accepted") << at;
  }
}

TEST(EmulatorPayload, OneWrongField) {
  struct Case {
    const char* name;
    std::function<void(Bytes&)> change;
    std::string message;
  };
  const Case cases[] = {
      {"magic", [](auto& b) { b[6] = '2'; }, "no magic"},
      {"type", [](auto& b) { b[12] = 2; }, "model type 2"},
      {"header too small", [](auto& b) { b[8] = 59; }, "do not make"},
      {"header too big", [](auto& b) { put32(b, 8, 0xffffffff); }, "do not make"},
      {"header moves the border", [](auto& b) { b[8] += 1, b[16] -= 1; }, "1 bytes too many"},
      {"model size wraps", [](auto& b) { put32(b, 20, 0xffffffff); }, "do not make"},
      {"count too small", [](auto& b) { b[56] = 1; }, "bytes too many"},
      {"count too big", [](auto& b) { b[56] = 3; }, "truncated at tensor 2"},
      {"count huge", [](auto& b) { put32(b, 56, 0xffffffff); }, "4294967295 tensors"},
      {"same number", [](auto& b) { b[second] = 0; }, "sys_index 0"},
      {"direction", [](auto& b) { b[first + 1] = 2; }, "direction 2"},
      {"no input", [](auto& b) { b[first + 1] = 1; }, "0 inputs and 2 outputs"},
      {"element", [](auto& b) { b[first + 2] = 3; }, "element of 3 bytes"},
      {"order", [](auto& b) { b[first + 3] = 4; }, "wire order 4"},
      {"NC of a picture", [](auto& b) { b[first + 3] = 2; }, "NC has height and width 1"},
      {"NMS without numbers", [](auto& b) { b[first + 3] = 6; }, "an NMS stream is"},
      {"numbers without NMS", [](auto& b) { b[second + 3] = 0; }, "without NMS"},
      {"height 0", [](auto& b) { put32(b, first + 4, 0); }, "a shape of 0"},
      {"padded to less", [](auto& b) { put32(b, first + 20, 7); }, "padded to less"},
      {"frame too big", [](auto& b) { put32(b, first + 16, 0x80000000); }, "makes no frame"},
      {"zero point",
       [](auto& b) { put_float(b, first + 28, std::numeric_limits<float>::infinity()); },
       "must be finite"},
      {"scale 0", [](auto& b) { put_float(b, first + 32, 0); }, "must be finite"},
      {"scale nan",
       [](auto& b) { put_float(b, first + 32, std::numeric_limits<float>::quiet_NaN()); },
       "must be finite"},
      {"model order", [](auto& b) { b[first + 36] = 2; }, "model order 2"},
      {"reserved", [](auto& b) { b[first + 37] = 1; }, "reserved byte is 1"},
      {"no name", [](auto& b) { b[first + 38] = 0; }, "emulator payload"},
      {"name past the table", [](auto& b) { b[second + 38] = 5; }, "where 4 are left"},
      {"NMS classes", [](auto& b) { put32(b, second + 40, 0); }, "0 NMS classes"},
      {"NMS boxes", [](auto& b) { put32(b, second + 44, 21); }, "21 boxes per class in bursts"},
      {"NMS burst", [](auto& b) { put32(b, second + 48, 8192); }, "in bursts of 8192"},
      {"NMS scale", [](auto& b) { put_float(b, second + 32, 1); }, "scale 1/4095"},
      {"NMS zero point", [](auto& b) { put_float(b, second + 28, 1); }, "zero point 0"},
      {"NMS score", [](auto& b) { put_float(b, second + 52, 1.5F); }, "threshold"},
      {"NMS iou",
       [](auto& b) { put_float(b, second + 56, std::numeric_limits<float>::quiet_NaN()); },
       "threshold"},
  };
  ASSERT_EQ(refusal_of(encoded()), "accepted");
  for (const auto& [name, change, message] : cases) {
    Bytes bytes = encoded();
    change(bytes);
    EXPECT_NE(refusal_of(bytes).find(message), std::string::npos)
        << name << ": " << refusal_of(bytes);
  }
}

TEST(EmulatorPayload, WriterChecksTheSame) {
  EmulatorPayload payload = example();
  payload.tensors[1].sys_index = 0;
  EXPECT_EQ(encode_emulator_payload(payload).error().code, Error::Code::invalid_argument);
  payload = example();
  payload.tensors[0].tensor = std::string(256, 'x');
  EXPECT_FALSE(encode_emulator_payload(payload));
  payload.tensors.clear();
  EXPECT_FALSE(encode_emulator_payload(payload));
}

TEST(EmulatorPayload, MarksTheFileOfEachVersionAndChip) {
  const Bytes config = encoded();
  for (const std::uint32_t version : {0U, 1U, 2U, 3U}) {
    for (const auto arch : {Architecture::hailo8p, Architecture::hailo8l}) {
      HefSpec spec = golden_spec();
      spec.container_version = version;
      spec.architecture = arch;
      auto hef = Hef::from_bytes(write_hef(spec).value());
      ASSERT_TRUE(hef);
      EXPECT_FALSE(is_emulator_hef(*hef));
      spec.config = config;
      hef = Hef::from_bytes(write_hef(spec).value());
      ASSERT_TRUE(hef);
      EXPECT_TRUE(is_emulator_hef(*hef)) << version;
    }
  }
}

TEST(EmulatorPayload, MarkInAContextOrASecondGroupCounts) {
  const Bytes config = encoded();
  pb::Hef in_context = message_of(golden8());
  auto& late = *context_of(in_context).mutable_operations(0)->add_actions();
  late.mutable_write_data_ccw_ptr()->set_size(static_cast<std::uint32_t>(config.size()));
  preliminary_of(in_context).mutable_actions(0)->mutable_write_data_ccw_ptr()->set_size(4);
  const auto hef = Hef::from_bytes(seal(in_context, 2, config));
  ASSERT_TRUE(hef) << hef.error().message;
  EXPECT_TRUE(is_emulator_hef(*hef));
}

}  // namespace
}  // namespace hailo::hef
