// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace hailo::emu {

/// Configuration space of the function: header, capabilities of a real
/// Hailo-8 board, and which bits of them the host can change.
class ConfigSpace {
 public:
  static constexpr std::uint32_t kSize = 4096;

  enum class Power { d0, d3hot };

  ConfigSpace();

  /// True if an access of `width` bytes at `offset` is one PCI can make.
  static bool valid(std::uint32_t offset, unsigned width);

  /// Only valid() accesses.
  std::uint32_t read(std::uint32_t offset, unsigned width) const;

  /// Only valid() accesses.  True if the write asks for a function level
  /// reset, which is the caller's to carry out.
  bool write(std::uint32_t offset, unsigned width, std::uint32_t value);

  /// Power-on values.
  void reset();

  bool memory_enabled() const;
  bool bus_master() const;
  bool msi_enabled() const;
  Power power() const;

 private:
  /// Defines a register: power-on value, bits the host can write, bits that
  /// writing 1 clears.
  void define(std::uint32_t offset, unsigned width, std::uint32_t value, std::uint32_t writable = 0,
              std::uint32_t write_one_clears = 0);

  void define_header();
  void define_express();
  void define_msi_and_power();
  void define_extended();

  std::array<std::uint8_t, kSize> power_on_{};
  std::array<std::uint8_t, kSize> writable_{};
  std::array<std::uint8_t, kSize> w1c_{};
  std::array<std::uint8_t, kSize> value_{};
};

}  // namespace hailo::emu
