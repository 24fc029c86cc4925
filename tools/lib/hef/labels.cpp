// SPDX-License-Identifier: MIT
#include "lib/hef/labels.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/base/read_file.h"
#include "lib/base/text.h"

namespace hailo::hef {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxBytes = 1 << 20;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

Result<void> add(Labels& labels, std::string name) {
  const std::string which = "label " + std::to_string(labels.names.size() + 1);
  if (labels.names.size() == max_labels)
    return refuse("more than " + std::to_string(max_labels) + " labels");
  if (!is_utf8_line(name)) return refuse(which + " is not a line of UTF-8: " + printable(name));
  labels.names.push_back(std::move(name));
  return {};
}

Result<Labels> from_json(std::string_view text) {
  const json file = json::parse(text, nullptr, false);
  if (!file.is_object()) return refuse("neither a list of names nor a JSON object");
  Labels labels;
  if (const auto it = file.find("detection_threshold"); it != file.end()) {
    if (!it->is_number() || it->get<double>() < 0 || it->get<double>() > 1)
      return refuse("detection_threshold is not a number from 0 to 1");
    labels.threshold = it->get<float>();
  }
  if (const auto it = file.find("max_boxes"); it != file.end()) {
    if (!it->is_number_unsigned() || it->get<std::uint64_t>() == 0)
      return refuse("max_boxes is not a number from 1 on");
    labels.max_boxes = it->get<std::size_t>();
  }
  const auto list = file.find("labels");
  if (list == file.end() || !list->is_array() || list->empty())
    return refuse("labels is not a list with an entry");
  for (std::size_t i = 0; i < list->size(); i++) {
    if (!(*list)[i].is_string()) return refuse("labels has an entry that is no text");
    if (i == 0) continue;  // of no class
    if (auto added = add(labels, (*list)[i].get<std::string>()); !added)
      return std::unexpected(added.error());
  }
  return labels;
}

Result<Labels> from_lines(std::string_view text) {
  Labels labels;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto added = add(labels, std::string(line)); !added) return std::unexpected(added.error());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return labels;
}

}  // namespace

Result<Labels> parse_labels(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return from_json(text);
  return from_lines(text);
}

Result<Labels> read_labels(const std::string& path) {
  const auto bytes = read_file(path, kMaxBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto labels = parse_labels({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!labels) labels.error().message = printable(path) + ": " + labels.error().message;
  return labels;
}

}  // namespace hailo::hef
