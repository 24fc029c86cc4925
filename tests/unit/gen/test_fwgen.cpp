// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "gen/fw_defect.h"
#include "gen/fw_image.h"

namespace hailo::gen {
namespace {

std::string md5(const Bytes& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr) != 1) return "";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    text += two;
  }
  return text;
}

/// Spec 5.3 and the real capacities below it, with literal numbers: the name
/// of the first check that refuses the image, empty if all accept it.
class ReferenceCheck {
 public:
  explicit ReferenceCheck(const Bytes& image) : image_(image) {}

  std::string first_failure() {
    if (image_.size() > 327'680) return "file too big";
    if (auto e = cpu_part("app", 262'144); !e.empty()) return e;
    if (left() < 8) return "cert header past end";
    const std::uint32_t key = word(0);
    const std::uint32_t content = word(4);
    at_ += 8;
    if (key > 4096) return "key too big";
    if (content > 4096) return "content too big";
    if (left() < key) return "key past end";
    at_ += key;
    if (left() < content) return "content past end";
    at_ += content;
    if (auto e = cpu_part("core", 131'072); !e.empty()) return e;
    if (left() != 0) return "trailing bytes";
    if (key > 840) return "key over gap";
    if (content > 1520) return "content over gap";
    return "";
  }

 private:
  std::string cpu_part(const std::string& cpu, std::uint32_t max) {
    if (left() < 24) return cpu + " header past end";
    if (word(0) == 0xe905daab) return cpu + " magic of hailo15";
    if (word(0) != 0x1dd89de0) return cpu + " magic";
    if (word(4) != 0) return cpu + " header version";
    const std::uint32_t code = word(20);
    at_ += 24;
    if (code < 80) return cpu + " too small";
    if (code > max) return cpu + " too big";
    if (left() < code) return cpu + " past end";
    at_ += code;
    return "";
  }

  std::size_t left() const { return image_.size() - at_; }
  std::uint32_t word(std::size_t offset) const {
    std::uint32_t value;
    std::memcpy(&value, image_.data() + at_ + offset, sizeof value);
    return value;
  }

  const Bytes& image_;
  std::size_t at_ = 0;
};

std::string first_failure(const Bytes& image) { return ReferenceCheck(image).first_failure(); }

FwSpec spec_of(std::size_t total) {
  FwSpec spec;
  spec.sizes = FwSizes::for_total(total).value();
  return spec;
}

TEST(FwImage, WorkedExampleOfTheSpecification) {
  FwSpec spec;
  spec.version = {4, 23, 0};
  spec.constant_fill = true;
  EXPECT_EQ(md5(build_image(spec)), "e3239024563b07a97ee914a8f488e58f");
}

TEST(FwImage, EveryTotalSizeIsExactAndValid) {
  for (std::size_t total : {216u, 217u, 219u, 300u, 8191u, 8192u, 8193u, 65'536u, 167'936u,
                            167'939u, 327'679u, 327'680u}) {
    const FwSpec spec = spec_of(total);
    EXPECT_TRUE(spec.sizes.check()) << total;
    const Bytes image = build_image(spec);
    EXPECT_EQ(image.size(), total);
    EXPECT_EQ(first_failure(image), "") << total;
  }
}

TEST(FwImage, ImpossibleTotalsAreRefused) {
  for (std::size_t total :
       {std::size_t{0}, std::size_t{215}, std::size_t{327'681}, ~std::size_t{0}}) {
    EXPECT_FALSE(FwSizes::for_total(total)) << total;
  }
}

TEST(FwImage, SizesAreCheckedAtTheirLimits) {
  const auto good = [](FwSizes sizes) { return sizes.check().has_value(); };
  EXPECT_TRUE(good({.app = 80, .key = 840, .content = 1520, .core = 80}));
  EXPECT_FALSE(good({.app = 79}));
  EXPECT_TRUE(good({.app = 262'144}));
  EXPECT_FALSE(good({.app = 262'145}));
  EXPECT_FALSE(good({.key = 841}));
  EXPECT_FALSE(good({.content = 1521}));
  EXPECT_FALSE(good({.core = 79}));
  EXPECT_TRUE(good({.core = 131'072}));
  EXPECT_FALSE(good({.core = 131'073}));
  EXPECT_FALSE(good({.app = 262'144, .core = 131'072})) << "each part fits, the file does not";
}

TEST(FwImage, HeadersCarryVersionAndFlags) {
  FwSpec spec;
  spec.version = {4, 21, 7};
  spec.develop = true;
  const Bytes image = build_image(spec);
  const auto word = [&](std::size_t offset) {
    std::uint32_t value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
  };
  EXPECT_EQ(word(8), 4u);
  EXPECT_EQ(word(12), 21u);
  EXPECT_EQ(word(16), 0x60000007u);
  EXPECT_EQ(word(112 + 8), 4u);
  EXPECT_EQ(word(112 + 12), 21u);
  EXPECT_EQ(word(112 + 16), 0x68000007u);
}

TEST(FwImage, ContentDependsOnTheSeedAlone) {
  FwSpec spec = spec_of(20'000);
  const Bytes first = build_image(spec);
  EXPECT_EQ(first, build_image(spec));
  spec.seed = 1;
  const Bytes second = build_image(spec);
  EXPECT_NE(first, second);
  EXPECT_EQ(first.size(), second.size());
  EXPECT_EQ(first_failure(second), "");
}

TEST(FwImage, DwordsOfTheCodeDiffer) {
  // A driver that writes one dword to two places must not go unnoticed.
  const FwSpec spec = spec_of(20'000);
  const Bytes image = build_image(spec);
  std::set<std::uint32_t> seen;
  std::size_t repeated = 0;
  for (std::size_t i = 24; i + 4 <= 24 + spec.sizes.app; i += 4) {
    std::uint32_t value;
    std::memcpy(&value, image.data() + i, sizeof value);
    repeated += seen.insert(value).second ? 0 : 1;
  }
  EXPECT_EQ(repeated, 0u);
}

TEST(FwVersion, ParsesThreeNumbersOnly) {
  const auto version = FwVersion::parse("4.20.1");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->major, 4u);
  EXPECT_EQ(version->minor, 20u);
  EXPECT_EQ(version->revision, 1u);
  for (const char* text : {"", "4", "4.20", "4.20.", "4.20.1.2", "4.20.x", "-4.20.1", "4.20.1 ",
                           ".4.20.1", "4,20,1", "4.20.134217728", "4294967296.0.0"}) {
    EXPECT_FALSE(FwVersion::parse(text)) << text;
  }
}

struct Expectation {
  const char* defect;
  const char* failure;
};

constexpr Expectation expectations[] = {
    {"too-big-file", "file too big"},
    {"empty", "app header past end"},
    {"truncated-header", "app header past end"},
    {"bad-app-magic", "app magic"},
    {"hailo15-magic", "app magic of hailo15"},
    {"bad-app-header-version", "app header version"},
    {"app-too-small", "app too small"},
    {"app-too-big", "app too big"},
    {"app-past-end", "app past end"},
    {"cert-header-past-end", "cert header past end"},
    {"key-too-big-format", "key too big"},
    {"content-too-big-format", "content too big"},
    {"key-over-gap", "key over gap"},
    {"content-over-gap", "content over gap"},
    {"key-past-end", "key past end"},
    {"content-past-end", "content past end"},
    {"core-header-past-end", "core header past end"},
    {"bad-core-magic", "core magic"},
    {"bad-core-version", "core header version"},
    {"core-too-small", "core too small"},
    {"core-too-big", "core too big"},
    {"core-past-end", "core past end"},
    {"trailing-bytes", "trailing bytes"},
};

TEST(FwDefects, ListIsTheExpectedOne) {
  ASSERT_EQ(defects().size(), std::size(expectations));
  for (const auto& e : expectations) EXPECT_NE(find_defect(e.defect), nullptr) << e.defect;
  EXPECT_EQ(find_defect("none"), nullptr);
}

class FwDefect : public testing::TestWithParam<Expectation> {};

TEST_P(FwDefect, FailsItsOwnCheckForEverySize) {
  const Defect* defect = find_defect(GetParam().defect);
  ASSERT_NE(defect, nullptr);
  for (std::size_t total : {216u, 8192u, 167'936u, 327'680u}) {
    const FwSpec spec = spec_of(total);
    ASSERT_EQ(first_failure(build_image(spec)), "");
    EXPECT_EQ(first_failure(defect->build(spec)), GetParam().failure) << "of " << total << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(All, FwDefect, testing::ValuesIn(expectations), [](const auto& row) {
  std::string name = row.param.defect;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

/// The program itself, in a folder of its own.
class FwgenProgram : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "fwgen.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int run(const std::string& options) const {
    const std::string command = std::string(FWGEN) + " " + options + " >/dev/null 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string path(const std::string& name) const { return folder_ / name; }
  Bytes read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto* raw = reinterpret_cast<const std::byte*>(text.data());
    return {raw, raw + text.size()};
  }

  std::filesystem::path folder_;
};

TEST_F(FwgenProgram, WritesTheWorkedExample) {
  ASSERT_EQ(run("--version 4.23.0 --app-size 80 --core-size 80 --fill -o " + path("fw.bin")), 0);
  EXPECT_EQ(md5(read("fw.bin")), "e3239024563b07a97ee914a8f488e58f");
}

TEST_F(FwgenProgram, ReplacesAFileAndLeavesNothingElse) {
  ASSERT_EQ(run("-o " + path("fw.bin")), 0);
  EXPECT_EQ(read("fw.bin").size(), 167'936u);
  ASSERT_EQ(run("--defect trailing-bytes --size 4000 -o " + path("fw.bin")), 0);
  EXPECT_EQ(read("fw.bin").size(), 4004u);
  const std::filesystem::directory_iterator files(folder_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(FwgenProgram, RefusesWrongOptions) {
  const std::string out = " -o " + path("fw.bin");
  for (const char* options :
       {"", "--size 10", "--size 400000", "--version 4", "--defect nothing", "--app-size 4",
        "--app-size 100 --size 4000", "--key-size 841", "--frobnicate"}) {
    EXPECT_EQ(run(std::string(options) + (*options == '\0' ? "" : out)), 2) << options;
  }
  EXPECT_FALSE(std::filesystem::exists(path("fw.bin")));
}

TEST_F(FwgenProgram, ReportsAFolderThatDoesNotExist) {
  EXPECT_EQ(run("-o " + path("no/such/folder/fw.bin")), 1);
}

}  // namespace
}  // namespace hailo::gen
