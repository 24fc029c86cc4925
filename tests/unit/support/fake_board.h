// SPDX-License-Identifier: MIT
#pragma once

#include <hailo/hailo_ioctl.h>
#include <hailo_mailbox.h>
#include <hailo_vdma.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/hailo/device.h"
#include "lib/hailo/md5.h"
#include "support/identify_answer.h"

namespace hailo::test {

/// A driver with a board behind it, in memory: it moves bytes by the
/// descriptors, so that what is bound wrongly arrives wrongly. `misuse` tells
/// what no right client does. All of it may be looked at while nobody calls.
class FakeBoard {
 public:
  using Model = std::function<std::vector<Bytes>(const std::vector<Bytes>& inputs)>;

  // How it presents itself.
  std::uint32_t release_minor = 21;
  std::uint32_t firmware_minor = 21;
  std::uint32_t architecture = HAILO_ARCH_HAILO8;
  std::uint32_t layout = 0;
  bool emulated = true;
  bool firmware_loaded = true;
  bool in_use = false;
  std::uint16_t max_page = 4096;

  /// Frames in, frames out: of the channels that the lists named.
  Model model = [](const std::vector<Bytes>&) { return std::vector<Bytes>{}; };
  /// Results stay in the board.
  bool hold = false;

  /// The n-th call (from 0) of a command fails like this.
  struct Fault {
    unsigned long command;
    int nth;
    int error;
  };
  std::vector<Fault> faults;

  // What came.
  std::map<unsigned long, int> calls;
  std::vector<Bytes> controls;  ///< of the core CPU
  std::vector<std::string> misuse;

  std::unique_ptr<DeviceIo> io() { return std::make_unique<Io>(*this); }
  Device device() { return Device(io()); }

  bool is_empty() const { return mappings_.empty() && lists_.empty() && enabled_ == 0; }
  bool is_active() const { return active_; }
  std::size_t descriptors_written() const { return written_; }

  /// What the configuration channel would fetch.
  Bytes config_bytes() const {
    Bytes bytes;
    for (const auto& [handle, list] : lists_)
      if (!list.circular)
        for (const auto& d : list.descriptors)
          bytes.insert(bytes.end(), d.address, d.address + d.size);
    return bytes;
  }

  /// The board stops working: waiters are told.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    removed_ = true;
    changed_.notify_all();
  }

 private:
  struct Mapping {
    std::uint8_t* address;
    std::size_t size;
    std::uint32_t direction;
  };
  struct Descriptor {
    std::uint8_t* address = nullptr;
    std::uint32_t size = 0;
  };
  struct List {
    std::vector<Descriptor> descriptors;
    std::uint16_t page;
    bool circular;
  };
  struct Transfer {
    std::uint32_t start;
    std::uint32_t count;
    std::uint32_t bytes;
  };
  struct Channel {
    std::uint64_t list = 0;
    std::uint32_t avail = 0;
    std::deque<Transfer> queue;
    unsigned completed = 0;
    bool interrupted = false;
  };

  class Io : public DeviceIo {
   public:
    explicit Io(FakeBoard& board) : board_(board) {}
    int ioctl(unsigned long command, void* argument) override {
      return board_.ioctl(command, argument);
    }

   private:
    FakeBoard& board_;
  };

  int ioctl(unsigned long command, void* argument) {
    std::unique_lock lock(mutex_);
    const int nth = calls[command]++;
    for (const auto& fault : faults)
      if (fault.command == command && fault.nth == nth) return -fault.error;
    if (removed_ && command != HAILO_VDMA_DISABLE_CHANNELS) return -ENODEV;
    switch (command) {
      case HAILO_QUERY_DRIVER_INFO:
        *static_cast<hailo_driver_info*>(argument) = {4, release_minor, 0};
        return 0;
      case HAILO_QUERY_DEVICE_PROPERTIES: {
        auto& p = *static_cast<hailo_device_properties*>(argument);
        p.desc_max_page_size = max_page;
        p.is_fw_loaded = firmware_loaded;
        return 0;
      }
      case HAILO_MARK_AS_IN_USE:
        static_cast<hailo_mark_as_in_use_params*>(argument)->in_use = in_use;
        return 0;
      case HAILO_FW_CONTROL:
        return control(*static_cast<hailo_fw_control*>(argument));
      case HAILO_VDMA_BUFFER_MAP:
        return map(*static_cast<hailo_vdma_buffer_map_params*>(argument));
      case HAILO_VDMA_BUFFER_UNMAP:
        if (active_) misuse.push_back("unmapped while the network is active");
        return mappings_.erase(
                   static_cast<hailo_vdma_buffer_unmap_params*>(argument)->mapped_handle)
                   ? 0
                   : -EINVAL;
      case HAILO_DESC_LIST_CREATE:
        return create(*static_cast<hailo_desc_list_create_params*>(argument));
      case HAILO_DESC_LIST_RELEASE:
        if (active_) misuse.push_back("list released while the network is active");
        return lists_.erase(static_cast<hailo_desc_list_release_params*>(argument)->desc_handle)
                   ? 0
                   : -EINVAL;
      case HAILO_DESC_LIST_PROGRAM:
        return new_abi(
            [&] { return program(*static_cast<hailo_desc_list_program_params*>(argument)); });
      case HAILO_DESC_LIST_PROGRAM_V420:
        return old_abi(
            [&] { return program(*static_cast<hailo_desc_list_program_params_v420*>(argument)); });
      case HAILO_VDMA_ENABLE_CHANNELS:
        if (!active_) misuse.push_back("channels enabled before the network");
        enabled_ = static_cast<hailo_vdma_enable_channels_params*>(argument)
                       ->channels_bitmap_per_engine[0];
        return 0;
      case HAILO_VDMA_DISABLE_CHANNELS:
        enabled_ = 0;
        std::ranges::fill(channels_, Channel{});
        changed_.notify_all();
        return removed_ ? -ENODEV : 0;
      case HAILO_VDMA_LAUNCH_TRANSFER:
        return new_abi(
            [&] { return launch(*static_cast<hailo_vdma_launch_transfer_params*>(argument)); });
      case HAILO_VDMA_LAUNCH_TRANSFER_V420:
        return old_abi([&] {
          return launch(*static_cast<hailo_vdma_launch_transfer_params_v420*>(argument));
        });
      case HAILO_VDMA_INTERRUPTS_WAIT:
        return new_abi(
            [&] { return wait(lock, *static_cast<hailo_vdma_interrupts_wait_params*>(argument)); });
      case HAILO_VDMA_INTERRUPTS_WAIT_V420:
        return old_abi([&] {
          return wait(lock, *static_cast<hailo_vdma_interrupts_wait_params_v420*>(argument));
        });
      default:
        return -ENOTTY;
    }
  }

  template <typename F>
  int new_abi(F f) {
    return release_minor >= 21 ? f() : -ENOTTY;
  }
  template <typename F>
  int old_abi(F f) {
    return release_minor < 21 ? f() : -ENOTTY;
  }

  // Firmware

  static Bytes answer(std::uint32_t opcode, std::vector<Bytes> parameters,
                      std::uint32_t status = 0) {
    IdentifyAnswer a;
    a.opcode = opcode;
    a.major_status = status;
    a.count = static_cast<std::uint32_t>(parameters.size());
    a.parameters = std::move(parameters);
    return a.build();
  }

  static Bytes be32(std::uint32_t value) {
    Bytes bytes;
    append_be32(bytes, value);
    return bytes;
  }

  Bytes app_answer(std::uint32_t opcode) {
    if (opcode == HAILO_OPCODE_IDENTIFY) {
      IdentifyAnswer a;
      a.parameters[1][4] = static_cast<std::uint8_t>(firmware_minor);
      a.parameters[4] = be32(architecture);
      return a.build();
    }
    return answer(opcode, {be32(400000000), Bytes(8), Bytes(4), Bytes(1), Bytes(32), Bytes(6),
                           IdentifyAnswer::text(emulated ? "EMULATOR" : "N12345", 12), Bytes(24),
                           be32(layout)});
  }

  int control(hailo_fw_control& message) {
    const Bytes request(message.buffer, message.buffer + message.buffer_len);
    const std::uint32_t opcode = load_be32(request, 12);
    Bytes reply;
    if (message.cpu_id == HAILO_CPU_APP) {
      reply = app_answer(opcode);
    } else {
      controls.push_back(request);
      if (opcode == HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS) active_ = request.at(24) == 1;
      reply = answer(opcode, {}, refuse_opcode == opcode ? HAILO_STATUS_INVALID_OPCODE : 0);
    }
    const Md5 digest = md5(reply).value();
    std::ranges::copy(digest, message.expected_md5);
    std::ranges::copy(reply, message.buffer);
    message.buffer_len = static_cast<std::uint32_t>(reply.size());
    return 0;
  }

 public:
  /// A control that the firmware answers with an error.
  std::uint32_t refuse_opcode = HAILO_OPCODE_COUNT;

 private:
  // Memory

  int map(hailo_vdma_buffer_map_params& p) {
    const std::uint64_t handle = ++handles_;
    auto* address = reinterpret_cast<std::uint8_t*>(p.user_address);
    if (p.user_address % 4096) misuse.push_back("mapping is not page aligned");
    mappings_[handle] = {address, p.size, p.data_direction};
    p.mapped_handle = handle;
    return 0;
  }

  int create(hailo_desc_list_create_params& p) {
    if (p.desc_count < HAILO_DESC_LIST_MIN || p.desc_count > HAILO_DESC_LIST_MAX ||
        !std::has_single_bit(std::uint16_t{p.desc_page_size}) || p.desc_page_size > max_page ||
        (p.is_circular && !std::has_single_bit(std::uint64_t{p.desc_count})))
      return -EINVAL;
    const std::uint64_t handle = ++handles_ * 4096;
    lists_[handle] = {std::vector<Descriptor>(p.desc_count), p.desc_page_size, p.is_circular != 0};
    p.desc_handle = handle;
    p.dma_address = handle << 16;
    return 0;
  }

  template <typename P>
  int program(const P& p) {
    if (!mappings_.contains(p.buffer_handle) || !lists_.contains(p.desc_handle)) return -EFAULT;
    const Mapping& mapping = mappings_[p.buffer_handle];
    List& list = lists_[p.desc_handle];
    if (p.buffer_offset % list.page) return -EINVAL;
    if (p.buffer_offset + p.buffer_size > mapping.size) return -EFAULT;
    const std::uint32_t count =
        static_cast<std::uint32_t>((p.buffer_size + list.page - 1) / list.page);
    if (count > list.descriptors.size() - (list.circular ? 0 : p.starting_desc)) return -ERANGE;
    for (std::uint32_t i = 0; i < count; i++) {
      const std::uint64_t at = std::uint64_t{i} * list.page;
      list.descriptors[(p.starting_desc + i) % list.descriptors.size()] = {
          mapping.address + p.buffer_offset + at,
          static_cast<std::uint32_t>(std::min<std::uint64_t>(list.page, p.buffer_size - at))};
      written_++;
    }
    return static_cast<int>(count);
  }

  // Transfers

  bool is_mapped(const hailo_vdma_transfer_buffer& b) const {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(b.addr_or_fd);
    return std::ranges::any_of(mappings_, [&](const auto& entry) {
      const Mapping& m = entry.second;
      return begin >= m.address && begin + b.size <= m.address + m.size;
    });
  }

  int launch(hailo_vdma_launch_transfer_params& p) {
    std::uint32_t bytes = 0;
    for (unsigned i = 0; i < p.buffers_count; i++) {
      if (!is_mapped(p.buffers[i])) return -EFAULT;
      bytes += p.buffers[i].size;
    }
    return launch_bytes(p.channel_index, p.desc_handle, p.starting_desc, p.should_bind, bytes);
  }

  int launch(hailo_vdma_launch_transfer_params_v420& p) {
    if (p.buffers_count != 1 || !mappings_.contains(p.buffers[0].mapped_buffer_handle))
      return -EFAULT;
    const int count = launch_bytes(p.channel_index, p.desc_handle, p.starting_desc, p.should_bind,
                                   p.buffers[0].size);
    p.descs_programed = count > 0 ? static_cast<std::uint32_t>(count) : 0;
    p.launch_transfer_status = std::min(count, 0);
    return std::min(count, 0);
  }

  int launch_bytes(unsigned index, std::uint64_t handle, std::uint32_t start, bool bind,
                   std::uint32_t bytes) {
    if (!lists_.contains(handle)) return -EFAULT;
    if (!(enabled_ >> index & 1) || stopped_) return -ECONNRESET;
    Channel& channel = channels_[index];
    List& list = lists_[handle];
    if (channel.list == 0) channel.list = handle;
    if (channel.list != handle) return -EINVAL;
    if (bind) misuse.push_back("a ring is bound already");
    if (start != channel.avail) return -EFAULT;
    const auto size = static_cast<std::uint32_t>(list.descriptors.size());
    const std::uint32_t count = (bytes + list.page - 1) / list.page;
    std::uint32_t used = 0;
    for (const auto& t : channel.queue) used += t.count;
    if (used + count > size - 1) return -ERANGE;
    written_++;  // the last one, with its size and interrupt
    channel.queue.push_back({start, count, bytes});
    channel.avail = (start + count) % size;
    if (!hold) work();
    return static_cast<int>(count);
  }

  /// The transfer's bytes, one descriptor after the other.
  template <typename F>
  void walk(const Channel& channel, F f) {
    const List& list = lists_[channel.list];
    const Transfer& t = channel.queue.front();
    std::uint32_t left = t.bytes;
    for (std::uint32_t i = 0; i < t.count; i++) {
      const Descriptor& d = list.descriptors[(t.start + i) % list.descriptors.size()];
      const std::uint32_t piece = std::min(left, d.size);
      f(d.address, piece);
      left -= piece;
    }
  }

  void finish(Channel& channel) {
    channel.queue.pop_front();
    channel.completed++;
    channel.interrupted = true;
  }

 public:
  /// Runs the model as often as every channel has a frame. For `hold`.
  void work_held() {
    const std::lock_guard lock(mutex_);
    work();
  }

 private:
  void work() {
    const auto each = [&](unsigned from, unsigned to, auto f) {
      for (unsigned i = from; i < to; i++)
        if (enabled_ >> i & 1) f(channels_[i]);
    };
    for (;;) {
      bool ready = true;
      each(0, HAILO_VDMA_CHANNELS, [&](Channel& c) { ready = ready && !c.queue.empty(); });
      if (!ready || enabled_ == 0) break;
      std::vector<Bytes> inputs;
      each(0, HAILO_VDMA_FIRST_D2H, [&](Channel& c) {
        Bytes bytes;
        bytes.reserve(c.queue.front().bytes);
        walk(c, [&](const std::uint8_t* from, std::uint32_t size) {
          bytes.insert(bytes.end(), from, from + size);
        });
        inputs.push_back(std::move(bytes));
        finish(c);
      });
      const auto outputs = model(inputs);
      std::size_t next = 0;
      each(HAILO_VDMA_FIRST_D2H, HAILO_VDMA_CHANNELS, [&](Channel& c) {
        std::size_t at = 0;
        walk(c, [&](std::uint8_t* to, std::uint32_t size) {
          std::memcpy(to, outputs.at(next).data() + at, size);
          at += size;
        });
        next++;
        finish(c);
      });
    }
    changed_.notify_all();
  }

  static void set(hailo_vdma_irq_data& entry, unsigned completed, bool active) {
    entry.data = active ? static_cast<std::uint8_t>(completed) : HAILO_VDMA_DATA_NOT_ACTIVE;
  }
  static void set(hailo_vdma_irq_data_v420& entry, unsigned completed, bool active) {
    entry.is_active = active;
    entry.transfers_completed = static_cast<std::uint8_t>(completed);
    entry.validation_success = 1;
  }

  template <typename P>
  int wait(std::unique_lock<std::mutex>& lock, P& p) {
    const std::uint32_t asked = p.channels_bitmap_per_engine[0];
    const auto any = [&] {
      for (unsigned i = 0; i < HAILO_VDMA_CHANNELS; i++)
        if (asked >> i & 1 && channels_[i].interrupted) return true;
      return false;
    };
    changed_.wait(lock, [&] { return removed_ || stopped_ || (asked & ~enabled_) || any(); });
    if (removed_) return -ENODEV;
    for (unsigned i = 0; i < HAILO_VDMA_CHANNELS; i++) {
      Channel& channel = channels_[i];
      if (!(asked & enabled_ & 1U << i) || !(channel.interrupted || stopped_)) continue;
      auto& entry = p.irq_data[p.channels_count++];
      entry = {};
      entry.channel_index = static_cast<std::uint8_t>(i);
      set(entry, channel.completed, !stopped_);
      channel.completed = 0;
      channel.interrupted = false;
    }
    return 0;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t handles_ = 0;
  std::map<std::uint64_t, Mapping> mappings_;
  std::map<std::uint64_t, List> lists_;
  Channel channels_[HAILO_VDMA_CHANNELS];
  std::uint32_t enabled_ = 0;
  std::size_t written_ = 0;
  bool active_ = false;
  bool stopped_ = false;
  bool removed_ = false;
};

}  // namespace hailo::test
