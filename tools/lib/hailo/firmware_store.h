// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "lib/base/result.h"

namespace hailo {

/// What the digest of an image says about it.
enum class Verdict {
  verified,  ///< it is the one that the manifest, or the user, names
  recorded,  ///< it is the one seen when the image was accepted without proof
  unknown,   ///< there is nothing to compare with
  wrong,     ///< it is another one
};

struct DigestCheck {
  Verdict verdict;
  std::string sha256;
  std::string expected{};  ///< empty where nothing is
};

/// `pinned` is what the user or the manifest says; it wins over the record.
DigestCheck check_digest(std::string sha256, const std::optional<std::string>& pinned,
                         const std::optional<std::string>& recorded);

/// "verified", "recorded", "unknown", "wrong"
const char* name_of(Verdict verdict);

/// The folder of fetched images. An image whose digest nobody has published has
/// the one that it came with in a file beside it, as sha256sum writes it.
class FirmwareStore {
 public:
  /// `folder` as the operating system sees it.
  explicit FirmwareStore(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }
  std::string image(const std::string& version) const;
  /// Nothing if there is no record, or none that can be read.
  std::optional<std::string> recorded(const std::string& version) const;
  Result<void> record(const std::string& version, const std::string& sha256) const;
  /// Makes the folder and those above it.
  Result<void> create() const;

 private:
  std::string folder_;
};

}  // namespace hailo
