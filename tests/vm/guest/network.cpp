// SPDX-License-Identifier: MIT
//
// A network without a model on the emulator: every output of a frame is a known
// pattern of all its inputs (docs/hw/neural-core.md), so that each frame can be
// checked. What a client does from configuration to close, by hand, with the
// commands of either generation (chapter 6, section 13).

#include <endian.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "guest.h"
#include "hailo_mailbox.h"
#include "hailo_regs.h"
#include "hailo_vdma.h"
#include "lib/runtime/actions.h"

namespace guest {
namespace {

constexpr std::uint8_t state_reset = 0;
constexpr std::uint8_t state_enabled = 1;
constexpr std::uint8_t no_application = 255;
constexpr unsigned first_output = 16;

struct Options {
  Abi abi{};
  std::uint64_t frames = 0;  // 0: until killed
  unsigned depth = 1;        // frames in flight
  bool direct = false;       // bind at each launch
  bool moving = false;       // a buffer comes back elsewhere in its list
  bool timestamps = false;
  bool debug = false;
  std::uint16_t page = 512;
};

std::uint32_t crc32(std::uint32_t crc, const std::uint8_t* data, std::size_t size) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      auto value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
      entries[i] = value;
    }
    return entries;
  }();
  crc = ~crc;
  for (std::size_t i = 0; i < size; ++i) crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xff];
  return ~crc;
}

// One stream: its list and the memory of its frames.
struct Stream {
  unsigned channel = 0;
  std::uint32_t bytes = 0;  // of a frame
  std::uint32_t page = 0;
  std::uint32_t count = 0;  // descriptors of the list
  std::uint32_t pages = 0;  // descriptors of a frame
  std::uint64_t list = 0;
  std::uint64_t bus_address = 0;
  std::uint64_t map = 0;
  std::uint8_t* memory = nullptr;
  std::size_t memory_size = 0;
  std::uint64_t slots = 0;  // frames in memory; 0: a ring, bound to the list whole
  std::uint32_t next = 0;   // descriptor of the next launch
  std::uint64_t launched = 0;
  std::uint64_t completed = 0;

  bool output() const { return channel >= first_output; }
};

// Buffers of launches start at a page.
std::size_t slot_bytes(const Stream& s) { return (std::size_t{s.bytes} + 4095) / 4096 * 4096; }

class Network {
 public:
  Network(int fd, const Options& options) : fd_(fd), options_(options) {}

  int add(unsigned channel, std::uint32_t bytes);
  int configure();
  int run();
  int stop();

 private:
  int send(std::uint32_t opcode, const std::vector<Bytes>& parameters);
  int set_state(std::uint8_t state, std::uint8_t application);
  int send_context(std::uint8_t type, const hailo::runtime::ActionList& actions);
  std::uint32_t bitmap() const;
  std::uint64_t place(const Stream& stream, std::uint64_t frame) const;
  int launch(Stream& stream);
  int launch_frame();
  int collect();
  void copy(Stream& stream, std::uint64_t frame, std::uint8_t* bytes, bool to_memory);
  bool right(std::uint64_t frame);
  std::uint64_t done() const;

  int fd_;
  Options options_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> sums_;  // of the inputs, by frame modulo depth
  bool enabled_ = false;
};

int Network::send(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  auto params = control(request(opcode, parameters), 10'000, HAILO_CPU_CORE);
  if (const int error = call(fd_, HAILO_FW_CONTROL, &params)) return error;
  hailo_control_response_header header;
  std::memcpy(&header, params.buffer, sizeof(header));
  if (header.major_status == 0) return 0;
  std::printf("control %u refused: 0x%08x\n", opcode, be32toh(header.major_status));
  return EPROTO;
}

int Network::set_state(std::uint8_t state, std::uint8_t application) {
  return send(HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS, {{state}, {application}, {0, 0}, {0, 0}});
}

int Network::send_context(std::uint8_t type, const hailo::runtime::ActionList& actions) {
  const auto pieces = hailo::runtime::chunks(actions);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Bytes first = {i == 0};
    const Bytes last = {i + 1 == pieces.size()};
    if (const int error = send(HAILO_OPCODE_SET_CONTEXT_INFO, {first, last, {type}, pieces[i]}))
      return error;
  }
  return 0;
}

std::uint32_t Network::bitmap() const {
  std::uint32_t bits = 0;
  for (const auto& stream : streams_) bits |= 1u << stream.channel;
  return bits;
}

int Network::add(unsigned channel, std::uint32_t bytes) {
  Stream s;
  s.channel = channel;
  s.bytes = bytes;
  s.page = std::clamp<std::uint32_t>(std::bit_ceil(bytes), HAILO_DESC_PAGE_SIZE_MIN, options_.page);
  s.pages = (bytes + s.page - 1) / s.page;
  s.count = std::bit_ceil(s.pages * (options_.depth + 1));
  s.memory_size = std::size_t{s.count} * s.page;
  if (options_.direct) {
    // As many as fit the list, or one more, so that a frame's memory is at
    // other descriptors each time.
    s.slots = s.count / s.pages + (options_.moving ? 1 : 0);
    s.memory_size = s.slots * slot_bytes(s);
  }

  hailo_desc_list_create_params list{};
  list.desc_count = s.count;
  list.desc_page_size = static_cast<std::uint16_t>(s.page);
  list.is_circular = 1;
  if (const int error = call(fd_, HAILO_DESC_LIST_CREATE, &list)) return error;
  s.list = list.desc_handle;
  s.bus_address = list.dma_address;

  void* memory =
      ::mmap(nullptr, s.memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  s.memory = static_cast<std::uint8_t*>(memory);
  hailo_vdma_buffer_map_params map{};
  map.user_address = reinterpret_cast<std::uintptr_t>(memory);
  map.size = s.memory_size;
  map.data_direction = s.output() ? HAILO_DMA_DIRECTION_FROM_DEVICE : HAILO_DMA_DIRECTION_TO_DEVICE;
  map.allocated_buffer_handle = ~std::uint64_t{0};
  if (const int error = call(fd_, HAILO_VDMA_BUFFER_MAP, &map)) return error;
  s.map = map.mapped_handle;

  if (!options_.direct) {
    hailo_desc_list_program_params program{};
    program.buffer_handle = s.map;
    program.buffer_size = s.memory_size;
    program.batch_size = 1;
    program.desc_handle = s.list;
    program.channel_index = static_cast<std::uint8_t>(s.channel);
    program.should_bind = 1;
    if (::ioctl(fd_, HAILO_DESC_LIST_PROGRAM, &program) != static_cast<int>(s.count)) return EPROTO;
  }
  streams_.push_back(s);
  return 0;
}

int Network::configure() {
  hailo_mark_as_in_use_params mark{};
  if (const int error = call(fd_, HAILO_MARK_AS_IN_USE, &mark)) return error;
  if (mark.in_use != 0) return EBUSY;
  if (const int error = set_state(state_reset, no_application)) return error;
  if (const int error = send(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {})) return error;

  const auto firmware = options_.abi == Abi::v420 ? hailo::Abi::v420 : hailo::Abi::v421;
  hailo::runtime::NetworkPlan plan;
  for (const auto& s : streams_) {
    hailo::runtime::BoundaryChannel boundary;
    boundary.channel = static_cast<std::uint8_t>(s.channel);
    boundary.list = {.handle = s.list,
                     .bus_address = s.bus_address,
                     .count = s.count,
                     .page_size = static_cast<std::uint16_t>(s.page)};
    boundary.stream.frame_bytes = s.bytes;
    boundary.stream.sys_index = static_cast<std::uint8_t>(s.channel);
    boundary.unit = {.bytes = 8, .buffers = 1};
    (s.output() ? plan.outputs : plan.inputs).push_back(boundary);
  }
  if (const int error = send(HAILO_OPCODE_SET_NETWORK_GROUP_HEADER,
                             {hailo::runtime::application_header(firmware, 1)}))
    return error;
  if (const int error = send_context(3, hailo::runtime::activation_context(plan))) return error;
  if (const int error = send_context(2, hailo::runtime::batch_switching_context(plan)))
    return error;
  if (const int error = send_context(0, hailo::runtime::preliminary_context(plan))) return error;
  if (const int error = send_context(1, hailo::runtime::dynamic_context(plan, firmware)))
    return error;
  if (const int error = set_state(state_enabled, 0)) return error;

  hailo_vdma_enable_channels_params enable{};
  enable.channels_bitmap_per_engine[0] = bitmap();
  enable.enable_timestamps_measure = options_.timestamps;
  sums_.resize(options_.depth);
  enabled_ = true;
  return call(fd_, HAILO_VDMA_ENABLE_CHANNELS, &enable);
}

// Where a frame lies in its stream's memory.
std::uint64_t Network::place(const Stream& s, std::uint64_t frame) const {
  if (s.slots != 0) return frame % s.slots * slot_bytes(s);
  return frame * s.pages % s.count * s.page;
}

void Network::copy(Stream& s, std::uint64_t frame, std::uint8_t* bytes, bool to_memory) {
  const auto offset = place(s, frame);
  for (std::size_t at = 0; at < s.bytes;) {
    const auto from = (offset + at) % s.memory_size;
    const auto n = std::min<std::size_t>(s.bytes - at, s.memory_size - from);
    if (to_memory)
      std::memcpy(s.memory + from, bytes + at, n);
    else
      std::memcpy(bytes + at, s.memory + from, n);
    at += n;
  }
}

int Network::launch(Stream& s) {
  const auto offset = place(s, s.launched);
  int taken;
  if (options_.abi == Abi::v420) {
    hailo_vdma_launch_transfer_params_v420 params{};
    params.channel_index = static_cast<std::uint8_t>(s.channel);
    params.desc_handle = s.list;
    params.starting_desc = s.next;
    params.should_bind = options_.direct;
    params.buffers_count = 1;
    params.buffers[0] = {.mapped_buffer_handle = s.map,
                         .offset = static_cast<std::uint32_t>(offset),
                         .size = s.bytes};
    params.last_interrupts_domain = HAILO_DOMAIN_HOST;
    params.first_interrupts_domain =
        options_.timestamps && !s.output() ? HAILO_DOMAIN_HOST : HAILO_DOMAIN_NONE;
    params.is_debug = options_.debug;
    if (const int error = call(fd_, HAILO_VDMA_LAUNCH_TRANSFER_V420, &params)) return error;
    taken = static_cast<int>(params.descs_programed);
  } else {
    hailo_vdma_launch_transfer_params params{};
    params.channel_index = static_cast<std::uint8_t>(s.channel);
    params.desc_handle = s.list;
    params.starting_desc = s.next;
    params.should_bind = options_.direct;
    params.last_interrupts_domain = HAILO_DOMAIN_HOST;
    params.first_interrupts_domain =
        options_.timestamps && !s.output() ? HAILO_DOMAIN_HOST : HAILO_DOMAIN_NONE;
    params.is_debug = options_.debug;
    const auto head =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(s.bytes, s.memory_size - offset));
    params.buffers[params.buffers_count++] = {
        .buffer_type = HAILO_BUFFER_USER_PTR,
        .addr_or_fd = reinterpret_cast<std::uintptr_t>(s.memory + offset),
        .size = head};
    if (head < s.bytes)
      params.buffers[params.buffers_count++] = {
          .buffer_type = HAILO_BUFFER_USER_PTR,
          .addr_or_fd = reinterpret_cast<std::uintptr_t>(s.memory),
          .size = s.bytes - head};
    taken = ::ioctl(fd_, HAILO_VDMA_LAUNCH_TRANSFER, &params);
    if (taken < 0) return errno;
  }
  if (taken != static_cast<int>(s.pages)) {
    std::printf("channel %u: %d descriptors instead of %u\n", s.channel, taken, s.pages);
    return EPROTO;
  }
  s.next = (s.next + s.pages) % s.count;
  ++s.launched;
  return 0;
}

int Network::launch_frame() {
  const auto frame = streams_.front().launched;
  std::uint32_t sum = 0;
  for (auto& s : streams_) {
    if (s.output()) continue;
    Bytes bytes(s.bytes);
    // Different in each frame and each stream, and cheap.
    auto state = static_cast<std::uint32_t>(frame * 2654435761u + s.channel * 40503u + 1);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      if (at % 64 == 0) state = state * 1664525u + 1013904223u;
      bytes[at] = static_cast<std::uint8_t>((state >> 24) + at);
    }
    sum = crc32(sum, bytes.data(), bytes.size());
    copy(s, frame, bytes.data(), true);
  }
  sums_[frame % options_.depth] = sum;
  for (auto& s : streams_)
    if (s.output()) {
      // What was there must not pass for the answer.
      Bytes bytes(s.bytes, 0xee);
      copy(s, frame, bytes.data(), true);
      if (const int error = launch(s)) return error;
    }
  for (auto& s : streams_)
    if (!s.output())
      if (const int error = launch(s)) return error;
  return 0;
}

// One wait.
int Network::collect() {
  const auto note = [&](unsigned channel, unsigned completed, bool active, bool good) {
    if (!active) return ECONNRESET;
    if (!good) return EIO;
    for (auto& s : streams_)
      if (s.channel == channel) s.completed += completed;
    return 0;
  };
  if (options_.abi == Abi::v420) {
    hailo_vdma_interrupts_wait_params_v420 params{};
    params.channels_bitmap_per_engine[0] = bitmap();
    if (const int error = call(fd_, HAILO_VDMA_INTERRUPTS_WAIT_V420, &params)) return error;
    for (int i = 0; i < params.channels_count; ++i) {
      const auto& e = params.irq_data[i];
      const bool good = e.host_error == 0 && e.device_error == 0 && e.validation_success != 0;
      if (const int error = note(e.channel_index, e.transfers_completed, e.is_active != 0, good))
        return error;
    }
    return 0;
  }
  hailo_vdma_interrupts_wait_params params{};
  params.channels_bitmap_per_engine[0] = bitmap();
  if (const int error = call(fd_, HAILO_VDMA_INTERRUPTS_WAIT, &params)) return error;
  for (int i = 0; i < params.channels_count; ++i) {
    const auto& e = params.irq_data[i];
    const bool active = e.data != HAILO_VDMA_DATA_NOT_ACTIVE;
    const bool good = e.data != HAILO_VDMA_DATA_ERROR;
    if (const int error = note(e.channel_index, e.data, active, good)) return error;
  }
  return 0;
}

std::uint64_t Network::done() const {
  std::uint64_t least = ~std::uint64_t{0};
  for (const auto& s : streams_) least = std::min(least, s.completed);
  return least;
}

bool Network::right(std::uint64_t frame) {
  const auto sum = sums_[frame % options_.depth];
  for (auto& s : streams_) {
    if (!s.output()) continue;
    Bytes expected(s.bytes);
    std::memcpy(expected.data(), "EMU", 3);
    for (int i = 0; i < 4; ++i) expected[4 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
    Bytes bytes(s.bytes);
    copy(s, frame, bytes.data(), false);
    if (bytes == expected) continue;
    std::printf("frame %llu, channel %u: %s instead of %s\n",
                static_cast<unsigned long long>(frame), s.channel,
                to_hex(bytes.data(), std::min<std::size_t>(s.bytes, 16)).c_str(),
                to_hex(expected.data(), std::min<std::size_t>(s.bytes, 16)).c_str());
    return false;
  }
  return true;
}

int Network::run() {
  std::uint64_t checked = 0;
  const auto wanted = options_.frames == 0 ? ~std::uint64_t{0} : options_.frames;
  while (checked < wanted) {
    while (streams_.front().launched < wanted &&
           streams_.front().launched - checked < options_.depth)
      if (const int error = launch_frame()) return error;
    if (const int error = collect()) return error;
    for (; checked < done(); ++checked) {
      if (!right(checked)) return EBADMSG;
      if (checked == 0) {
        std::printf("running\n");
        std::fflush(stdout);
      }
    }
  }
  std::printf("frames %llu\n", static_cast<unsigned long long>(checked));
  if (options_.timestamps) {
    for (const auto& s : streams_) {
      hailo_vdma_interrupts_read_timestamp_params params{};
      params.channel_index = static_cast<std::uint8_t>(s.channel);
      if (const int error = call(fd_, HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS, &params)) return error;
      std::printf("timestamps_%u %u\n", s.channel, unsigned{params.timestamps_count});
    }
  }
  return 0;
}

int Network::stop() {
  hailo_vdma_disable_channels_params disable{};
  disable.channels_bitmap_per_engine[0] = bitmap();
  if (enabled_)
    if (const int error = call(fd_, HAILO_VDMA_DISABLE_CHANNELS, &disable)) return error;
  if (const int error = set_state(state_reset, no_application)) return error;
  for (const auto& s : streams_) {
    hailo_vdma_buffer_unmap_params unmap{.mapped_handle = s.map};
    if (const int error = call(fd_, HAILO_VDMA_BUFFER_UNMAP, &unmap)) return error;
    hailo_desc_list_release_params release{.desc_handle = s.list};
    if (const int error = call(fd_, HAILO_DESC_LIST_RELEASE, &release)) return error;
  }
  streams_.clear();
  return send(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {});
}

}  // namespace

// network [--frames N] [--depth N] [--in BYTES,...] [--out BYTES,...]
// [--page N] [--direct] [--moving] [--timestamps] [--debug] [--no-stop]
// [--abi 420|421]: runs frames and checks each; prints "running" after the
// first and "frames N" at the end.
int run_network(int fd, Args args) {
  Options options;
  options.abi = abi_of(fd, args);
  options.frames = option(args, "--frames", std::uint64_t{10});
  options.depth = static_cast<unsigned>(option(args, "--depth", std::uint64_t{1}));
  options.page = static_cast<std::uint16_t>(option(args, "--page", std::uint64_t{512}));
  options.direct = flag(args, "--direct");
  options.moving = flag(args, "--moving");
  options.timestamps = flag(args, "--timestamps");
  options.debug = flag(args, "--debug");
  const bool no_stop = flag(args, "--no-stop");
  const auto sizes = [](const std::string& list) {
    std::vector<std::uint32_t> all;
    for (std::size_t at = 0; at <= list.size();) {
      const auto comma = std::min(list.find(',', at), list.size());
      all.push_back(static_cast<std::uint32_t>(number(list.substr(at, comma - at))));
      at = comma + 1;
    }
    return all;
  };
  const auto inputs = sizes(option(args, "--in", "192"));
  const auto outputs = sizes(option(args, "--out", "8"));

  Network network(fd, options);
  const auto all = [&] {
    unsigned channel = 1;
    for (const auto bytes : inputs)
      if (const int error = network.add(channel++, bytes)) return error;
    channel = first_output;
    for (const auto bytes : outputs)
      if (const int error = network.add(channel++, bytes)) return error;
    if (const int error = network.configure()) return error;
    if (const int error = network.run()) return error;
    return no_stop ? 0 : network.stop();
  };
  const int error = all();
  if (error != 0 && !no_stop) network.stop();
  return report(error);
}

}  // namespace guest
