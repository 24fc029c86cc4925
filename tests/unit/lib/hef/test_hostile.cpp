// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <random>

#include "fixture.h"
#include "lib/base/text.h"
#include "lib/hef/check_message.h"
#include "lib/hef/emulator_payload.h"
#include "use_hef.h"

namespace hailo::hef {
namespace {

std::string message_refusal(const std::string& encoded) {
  const auto good = check_message(view(encoded), *pb::Hef::descriptor());
  return good ? "accepted" : good.error().message;
}

/// A length-delimited field.
std::string field(unsigned number, const std::string& content) {
  std::string out;
  for (std::uint64_t value : {std::uint64_t{number << 3 | 2}, std::uint64_t{content.size()}}) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }
  return out + content;
}

// network_groups (2) { partial_network_groups (7) { network_group (1) { ... } } }
std::string nested(int depth) {
  std::string group;
  for (int i = 0; i < depth; ++i) group = field(7, field(1, group));
  return field(2, group);
}

TEST(HefHostile, DeepNesting) {
  EXPECT_EQ(message_refusal(nested(30)), "accepted");
  EXPECT_NE(message_refusal(nested(40)).find("nested deeper than 64"), std::string::npos);
  EXPECT_NE(refusal(make_container(2, view(nested(10'000)), {}).value()).find("nested deeper"),
            std::string::npos);
}

TEST(HefHostile, ManyEmptySubmessages) {
  std::string many;
  many.reserve(4'000'020);
  for (int i = 0; i < 2'000'010; ++i) many += std::string("\x12\x00", 2);
  EXPECT_NE(message_refusal(many).find("more than 2000000 submessages"), std::string::npos);
}

TEST(HefHostile, ManyUnknownFields) {
  std::string many;
  for (int i = 0; i < 8'000'010; ++i) many += "\x78\x01";
  EXPECT_NE(message_refusal(many).find("more than 8000000 fields"), std::string::npos);
}

TEST(HefHostile, BrokenEncoding) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x12\x05zz", "a field of 5 bytes where 2 are left"},
      {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a field of 18446744073709551615 bytes"},
      {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "bad length"},
      {"\x12", "bad length"},
      {"\x80", "bad field tag"},
      {std::string("\0", 1), "bad field tag"},
      {"\x13", "unknown wire type 3"},
      {"\x16", "unknown wire type 6"},
      {"\x08\xff", "bad varint"},
      {"\x0d\x01\x01\x01", "a field of 4 bytes where 3 are left"},
      {"\x09\x01\x01\x01", "a field of 8 bytes where 3 are left"},
      {"\xff\xff\xff\xff\x7f\x01", "bad field tag"},
  };
  for (const auto& [encoded, message] : cases) {
    EXPECT_NE(message_refusal(encoded).find(message), std::string::npos)
        << message_refusal(encoded) << "\nexpected: " << message;
    EXPECT_NE(refusal(make_container(2, view(encoded), {}).value()), "accepted") << message;
  }
  EXPECT_NE(message_refusal("\x0a\x02\x08\xff").find("at byte 2: bad varint"), std::string::npos);
}

TEST(HefHostile, TextIsUtf8) {
  // The header's sdk_version.
  const auto sdk = [](const std::string& text) {
    return message_refusal(field(1, field(3, text)));
  };
  for (const char* good : {"", "z", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(sdk(good), "accepted") << printable(good);
  }
  for (const char* bad :
       {"\x80", "\xc1\xbf", "\xc2", "\xc2z", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff\xfe"}) {
    EXPECT_EQ(sdk(bad), "Failed parsing HEF message: at byte 2: text is not UTF-8")
        << printable(bad);
  }
}

TEST(HefHostile, EveryTruncatedMessageOfTheWorkedExamples) {
  for (const Bytes& file : {golden8(), golden8l()}) {
    const auto container = open_container(file);
    ASSERT_TRUE(container);
    for (std::size_t size = 0; size < container->message.size(); ++size) {
      const Bytes cut = make_container(2, container->message.first(size), container->ccws).value();
      const auto hef = Hef::from_bytes(cut);
      // The last field is the extension: without it the file is an older one.
      if (!hef) continue;
      EXPECT_FALSE(hef->features().periph_calculation) << size;
    }
  }
}

TEST(HefHostile, EveryTruncatedFileOfTheWorkedExamples) {
  for (const Bytes& file : {golden8(), golden8l()}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_NE(refusal(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))),
                "accepted")
          << size;
    }
  }
}

Bytes mutated(ByteView from, std::mt19937& random) {
  Bytes bytes(from.begin(), from.end());
  for (unsigned n = 1 + random() % 4; n > 0 && !bytes.empty(); --n) {
    const auto at = static_cast<std::ptrdiff_t>(random() % bytes.size());
    switch (random() % 5) {
      case 0:
        bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << random() % 8);
        break;
      case 1:
        bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        bytes.erase(bytes.begin() + at);
        break;
      case 3:
        bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(random()));
        break;
      default: {
        // A stretch once more: repeated fields.
        const auto end = at + static_cast<std::ptrdiff_t>(random() % 24);
        const Bytes piece(bytes.begin() + at, bytes.begin() + std::min(end, std::ssize(bytes)));
        bytes.insert(bytes.begin() + at, piece.begin(), piece.end());
      }
    }
  }
  return bytes;
}

TEST(HefHostile, TwentyThousandMutations) {
  HefSpec rich = golden_spec();
  rich.architecture = Architecture::hailo8l;
  rich.layouts = {0, 1};
  rich.streams.push_back(rich.streams[1]);
  rich.streams[2].name = "net/nms";
  rich.streams[2].nms = NmsSpec{.classes = 3, .max_boxes_per_class = 5};

  EmulatorPayload payload;
  payload.tensors.resize(2);
  payload.tensors[0].shape = payload.tensors[0].padded = {8, 8, 3};
  payload.tensors[0].tensor = "in";
  payload.tensors[1] = payload.tensors[0];
  payload.tensors[1].sys_index = 16;
  payload.tensors[1].direction = Direction::output;
  payload.model = view("MODEL");
  const Bytes config = encode_emulator_payload(payload).value();
  rich.config = config;
  rich.container_version = 3;
  const Bytes seeds[] = {golden8(), golden8l(), write_hef(rich).value()};

  std::mt19937 random(20'250'101);
  unsigned accepted = 0;
  std::uint64_t sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Bytes& seed = seeds[random() % std::size(seeds)];
    const auto container = open_container(seed);
    ASSERT_TRUE(container);
    // Mostly with a right hash: the reader behind it is what matters.
    const auto file =
        random() % 8 == 0
            ? mutated(seed, random)
            : make_container(
                  container->version, mutated(container->message, random),
                  random() % 4 == 0 ? ByteView(mutated(container->ccws, random)) : container->ccws)
                  .value();
    const auto hef = Hef::from_bytes(file);
    if (!hef) {
      EXPECT_FALSE(hef.error().message.empty());
      continue;
    }
    ++accepted;
    sum += test::use(*hef);
  }
  // Both ways are taken.
  EXPECT_GT(accepted, 500U);
  EXPECT_LT(accepted, 19'500U);
  EXPECT_NE(sum, 0U);
}

}  // namespace
}  // namespace hailo::hef
