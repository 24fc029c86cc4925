// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace hailo::gen {

using Bytes = std::vector<std::byte>;

struct FwVersion {
  std::uint32_t major = 4;
  std::uint32_t minor = 20;
  std::uint32_t revision = 0;  ///< without flag bits

  /// From "4.20.0".
  static Result<FwVersion> parse(std::string_view text);
};

/// Lengths of the four parts, bytes.  The defaults give the smallest image.
struct FwSizes {
  std::uint32_t app = 80;
  std::uint32_t key = 0;
  std::uint32_t content = 0;
  std::uint32_t core = 80;

  /// Of the file, headers included.
  std::size_t total() const;

  /// A split that gives a file of exactly `total` bytes: the remainder after
  /// headers, and certificates unless the file is small, goes to the two codes.
  static Result<FwSizes> for_total(std::size_t total);

  /// What is wrong with these sizes for a loadable image, if anything.
  Result<void> check() const;
};

struct FwSpec {
  FwVersion version;
  FwSizes sizes;
  bool develop = false;        ///< flag bit of a development build
  bool constant_fill = false;  ///< one byte value per part, not pseudo-random bytes
  std::uint64_t seed = 0;      ///< of the pseudo-random bytes
};

/// Offsets of the parts in the file.
struct FwLayout {
  explicit FwLayout(const FwSizes& sizes);

  std::size_t app_code;
  std::size_t cert_header;
  std::size_t key;
  std::size_t content;
  std::size_t core_header;
  std::size_t core_code;
  std::size_t end;
};

/// The image, for any sizes; the same spec always gives the same bytes.
Bytes build_image(const FwSpec& spec);

}  // namespace hailo::gen
