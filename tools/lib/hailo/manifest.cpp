// SPDX-License-Identifier: MIT
#include "lib/hailo/manifest.h"

#include <builtin_manifest.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"

namespace hailo {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> malformed(const std::string& why) {
  return fail(Error::Code::invalid_argument, "the firmware manifest is malformed: " + why);
}

std::optional<std::string> text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<ManifestEntry> entry_of(const Json& json) {
  if (!json.is_object()) return malformed("an entry is no object");
  auto version = text_of(json, "version");
  auto file = text_of(json, "file");
  auto url = text_of(json, "url");
  auto sha256 = text_of(json, "sha256");
  if (!version || !file || !url || !sha256)
    return malformed("an entry lacks version, file, url or sha256");
  if (!parse_release(*version)) return malformed("'" + printable(*version) + "' is no version");
  if (file->find('/') != std::string::npos)
    return malformed("the file name of " + *version + " has a slash");

  ManifestEntry entry{*version, *file, *url, std::nullopt, std::nullopt};
  if (*sha256 != "unknown") {
    if (!is_sha256(*sha256))
      return malformed("the sha256 of " + *version + " is neither 64 digits nor \"unknown\"");
    entry.sha256 = *sha256;
  }
  if (const auto size = json.find("size"); size != json.end() && size->is_number_unsigned())
    entry.size = size->get<std::uint64_t>();
  return entry;
}

}  // namespace

std::optional<std::array<unsigned, 3>> parse_release(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); i++) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const auto [next, err] = std::from_chars(at, end, numbers[i]);
    if (err != std::errc()) return std::nullopt;
    at = next;
  }
  if (at != end) return std::nullopt;
  return numbers;
}

Result<Manifest> Manifest::parse(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) return malformed("it is no JSON");
  if (!document.is_object() || !document.contains("firmware") || !document["firmware"].is_array())
    return malformed("it has no list \"firmware\"");

  std::vector<ManifestEntry> entries;
  for (const auto& item : document["firmware"]) {
    auto entry = entry_of(item);
    if (!entry) return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  if (entries.empty()) return malformed("it lists no firmware");
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return parse_release(a.version) < parse_release(b.version);
  });
  return Manifest(std::move(entries));
}

Result<Manifest> Manifest::builtin() { return parse(kBuiltinManifest); }

const ManifestEntry* Manifest::find(std::string_view version) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.version == version; });
  return found == entries_.end() ? nullptr : &*found;
}

std::string Manifest::versions() const {
  std::string text;
  for (const auto& entry : entries_) {
    if (!text.empty()) text += ", ";
    text += entry.version;
  }
  return text;
}

}  // namespace hailo
