// SPDX-License-Identifier: MIT
//
// The vDMA commands of the ABI one by one, for cases that look at their edges.
// Memory that a command allocates stays until the process ends.

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "guest.h"

namespace guest {
namespace {

constexpr std::uint64_t no_handle = ~std::uint64_t{0};

std::uint64_t address_of(const void* pointer) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(pointer));
}

void* pointer_to(std::uint64_t address) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
}

// memory SIZE [--shared] [--read-only]: prints "address N".
int cmd_memory(int, Args args) {
  const bool shared = flag(args, "--shared");
  const int protection = flag(args, "--read-only") ? PROT_READ : PROT_READ | PROT_WRITE;
  void* memory = ::mmap(nullptr, numeric(args, 0, "SIZE"), protection,
                        MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
  if (memory == MAP_FAILED) return report(errno);
  std::printf("address 0x%llx\n", static_cast<unsigned long long>(address_of(memory)));
  return 0;
}

// munmap ADDRESS SIZE
int cmd_munmap(int, Args args) {
  const bool done =
      ::munmap(pointer_to(numeric(args, 0, "ADDRESS")), numeric(args, 1, "SIZE")) == 0;
  return report(done ? 0 : errno);
}

// fill ADDRESS SIZE BYTE
int cmd_fill(int, Args args) {
  std::memset(pointer_to(numeric(args, 0, "ADDRESS")), static_cast<int>(numeric(args, 2, "BYTE")),
              numeric(args, 1, "SIZE"));
  return 0;
}

// zero ADDRESS SIZE: prints "zero yes" or "zero no"; or "signal N", if reading
// kills the child that does it.
int cmd_zero(int, Args args) {
  const auto* bytes = static_cast<const std::uint8_t*>(pointer_to(numeric(args, 0, "ADDRESS")));
  const auto size = numeric(args, 1, "SIZE");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool zero = std::all_of(bytes, bytes + size, [](std::uint8_t byte) { return byte == 0; });
    std::printf("zero %s\n", zero ? "yes" : "no");
    std::fflush(stdout);
    ::_exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return report(errno);
  if (WIFSIGNALED(status)) std::printf("signal %d\n", WTERMSIG(status));
  return 0;
}

// map SIZE [--address A | --fd N] [--offset N] [--type N] [--direction N]
// [--buffer HANDLE]: without --address or --fd, memory of its own.
int cmd_map(int fd, Args args) {
  hailo_vdma_buffer_map_params params{};
  const auto offset = option(args, "--offset", std::uint64_t{0});
  const auto address = option(args, "--address", std::uint64_t{0});
  const auto dmabuf = option(args, "--fd", no_handle);
  params.buffer_type = static_cast<std::uint32_t>(
      option(args, "--type", std::uint64_t{dmabuf == no_handle ? 0u : 1u}));
  params.data_direction = static_cast<std::uint32_t>(option(args, "--direction", std::uint64_t{0}));
  params.allocated_buffer_handle = option(args, "--buffer", no_handle);
  params.size = numeric(args, 0, "SIZE");
  params.user_address = dmabuf != no_handle ? dmabuf : address;
  if (dmabuf == no_handle && address == 0) {
    void* memory = ::mmap(nullptr, params.size + offset + 1, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return report(errno);
    params.user_address = address_of(memory);
  }
  params.user_address += offset;
  if (const int error = call(fd, HAILO_VDMA_BUFFER_MAP, &params)) return report(error);
  std::printf("address 0x%llx\nhandle %llu\n", static_cast<unsigned long long>(params.user_address),
              static_cast<unsigned long long>(params.mapped_handle));
  return 0;
}

// unmap HANDLE
int cmd_unmap(int fd, Args args) {
  hailo_vdma_buffer_unmap_params params{.mapped_handle = numeric(args, 0, "HANDLE")};
  return report(call(fd, HAILO_VDMA_BUFFER_UNMAP, &params));
}

// sync HANDLE TYPE OFFSET COUNT
int cmd_sync(int fd, Args args) {
  hailo_vdma_buffer_sync_params params{
      .handle = numeric(args, 0, "HANDLE"),
      .sync_type = static_cast<std::uint32_t>(numeric(args, 1, "TYPE")),
      .offset = numeric(args, 2, "OFFSET"),
      .count = numeric(args, 3, "COUNT"),
  };
  return report(call(fd, HAILO_VDMA_BUFFER_SYNC, &params));
}

// list-create COUNT PAGE CIRCULAR
int cmd_list_create(int fd, Args args) {
  hailo_desc_list_create_params params{};
  params.desc_count = numeric(args, 0, "COUNT");
  params.desc_page_size = static_cast<std::uint16_t>(numeric(args, 1, "PAGE"));
  params.is_circular = static_cast<std::uint8_t>(numeric(args, 2, "CIRCULAR"));
  if (const int error = call(fd, HAILO_DESC_LIST_CREATE, &params)) return report(error);
  std::printf("handle 0x%llx\ndma 0x%llx\n", static_cast<unsigned long long>(params.desc_handle),
              static_cast<unsigned long long>(params.dma_address));
  return 0;
}

// list-release HANDLE
int cmd_list_release(int fd, Args args) {
  hailo_desc_list_release_params params{.desc_handle = numeric(args, 0, "HANDLE")};
  return report(call(fd, HAILO_DESC_LIST_RELEASE, &params));
}

// program BUFFER SIZE OFFSET LIST START BIND [--domain N] [--batch N]
// [--stride N] [--debug] [--abi 420|421]
int cmd_program(int fd, Args args) {
  const Abi abi = abi_of(fd, args);
  hailo_desc_list_program_params params{};
  params.last_interrupts_domain =
      static_cast<std::uint32_t>(option(args, "--domain", std::uint64_t{0}));
  params.batch_size = static_cast<std::uint32_t>(option(args, "--batch", std::uint64_t{1}));
  params.stride = static_cast<std::uint32_t>(option(args, "--stride", std::uint64_t{0}));
  params.is_debug = flag(args, "--debug");
  params.channel_index = 0xff;
  params.buffer_handle = numeric(args, 0, "BUFFER");
  params.buffer_size = numeric(args, 1, "SIZE");
  params.buffer_offset = numeric(args, 2, "OFFSET");
  params.desc_handle = numeric(args, 3, "LIST");
  params.starting_desc = static_cast<std::uint32_t>(numeric(args, 4, "START"));
  params.should_bind = static_cast<std::uint8_t>(numeric(args, 5, "BIND"));
  int count;
  if (abi == Abi::v420) {
    hailo_desc_list_program_params_v420 old{
        .buffer_handle = params.buffer_handle,
        .buffer_size = params.buffer_size,
        .buffer_offset = params.buffer_offset,
        .desc_handle = params.desc_handle,
        .channel_index = params.channel_index,
        .starting_desc = params.starting_desc,
        .should_bind = params.should_bind,
        .last_interrupts_domain = params.last_interrupts_domain,
        .is_debug = params.is_debug,
    };
    count = ::ioctl(fd, HAILO_DESC_LIST_PROGRAM_V420, &old);
  } else {
    count = ::ioctl(fd, HAILO_DESC_LIST_PROGRAM, &params);
  }
  if (count < 0) return report(errno);
  std::printf("descriptors %d\n", count);
  return 0;
}

// low-alloc SIZE, continuous-alloc SIZE
int cmd_low_alloc(int fd, Args args) {
  hailo_allocate_low_memory_buffer_params params{};
  params.buffer_size = numeric(args, 0, "SIZE");
  if (const int error = call(fd, HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC, &params)) return report(error);
  std::printf("handle 0x%llx\n", static_cast<unsigned long long>(params.buffer_handle));
  return 0;
}

int cmd_low_free(int fd, Args args) {
  hailo_free_low_memory_buffer_params params{.buffer_handle = numeric(args, 0, "HANDLE")};
  return report(call(fd, HAILO_VDMA_LOW_MEMORY_BUFFER_FREE, &params));
}

int cmd_continuous_alloc(int fd, Args args) {
  hailo_allocate_continuous_buffer_params params{};
  params.buffer_size = numeric(args, 0, "SIZE");
  if (const int error = call(fd, HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC, &params)) return report(error);
  std::printf("handle 0x%llx\ndma 0x%llx\n", static_cast<unsigned long long>(params.buffer_handle),
              static_cast<unsigned long long>(params.dma_address));
  return 0;
}

int cmd_continuous_free(int fd, Args args) {
  hailo_free_continuous_buffer_params params{.buffer_handle = numeric(args, 0, "HANDLE")};
  return report(call(fd, HAILO_VDMA_CONTINUOUS_BUFFER_FREE, &params));
}

// mmap HANDLE SIZE: maps an allocated buffer.
int cmd_mmap(int fd, Args args) {
  void* memory = ::mmap(nullptr, numeric(args, 1, "SIZE"), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                        static_cast<off_t>(numeric(args, 0, "HANDLE")));
  if (memory == MAP_FAILED) return report(errno);
  std::printf("address 0x%llx\n", static_cast<unsigned long long>(address_of(memory)));
  return 0;
}

// enable BITMAP [--timestamps], disable BITMAP: of engine 0; with --engine1
// BITMAP also of one that does not exist.
int cmd_enable(int fd, Args args) {
  hailo_vdma_enable_channels_params params{};
  params.channels_bitmap_per_engine[1] =
      static_cast<std::uint32_t>(option(args, "--engine1", std::uint64_t{0}));
  params.enable_timestamps_measure = flag(args, "--timestamps");
  params.channels_bitmap_per_engine[0] = static_cast<std::uint32_t>(numeric(args, 0, "BITMAP"));
  return report(call(fd, HAILO_VDMA_ENABLE_CHANNELS, &params));
}

int cmd_disable(int fd, Args args) {
  hailo_vdma_disable_channels_params params{};
  params.channels_bitmap_per_engine[0] = static_cast<std::uint32_t>(numeric(args, 0, "BITMAP"));
  return report(call(fd, HAILO_VDMA_DISABLE_CHANNELS, &params));
}

// wait BITMAP [--abi 420|421]: prints "channel N active N completed N" lines.
// The rest of the entries must come back as they went in.
int cmd_wait(int fd, Args args) {
  const Abi abi = abi_of(fd, args);
  const auto bitmap = static_cast<std::uint32_t>(numeric(args, 0, "BITMAP"));
  constexpr std::uint8_t canary = 0xa5;
  if (abi == Abi::v420) {
    hailo_vdma_interrupts_wait_params_v420 params;
    std::memset(&params, canary, sizeof(params));
    std::memset(&params.channels_bitmap_per_engine, 0, sizeof(params.channels_bitmap_per_engine));
    params.channels_bitmap_per_engine[0] = bitmap;
    if (const int error = call(fd, HAILO_VDMA_INTERRUPTS_WAIT_V420, &params)) return report(error);
    for (int i = 0; i < params.channels_count; ++i) {
      const auto& entry = params.irq_data[i];
      std::printf("channel %u active %u completed %u errors %u %u valid %u\n",
                  unsigned{entry.channel_index}, unsigned{entry.is_active},
                  unsigned{entry.transfers_completed}, unsigned{entry.host_error},
                  unsigned{entry.device_error}, unsigned{entry.validation_success});
    }
    if (params.irq_data[params.channels_count].engine_index != canary)
      std::printf("rest changed\n");
    std::printf("count %u\n", unsigned{params.channels_count});
    return 0;
  }
  hailo_vdma_interrupts_wait_params params;
  std::memset(&params, canary, sizeof(params));
  std::memset(&params.channels_bitmap_per_engine, 0, sizeof(params.channels_bitmap_per_engine));
  params.channels_bitmap_per_engine[0] = bitmap;
  if (const int error = call(fd, HAILO_VDMA_INTERRUPTS_WAIT, &params)) return report(error);
  for (int i = 0; i < params.channels_count; ++i) {
    const auto& entry = params.irq_data[i];
    std::printf("channel %u data 0x%02x\n", unsigned{entry.channel_index}, unsigned{entry.data});
  }
  if (params.irq_data[params.channels_count].engine_index != canary) std::printf("rest changed\n");
  std::printf("count %u\n", unsigned{params.channels_count});
  return 0;
}

// wait-disable BITMAP DISABLED [--abi 420|421]: a wait that sleeps until another
// thread disables channels.
int cmd_wait_disable(int fd, Args args) {
  hailo_vdma_disable_channels_params params{};
  params.channels_bitmap_per_engine[0] = static_cast<std::uint32_t>(numeric(args, 1, "DISABLED"));
  std::atomic<bool> over = false;
  int status = 0;
  std::jthread waiter([&] {
    status = cmd_wait(fd, args);
    over = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  if (over) std::printf("the wait did not sleep\n");
  if (const int error = call(fd, HAILO_VDMA_DISABLE_CHANNELS, &params)) {
    std::printf("disable error %s\n", name_of(error));
    std::_Exit(exit_failed);
  }
  waiter.join();
  return status;
}

// timestamps CHANNEL [ENGINE]
int cmd_timestamps(int fd, Args args) {
  hailo_vdma_interrupts_read_timestamp_params params{};
  params.channel_index = static_cast<std::uint8_t>(numeric(args, 0, "CHANNEL"));
  params.engine_index = static_cast<std::uint8_t>(args.size() > 1 ? number(args[1]) : 0);
  if (const int error = call(fd, HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS, &params))
    return report(error);
  std::printf("count %u\n", unsigned{params.timestamps_count});
  return 0;
}

// launch CHANNEL LIST START BIND [--abi 420|421] [--engine N] [--count N]
// [--first N] [--last N] [--debug] BUFFER...: of the old layout
// HANDLE:OFFSET:SIZE, of the new one TYPE:ADDRESS:SIZE.
int cmd_launch(int fd, Args args) {
  const Abi abi = abi_of(fd, args);
  const auto engine = static_cast<std::uint8_t>(option(args, "--engine", std::uint64_t{0}));
  const auto first = static_cast<std::uint32_t>(option(args, "--first", std::uint64_t{0}));
  const auto last = static_cast<std::uint32_t>(option(args, "--last", std::uint64_t{2}));
  const bool debug = flag(args, "--debug");
  const auto count = option(args, "--count", no_handle);
  const auto channel = static_cast<std::uint8_t>(numeric(args, 0, "CHANNEL"));
  const auto list = numeric(args, 1, "LIST");
  const auto start = static_cast<std::uint32_t>(numeric(args, 2, "START"));
  const auto bind = static_cast<std::uint8_t>(numeric(args, 3, "BIND"));
  std::vector<std::array<std::uint64_t, 3>> buffers;
  for (std::size_t i = 4; i < args.size(); ++i) {
    const auto one = args[i].find(':');
    const auto two = args[i].rfind(':');
    if (one == two) usage("a buffer is A:B:C");
    buffers.push_back({number(args[i].substr(0, one)),
                       number(args[i].substr(one + 1, two - one - 1)),
                       number(args[i].substr(two + 1))});
  }
  const auto buffers_count = static_cast<std::uint8_t>(count == no_handle ? buffers.size() : count);

  if (abi == Abi::v420) {
    hailo_vdma_launch_transfer_params_v420 params{};
    params.engine_index = engine;
    params.channel_index = channel;
    params.desc_handle = list;
    params.starting_desc = start;
    params.should_bind = bind;
    params.buffers_count = buffers_count;
    for (std::size_t i = 0; i < std::min(buffers.size(), std::size(params.buffers)); ++i)
      params.buffers[i] = {.mapped_buffer_handle = buffers[i][0],
                           .offset = static_cast<std::uint32_t>(buffers[i][1]),
                           .size = static_cast<std::uint32_t>(buffers[i][2])};
    params.first_interrupts_domain = first;
    params.last_interrupts_domain = last;
    params.is_debug = debug;
    params.descs_programed = 0xa5a5a5a5;
    params.launch_transfer_status = 1;
    const int error = call(fd, HAILO_VDMA_LAUNCH_TRANSFER_V420, &params);
    std::printf("descriptors %u\nstatus %d\n", unsigned{params.descs_programed},
                int{params.launch_transfer_status});
    return report(error);
  }
  hailo_vdma_launch_transfer_params params{};
  params.engine_index = engine;
  params.channel_index = channel;
  params.desc_handle = list;
  params.starting_desc = start;
  params.should_bind = bind;
  params.buffers_count = buffers_count;
  for (std::size_t i = 0; i < std::min(buffers.size(), std::size(params.buffers)); ++i)
    params.buffers[i] = {.buffer_type = static_cast<std::uint32_t>(buffers[i][0]),
                         .addr_or_fd = buffers[i][1],
                         .size = static_cast<std::uint32_t>(buffers[i][2])};
  params.first_interrupts_domain = first;
  params.last_interrupts_domain = last;
  params.is_debug = debug;
  const int done = ::ioctl(fd, HAILO_VDMA_LAUNCH_TRANSFER, &params);
  if (done < 0) return report(errno);
  std::printf("descriptors %d\n", done);
  return 0;
}

// dmabuf SIZE: prints "fd N", of /dev/udmabuf, else of a dma-heap.
int cmd_dmabuf(int, Args args) {
  const auto size = numeric(args, 0, "SIZE");
  const int heap = ::open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
  if (heap >= 0) {
    dma_heap_allocation_data data{
        .len = size, .fd = 0, .fd_flags = O_RDWR | O_CLOEXEC, .heap_flags = 0};
    const bool done = ::ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) == 0;
    const int error = errno;
    ::close(heap);
    if (!done) return report(error);
    std::printf("fd %u\n", data.fd);
    return 0;
  }
  const int device = ::open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
  const int memory = ::memfd_create("guest", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  if (device < 0 || memory < 0 || ::ftruncate(memory, static_cast<off_t>(size)) != 0 ||
      ::fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return report(errno);
  udmabuf_create create{};
  create.memfd = static_cast<std::uint32_t>(memory);
  create.size = size;
  const int buffer = ::ioctl(device, UDMABUF_CREATE, &create);
  const int error = errno;
  ::close(device);
  ::close(memory);
  if (buffer < 0) return report(error);
  std::printf("fd %d\n", buffer);
  return 0;
}

// fd-map FD SIZE: maps any descriptor into memory; fd-close FD.
int cmd_fd_map(int, Args args) {
  void* memory = ::mmap(nullptr, numeric(args, 1, "SIZE"), PROT_READ | PROT_WRITE, MAP_SHARED,
                        static_cast<int>(numeric(args, 0, "FD")), 0);
  if (memory == MAP_FAILED) return report(errno);
  std::printf("address 0x%llx\n", static_cast<unsigned long long>(address_of(memory)));
  return 0;
}

int cmd_fd_close(int, Args args) {
  return report(::close(static_cast<int>(numeric(args, 0, "FD"))) == 0 ? 0 : errno);
}

// memlock BYTES: sets RLIMIT_MEMLOCK.
int cmd_memlock(int, Args args) {
  const rlimit limit{.rlim_cur = numeric(args, 0, "BYTES"), .rlim_max = numeric(args, 0, "BYTES")};
  return report(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? 0 : errno);
}

// fork: a child that keeps the descriptor and all mappings, until it is killed;
// prints "child N".
int cmd_fork(int, Args) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0)
    for (;;) ::pause();
  if (child < 0) return report(errno);
  std::printf("child %d\n", child);
  return 0;
}

}  // namespace

const std::vector<NamedFunction>& vdma_commands() {
  static const std::vector<NamedFunction> commands = {
      {"memory", cmd_memory},
      {"munmap", cmd_munmap},
      {"fill", cmd_fill},
      {"zero", cmd_zero},
      {"map", cmd_map},
      {"unmap", cmd_unmap},
      {"sync", cmd_sync},
      {"list-create", cmd_list_create},
      {"list-release", cmd_list_release},
      {"program", cmd_program},
      {"low-alloc", cmd_low_alloc},
      {"low-free", cmd_low_free},
      {"continuous-alloc", cmd_continuous_alloc},
      {"continuous-free", cmd_continuous_free},
      {"mmap", cmd_mmap},
      {"enable", cmd_enable},
      {"disable", cmd_disable},
      {"wait", cmd_wait},
      {"wait-disable", cmd_wait_disable},
      {"timestamps", cmd_timestamps},
      {"launch", cmd_launch},
      {"dmabuf", cmd_dmabuf},
      {"fd-map", cmd_fd_map},
      {"fd-close", cmd_fd_close},
      {"memlock", cmd_memlock},
      {"fork", cmd_fork},
  };
  return commands;
}

}  // namespace guest
