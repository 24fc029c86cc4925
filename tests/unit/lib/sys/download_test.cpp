// SPDX-License-Identifier: MIT
// The transfers themselves are rows of tests/cli/faults.py, which has a server.
#include "lib/sys/download.h"

#include <gtest/gtest.h>

#include <vector>

#include "lib/sys/shared_library.h"
#include "support/fake_root.h"

namespace hailo::sys {
namespace {

using namespace std::chrono_literals;
using Outcome = std::expected<void, DownloadFailure>;

Outcome failing(bool transient) {
  return std::unexpected(DownloadFailure{{Error::Code::io, "broken"}, transient});
}

struct Clock {
  std::vector<std::chrono::milliseconds> slept;
  Retry retry(unsigned attempts) {
    return {attempts, 100ms, [this](std::chrono::milliseconds time) { slept.push_back(time); }};
  }
};

TEST(Retries, PausesDouble) {
  Clock clock;
  int calls = 0;
  const auto outcome = with_retries(clock.retry(4), [&] { return calls++, failing(true); });
  EXPECT_FALSE(outcome);
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(clock.slept, (std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms}));
}

TEST(Retries, EndWithTheFirstSuccess) {
  Clock clock;
  int calls = 0;
  const auto outcome =
      with_retries(clock.retry(4), [&] { return ++calls < 2 ? failing(true) : Outcome(); });
  EXPECT_TRUE(outcome);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(clock.slept.size(), 1u);
}

TEST(Retries, WhatCannotSucceedIsNotRepeated) {
  Clock clock;
  int calls = 0;
  EXPECT_FALSE(with_retries(clock.retry(4), [&] { return calls++, failing(false); }));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(clock.slept.empty());
}

TEST(Url, LosesItsSecrets) {
  EXPECT_EQ(without_secrets("https://user:p%40ss@host:8080/a@b"), "https://host:8080/a@b");
  EXPECT_EQ(without_secrets("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(without_secrets("https://host?q=a@b"), "https://host?q=a@b");
  EXPECT_EQ(without_secrets("no url"), "no url");
}

TEST(SharedLibrary, TheCacheAndTheStandardFoldersAreLookedIn) {
  test::FakeRoot fake;
  // As the loader's cache ends: names and paths, each with a NUL.
  using namespace std::string_literals;
  fake.file("/etc/ld.so.cache",
            "glibc-ld.so.cache1.1\0libx.so.1\0/opt/a/libx.so.1\0/opt/gone/libx.so.9\0"s);
  fake.file("/opt/a/libx.so.1", "");
  fake.file("/usr/lib/aarch64-linux-gnu/libx.so.2", "");
  fake.file("/usr/local/lib/libx.so.", "");
  fake.link("/usr/lib/libx.so.3", "absent");
  fake.file("/srv/libx.so.4", "");
  const auto found = find_shared_libraries(fake.root(), "libx.so.");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, "/opt/a/libx.so.1");
  EXPECT_EQ(found[0].version, "1");
  EXPECT_EQ(found[1].path, "/usr/lib/aarch64-linux-gnu/libx.so.2");
}

}  // namespace
}  // namespace hailo::sys
