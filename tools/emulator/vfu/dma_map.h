// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <utility>

#include "lib/base/unique_fd.h"

namespace hailo::emu::vfu {

/// The bus addresses that a client lets the device access, and the files
/// behind them.
///
/// A file that is sealed against shrinking, as QEMU's are, is mapped.  Others
/// are reached by pread and pwrite: a client that shrinks its file gets a failed
/// access, with a mapping the server would get SIGBUS.
///
/// Regions of one file share a descriptor: behind an IOMMU there are thousands,
/// all in the memory of the machine.
class DmaMap {
 public:
  struct Access {
    bool read;
    bool write;
  };

  /// Adds a region.  Without a file (`fd` empty) it occupies its addresses and
  /// every access to it fails.  Returns 0 or an errno value: EINVAL for a
  /// range that is empty, wraps, or goes beyond the end of the file, EEXIST
  /// for one that overlaps another, ENOSPC if there are too many.
  int map(std::uint64_t address, std::uint64_t size, Access access, UniqueFd fd,
          std::uint64_t file_offset);

  /// Removes a region; it must have exactly this address and size, else ENOENT.
  int unmap(std::uint64_t address, std::uint64_t size);

  void clear() { regions_.clear(); }
  std::size_t size() const { return regions_.size(); }

  /// Transfers all or, if any byte is not accessible so, nothing.  Regions
  /// that follow each other count as one.
  bool read(std::uint64_t address, std::span<std::byte> to) const;
  bool write(std::uint64_t address, std::span<const std::byte> from) const;

  /// The range itself, until the next map(), unmap() or clear(); empty if it is
  /// not accessible so, not mapped, or not in one region.
  std::span<std::byte> span(std::uint64_t address, std::uint64_t size, bool write) const;

 private:
  /// Memory mapped from a file.
  class Mapping {
   public:
    Mapping() = default;
    Mapping(int fd, std::uint64_t offset, std::uint64_t size, Access access);
    Mapping(Mapping&& other) noexcept : view_(std::exchange(other.view_, {})) {}
    Mapping& operator=(Mapping&& other) noexcept {
      std::swap(view_, other.view_);
      return *this;
    }
    ~Mapping();

    std::span<std::byte> view() const { return view_; }  ///< empty if there is none

   private:
    std::span<std::byte> view_;
  };

  using File = std::shared_ptr<const UniqueFd>;

  struct Region {
    std::uint64_t size;
    Access access;
    File file;  ///< null: none
    std::uint64_t file_offset;
    Mapping mapping;
  };

  /// Calls `step(region, offset in region, offset in transfer, length)` for
  /// each part of the range; false at the first gap or false step.
  template <typename Step>
  bool for_each_part(std::uint64_t address, std::uint64_t length, Step step) const;

  /// `fd`, or the descriptor of that file, opened the same way, that is there already.
  File share(UniqueFd fd);

  std::map<std::uint64_t, Region> regions_;  ///< by address, never overlapping
  std::map<std::tuple<dev_t, ino_t, int>, std::weak_ptr<const UniqueFd>> files_;
};

}  // namespace hailo::emu::vfu
