// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "fixture.h"
#include "lib/hef/digest.h"

namespace hailo::hef {
namespace {

std::string refusal_of(ByteView file) {
  const auto container = open_container(file);
  return container ? "accepted" : container.error().message;
}

TEST(HefDigest, KnownValues) {
  // Published test values of the algorithms.
  EXPECT_EQ(crc32(view("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
  EXPECT_EQ(xxh3_64({}), 0x2d06800538d394c2ULL);
  EXPECT_EQ((*md5(view("abc")))[0], 0x90);
  EXPECT_EQ((*sha256(view("abc")))[0], 0xba);
}

TEST(HefContainer, PartsOfTheWorkedExample) {
  const Bytes file = golden8();
  const auto container = open_container(file);
  ASSERT_TRUE(container) << container.error().message;
  EXPECT_EQ(container->version, 2U);
  EXPECT_EQ(container->message.size(), 239U);
  EXPECT_EQ(text(container->ccws), golden_payload);
  EXPECT_TRUE(container->additional.empty());
}

class HefContainerVersion : public testing::TestWithParam<std::uint32_t> {
 protected:
  Bytes file_ = make_container(GetParam(), view("message"),
                               GetParam() == 0 ? ByteView{} : view("configuration"))
                    .value();
  std::size_t header_ = std::vector<std::size_t>{32, 28, 44, 56}[GetParam()];
};

TEST_P(HefContainerVersion, RoundTrip) {
  const auto container = open_container(file_);
  ASSERT_TRUE(container) << container.error().message;
  EXPECT_EQ(container->version, GetParam());
  EXPECT_EQ(text(container->message), "message");
  EXPECT_EQ(text(container->ccws), GetParam() == 0 ? "" : "configuration");
}

TEST_P(HefContainerVersion, EveryTruncatedLengthIsRefused) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    EXPECT_NE(refusal_of(ByteView(file_).first(size)), "accepted") << size;
  }
}

TEST_P(HefContainerVersion, EveryFlippedBodyByteFailsTheHash) {
  for (std::size_t at = header_; at < file_.size(); ++at) {
    Bytes broken = file_;
    broken[at] ^= 0x10;
    EXPECT_NE(refusal_of(broken).find("does not match"), std::string::npos) << at;
  }
}

TEST_P(HefContainerVersion, HashIsNamed) {
  const std::string name = std::vector<std::string>{"md5", "crc", "xxhash", "xxhash"}[GetParam()];
  file_.back() ^= 1;
  EXPECT_EQ(refusal_of(file_).rfind("HEF " + name + " does not match", 0), 0U) << refusal_of(file_);
}

TEST_P(HefContainerVersion, TrailingByteIsRefused) {
  file_.push_back(0);
  EXPECT_EQ(refusal_of(file_), "HEF file length does not match: 1 bytes too many at the end");
}

INSTANTIATE_TEST_SUITE_P(All, HefContainerVersion, testing::Values(0, 1, 2, 3));

TEST(HefContainer, EveryFlippedHeaderBitOfVersion2) {
  const Bytes good = golden8();
  for (std::size_t at = 0; at < 28; ++at) {  // what follows is reserved
    for (int bit = 0; bit < 8; ++bit) {
      Bytes broken = good;
      broken[at] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_NE(refusal_of(broken), "accepted") << at << " bit " << bit;
    }
  }
}

TEST(HefContainer, ReservedHeaderBytesAreNotRead) {
  Bytes file = golden8();
  for (std::size_t at = 28; at < 44; ++at) file[at] = 0xff;
  EXPECT_EQ(refusal_of(file), "accepted");
}

TEST(HefContainer, VersionComesBeforeMagic) {
  Bytes file = golden8();
  file[0] = 0;
  EXPECT_EQ(refusal_of(file), "HEF magic does not match: should be 0x01484546, is 0x00484546");
  file[7] = 4;
  EXPECT_EQ(refusal_of(file), "Unsupported hef version 4");
  EXPECT_EQ(open_container(file).error().code, Error::Code::unsupported);
}

TEST(HefContainer, HugeSizesDoNotWrapAround) {
  for (const std::size_t at : {std::size_t{8}, std::size_t{20}}) {
    Bytes file = golden8();
    for (std::size_t i = 0; i < (at == 8 ? 4U : 8U); ++i) file[at + i] = 0xff;
    EXPECT_NE(refusal_of(file).find("length does not match"), std::string::npos) << at;
  }
  // Sums to the real length modulo 2^64: message 239 - 16 less, data 16 + ... more.
  Bytes file = make_container(3, view("message"), view("data")).value();
  for (std::size_t i = 0; i < 8; ++i) file[32 + i] = 0xff;  // additional = 2^64 - 1
  file[11] += 1;
  EXPECT_NE(refusal_of(file).find("length does not match"), std::string::npos);
}

TEST(HefContainer, Version3PaddingIsBounded) {
  Bytes file = make_container(3, view("message"), view("data")).value();
  EXPECT_EQ(file.size(), 4096U + 4U);
  file[28] = 0x7f;
  EXPECT_EQ(refusal_of(file).rfind("HEF padding of ", 0), 0U);
}

TEST(HefContainer, Version3AdditionalInformation) {
  // message 1, padding 2, data 3, additional 4
  const std::string body = "m..dddaaaa";
  Bytes file = {1, 'H', 'E', 'F', 0, 0, 0, 3, 0, 0, 0, 1};
  file.resize(56);
  file[27] = 5;
  file[31] = 2;
  file[39] = 4;
  const std::uint64_t hash = xxh3_64(view(body));
  for (unsigned i = 0; i < 8; ++i) file[12 + i] = static_cast<std::uint8_t>(hash >> (56 - 8 * i));
  file.insert(file.end(), body.begin(), body.end());
  const auto container = open_container(file);
  ASSERT_TRUE(container) << container.error().message;
  EXPECT_EQ(text(container->message), "m");
  EXPECT_EQ(text(container->ccws), "ddd");
  EXPECT_EQ(text(container->additional), "aaaa");
}

TEST(HefContainer, WriterRefusesWhatHasNoPlace) {
  EXPECT_FALSE(make_container(4, {}, {}));
  EXPECT_FALSE(make_container(0, {}, view("x")));
}

}  // namespace
}  // namespace hailo::hef
