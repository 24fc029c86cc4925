// SPDX-License-Identifier: MIT
#include "emulator/vfu/dma_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <utility>

#include "emulator/vfu/protocol.h"

namespace hailo::emu::vfu {

namespace {

bool file_covers(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat st;
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return false;
  const auto length = static_cast<std::uint64_t>(st.st_size);
  return offset <= length && size <= length - offset;
}

bool read_all(int fd, std::span<std::byte> to, std::uint64_t offset) {
  while (!to.empty()) {
    const ssize_t n = ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

bool write_all(int fd, std::span<const std::byte> from, std::uint64_t offset) {
  while (!from.empty()) {
    const ssize_t n = ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    from = from.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

bool cannot_shrink(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

}  // namespace

DmaMap::Mapping::Mapping(int fd, std::uint64_t offset, std::uint64_t size, Access access) {
  const int protection = (access.read ? PROT_READ : 0) | (access.write ? PROT_WRITE : 0);
  void* start = ::mmap(nullptr, size, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start != MAP_FAILED) view_ = {static_cast<std::byte*>(start), size};
}

DmaMap::Mapping::~Mapping() {
  if (!view_.empty()) ::munmap(view_.data(), view_.size());
}

int DmaMap::map(std::uint64_t address, std::uint64_t size, Access access, UniqueFd fd,
                std::uint64_t file_offset) {
  // `size - 1`: the last byte of the address space may be part of a region.
  if (size == 0 || size - 1 > std::numeric_limits<std::uint64_t>::max() - address) return EINVAL;
  // First: a file that is sealed keeps the size that is looked at then.
  const bool mappable = fd && cannot_shrink(fd.get());
  if (fd && !file_covers(fd.get(), file_offset, size)) return EINVAL;

  const std::uint64_t last = address + (size - 1);
  auto next = regions_.lower_bound(address);
  if (next != regions_.end() && next->first <= last) return EEXIST;
  if (next != regions_.begin()) {
    const auto& [start, region] = *std::prev(next);
    if (address - start < region.size) return EEXIST;
  }
  if (regions_.size() >= wire::max_dma_regions) return ENOSPC;

  Mapping mapping;
  if (mappable) mapping = Mapping(fd.get(), file_offset, size, access);
  File file = fd ? share(std::move(fd)) : nullptr;
  regions_.emplace_hint(next, address,
                        Region{size, access, std::move(file), file_offset, std::move(mapping)});
  return 0;
}

DmaMap::File DmaMap::share(UniqueFd fd) {
  std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
  struct stat st{};
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fstat(fd.get(), &st) != 0) return std::make_shared<UniqueFd>(std::move(fd));
  auto& known = files_[{st.st_dev, st.st_ino, flags & O_ACCMODE}];
  File file = known.lock();
  if (!file) known = file = std::make_shared<UniqueFd>(std::move(fd));
  return file;
}

int DmaMap::unmap(std::uint64_t address, std::uint64_t size) {
  const auto it = regions_.find(address);
  if (it == regions_.end() || it->second.size != size) return ENOENT;
  regions_.erase(it);
  return 0;
}

template <typename Step>
bool DmaMap::for_each_part(std::uint64_t address, std::uint64_t length, Step step) const {
  std::uint64_t done = 0;
  auto it = regions_.upper_bound(address);
  if (length > 0 && it == regions_.begin()) return false;
  if (it != regions_.begin()) --it;

  while (done < length) {
    if (it == regions_.end() || it->first > address + done) return false;
    const std::uint64_t offset = address + done - it->first;
    if (offset >= it->second.size) return false;
    const std::uint64_t part = std::min(length - done, it->second.size - offset);
    if (!step(it->second, offset, done, part)) return false;
    done += part;
    ++it;
  }
  return true;
}

bool DmaMap::read(std::uint64_t address, std::span<std::byte> to) const {
  const bool allowed = for_each_part(
      address, to.size(), [](const Region& r, auto...) { return r.access.read && r.file; });
  return allowed &&
         for_each_part(address, to.size(), [&](const Region& r, auto offset, auto done, auto part) {
           return read_all(r.file->get(), to.subspan(done, part), r.file_offset + offset);
         });
}

bool DmaMap::write(std::uint64_t address, std::span<const std::byte> from) const {
  const bool allowed = for_each_part(
      address, from.size(), [](const Region& r, auto...) { return r.access.write && r.file; });
  return allowed &&
         for_each_part(
             address, from.size(), [&](const Region& r, auto offset, auto done, auto part) {
               return write_all(r.file->get(), from.subspan(done, part), r.file_offset + offset);
             });
}

std::span<std::byte> DmaMap::span(std::uint64_t address, std::uint64_t size, bool write) const {
  auto it = regions_.upper_bound(address);
  if (it == regions_.begin()) return {};
  const auto& [start, region] = *--it;
  const std::span<std::byte> view = region.mapping.view();
  const std::uint64_t offset = address - start;
  const bool allowed = write ? region.access.write : region.access.read;
  if (!allowed || offset > view.size() || size > view.size() - offset) return {};
  return view.subspan(offset, size);
}

}  // namespace hailo::emu::vfu
