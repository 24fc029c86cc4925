// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace hailo {

/// A firmware version as images and firmware carry it: the revision word holds
/// the number and the kind of build.
struct FirmwareVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t revision_word = 0;

  std::uint32_t revision() const;
  bool is_core() const;  ///< for the core CPU; else for the application CPU
  bool is_develop() const;
  bool is_second_stage() const;
  bool has_extended_context_switch_buffer() const;

  /// "4.20.0"
  std::string number() const;
  /// "4.20.0 (release,app,extended context switch buffer)"
  std::string describe() const;

  bool operator==(const FirmwareVersion&) const = default;
};

}  // namespace hailo
