// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>

#include "guest_memory.h"
#include "rig.h"

namespace hailo::emu::test {

/// A neural core that computes when the test wants it to.
class FakeCore : public NeuralCore {
 public:
  ModelId load(Bytes payload) override {
    payloads.push_back(std::move(payload));
    const ModelId id = ++last;
    outcomes.push_back({id, kLoaded, load_error, {}});
    return id;
  }
  void unload(ModelId model) override { unloaded.push_back(model); }
  bool submit(ModelId model, Token token, std::vector<Frame> inputs) override {
    if (waiting.size() == capacity) return false;
    waiting.push_back({model, token, std::move(inputs)});
    if (automatic) finish();
    return true;
  }
  void cancel() override { waiting.clear(); }
  std::vector<Outcome> poll() override { return std::exchange(outcomes, {}); }

  /// Computes the oldest frame.
  void finish() {
    Job job = std::move(waiting.front());
    waiting.pop_front();
    outcomes.push_back({job.model, job.token, run_error, compute(job.model, job.inputs)});
  }

  struct Job {
    ModelId model;
    Token token;
    std::vector<Frame> inputs;
  };
  std::function<std::vector<Frame>(ModelId, const std::vector<Frame>&)> compute;
  bool automatic = true;
  std::size_t capacity = 32;
  std::string load_error;
  std::string run_error;
  std::vector<Bytes> payloads;
  std::vector<ModelId> unloaded;
  std::deque<Job> waiting;
  std::vector<Outcome> outcomes;
  ModelId last = 0;
};

/// A descriptor list in guest memory.
struct List {
  std::uint64_t address = 0;
  std::uint32_t count = 16;
  std::uint32_t page = 512;
  std::uint32_t bytes = 0;  ///< of one frame
};

constexpr std::uint8_t kPlain = 0x02;
constexpr std::uint8_t kHostIrq = 0x2e;
constexpr std::uint8_t kDeviceIrq = 0x1e;

/// Action lists of one application, in either layout.
class Actions {
 public:
  explicit Actions(bool wide) : wide_(wide) {}  ///< wide: 4.20

  Actions& open_input(unsigned channel, unsigned stream, const List& list);
  Actions& open_output(unsigned channel, const List& list);
  Actions& activate_input(unsigned channel, unsigned stream, const List& list);
  Actions& activate_output(unsigned channel, unsigned stream, const List& list);
  Actions& activate_config(unsigned channel, const List& list);
  Actions& fetch(unsigned channel, unsigned descriptors);
  Actions& deactivate_config(unsigned channel);
  Actions& action(unsigned type, const Bytes& payload = {});

  Bytes take() { return std::exchange(bytes_, {}); }

 private:
  bool wide_;
  Bytes bytes_;
};

/// A booted board with memory behind it, and the moves of HailoRT.
class NetRig : public Rig {
 public:
  /// `other` in place of the fake core.
  explicit NetRig(unsigned minor = 23, Config config = {}, NeuralCore* other = nullptr);

  std::uint32_t r2(std::uint32_t offset) { return device.bar_read(2, offset, 4); }
  void w2(std::uint32_t offset, std::uint32_t value) { device.bar_write(2, offset, 4, value); }

  /// Control to the core CPU; its status.
  std::uint32_t core_control(std::uint32_t opcode, const std::vector<Bytes>& parameters = {});
  std::uint32_t header();
  std::uint32_t context(unsigned type,
                        const Bytes& actions);  ///< in as many chunks as it takes
  using Rig::enable;
  std::uint32_t enable(unsigned application, unsigned batch = 0);
  std::uint32_t reset() { return core_control(37, {Bytes{0}, Bytes{255}, Bytes(2), Bytes(2)}); }
  std::uint32_t clear() { return core_control(71); }

  /// Takes zeroed guest memory at the next free address, aligned to 64 KiB.
  std::uint64_t allocate(std::size_t size);
  List make_list(std::uint32_t count, std::uint32_t page, std::uint32_t frame_bytes);
  void describe(const List& list, std::uint32_t index, std::uint64_t address, std::uint32_t size,
                std::uint8_t control = kPlain);
  /// A buffer into the list from `index` on; the last descriptor gets `last`.
  /// Returns the index behind.
  std::uint32_t bind(const List& list, std::uint32_t index, std::uint64_t address,
                     std::uint32_t size, std::uint8_t last = kHostIrq);
  /// Configuration data in pages, as groups of their own; announces it.
  Bytes preliminary(const std::vector<Bytes>& groups, std::uint32_t page = 512);

  static std::uint32_t host_side(unsigned channel) {
    return channel * 0x20 + (channel < 16 ? 0 : 0x10);
  }
  static std::uint32_t device_side(unsigned channel) {
    return channel * 0x20 + (channel < 16 ? 0x10 : 0);
  }
  /// Read, modify, write, as every driver does; nothing moves yet.
  void ring(unsigned channel, std::uint32_t avail);
  void run() { pass(1us); }  ///< lets the engine do its work
  std::uint32_t proc(unsigned channel) { return r2(host_side(channel) + 4) & 0xffff; }
  std::uint32_t error(unsigned channel) { return r2(host_side(channel) + 8) & 0xff; }
  bool active(unsigned channel) {
    return (r2(host_side(channel)) & 1) != 0 && (r2(device_side(channel)) & 1) != 0;
  }
  /// Channels that have interrupted, as the handler of a driver collects them.
  std::uint32_t take_interrupts();

  /// Application with one input and one output of these lists; no config.
  void configure(const List& in, const List& out, unsigned in_channel = 1,
                 unsigned out_channel = 16, unsigned in_stream = 0, unsigned out_stream = 16);
  /// The same, and `payload` as its configuration.
  void configure(const List& in, const List& out, const Bytes& payload);

  GuestMemory memory;
  FakeCore core;
  const bool wide;  ///< 4.20
  std::uint64_t next_address = 0x1'0000'0000;

  Actions actions() const { return Actions(wide); }
};

/// A payload that the core is given: the magic, then `size` bytes in all.
Bytes emulator_payload(std::size_t size);
Bytes noise(std::size_t size, std::uint32_t seed);

}  // namespace hailo::emu::test
