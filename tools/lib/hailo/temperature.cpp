// SPDX-License-Identifier: MIT
#include "lib/hailo/temperature.h"

#include <charconv>

namespace hailo {
namespace {

std::optional<long> millidegree(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<Temperature> temperatures_of(const sys::Root& root, const std::string& address) {
  std::vector<Temperature> found;
  const std::string parent = "/sys/bus/pci/devices/" + address + "/hwmon";
  for (const auto& name : root.list(parent).value_or(std::vector<std::string>{})) {
    const std::string folder = parent + "/" + name;
    for (const auto& file : root.list(folder).value_or(std::vector<std::string>{})) {
      if (!file.starts_with("temp") || !file.ends_with("_input")) continue;
      const std::string sensor = folder + "/" + file.substr(0, file.find('_'));
      found.push_back({root.read_attribute(sensor + "_label").value_or(file),
                       millidegree(root.read_attribute(sensor + "_input").value_or(""))});
    }
  }
  return found;
}

}  // namespace hailo
