// SPDX-License-Identifier: MIT
//
// Sequences of commands in which most handles and numbers are good and some are
// not, on several files at once: what the driver keeps between calls is the
// target, more than what it does with a bad number. The emulator must not find
// the driver misuse the device, so firmware is only told of lists that exist.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "guest.h"
#include "hailo_mailbox.h"
#include "hailo_vdma.h"
#include "lib/base/unique_fd.h"
#include "lib/runtime/actions.h"

namespace guest {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};
constexpr std::uint32_t frame_bytes = 2000;
constexpr std::uint32_t page = 512;
constexpr std::uint32_t pages = (frame_bytes + page - 1) / page;
constexpr unsigned input_channel = 1;
constexpr unsigned output_channel = 16;

// splitmix64
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <typename T>
  auto &pick(T &list) {
    return list[below(list.size())];
  }
  // A number that is likely to be on some edge.
  std::uint64_t odd_number() {
    constexpr std::array<std::uint64_t, 16> edges = {
        0,    1,    2,     7,     63,         64,         511,      512,
        4095, 4096, 65535, 65536, 0x7fffffff, 0x80000000, all_ones, 1ull << 32};
    const auto edge = edges[below(edges.size())];
    return one_in(3) ? edge + below(3) - 1 : one_in(8) ? next() : edge;
  }

 private:
  std::uint64_t state_;
};

struct Memory {
  std::uint64_t map = 0;  // handle, 0: not mapped
  std::uint8_t *address = nullptr;
  std::size_t size = 0;
  std::uint32_t direction = 0;
};

struct List {
  std::uint64_t handle = 0;
  std::uint64_t bus_address = 0;
  std::uint32_t count = 0;
};

struct Buffer {
  std::uint64_t handle = 0;
  std::size_t size = 0;
  bool low = false;
  void *address = nullptr;  // mapped at
};

// A network that firmware runs: its two lists, and where each channel stands.
struct Running {
  std::array<List, 2> lists;
  std::array<std::uint32_t, 2> next{};
  bool enabled = false;
};

// Interrupts what this thread sleeps in, again and again.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds period) {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGALRM;
    event._sigev_un._tid = ::gettid();
    made_ = ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    const timespec time{.tv_sec = 0, .tv_nsec = period.count()};
    const itimerspec spec{.it_interval = time, .it_value = time};
    if (made_) ::timer_settime(timer_, 0, &spec, nullptr);
  }
  ~Alarm() {
    if (made_) ::timer_delete(timer_);
  }
  Alarm(const Alarm &) = delete;
  Alarm &operator=(const Alarm &) = delete;

 private:
  timer_t timer_{};
  bool made_ = false;
};

class Totals {
 public:
  void count(const char *name, int error) {
    const std::lock_guard lock(mutex_);
    ++calls_;
    ++results_[{name, error}];
  }
  std::uint64_t calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void print() {
    const std::lock_guard lock(mutex_);
    std::uint64_t good = 0;
    for (const auto &[what, times] : results_) {
      std::printf("result %s %s %llu\n", what.first.c_str(),
                  what.second == 0 ? "ok" : name_of(what.second),
                  static_cast<unsigned long long>(times));
      if (what.second == 0) good += times;
    }
    std::printf("calls %llu\ngood %llu\ntransfers %llu\n", static_cast<unsigned long long>(calls_),
                static_cast<unsigned long long>(good),
                static_cast<unsigned long long>(transfers.load()));
  }
  std::atomic<std::uint64_t> transfers = 0;

 private:
  std::mutex mutex_;
  std::uint64_t calls_ = 0;
  std::map<std::pair<std::string, int>, std::uint64_t> results_;
};

// One open file and what this thread knows of it.
class File {
 public:
  File(const std::string &path, Random &random, Totals &totals)
      : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)), random_(random), totals_(totals) {}
  ~File() {
    for (const auto &m : memories_) ::munmap(m.address, m.size);
    if (frame_.address != nullptr) ::munmap(frame_.address, frame_.size);
    for (const auto &b : buffers_)
      if (b.address != nullptr) ::munmap(b.address, b.size);
  }
  File(const File &) = delete;
  File &operator=(const File &) = delete;

  bool good() const { return static_cast<bool>(fd_); }
  void step();

 private:
  using Action = void (File::*)();

  int call_counted(const char *name, unsigned long command, void *argument);
  template <typename T>
  void spoil(T &params, std::initializer_list<std::size_t> offsets);
  std::uint64_t handle(std::uint64_t good);

  void map();
  void unmap();
  void sync();
  void list_create();
  void list_release();
  void program();
  void alloc();
  void free();
  void map_buffer();
  void unmap_buffer();
  void enable();
  void disable();
  void wait();
  void timestamps();
  void launch();
  void frames();
  void start();
  void reset();
  void mark();
  void garbage();
  bool control_ok(std::uint32_t opcode, const std::vector<Bytes> &parameters);

  hailo::UniqueFd fd_;
  Random &random_;
  Totals &totals_;
  std::vector<Memory> memories_;
  std::vector<List> lists_;
  std::vector<Buffer> buffers_;
  std::optional<Running> running_;
  Memory frame_;  // of frames(), mapped until the file is closed
  bool owner_ = false;
};

int File::call_counted(const char *name, unsigned long command, void *argument) {
  const int done = ::ioctl(fd_.get(), command, argument);
  const int error = done < 0 ? errno : 0;
  totals_.count(name, error);
  return done < 0 ? -error : done;
}

// Now and then one 32-bit field becomes something else.
template <typename T>
void File::spoil(T &params, std::initializer_list<std::size_t> offsets) {
  if (!random_.one_in(5)) return;
  const std::vector<std::size_t> all(offsets);
  const auto value = static_cast<std::uint32_t>(random_.odd_number());
  std::memcpy(reinterpret_cast<std::uint8_t *>(&params) + all[random_.below(all.size())], &value,
              sizeof(value));
}

// Mostly the right one.
std::uint64_t File::handle(std::uint64_t good) {
  if (!random_.one_in(12)) return good;
  return random_.one_in(2) ? random_.below(8) * 4096 : random_.odd_number();
}

void File::map() {
  if (memories_.size() > 24) return unmap();
  Memory m;
  m.size = (1 + random_.below(16)) * 4096;
  m.direction = static_cast<std::uint32_t>(random_.below(3));
  void *memory =
      ::mmap(nullptr, m.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  m.address = static_cast<std::uint8_t *>(memory);
  hailo_vdma_buffer_map_params params{};
  params.user_address = reinterpret_cast<std::uintptr_t>(m.address) + 64 * random_.below(2);
  params.size = m.size - (random_.one_in(3) ? random_.below(m.size) : 64);
  params.data_direction = m.direction;
  params.allocated_buffer_handle = random_.one_in(20) ? random_.below(8) * 4096 : all_ones;
  spoil(params, {0, 4, 8, 12, 16, 20, 24});
  if (call_counted("map", HAILO_VDMA_BUFFER_MAP, &params) >= 0) m.map = params.mapped_handle;
  memories_.push_back(m);
}

void File::unmap() {
  if (memories_.empty()) return;
  auto &m = random_.pick(memories_);
  hailo_vdma_buffer_unmap_params params{.mapped_handle = handle(m.map)};
  const bool done = call_counted("unmap", HAILO_VDMA_BUFFER_UNMAP, &params) >= 0;
  if (done && params.mapped_handle != m.map) {
    for (auto &other : memories_)
      if (other.map == params.mapped_handle) other.map = 0;
    return;
  }
  // The memory goes whether it is still mapped for the device or not.
  ::munmap(m.address, m.size);
  m = memories_.back();
  memories_.pop_back();
}

void File::sync() {
  if (memories_.empty()) return;
  const auto &m = random_.pick(memories_);
  hailo_vdma_buffer_sync_params params{};
  params.handle = handle(m.map);
  params.sync_type = static_cast<std::uint32_t>(random_.below(2));
  params.count = random_.below(m.size);
  spoil(params, {8, 12, 16, 20, 24});
  call_counted("sync", HAILO_VDMA_BUFFER_SYNC, &params);
}

void File::list_create() {
  if (lists_.size() > 12) return list_release();
  hailo_desc_list_create_params params{};
  params.desc_count = 1u << (3 + random_.below(6));
  params.desc_page_size = page;
  params.is_circular = 1;
  spoil(params, {0, 4, 7});
  if (call_counted("list-create", HAILO_DESC_LIST_CREATE, &params) < 0) return;
  if (params.desc_page_size != page || params.is_circular == 0) {
    hailo_desc_list_release_params release{.desc_handle = params.desc_handle};
    call_counted("list-release", HAILO_DESC_LIST_RELEASE, &release);
    return;
  }
  lists_.push_back(
      {params.desc_handle, params.dma_address, static_cast<std::uint32_t>(params.desc_count)});
}

void File::list_release() {
  if (lists_.empty()) return;
  auto &l = random_.pick(lists_);
  hailo_desc_list_release_params params{.desc_handle = handle(l.handle)};
  // What firmware was told of stays until it is told something else.
  if (running_)
    for (const auto &used : running_->lists)
      if (used.handle == params.desc_handle) return;
  if (call_counted("list-release", HAILO_DESC_LIST_RELEASE, &params) < 0) return;
  std::erase_if(lists_, [&](const List &other) { return other.handle == params.desc_handle; });
}

void File::program() {
  if (lists_.empty() || memories_.empty()) return;
  const auto &l = random_.pick(lists_);
  const auto &m = random_.pick(memories_);
  const auto size = 1 + random_.below(std::min<std::uint64_t>(m.size, l.count * page));
  const auto offset = random_.below(4) * page;
  const auto start = static_cast<std::uint32_t>(random_.below(l.count));
  if (random_.one_in(2)) {
    hailo_desc_list_program_params_v420 params{};
    params.buffer_handle = handle(m.map);
    params.buffer_size = size;
    params.buffer_offset = offset;
    params.desc_handle = handle(l.handle);
    params.starting_desc = start;
    params.should_bind = !random_.one_in(4);
    params.last_interrupts_domain = static_cast<std::uint32_t>(random_.below(4));
    spoil(params, {8, 12, 16, 20, 33, 38});
    call_counted("program-420", HAILO_DESC_LIST_PROGRAM_V420, &params);
    return;
  }
  hailo_desc_list_program_params params{};
  params.buffer_handle = handle(m.map);
  params.buffer_size = size;
  params.buffer_offset = offset;
  params.batch_size = static_cast<std::uint32_t>(1 + random_.below(3));
  params.desc_handle = handle(l.handle);
  params.starting_desc = start;
  params.should_bind = !random_.one_in(4);
  params.last_interrupts_domain = static_cast<std::uint32_t>(random_.below(4));
  spoil(params, {8, 12, 16, 20, 24, 37, 42, 47});
  call_counted("program-421", HAILO_DESC_LIST_PROGRAM, &params);
}

void File::alloc() {
  if (buffers_.size() > 12) return free();
  const auto size = random_.one_in(8) ? random_.odd_number() : 1 + random_.below(40000);
  Buffer b;
  b.low = random_.one_in(2);
  if (b.low) {
    hailo_allocate_low_memory_buffer_params params{.buffer_size = size, .buffer_handle = 0};
    if (call_counted("low-alloc", HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC, &params) < 0) return;
    b.handle = params.buffer_handle;
  } else {
    hailo_allocate_continuous_buffer_params params{
        .buffer_size = size, .buffer_handle = 0, .dma_address = 0};
    if (call_counted("continuous-alloc", HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC, &params) < 0) return;
    b.handle = params.buffer_handle;
  }
  b.size = (size + 4095) / 4096 * 4096;
  buffers_.push_back(b);
}

void File::free() {
  if (buffers_.empty()) return;
  auto &b = random_.pick(buffers_);
  // Of the other kind, at times; and with the memory still mapped.
  const bool low = random_.one_in(10) ? !b.low : b.low;
  hailo_free_low_memory_buffer_params params{.buffer_handle = handle(b.handle)};
  const auto command = low ? HAILO_VDMA_LOW_MEMORY_BUFFER_FREE : HAILO_VDMA_CONTINUOUS_BUFFER_FREE;
  if (call_counted(low ? "low-free" : "continuous-free", command, &params) < 0) return;
  for (auto &other : buffers_) {
    if (other.handle != params.buffer_handle) continue;
    if (other.address != nullptr) {
      std::memset(other.address, 0x5a, other.size);
      ::munmap(other.address, other.size);
    }
    other = buffers_.back();
    buffers_.pop_back();
    return;
  }
}

void File::map_buffer() {
  if (buffers_.empty()) return;
  auto &b = random_.pick(buffers_);
  if (b.address != nullptr) return;
  const auto size = random_.one_in(8) ? 4096 * (1 + random_.below(12)) : b.size;
  void *memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                        static_cast<off_t>(b.handle));
  totals_.count("mmap", memory == MAP_FAILED ? errno : 0);
  if (memory == MAP_FAILED) return;
  std::memset(memory, 0xa5, size);
  if (size == b.size)
    b.address = memory;
  else
    ::munmap(memory, size);
}

void File::unmap_buffer() {
  if (buffers_.empty()) return;
  auto &b = random_.pick(buffers_);
  if (b.address == nullptr) return;
  ::munmap(b.address, b.size);
  b.address = nullptr;
}

void File::enable() {
  hailo_vdma_enable_channels_params params{};
  params.channels_bitmap_per_engine[0] = 1u << input_channel | 1u << output_channel;
  params.enable_timestamps_measure = random_.one_in(2);
  if (random_.one_in(4))
    params.channels_bitmap_per_engine[0] = 1u << random_.below(HAILO_VDMA_CHANNELS);
  call_counted("enable", HAILO_VDMA_ENABLE_CHANNELS, &params);
}

void File::disable() {
  hailo_vdma_disable_channels_params params{};
  params.channels_bitmap_per_engine[0] =
      random_.one_in(3) ? static_cast<std::uint32_t>(random_.next()) : ~0u;
  call_counted("disable", HAILO_VDMA_DISABLE_CHANNELS, &params);
  if (running_) running_->next = {};
}

// A wait that may sleep is ended by the timer.
void File::wait() {
  const auto bitmap = 1u << input_channel | 1u << output_channel;
  const Alarm alarm(std::chrono::milliseconds(3));
  if (random_.one_in(2)) {
    hailo_vdma_interrupts_wait_params_v420 params{};
    params.channels_bitmap_per_engine[0] = bitmap;
    spoil(params, {0});
    if (call_counted("wait-420", HAILO_VDMA_INTERRUPTS_WAIT_V420, &params) >= 0)
      for (int i = 0; i < params.channels_count; ++i)
        totals_.transfers += params.irq_data[i].transfers_completed;
    return;
  }
  hailo_vdma_interrupts_wait_params params{};
  params.channels_bitmap_per_engine[0] = bitmap;
  spoil(params, {0});
  if (call_counted("wait-421", HAILO_VDMA_INTERRUPTS_WAIT, &params) >= 0)
    for (int i = 0; i < params.channels_count; ++i)
      if (params.irq_data[i].data < HAILO_VDMA_DATA_ERROR)
        totals_.transfers += params.irq_data[i].data;
}

void File::timestamps() {
  hailo_vdma_interrupts_read_timestamp_params params{};
  params.channel_index = static_cast<std::uint8_t>(random_.one_in(8)   ? random_.next()
                                                   : random_.one_in(2) ? input_channel
                                                                       : output_channel);
  call_counted("timestamps", HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS, &params);
}

void File::launch() {
  if (memories_.empty()) return;
  const auto which = random_.below(2);
  const auto channel = which == 0 ? input_channel : output_channel;
  // Other channels are not of this file, or do not run.
  const auto &list = running_ ? running_->lists[which] : List{};
  const auto next = running_ ? running_->next[which] : 0;
  const auto &m = random_.pick(memories_);
  const auto size = static_cast<std::uint32_t>(random_.one_in(6)   ? random_.odd_number()
                                               : random_.one_in(6) ? 1 + random_.below(4000)
                                                                   : frame_bytes);
  int taken;
  if (random_.one_in(2)) {
    hailo_vdma_launch_transfer_params_v420 params{};
    params.channel_index = static_cast<std::uint8_t>(channel);
    params.desc_handle = list.handle;
    params.starting_desc = next;
    params.should_bind = !random_.one_in(5);
    params.buffers_count = static_cast<std::uint8_t>(random_.one_in(5) ? random_.below(4) : 1);
    for (auto &buffer : params.buffers)
      buffer = {.mapped_buffer_handle = handle(m.map),
                .offset = static_cast<std::uint32_t>(random_.below(4) * page),
                .size = size};
    params.first_interrupts_domain = static_cast<std::uint32_t>(random_.below(4));
    params.last_interrupts_domain = HAILO_DOMAIN_HOST;
    params.is_debug = random_.one_in(3);
    spoil(params, {10, 24, 28, 44, 48, 52});
    taken = call_counted("launch-420", HAILO_VDMA_LAUNCH_TRANSFER_V420, &params);
    if (taken >= 0) taken = static_cast<int>(params.descs_programed);
  } else {
    hailo_vdma_launch_transfer_params params{};
    params.channel_index = static_cast<std::uint8_t>(channel);
    params.desc_handle = list.handle;
    params.starting_desc = next;
    params.should_bind = !random_.one_in(5);
    params.buffers_count = static_cast<std::uint8_t>(random_.one_in(5) ? random_.below(10) : 1);
    for (auto &buffer : params.buffers)
      buffer = {.buffer_type = random_.one_in(20) ? 1u : 0u,
                .addr_or_fd = reinterpret_cast<std::uintptr_t>(m.address) + random_.below(4) * page,
                .size = size};
    params.first_interrupts_domain = static_cast<std::uint32_t>(random_.below(4));
    params.last_interrupts_domain = HAILO_DOMAIN_HOST;
    params.is_debug = random_.one_in(3);
    spoil(params, {10, 16, 20, 24, 28, 144, 148});
    taken = call_counted("launch-421", HAILO_VDMA_LAUNCH_TRANSFER, &params);
  }
  if (taken > 0 && running_)
    running_->next[which] =
        (running_->next[which] + static_cast<std::uint32_t>(taken)) % list.count;
}

// A few frames as a well-behaved client sends them, if nothing has spoilt the
// network.
void File::frames() {
  if (!running_) return;
  if (frame_.address == nullptr) {
    frame_.size = (frame_bytes + 4095) / 4096 * 4096;
    void *memory =
        ::mmap(nullptr, frame_.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    frame_.address = static_cast<std::uint8_t *>(memory);
    hailo_vdma_buffer_map_params params{};
    params.user_address = reinterpret_cast<std::uintptr_t>(memory);
    params.size = frame_.size;
    params.data_direction = HAILO_DMA_DIRECTION_BIDIRECTIONAL;
    params.allocated_buffer_handle = all_ones;
    call_counted("map", HAILO_VDMA_BUFFER_MAP, &params);
  }
  for (auto left = 1 + random_.below(4); left > 0; --left) {
    for (const unsigned which : {0u, 1u}) {
      hailo_vdma_launch_transfer_params params{};
      params.channel_index = static_cast<std::uint8_t>(which == 0 ? input_channel : output_channel);
      params.desc_handle = running_->lists[which].handle;
      params.starting_desc = running_->next[which];
      params.should_bind = 1;
      params.buffers_count = 1;
      params.buffers[0].addr_or_fd = reinterpret_cast<std::uintptr_t>(frame_.address);
      params.buffers[0].size = frame_bytes;
      params.last_interrupts_domain = HAILO_DOMAIN_HOST;
      const int taken = call_counted("launch-421", HAILO_VDMA_LAUNCH_TRANSFER, &params);
      if (taken < 0) return;
      running_->next[which] = (running_->next[which] + static_cast<std::uint32_t>(taken)) %
                              running_->lists[which].count;
    }
    if (random_.one_in(3)) continue;
    wait();
    wait();
  }
}

bool File::control_ok(std::uint32_t opcode, const std::vector<Bytes> &parameters) {
  auto params = control(request(opcode, parameters), 10'000, HAILO_CPU_CORE);
  return call_counted("control", HAILO_FW_CONTROL, &params) >= 0;
}

// Has firmware run a network over two lists of this file.
void File::start() {
  if (lists_.size() < 4) return list_create();
  hailo_mark_as_in_use_params mark{};
  if (call_counted("mark", HAILO_MARK_AS_IN_USE, &mark) < 0 || mark.in_use != 0) return;
  owner_ = true;
  reset();
  Running r;
  r.lists = {random_.pick(lists_), random_.pick(lists_)};
  if (r.lists[0].handle == r.lists[1].handle) return;
  if (std::ranges::any_of(r.lists, [](const List &l) { return l.count < 2 * pages; })) return;

  hailo::runtime::NetworkPlan plan;
  for (const unsigned i : {0u, 1u}) {
    hailo::runtime::BoundaryChannel c;
    c.channel = static_cast<std::uint8_t>(i == 0 ? input_channel : output_channel);
    c.list = {.handle = r.lists[i].handle,
              .bus_address = r.lists[i].bus_address,
              .count = r.lists[i].count,
              .page_size = page};
    c.stream.frame_bytes = frame_bytes;
    c.stream.sys_index = c.channel;
    c.unit = {.bytes = 8, .buffers = 1};
    (i == 0 ? plan.inputs : plan.outputs).push_back(c);
  }
  using namespace hailo::runtime;
  const auto context = [&](std::uint8_t type, const ActionList &actions) {
    return control_ok(HAILO_OPCODE_SET_CONTEXT_INFO, {{1}, {1}, {type}, chunks(actions).front()});
  };
  const auto firmware = hailo::Abi::v421;
  if (!control_ok(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {}) ||
      !control_ok(HAILO_OPCODE_SET_NETWORK_GROUP_HEADER, {application_header(firmware, 1)}) ||
      !context(3, activation_context(plan)) || !context(2, batch_switching_context(plan)) ||
      !context(0, preliminary_context(plan)) || !context(1, dynamic_context(plan, firmware)) ||
      !control_ok(HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS, {{1}, {0}, {0, 0}, {0, 0}}))
    return;
  running_ = r;
  hailo_vdma_enable_channels_params enable{};
  enable.channels_bitmap_per_engine[0] = 1u << input_channel | 1u << output_channel;
  call_counted("enable", HAILO_VDMA_ENABLE_CHANNELS, &enable);
}

// Disables, or forgets to.  What another client runs is left alone.
void File::reset() {
  if (!owner_) return;
  if (!random_.one_in(4)) disable();
  if (control_ok(HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS, {{0}, {255}, {0, 0}, {0, 0}}))
    running_.reset();
}

void File::mark() {
  hailo_mark_as_in_use_params params{};
  call_counted("mark", HAILO_MARK_AS_IN_USE, &params);
}

// Any vDMA command with any content.
void File::garbage() {
  constexpr std::array commands = {HAILO_VDMA_BUFFER_MAP,
                                   HAILO_VDMA_BUFFER_UNMAP,
                                   HAILO_VDMA_BUFFER_SYNC,
                                   HAILO_DESC_LIST_PROGRAM,
                                   HAILO_DESC_LIST_PROGRAM_V420,
                                   HAILO_VDMA_LOW_MEMORY_BUFFER_FREE,
                                   HAILO_VDMA_CONTINUOUS_BUFFER_FREE,
                                   HAILO_VDMA_LAUNCH_TRANSFER,
                                   HAILO_VDMA_LAUNCH_TRANSFER_V420,
                                   HAILO_QUERY_DEVICE_PROPERTIES,
                                   HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS};
  std::vector<std::uint64_t> words(400);
  for (auto &word : words) word = random_.one_in(2) ? random_.odd_number() : random_.next();
  call_counted("garbage", commands[random_.below(commands.size())], words.data());
}

void File::step() {
  if (!running_ && random_.one_in(10)) return start();
  struct Weighted {
    unsigned weight;
    Action action;
  };
  static constexpr Weighted actions[] = {
      {8, &File::map},          {5, &File::unmap},        {3, &File::sync},
      {5, &File::list_create},  {3, &File::list_release}, {10, &File::program},
      {4, &File::alloc},        {3, &File::free},         {3, &File::map_buffer},
      {2, &File::unmap_buffer}, {2, &File::enable},       {1, &File::disable},
      {20, &File::wait},        {2, &File::timestamps},   {40, &File::launch},
      {12, &File::frames},      {1, &File::start},        {1, &File::reset},
      {1, &File::mark},         {6, &File::garbage},
  };
  unsigned total = 0;
  for (const auto &a : actions) total += a.weight;
  auto at = random_.below(total);
  for (const auto &a : actions) {
    if (at < a.weight) return (this->*a.action)();
    at -= a.weight;
  }
}

}  // namespace

// fuzz DEV [--calls N] [--seed N] [--threads N]: prints how many calls ended
// how.
int fuzz(const std::string &path, Args args) {
  const auto calls = option(args, "--calls", std::uint64_t{2000});
  const auto seed = option(args, "--seed", std::uint64_t{1});
  const auto threads = option(args, "--threads", std::uint64_t{2});
  constexpr std::uint64_t steps_per_file = 700;

  struct sigaction ignore{};
  ignore.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &ignore, nullptr);
  Totals totals;
  std::vector<std::jthread> workers;
  for (std::uint64_t t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      Random random(seed * 1000 + t);
      while (totals.calls() < calls) {
        File file(path, random, totals);
        if (!file.good()) {
          totals.count("open", errno);
          continue;
        }
        for (std::uint64_t i = random.below(steps_per_file); i > 0 && totals.calls() < calls; --i)
          file.step();
      }
    });
  }
  workers.clear();
  totals.print();
  return 0;
}

}  // namespace guest
