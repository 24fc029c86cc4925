// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "lib/hef/labels.h"

namespace hailo::hef {
namespace {

using Names = std::vector<std::string>;

std::string refusal(std::string_view text) {
  const auto labels = parse_labels(text);
  return labels ? "accepted" : labels.error().message;
}

TEST(Labels, ALineIsAClass) {
  EXPECT_EQ(parse_labels("person\nbicycle\ncar\n").value().names,
            (Names{"person", "bicycle", "car"}));
  EXPECT_EQ(parse_labels("person\r\nbicycle").value().names, (Names{"person", "bicycle"}));
  EXPECT_EQ(parse_labels("a\n\nc\n").value().names, (Names{"a", "", "c"}));
  EXPECT_EQ(parse_labels("").value().names, Names{});
}

TEST(Labels, JsonIsShiftedByOne) {
  const auto labels = parse_labels(
      R"( {"detection_threshold":0.5,"max_boxes":200,"labels":["unlabeled","person","car"]})");
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_EQ(labels->names, (Names{"person", "car"}));
  EXPECT_EQ(labels->threshold, 0.5F);
  EXPECT_EQ(labels->max_boxes, 200U);
  EXPECT_FALSE(parse_labels(R"({"labels":["unlabeled"]})").value().threshold);
}

TEST(Labels, NamesOfAllLanguages) {
  EXPECT_EQ(parse_labels("Größe\n猫\n🐈\n").value().names, (Names{"Größe", "猫", "🐈"}));
}

TEST(Labels, HostileFilesAreRefused) {
  EXPECT_EQ(refusal("a\nb\x1b[2J\n"), "label 2 is not a line of UTF-8: b\\x1b[2J");
  for (const char* bad : {"\x80", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf0\x80\x80\x80", "\xc2\x85", "\xff"})
    EXPECT_NE(refusal(bad), "accepted") << bad;
  EXPECT_EQ(refusal("{"), "neither a list of names nor a JSON object");
  EXPECT_EQ(refusal("{}"), "labels is not a list with an entry");
  EXPECT_EQ(refusal(R"({"labels":["a",1]})"), "labels has an entry that is no text");
  EXPECT_EQ(refusal(R"({"labels":["a","b\u0000"]})"), "label 1 is not a line of UTF-8: b\\x00");
  for (const char* bad : {"-0.1", "1.1", "1e999", "\"1\"", "null"})
    EXPECT_NE(refusal(R"({"labels":["a"],"detection_threshold":)" + std::string(bad) + "}"),
              "accepted")
        << bad;
  for (const char* bad : {"0", "-1", "1.5", "99999999999999999999999"})
    EXPECT_EQ(refusal(R"({"labels":["a"],"max_boxes":)" + std::string(bad) + "}"),
              "max_boxes is not a number from 1 on")
        << bad;
  EXPECT_EQ(refusal(std::string(max_labels + 1, '\n')), "more than 65536 labels");
  // Depth alone must not cost a stack.
  EXPECT_NE(refusal("{\"labels\":" + std::string(500000, '[')), "accepted");
  EXPECT_NE(refusal("{\"labels\":" + std::string(250000, '[') + std::string(250000, ']') + "}"),
            "accepted");
}

}  // namespace
}  // namespace hailo::hef
