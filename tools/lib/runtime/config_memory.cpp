// SPDX-License-Identifier: MIT
#include "lib/runtime/config_memory.h"

#include <hailo_vdma.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace hailo::runtime {
namespace {

constexpr std::uint8_t kConfigChannel = 0;
constexpr std::uint16_t kConfigPage = 512;

using Groups = std::vector<const hef::ConfigGroup*>;

Groups groups_of(const hef::Variant& variant) {
  Groups groups;
  for (const auto& operation : variant.preliminary)
    for (const auto& action : operation.actions)
      if (const auto* group = std::get_if<hef::ConfigGroup>(&action); group && group->bytes() > 0)
        groups.push_back(group);
  return groups;
}

std::uint64_t pages(std::uint64_t bytes, std::uint32_t page) { return (bytes + page - 1) / page; }

/// One more than is used: a list that is full would look empty.
std::uint64_t descriptors_for(const Groups& groups, std::uint32_t page) {
  std::uint64_t total = 1;
  for (const auto* group : groups) total += pages(group->bytes(), page);
  return total;
}

}  // namespace

Result<ConfigMemory> ConfigMemory::create(Vdma& vdma, const hef::Variant& variant,
                                          std::uint16_t max_page_size) {
  ConfigMemory memory(vdma);
  const Groups groups = groups_of(variant);
  if (groups.empty()) return memory;
  if (std::ranges::any_of(groups, [](const auto* g) { return g->channel != kConfigChannel; }))
    return fail(Error::Code::unsupported, "the network has more than one configuration channel");

  std::uint16_t page = std::min(kConfigPage, max_page_size);
  while (descriptors_for(groups, page) > HAILO_DESC_LIST_MAX && page < max_page_size) page *= 2;
  const std::uint64_t descriptors = descriptors_for(groups, page);
  if (descriptors > HAILO_DESC_LIST_MAX)
    return fail(Error::Code::unsupported, "the network's configuration data is too large");
  if (auto filled = memory.fill(groups, page, static_cast<std::uint32_t>(descriptors)); !filled)
    return std::unexpected(filled.error());
  return memory;
}

Result<void> ConfigMemory::fill(const Groups& groups, std::uint16_t page,
                                std::uint32_t descriptors) {
  const std::size_t size = std::size_t{descriptors - 1} * page;
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED)
    return fail_errno(errno, "allocating " + std::to_string(size) + " bytes of configuration");
  data_ = data;
  size_ = size;

  // Each group starts at a page; what is behind its end is never fetched.
  auto* bytes = static_cast<std::uint8_t*>(data);
  std::size_t page_index = 0;
  for (const auto* group : groups) {
    std::uint8_t* at = bytes + page_index * page;
    for (const auto burst : group->bursts) at = std::ranges::copy(burst, at).out;
    page_index += pages(group->bytes(), page);
  }

  auto mapping = vdma_->map(data_, size_, DmaDirection::to_device);
  if (!mapping) return std::unexpected(mapping.error());
  mapping_ = *mapping;
  auto list = vdma_->create_list(descriptors, page, false);
  if (!list) return std::unexpected(list.error());
  channel_ = {kConfigChannel, *list, {}};

  std::uint32_t start = 0;
  for (const auto* group : groups) {
    const std::size_t offset = std::size_t{start} * page;
    const DmaBytes part{mapping_, offset, bytes + offset,
                        static_cast<std::uint32_t>(group->bytes())};
    auto bound = vdma_->program(*list, part, start, true, Domain::device);
    if (!bound) return std::unexpected(bound.error());
    if (*bound != pages(group->bytes(), page))
      return fail(Error::Code::protocol, "the driver used " + std::to_string(*bound) +
                                             " descriptors for " + std::to_string(group->bytes()) +
                                             " bytes of configuration");
    channel_.fetches.push_back(static_cast<std::uint16_t>(*bound));
    start += *bound;
  }
  return {};
}

ConfigMemory::ConfigMemory(ConfigMemory&& other) noexcept
    : vdma_(other.vdma_),
      data_(std::exchange(other.data_, nullptr)),
      size_(other.size_),
      mapping_(std::exchange(other.mapping_, 0)),
      channel_(std::exchange(other.channel_, {})) {}

ConfigMemory::~ConfigMemory() {
  [[maybe_unused]] const auto nobody_to_tell = close();
  if (data_) munmap(data_, size_);
}

Result<void> ConfigMemory::close() {
  Result<void> done;
  if (channel_.list.handle) done = vdma_->release_list(channel_.list);
  channel_ = {};
  if (const auto mapping = std::exchange(mapping_, 0)) {
    auto unmapped = vdma_->unmap(mapping);
    if (done) done = unmapped;
  }
  return done;
}

}  // namespace hailo::runtime
