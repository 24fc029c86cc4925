// SPDX-License-Identifier: MIT
#include "lib/hailo/activity.h"

#include <map>
#include <sstream>

namespace hailo {

Result<Activity> read_activity(const sys::Root& root, const std::string& address) {
  const std::string folder = "/sys/kernel/debug/hailo_pci/" + address;
  auto counters = root.read(folder + "/counters");
  if (!counters) return std::unexpected(counters.error());
  auto channels = root.read(folder + "/channels");
  if (!channels) return std::unexpected(channels.error());

  Activity activity;
  std::map<std::string, std::uint64_t*> wanted = {{"controls", &activity.controls},
                                                  {"controls_failed", &activity.controls_failed},
                                                  {"interrupts", &activity.interrupts}};
  std::istringstream lines(*counters);
  std::string name;
  for (std::uint64_t value = 0; lines >> name >> value;) {
    const auto entry = wanted.find(name);
    if (entry == wanted.end()) continue;
    *entry->second = value;
    wanted.erase(entry);
  }
  if (!wanted.empty())
    return fail(Error::Code::protocol, folder + "/counters has no " + wanted.begin()->first);

  lines = std::istringstream(*channels);
  std::string line;
  std::getline(lines, line);  // the names of the columns
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    ChannelActivity channel{};
    std::string direction;
    if (!(words >> channel.number >> direction >> channel.enabled >> channel.in_flight >>
          channel.transfers >> channel.bytes))
      return fail(Error::Code::protocol, folder + "/channels has a line that is none: " + line);
    channel.to_device = direction == "h2d";
    activity.channels.push_back(channel);
  }
  return activity;
}

}  // namespace hailo
