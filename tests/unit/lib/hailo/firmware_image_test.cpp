// SPDX-License-Identifier: MIT
#include "lib/hailo/firmware_image.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "lib/hailo/firmware_files.h"
#include "lib/hailo/md5.h"
#include "support/fake_root.h"
#include "support/firmware_builder.h"

namespace hailo {
namespace {

using test::FakeRoot;
using test::FirmwareBuilder;

TEST(FirmwareImage, TheSmallestImageOfTheSpecification) {
  const Bytes image = FirmwareBuilder{}.build();
  EXPECT_EQ(image.size(), 216u);
  EXPECT_EQ(to_string(md5(image).value()), "e3239024563b07a97ee914a8f488e58f");
  const FirmwareImage parsed = FirmwareImage::parse(image).value();
  EXPECT_EQ(parsed.app_version, (FirmwareVersion{4, 23, 0x20000000}));
  EXPECT_EQ(parsed.core_version, (FirmwareVersion{4, 23, 0x28000000}));
  EXPECT_EQ(parsed.app_code.offset, 0x18u);
  EXPECT_EQ(parsed.app_code.size, 80u);
  EXPECT_EQ(parsed.key_certificate.size, 0u);
  EXPECT_EQ(parsed.content_certificate.size, 0u);
  EXPECT_EQ(parsed.core_code.offset, 0x88u);
  EXPECT_EQ(parsed.core_code.size, 80u);
}

TEST(FirmwareImage, PartsAreWhereTheLayoutPutsThem) {
  FirmwareBuilder builder;
  builder.app.code_size = 100;
  builder.key_size = 0x348;
  builder.content_size = 0x5f0;
  builder.core.code_size = 90;
  const Bytes image = builder.build();
  const FirmwareImage parsed = FirmwareImage::parse(image).value();
  EXPECT_EQ(parsed.key_certificate.offset, 0x20u + 100);
  EXPECT_EQ(parsed.key_certificate.size, 0x348u);
  EXPECT_EQ(parsed.content_certificate.offset, 0x20u + 100 + 0x348);
  EXPECT_EQ(parsed.content_certificate.size, 0x5f0u);
  EXPECT_EQ(parsed.core_code.offset, 0x38u + 100 + 0x348 + 0x5f0);
  EXPECT_EQ(parsed.core_code.size, 90u);
  EXPECT_EQ(image[parsed.content_certificate.offset], 0x22);
  EXPECT_EQ(image[parsed.core_code.offset], 0xc0);
}

TEST(FirmwareImage, EveryTruncationIsRefused) {
  FirmwareBuilder builder;
  builder.key_size = 40;
  builder.content_size = 60;
  const Bytes whole = builder.build();
  ASSERT_TRUE(FirmwareImage::parse(whole));
  for (std::size_t size = 0; size < whole.size(); size++) {
    auto parsed = FirmwareImage::parse(ByteView(whole).first(size));
    ASSERT_FALSE(parsed) << size << " bytes were accepted";
    EXPECT_NE(parsed.error().message.find("bytes at offset"), std::string::npos)
        << parsed.error().message;
  }
}

struct Defect {
  const char* name;
  std::function<void(FirmwareBuilder&)> spoil;
  std::function<void(Bytes&)> spoil_bytes;
  const char* message;
};

class SingleDefect : public testing::TestWithParam<Defect> {};

TEST_P(SingleDefect, IsRefusedByName) {
  const Defect& defect = GetParam();
  FirmwareBuilder builder;
  if (defect.spoil) defect.spoil(builder);
  Bytes image = builder.build();
  if (defect.spoil_bytes) defect.spoil_bytes(image);
  auto parsed = FirmwareImage::parse(image);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, defect.message);
}

void put_le32(Bytes& image, std::size_t offset, std::uint32_t value) {
  Bytes word;
  FirmwareBuilder::append_le32(word, value);
  std::copy(word.begin(), word.end(), image.begin() + static_cast<std::ptrdiff_t>(offset));
}

const Defect kDefects[] = {
    {"FileTooLarge",
     {},
     [](Bytes& b) { b.resize(0x50001); },
     "file size is 327681, more than 327680"},
    {"AppMagic",
     [](auto& b) { b.app.magic = 0x12345678; },
     {},
     "app magic is 0x12345678, not 0x1dd89de0"},
    {"AppMagicOfHailo15",
     [](auto& b) { b.app.magic = 0xe905daab; },
     {},
     "app magic is 0xe905daab (an image for Hailo-15 or Hailo-10H), not 0x1dd89de0"},
    {"AppMagicOfHailo15L",
     [](auto& b) { b.app.magic = 0xf94739ab; },
     {},
     "app magic is 0xf94739ab (an image for Hailo-15L), not 0x1dd89de0"},
    {"AppHeaderVersion",
     [](auto& b) { b.app.header_version = 1; },
     {},
     "app header version is 1, not 0"},
    {"AppCodeTooSmall",
     [](auto& b) { b.app.code_size = 79; },
     {},
     "app code size is 79, less than 80"},
    {"AppCodeTooLarge",
     [](auto& b) { b.app.code_size = 0x40001; },
     {},
     "app code size is 0x40001, more than 0x40000"},
    {"AppCodeSizeHuge",
     {},
     [](Bytes& b) { put_le32(b, 0x14, 0xffffffff); },
     "app code size is 0xffffffff, more than 0x40000"},
    {"AppCodeBeyondTheFile",
     {},
     [](Bytes& b) { put_le32(b, 0x14, 193); },
     "app code needs 193 bytes at offset 0x18, the file has 192 left"},
    {"NoCertificateHeader",
     {},
     [](Bytes& b) { put_le32(b, 0x14, 192); },
     "certificate header needs 8 bytes at offset 0xd8, the file has 0 left"},
    {"KeyCertificateTooLarge",
     [](auto& b) { b.key_size = 0x349; },
     {},
     "key certificate size is 0x349, the board has room for 0x348"},
    {"ContentCertificateTooLarge",
     [](auto& b) { b.content_size = 0x5f1; },
     {},
     "content certificate size is 0x5f1, the board has room for 0x5f0"},
    {"KeyCertificateBeyondTheFile",
     {},
     [](Bytes& b) { put_le32(b, 0x68, 105); },
     "key certificate needs 105 bytes at offset 0x70, the file has 104 left"},
    {"ContentCertificateBeyondTheFile",
     {},
     [](Bytes& b) { put_le32(b, 0x6c, 105); },
     "content certificate needs 105 bytes at offset 0x70, the file has 104 left"},
    {"CoreMagic",
     [](auto& b) { b.core.magic = 0; },
     {},
     "core magic is 0x00000000, not 0x1dd89de0"},
    {"CoreHeaderVersion",
     [](auto& b) { b.core.header_version = 7; },
     {},
     "core header version is 7, not 0"},
    {"CoreCodeTooSmall",
     [](auto& b) { b.core.code_size = 0; },
     {},
     "core code size is 0, less than 80"},
    {"CoreCodeTooLarge",
     [](auto& b) { b.core.code_size = 0x20001; },
     {},
     "core code size is 0x20001, more than 0x20000"},
    {"CoreCodeBeyondTheFile",
     {},
     [](Bytes& b) { put_le32(b, 0x84, 81); },
     "core code needs 81 bytes at offset 0x88, the file has 80 left"},
    {"TrailingByte", {}, [](Bytes& b) { b.push_back(0); }, "1 bytes follow the core code"},
};

INSTANTIATE_TEST_SUITE_P(FirmwareImage, SingleDefect, testing::ValuesIn(kDefects),
                         [](const auto& row) { return row.param.name; });

TEST(FirmwareImage, TheLimitsThemselvesAreValid) {
  FirmwareBuilder app;
  app.app.code_size = 0x40000;
  EXPECT_TRUE(FirmwareImage::parse(app.build()));
  FirmwareBuilder core;
  core.core.code_size = 0x20000;
  EXPECT_TRUE(FirmwareImage::parse(core.build()));
  FirmwareBuilder file;
  file.app.code_size = 0x40000;
  file.core.code_size = 0x10000 - 0x38;
  const Bytes image = file.build();
  EXPECT_EQ(image.size(), 0x50000u);
  EXPECT_TRUE(FirmwareImage::parse(image));
}

TEST(FirmwareImage, TheVersionOfABrokenImageIsStillReadable) {
  Bytes image = FirmwareBuilder{}.build();
  image.resize(24);
  EXPECT_FALSE(FirmwareImage::parse(image));
  EXPECT_EQ(FirmwareImage::peek_version(image).value().number(), "4.23.0");
  image.resize(23);
  EXPECT_FALSE(FirmwareImage::peek_version(image));
  image = FirmwareBuilder{}.build();
  image[0] = 0;
  EXPECT_FALSE(FirmwareImage::peek_version(image));
}

TEST(FirmwareFiles, NamesFollowParameterAndPin) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(firmware_names("", ""), (Names{"hailo/hailo8_fw.bin"}));
  EXPECT_EQ(firmware_names("", "4.21.0"),
            (Names{"hailo/hailo8_fw.4.21.0.bin", "hailo/hailo8_fw.bin"}));
  EXPECT_EQ(firmware_names("mine.bin", "4.21.0"), (Names{"mine.bin"}));
}

TEST(FirmwareFiles, TheFirstNameWinsInWhateverFolder) {
  FakeRoot fake;
  const Bytes image = FirmwareBuilder{}.build();
  const std::string good(image.begin(), image.end());
  const std::vector<std::string> folders = {"/a", "/b"};
  EXPECT_FALSE(examine_firmware(fake.root(), folders, {"v.bin", "p.bin"}));

  fake.file("/a/p.bin", good.substr(0, 100));
  auto found = examine_firmware(fake.root(), folders, {"v.bin", "p.bin"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, "/a/p.bin");
  EXPECT_EQ(found->size, 100u);
  EXPECT_EQ(found->version.value().number(), "4.23.0");
  EXPECT_EQ(found->defect.value().message,
            "app code needs 80 bytes at offset 0x18, the file has 76 left");

  fake.file("/b/v.bin", good);
  found = examine_firmware(fake.root(), folders, {"v.bin", "p.bin"});
  EXPECT_EQ(found->path, "/b/v.bin");
  EXPECT_FALSE(found->defect);

  fake.remove("/b/v.bin");
  fake.file("/b/v.bin.zst", "packed");
  found = examine_firmware(fake.root(), folders, {"v.bin", "p.bin"});
  EXPECT_EQ(found->path, "/b/v.bin.zst");
  EXPECT_TRUE(found->compressed);
  EXPECT_FALSE(found->version);
}

}  // namespace
}  // namespace hailo
