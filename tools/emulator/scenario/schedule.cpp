// SPDX-License-Identifier: MIT
#include "emulator/scenario/schedule.h"

#include <algorithm>

namespace hailo::emu {
namespace {

Line without_first_trigger(Line line) {
  line.triggers.erase(line.triggers.begin());
  return line;
}

}  // namespace

bool Schedule::add(Line line, Time now) {
  if (entries_.size() == kMaxLines) return false;
  const Trigger trigger = line.triggers.front();
  entries_.push_back({std::move(line), now + trigger.delay, trigger.occurrence});
  return true;
}

std::vector<Line> Schedule::due(Time now) {
  std::vector<Entry> ready;
  std::erase_if(entries_, [&](const Entry& entry) {
    const bool is_due =
        entry.line.triggers.front().kind == Trigger::Kind::after && entry.due <= now;
    if (is_due) ready.push_back(entry);
    return is_due;
  });
  std::ranges::stable_sort(ready, {}, &Entry::due);
  std::vector<Line> lines;
  for (Entry& entry : ready) lines.push_back(without_first_trigger(std::move(entry.line)));
  return lines;
}

std::vector<Line> Schedule::happened(Trigger::Kind event) {
  const auto waits = [event](const Entry& entry) {
    return entry.line.triggers.front().kind == event;
  };
  std::vector<Line> lines;
  for (Entry& entry : entries_)
    if (waits(entry) && --entry.left == 0) lines.push_back(without_first_trigger(entry.line));
  std::erase_if(entries_, [&](const Entry& entry) { return waits(entry) && entry.left == 0; });
  return lines;
}

std::optional<Schedule::Time> Schedule::next() const {
  std::optional<Time> next;
  for (const Entry& entry : entries_)
    if (entry.line.triggers.front().kind == Trigger::Kind::after && (!next || entry.due < *next))
      next = entry.due;
  return next;
}

}  // namespace hailo::emu
