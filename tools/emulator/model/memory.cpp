// SPDX-License-Identifier: MIT
#include "emulator/model/memory.h"

#include <hailo_regs.h>

#include <algorithm>

#include "emulator/model/address_map.h"

namespace hailo::emu {
namespace {

struct Range {
  std::uint32_t start;
  std::uint32_t size;
};

constexpr Range kRanges[] = {
    {HAILO8_ADDR_APP_CODE, HAILO8_ADDR_APP_CODE_SIZE},
    {HAILO8_ADDR_CORE_HEADER, Memory::kPageSize},
    {HAILO8_ADDR_CORE_CODE, HAILO8_ADDR_CORE_CODE_SIZE},
    {HAILO8_ADDR_BOOT_STATUS, Memory::kPageSize},
    {HAILO8_ADDR_CONTROL, 2 * Memory::kPageSize},
    {kLogAppAddress, Memory::kPageSize},
    {kLogCoreAddress, Memory::kPageSize},
};

std::uint32_t page_of(std::uint32_t address) { return address / Memory::kPageSize; }

std::uint32_t offset_of(std::uint32_t address) { return address % Memory::kPageSize; }

}  // namespace

bool Memory::exists(std::uint64_t address) {
  return std::any_of(std::begin(kRanges), std::end(kRanges), [address](const Range& range) {
    return address >= range.start && address - range.start < range.size;
  });
}

std::uint32_t Memory::read32(std::uint32_t address) const {
  const auto page = pages_.find(page_of(address));
  return page == pages_.end() ? 0 : load_le32(page->second.bytes, offset_of(address));
}

void Memory::write32(std::uint32_t address, std::uint32_t value) {
  store_le32(pages_[page_of(address)].bytes, offset_of(address), value);
}

void Memory::upload32(std::uint32_t address, std::uint32_t value) {
  write32(address, value);
  pages_[page_of(address)].uploaded.set(offset_of(address) / 4);
}

bool Memory::uploaded(std::uint32_t address, std::uint32_t size) const {
  for (std::uint32_t at = address & ~3u; at < address + size; at += 4) {
    const auto page = pages_.find(page_of(at));
    if (page == pages_.end() || !page->second.uploaded.test(offset_of(at) / 4)) return false;
  }
  return true;
}

void Memory::forget_uploads() {
  for (auto& [number, page] : pages_) page.uploaded.reset();
}

Bytes Memory::read(std::uint32_t address, std::uint32_t size) const {
  Bytes bytes(size);
  for (std::uint32_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(read32((address + i) & ~3u) >> 8 * ((address + i) % 4));
  return bytes;
}

void Memory::write(std::uint32_t address, ByteView bytes) {
  for (std::uint32_t i = 0; i < bytes.size(); ++i)
    pages_[page_of(address + i)].bytes[offset_of(address + i)] = bytes[i];
}

}  // namespace hailo::emu
