// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <span>

#include "emulator/model/wire.h"

namespace hailo::emu {

/// Device memory behind the translation windows: pages come into being when
/// they are written, and only where the address map has memory, so the size is
/// bounded.  Remembers which dwords the host has uploaded.
class Memory {
 public:
  static constexpr std::uint32_t kPageSize = 4096;

  /// True if the dword at `address` is memory.
  static bool exists(std::uint64_t address);

  /// `address` must exist() and be 4-aligned; memory never written reads 0.
  std::uint32_t read32(std::uint32_t address) const;
  void write32(std::uint32_t address, std::uint32_t value);

  /// As write32(), and marks the dword as uploaded by the host.
  void upload32(std::uint32_t address, std::uint32_t value);

  /// True if every dword that overlaps the range was uploaded.
  bool uploaded(std::uint32_t address, std::uint32_t size) const;
  void forget_uploads();

  /// 4-aligned start, any size.
  Bytes read(std::uint32_t address, std::uint32_t size) const;
  void write(std::uint32_t address, ByteView bytes);

  void clear() { pages_.clear(); }

 private:
  struct Page {
    std::array<std::uint8_t, kPageSize> bytes{};
    std::bitset<kPageSize / 4> uploaded;
  };

  std::map<std::uint32_t, Page> pages_;
};

}  // namespace hailo::emu
