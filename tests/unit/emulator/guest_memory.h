// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "emulator/model/host.h"
#include "emulator/model/wire.h"

namespace hailo::emu::test {

/// Memory of a machine: regions at bus addresses, as an IOMMU would have them.
/// Writes down the order in which the device accesses it.
class GuestMemory final : public Host {
 public:
  struct Access {
    char kind;  ///< 'R'ead, 'W'rite, 'M'SI
    std::uint64_t address;
    std::size_t size;
  };

  void add(std::uint64_t address, std::size_t size, bool writable = true) {
    regions_[address] = {Bytes(size), writable};
  }
  void remove(std::uint64_t address) { regions_.erase(address); }

  /// The test's own view; the range must be in one region.
  std::span<std::uint8_t> at(std::uint64_t address, std::size_t size) {
    Region* region = find(address, size);
    if (region == nullptr) throw std::out_of_range("no guest memory at " + hex(address));
    return std::span(region->bytes).subspan(address - start_of(address), size);
  }
  void put(std::uint64_t address, ByteView bytes) {
    std::memcpy(at(address, bytes.size()).data(), bytes.data(), bytes.size());
  }
  Bytes get(std::uint64_t address, std::size_t size) {
    const auto view = at(address, size);
    return {view.begin(), view.end()};
  }

  void send_msi() override { log.push_back({'M', 0, 0}); }
  bool dma_read(std::uint64_t iova, std::span<std::byte> to) override {
    log.push_back({'R', iova, to.size()});
    const Region* region = find(iova, to.size());
    if (region == nullptr) return false;
    std::memcpy(to.data(), region->bytes.data() + (iova - start_of(iova)), to.size());
    return true;
  }
  bool dma_write(std::uint64_t iova, std::span<const std::byte> from) override {
    log.push_back({'W', iova, from.size()});
    Region* region = find(iova, from.size());
    if (region == nullptr || !region->writable) return false;
    std::memcpy(region->bytes.data() + (iova - start_of(iova)), from.data(), from.size());
    return true;
  }
  std::span<std::byte> dma_span(std::uint64_t iova, std::size_t size, bool write) override {
    if (!direct) return {};
    log.push_back({write ? 'W' : 'R', iova, size});
    Region* region = find(iova, size);
    if (region == nullptr || (write && !region->writable)) return {};
    return std::as_writable_bytes(std::span(region->bytes)).subspan(iova - start_of(iova), size);
  }

  bool direct = false;  ///< offers dma_span()
  std::vector<Access> log;

 private:
  struct Region {
    Bytes bytes;
    bool writable;
  };

  std::uint64_t start_of(std::uint64_t address) {
    return std::prev(regions_.upper_bound(address))->first;
  }
  Region* find(std::uint64_t address, std::size_t size) {
    auto it = regions_.upper_bound(address);
    if (it == regions_.begin()) return nullptr;
    auto& [start, region] = *--it;
    const std::uint64_t offset = address - start;
    const bool inside = offset <= region.bytes.size() && size <= region.bytes.size() - offset;
    return inside ? &region : nullptr;
  }

  std::map<std::uint64_t, Region> regions_;
};

}  // namespace hailo::emu::test
