// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo {

/// The three numbers of "4.23.0"; nothing if the text is anything else.
std::optional<std::array<unsigned, 3>> parse_release(std::string_view text);

struct ManifestEntry {
  std::string version;  ///< "4.23.0"
  std::string file;     ///< name at the vendor's
  std::string url;
  std::optional<std::uint64_t> size;  ///< bytes
  std::optional<std::string> sha256;  ///< 64 lower-case digits; nothing: nobody has published it
};

/// The firmware releases that are known (firmware/manifest.json), oldest first.
class Manifest {
 public:
  static Result<Manifest> parse(std::string_view json);
  /// The one of the repository, as it was when this was built.
  static Result<Manifest> builtin();

  const std::vector<ManifestEntry>& entries() const { return entries_; }
  /// nullptr if there is none.
  const ManifestEntry* find(std::string_view version) const;
  const ManifestEntry& newest() const { return entries_.back(); }
  /// "4.20.0, 4.21.0"
  std::string versions() const;

 private:
  explicit Manifest(std::vector<ManifestEntry> entries) : entries_(std::move(entries)) {}

  std::vector<ManifestEntry> entries_;  // never empty
};

}  // namespace hailo
