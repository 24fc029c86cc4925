// SPDX-License-Identifier: MIT
#include "lib/hailo/selection.h"

#include <gtest/gtest.h>

#include "lib/hailo/firmware_store.h"
#include "support/fake_root.h"

namespace hailo {
namespace {

using Source = Selection::Source;
using test::FakeRoot;

Selection select(const FakeRoot& fake, const std::string& wanted = "auto") {
  return select_release(fake.root(), Manifest::builtin().value(), wanted).value();
}

TEST(Selection, EachSourceGivesWayToTheOneBefore) {
  FakeRoot fake;
  EXPECT_EQ(select(fake).source, Source::manifest);
  EXPECT_EQ(select(fake).version, Manifest::builtin().value().newest().version);
  fake.board("hailo0", "0000:01:00.0", "running");
  EXPECT_EQ(select(fake).source, Source::running);
  EXPECT_EQ(select(fake).version, "4.20.0");
  fake.file("/usr/lib/libhailort.so.4.21.0", "");
  EXPECT_EQ(select(fake).source, Source::library);
  EXPECT_EQ(select(fake).version, "4.21.0");
  EXPECT_EQ(select(fake, "4.22.0").source, Source::wanted);
  EXPECT_EQ(select(fake, "4.22.0").version, "4.22.0");
}

TEST(Selection, OfSeveralLibrariesTheNewestCountsAndTheOtherIsNamed) {
  FakeRoot fake;
  fake.file("/usr/lib/libhailort.so.4.9.0", "");
  fake.file("/usr/local/lib/libhailort.so.4.10.0", "");
  fake.file("/usr/lib/libhailort.so.4", "");
  EXPECT_EQ(select(fake).version, "4.10.0");
  EXPECT_NE(select(fake).why.find("/usr/lib/libhailort.so.4.9.0"), std::string::npos);
}

TEST(Selection, ABoardWithoutFirmwareSaysNothing) {
  FakeRoot fake;
  fake.board("hailo0", "0000:01:00.0", "dead");
  fake.file("/sys/class/hailo_chardev/hailo0/firmware_version", "none\n");
  EXPECT_EQ(select(fake).source, Source::manifest);
}

TEST(Release, ThreeNumbersAndNothingElse) {
  EXPECT_EQ(parse_release("4.23.0"), (std::array<unsigned, 3>{4, 23, 0}));
  for (const char* text : {"", "4", "4.23", "4.23.", "4.23.0.1", "4.23.0 ", " 4.23.0", "a.b.c",
                           "4.-1.0", "4.99999999999.0", "4..0"})
    EXPECT_FALSE(parse_release(text)) << text;
}

TEST(Manifest, TheBuiltInOneIsTheRepositorys) {
  const Manifest manifest = Manifest::builtin().value();
  ASSERT_TRUE(manifest.find("4.21.0"));
  EXPECT_EQ(manifest.find("4.21.0")->sha256.value().size(), 64u);
  EXPECT_FALSE(manifest.find("4.20.0")->sha256);
  EXPECT_FALSE(manifest.find("4.2"));
}

TEST(Manifest, IsSortedByNumberAndRefusesWhatItCannotUse) {
  const auto entry = [](const std::string& version, const std::string& sha256 = "unknown") {
    return R"({"version":")" + version + R"(","file":"f","url":"u","size":"unknown","sha256":")" +
           sha256 + "\"}";
  };
  const auto list = [](const std::string& entries) { return R"({"firmware":[)" + entries + "]}"; };
  const auto manifest = Manifest::parse(list(entry("4.10.0") + "," + entry("4.9.0")));
  EXPECT_EQ(manifest.value().versions(), "4.9.0, 4.10.0");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), list(""), list("1"), list("{}"),
        list(entry("4.9")), list(entry("4.9.0", "abc")), list(entry("4.9.0") + ",")})
    EXPECT_EQ(Manifest::parse(text).error().code, Error::Code::invalid_argument) << text;
  EXPECT_EQ(Manifest::parse(list(entry("\\u001b[2J"))).error().message,
            "the firmware manifest is malformed: '\\x1b[2J' is no version");
}

TEST(Digest, WhatIsPinnedWinsOverTheRecord) {
  EXPECT_EQ(check_digest("a", "a", "b").verdict, Verdict::verified);
  EXPECT_EQ(check_digest("b", "a", "b").verdict, Verdict::wrong);
  EXPECT_EQ(check_digest("b", std::nullopt, "b").verdict, Verdict::recorded);
  EXPECT_EQ(check_digest("a", std::nullopt, "b").verdict, Verdict::wrong);
  EXPECT_EQ(check_digest("a", std::nullopt, std::nullopt).verdict, Verdict::unknown);
}

TEST(FirmwareStore, ARecordIsAsSha256sumWritesIt) {
  FakeRoot fake;
  const FirmwareStore store(fake.path() + "/a/b");
  ASSERT_TRUE(store.create());
  ASSERT_TRUE(store.create());
  EXPECT_FALSE(store.recorded("4.23.0"));
  const std::string digest(64, 'a');
  ASSERT_TRUE(store.record("4.23.0", digest));
  EXPECT_EQ(store.recorded("4.23.0"), digest);
  EXPECT_EQ(fake.root().read("/a/b/hailo8_fw.4.23.0.bin.sha256").value(),
            digest + "  hailo8_fw.4.23.0.bin\n");
  fake.file("/a/b/hailo8_fw.4.22.0.bin.sha256", std::string(64, 'x'));
  EXPECT_FALSE(store.recorded("4.22.0"));
}

}  // namespace
}  // namespace hailo
