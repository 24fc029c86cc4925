// SPDX-License-Identifier: MIT
#pragma once

#include <hailo_regs.h>

#include <array>
#include <cstdint>
#include <optional>

namespace hailo::emu {

/// The four address translation entries: which device address a BAR4 offset
/// reaches.
class TranslationTable {
 public:
  /// Fields in register order.
  enum Field : unsigned { param, src, trsl_lo, trsl_hi, trsl_param, field_count };

  std::uint32_t get(unsigned entry, unsigned field) const { return entries_[entry][field]; }
  void set(unsigned entry, unsigned field, std::uint32_t value) { entries_[entry][field] = value; }

  /// Points a whole entry at `target`, as firmware does.
  void point(unsigned entry, std::uint32_t target) {
    entries_[entry] = {HAILO_ATR_PARAM_VALUE(entry), 0, target, 0, HAILO_ATR_TRSL_PARAM_VALUE};
  }
  void disable(unsigned entry) { entries_[entry] = {}; }

  /// Device address of BAR4 offset `offset`, none while that window is off.
  std::optional<std::uint64_t> target(std::uint32_t offset) const {
    const unsigned n = offset / HAILO_ATR_WINDOW_SIZE;
    const auto& entry = entries_[n];
    if (entry[param] != static_cast<std::uint32_t>(HAILO_ATR_PARAM_VALUE(n)) || entry[src] != 0 ||
        entry[trsl_param] != HAILO_ATR_TRSL_PARAM_VALUE)
      return std::nullopt;
    const std::uint64_t base =
        static_cast<std::uint64_t>(entry[trsl_hi]) << 32 |
        (entry[trsl_lo] & ~static_cast<std::uint32_t>(HAILO_ATR_WINDOW_MASK));
    return base + (offset & HAILO_ATR_WINDOW_MASK);
  }

 private:
  std::array<std::array<std::uint32_t, field_count>, HAILO_ATR_COUNT> entries_{};
};

}  // namespace hailo::emu
