// SPDX-License-Identifier: MIT
#include "lib/hailo/activity.h"

#include <gtest/gtest.h>

#include "support/fake_root.h"

namespace hailo {
namespace {

using test::FakeRoot;

constexpr const char* kAddress = "0000:01:00.0";
constexpr const char* kCounters = "/sys/kernel/debug/hailo_pci/0000:01:00.0/counters";
constexpr const char* kChannels = "/sys/kernel/debug/hailo_pci/0000:01:00.0/channels";
constexpr const char* kHead = "channel direction enabled in_flight transfers bytes\n";

TEST(Activity, IsWhatTheDriverCounts) {
  FakeRoot fake;
  fake.file(kCounters, "controls 12\ncontrols_failed 1\nof_tomorrow 5\ninterrupts 345\n");
  fake.file(kChannels,
            std::string(kHead) + "1 h2d 1 2 18446744073709551615 7000\n16 d2h 0 0 7 3640\n");
  const Activity activity = read_activity(fake.root(), kAddress).value();
  EXPECT_EQ(activity.controls, 12u);
  EXPECT_EQ(activity.controls_failed, 1u);
  EXPECT_EQ(activity.interrupts, 345u);
  ASSERT_EQ(activity.channels.size(), 2u);
  EXPECT_EQ(activity.channels[0].number, 1u);
  EXPECT_TRUE(activity.channels[0].to_device);
  EXPECT_TRUE(activity.channels[0].enabled);
  EXPECT_EQ(activity.channels[0].in_flight, 2u);
  EXPECT_EQ(activity.channels[0].transfers, UINT64_MAX);
  EXPECT_EQ(activity.channels[0].bytes, 7000u);
  EXPECT_FALSE(activity.channels[1].to_device);
  EXPECT_FALSE(activity.channels[1].enabled);
  EXPECT_EQ(activity.channels[1].transfers, 7u);
}

TEST(Activity, AFileThatIsMissingOrAnotherIsAnError) {
  FakeRoot fake;
  EXPECT_EQ(read_activity(fake.root(), kAddress).error().code, Error::Code::not_found);
  fake.file(kCounters, "controls 1\ncontrols_failed 0\ninterrupts 3\n");
  EXPECT_EQ(read_activity(fake.root(), kAddress).error().code, Error::Code::not_found);
  fake.file(kChannels, kHead);
  EXPECT_TRUE(read_activity(fake.root(), kAddress).value().channels.empty());
  for (const char* line : {"1 h2d 1 2 7\n", "x h2d 1 2 7 7\n", "1 h2d 2 2 7 7\n", "\n"}) {
    fake.file(kChannels, std::string(kHead) + line);
    EXPECT_EQ(read_activity(fake.root(), kAddress).error().code, Error::Code::protocol) << line;
  }
  fake.file(kChannels, kHead);
  fake.file(kCounters, "controls 1\ninterrupts 3\n");
  EXPECT_EQ(read_activity(fake.root(), kAddress).error().code, Error::Code::protocol);
  fake.file(kCounters, "controls 1\ncontrols_failed many\ninterrupts 3\n");
  EXPECT_EQ(read_activity(fake.root(), kAddress).error().code, Error::Code::protocol);
}

}  // namespace
}  // namespace hailo
