// SPDX-License-Identifier: MIT
#include "lib/hailo/staging.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <map>

#include "lib/base/read_file.h"
#include "lib/hailo/firmware_image.h"
#include "lib/hailo/sha256.h"
#include "support/fake_root.h"
#include "support/firmware_builder.h"

namespace hailo {
namespace {

using namespace std::chrono_literals;
using test::FakeRoot;
using test::FirmwareBuilder;

Bytes image(std::uint32_t minor, std::uint32_t code_size = 80) {
  FirmwareBuilder builder;
  builder.app.minor = builder.core.minor = minor;
  builder.app.code_size = code_size;
  return builder.build();
}

class StagingFolder : public testing::Test {
 protected:
  StagingFolder() { fake_.folder("/fw"); }

  Result<Staging> open() {
    return Staging::open(fake_.root(), "/fw", 200ms,
                         [this](std::chrono::milliseconds time) { slept_ += time; });
  }
  StagePlan stage(const Bytes &bytes) {
    auto staging = open().value();
    auto plan = staging.plan(bytes).value();
    EXPECT_TRUE(staging.carry_out(plan));
    return plan;
  }
  StagePlan roll_back() {
    auto staging = open().value();
    auto plan = staging.plan_rollback().value();
    EXPECT_TRUE(staging.carry_out(plan));
    return plan;
  }
  Bytes content(const std::string &name) {
    return read_file(path(name), 1 << 20).value_or(Bytes{});
  }
  std::string path(const std::string &name) { return fake_.path() + "/fw/hailo/" + name; }
  void put(const std::string &name, const Bytes &bytes) {
    fake_.file("/fw/hailo/" + name, std::string(bytes.begin(), bytes.end()));
  }
  std::vector<std::string> names() { return fake_.root().list("/fw/hailo").value(); }

  FakeRoot fake_;
  std::chrono::milliseconds slept_{};
};

std::vector<std::string> step_names(const StagePlan &plan) {
  std::vector<std::string> names;
  for (const auto &step : plan.steps) names.push_back(step.name);
  return names;
}

using Names = std::vector<std::string>;

TEST_F(StagingFolder, TheFirstImageGetsBothNames) {
  const StagePlan plan = stage(image(23));
  EXPECT_EQ(step_names(plan), (Names{"hailo8_fw.4.23.0.bin", "hailo8_fw.bin"}));
  EXPECT_EQ(plan.version, "4.23.0");
  EXPECT_FALSE(plan.previous);
  EXPECT_EQ(names(), (Names{"hailo8_fw.4.23.0.bin", "hailo8_fw.bin"}));
  EXPECT_EQ(content("hailo8_fw.bin"), image(23));
  EXPECT_EQ(content("hailo8_fw.4.23.0.bin"), image(23));
  struct stat st{};
  ASSERT_EQ(::stat(path("hailo8_fw.bin").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0644u);
}

TEST_F(StagingFolder, TheSameImageAgainIsNothingToDo) {
  stage(image(23));
  EXPECT_TRUE(stage(image(23)).steps.empty());
}

TEST_F(StagingFolder, AMissingVersionedNameIsMadeGood) {
  put("hailo8_fw.bin", image(23));
  const StagePlan plan = stage(image(23));
  EXPECT_EQ(step_names(plan), Names{"hailo8_fw.4.23.0.bin"});
  EXPECT_FALSE(plan.previous);
}

TEST_F(StagingFolder, ThePreviousImageComesBackAndAgain) {
  stage(image(21));
  const StagePlan plan = stage(image(23));
  EXPECT_EQ(plan.previous, "4.21.0");
  EXPECT_EQ(content("hailo8_fw.previous.bin"), image(21));
  EXPECT_EQ(roll_back().version, "4.21.0");
  EXPECT_EQ(content("hailo8_fw.bin"), image(21));
  EXPECT_EQ(content("hailo8_fw.previous.bin"), image(23));
  EXPECT_EQ(roll_back().version, "4.23.0");
  EXPECT_EQ(content("hailo8_fw.bin"), image(23));
}

TEST_F(StagingFolder, OneVersionWithTwoContentsLosesNeither) {
  stage(image(23));
  stage(image(23, 100));
  EXPECT_EQ(content("hailo8_fw.4.23.0.bin"), image(23, 100));
  EXPECT_EQ(content("hailo8_fw.previous.bin"), image(23));
  const StagePlan plan = roll_back();
  // The versioned name changes last: it alone holds the other one meanwhile.
  EXPECT_EQ(step_names(plan),
            (Names{"hailo8_fw.bin", "hailo8_fw.previous.bin", "hailo8_fw.4.23.0.bin"}));
  EXPECT_EQ(content("hailo8_fw.bin"), image(23));
  EXPECT_EQ(content("hailo8_fw.4.23.0.bin"), image(23));
  EXPECT_EQ(content("hailo8_fw.previous.bin"), image(23, 100));
}

TEST_F(StagingFolder, ADamagedFileDoesNotReplaceAGoodPrevious) {
  stage(image(20));
  stage(image(21));
  put("hailo8_fw.bin", Bytes{1, 2, 3});
  const StagePlan plan = stage(image(23));
  EXPECT_EQ(plan.previous, "4.20.0");
  EXPECT_EQ(content("hailo8_fw.previous.bin"), image(20));
  put("hailo8_fw.bin", {});
  EXPECT_EQ(roll_back().version, "4.20.0");
  EXPECT_EQ(content("hailo8_fw.bin"), image(20));
}

TEST_F(StagingFolder, ThereIsNotAlwaysAWayBack) {
  auto why = [&] { return open().value().plan_rollback().error(); };
  EXPECT_EQ(why().code, Error::Code::not_found);
  stage(image(21));
  put("hailo8_fw.previous.bin", Bytes(100));
  EXPECT_EQ(why().code, Error::Code::not_found);
  put("hailo8_fw.previous.bin", image(21));
  EXPECT_EQ(why().code, Error::Code::not_found);
}

TEST_F(StagingFolder, AnInvalidImageIsRefused) {
  EXPECT_EQ(open().value().plan(Bytes(10)).error().code, Error::Code::invalid_argument);
}

TEST_F(StagingFolder, LeftoversOfKilledRunsGoAndNothingElse) {
  put("hailo8_fw.bin.tmp-aB3xYz", {1});
  put("hailo8_fw.4.23.0.bin.sha256", {1});
  put("hailo8_fw.bin.tmp-backup2", {1});
  put("other.tmp-aB3xYz", {1});
  put("hailo8_fw_cfg.bin", {1});
  stage(image(23));
  EXPECT_EQ(names(), (Names{"hailo8_fw.4.23.0.bin", "hailo8_fw.4.23.0.bin.sha256", "hailo8_fw.bin",
                            "hailo8_fw.bin.tmp-backup2", "hailo8_fw_cfg.bin", "other.tmp-aB3xYz"}));
}

TEST_F(StagingFolder, AnotherRunIsWaitedForAndThenNamedBusy) {
  auto first = open();
  ASSERT_TRUE(first);
  auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Error::Code::busy);
  EXPECT_EQ(slept_, 200ms);
  first = fail(Error::Code::io, "released");
  EXPECT_TRUE(open());
}

TEST_F(StagingFolder, ASymbolicLinkIsReplacedNotFollowed) {
  fake_.file("/elsewhere.bin", "untouched");
  fake_.link("/fw/hailo/hailo8_fw.bin", "../../elsewhere.bin");
  stage(image(23));
  EXPECT_EQ(fake_.root().read("/elsewhere.bin").value(), "untouched");
  EXPECT_EQ(content("hailo8_fw.bin"), image(23));
}

TEST_F(StagingFolder, TheFolderMustExist) {
  auto staging = Staging::open(fake_.root(), "/none", 0ms, {});
  EXPECT_EQ(staging.error().code, Error::Code::not_found);
}

TEST(Sha256, OfTheEmptyText) {
  EXPECT_EQ(sha256_hex({}).value(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Defects, AllThatCanBeToldAreNamed) {
  EXPECT_TRUE(FirmwareImage::defects(image(23)).empty());
  FirmwareBuilder builder;
  builder.app.header_version = 1;
  builder.app.code_size = 79;
  builder.key_size = 0x349;
  builder.content_size = 0x5f1;
  builder.core.code_size = 79;
  Bytes bytes = builder.build();
  bytes.push_back(0);
  const auto defects = FirmwareImage::defects(bytes);
  EXPECT_EQ(defects.size(), 6u);
  EXPECT_EQ(defects.front(), FirmwareImage::parse(bytes).error().message);
  EXPECT_EQ(defects.back(), "1 bytes follow the core code");
  // Where the magic is another's nothing after it means anything.
  EXPECT_EQ(FirmwareImage::defects(Bytes(400, '<')).size(), 1u);
}

}  // namespace
}  // namespace hailo
