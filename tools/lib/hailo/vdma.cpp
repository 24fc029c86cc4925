// SPDX-License-Identifier: MIT
#include "lib/hailo/vdma.h"

#include <hailo/hailo_ioctl.h>

#include <cerrno>
#include <string>

namespace hailo {
namespace {

constexpr std::uint64_t kNoBuffer = ~std::uint64_t{0};

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

/// `count` entries follow in an array of fixed size.
Result<void> check_count(unsigned count) {
  if (count <= HAILO_VDMA_MAX_IRQ_ENTRIES) return {};
  return fail(Error::Code::protocol, "the driver claims interrupts of " + std::to_string(count) +
                                         " channels, at most " +
                                         std::to_string(HAILO_VDMA_MAX_IRQ_ENTRIES));
}

/// A signal while the driver waits for a lock changes nothing there.
Result<int> call(DeviceIo& io, unsigned long command, void* argument, const char* what) {
  int result = 0;
  do {
    result = io.ioctl(command, argument);
  } while (result == -EINTR);
  if (result < 0) return fail_errno(-result, what);
  return result;
}

Result<void> simple(DeviceIo& io, unsigned long command, void* argument, const char* what) {
  auto result = call(io, command, argument, what);
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

Result<std::uint64_t> Vdma::map(void* address, std::size_t size, DmaDirection direction) {
  hailo_vdma_buffer_map_params params{};
  params.user_address = address_of(address);
  params.size = size;
  params.data_direction = static_cast<__u32>(direction);
  params.buffer_type = HAILO_BUFFER_USER_PTR;
  params.allocated_buffer_handle = kNoBuffer;
  auto result = call(io_, HAILO_VDMA_BUFFER_MAP, &params, "mapping a buffer for DMA");
  if (!result) {
    Error error = result.error();
    if (error.sys_errno == ENOMEM)
      error.message +=
          "; " + std::to_string(size) + " bytes of locked memory are needed, see `ulimit -l`";
    return std::unexpected(error);
  }
  return std::uint64_t{params.mapped_handle};
}

Result<void> Vdma::unmap(std::uint64_t mapping) {
  hailo_vdma_buffer_unmap_params params{mapping};
  return simple(io_, HAILO_VDMA_BUFFER_UNMAP, &params, "unmapping a buffer");
}

Result<void> Vdma::sync_for_device(std::uint64_t mapping, std::size_t offset, std::size_t size) {
  hailo_vdma_buffer_sync_params params{mapping, HAILO_SYNC_FOR_DEVICE, offset, size};
  return simple(io_, HAILO_VDMA_BUFFER_SYNC, &params, "synchronising a buffer");
}

Result<DescriptorList> Vdma::create_list(std::uint32_t count, std::uint16_t page_size,
                                         bool circular) {
  hailo_desc_list_create_params params{};
  params.desc_count = count;
  params.desc_page_size = page_size;
  params.is_circular = circular;
  auto result = call(io_, HAILO_DESC_LIST_CREATE, &params, "creating a descriptor list");
  if (!result) {
    Error error = result.error();
    if (error.sys_errno == ENOBUFS) error.message += "; the host is out of contiguous memory";
    return std::unexpected(error);
  }
  return DescriptorList{params.desc_handle, params.dma_address, count, page_size};
}

Result<void> Vdma::release_list(const DescriptorList& list) {
  hailo_desc_list_release_params params{list.handle};
  return simple(io_, HAILO_DESC_LIST_RELEASE, &params, "releasing a descriptor list");
}

Result<std::uint32_t> Vdma::program(const DescriptorList& list, const DmaBytes& bytes,
                                    std::uint32_t start, bool bind, Domain last) {
  constexpr const char* kWhat = "programming descriptors";
  Result<int> result = 0;
  if (abi_ == Abi::v420) {
    hailo_desc_list_program_params_v420 params{};
    params.buffer_handle = bytes.mapping;
    params.buffer_size = bytes.size;
    params.buffer_offset = bytes.offset;
    params.desc_handle = list.handle;
    params.starting_desc = start;
    params.should_bind = bind;
    params.last_interrupts_domain = static_cast<__u32>(last);
    result = call(io_, HAILO_DESC_LIST_PROGRAM_V420, &params, kWhat);
  } else {
    hailo_desc_list_program_params params{};
    params.buffer_handle = bytes.mapping;
    params.buffer_size = bytes.size;
    params.buffer_offset = bytes.offset;
    params.batch_size = 1;
    params.desc_handle = list.handle;
    params.starting_desc = start;
    params.should_bind = bind;
    params.last_interrupts_domain = static_cast<__u32>(last);
    result = call(io_, HAILO_DESC_LIST_PROGRAM, &params, kWhat);
  }
  if (!result) return std::unexpected(result.error());
  return static_cast<std::uint32_t>(*result);
}

Result<void> Vdma::enable(std::uint32_t channels) {
  hailo_vdma_enable_channels_params params{};
  params.channels_bitmap_per_engine[0] = channels;
  return simple(io_, HAILO_VDMA_ENABLE_CHANNELS, &params, "enabling channels");
}

Result<void> Vdma::disable(std::uint32_t channels) {
  hailo_vdma_disable_channels_params params{};
  params.channels_bitmap_per_engine[0] = channels;
  return simple(io_, HAILO_VDMA_DISABLE_CHANNELS, &params, "disabling channels");
}

Result<std::uint32_t> Vdma::launch(std::uint8_t channel, const DescriptorList& list,
                                   std::uint32_t start, const std::vector<DmaBytes>& pieces) {
  constexpr const char* kWhat = "launching a transfer";
  if (abi_ == Abi::v420) {
    hailo_vdma_launch_transfer_params_v420 params{};
    params.channel_index = channel;
    params.desc_handle = list.handle;
    params.starting_desc = start;
    params.last_interrupts_domain = static_cast<__u32>(Domain::host);
    // This layout takes a wrapped transfer as one buffer that runs past the end.
    params.buffers_count = 1;
    params.buffers[0].mapped_buffer_handle = pieces.front().mapping;
    params.buffers[0].offset = static_cast<__u32>(pieces.front().offset);
    for (const auto& piece : pieces) params.buffers[0].size += piece.size;
    auto result = call(io_, HAILO_VDMA_LAUNCH_TRANSFER_V420, &params, kWhat);
    if (!result) return std::unexpected(result.error());
    return std::uint32_t{params.descs_programed};
  }

  hailo_vdma_launch_transfer_params params{};
  params.channel_index = channel;
  params.desc_handle = list.handle;
  params.starting_desc = start;
  params.last_interrupts_domain = static_cast<__u32>(Domain::host);
  params.buffers_count = static_cast<__u8>(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); i++) {
    params.buffers[i].buffer_type = HAILO_BUFFER_USER_PTR;
    params.buffers[i].addr_or_fd = address_of(pieces[i].address);
    params.buffers[i].size = pieces[i].size;
  }
  auto result = call(io_, HAILO_VDMA_LAUNCH_TRANSFER, &params, kWhat);
  if (!result) return std::unexpected(result.error());
  return static_cast<std::uint32_t>(*result);
}

Result<std::vector<ChannelEvent>> Vdma::wait(std::uint32_t channels) {
  constexpr const char* kWhat = "waiting for transfers";
  std::vector<ChannelEvent> events;
  if (abi_ == Abi::v420) {
    hailo_vdma_interrupts_wait_params_v420 params{};
    params.channels_bitmap_per_engine[0] = channels;
    auto result = call(io_, HAILO_VDMA_INTERRUPTS_WAIT_V420, &params, kWhat);
    if (!result) return std::unexpected(result.error());
    if (auto good = check_count(params.channels_count); !good) return std::unexpected(good.error());
    for (unsigned i = 0; i < params.channels_count; i++) {
      const auto& entry = params.irq_data[i];
      events.push_back({entry.channel_index, entry.is_active != 0,
                        entry.host_error || entry.device_error || !entry.validation_success,
                        entry.transfers_completed});
    }
    return events;
  }

  hailo_vdma_interrupts_wait_params params{};
  params.channels_bitmap_per_engine[0] = channels;
  auto result = call(io_, HAILO_VDMA_INTERRUPTS_WAIT, &params, kWhat);
  if (!result) return std::unexpected(result.error());
  if (auto good = check_count(params.channels_count); !good) return std::unexpected(good.error());
  for (unsigned i = 0; i < params.channels_count; i++) {
    const auto& entry = params.irq_data[i];
    const bool counts = entry.data < HAILO_VDMA_DATA_ERROR;
    events.push_back({entry.channel_index, entry.data != HAILO_VDMA_DATA_NOT_ACTIVE,
                      entry.data == HAILO_VDMA_DATA_ERROR, counts ? entry.data : 0U});
  }
  return events;
}

}  // namespace hailo
