// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "lib/http/channel.h"
#include "lib/http/metrics.h"

namespace hailo::http {
namespace {

std::string text(const Body& body) { return body ? std::string(body->begin(), body->end()) : "-"; }

TEST(Channel, AViewerGetsWhatComesAfterItEntered) {
  const auto channel = Channel::create(2).value();
  channel->publish(make_body("a"));
  auto position = channel->enter();
  EXPECT_EQ(text(channel->next(position)), "-");
  channel->publish(make_body("b"));
  EXPECT_TRUE(channel->has_more(position));
  EXPECT_EQ(text(channel->next(position)), "b");
  EXPECT_FALSE(channel->has_more(position));
}

TEST(Channel, OneThatIsBehindLosesTheOldestAndNobodyElseDoes) {
  const auto channel = Channel::create(2).value();
  auto slow = channel->enter();
  auto quick = channel->enter();
  for (const char* piece : {"a", "b", "c", "d"}) {
    channel->publish(make_body(piece));
    EXPECT_EQ(text(channel->next(quick)), piece);
  }
  EXPECT_EQ(text(channel->next(slow)), "c");
  EXPECT_EQ(text(channel->next(slow)), "d");
  EXPECT_EQ(text(channel->next(slow)), "-");
}

TEST(Channel, NothingIsKeptWithoutViewers) {
  const auto channel = Channel::create(2).value();
  const auto piece = make_body("a");
  channel->publish(piece);
  EXPECT_EQ(piece.use_count(), 1);
  channel->enter();
  EXPECT_EQ(channel->viewers(), 1U);
  channel->publish(piece);
  EXPECT_EQ(piece.use_count(), 2);
  channel->leave();
  EXPECT_EQ(piece.use_count(), 1);
  EXPECT_EQ(channel->viewers(), 0U);
}

TEST(Metrics, LabelsAreEscaped) {
  EXPECT_EQ(metric_label("a\"b\\c\n"), R"("a\"b\\c\\x0a")");
  EXPECT_EQ(metric_head("x_total", "counter", "All x."),
            "# HELP x_total All x.\n# TYPE x_total counter\n");
}

}  // namespace
}  // namespace hailo::http
