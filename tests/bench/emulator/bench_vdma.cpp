// SPDX-License-Identifier: MIT
// Payload that the emulator moves on one core between guest memory and the
// device: a frame in and the same number of bytes out per iteration.
#include <benchmark/benchmark.h>
#include <hailo_vdma.h>

#include <cstring>
#include <utility>
#include <vector>

#include "emulator/model/frame_engine.h"
#include "emulator/model/vdma.h"

namespace hailo::emu {
namespace {

constexpr unsigned kIn = 1;
constexpr unsigned kOut = 16;
constexpr std::uint32_t kCount = 65536;
constexpr std::uint64_t kLists = 0;
constexpr std::uint64_t kListSize = std::uint64_t{kCount} * HAILO_DESC_SIZE;
constexpr std::uint64_t kFrames = 2 * kListSize;
constexpr std::uint32_t kFrameLimit = 4U << 20;

class Memory final : public Host {
 public:
  explicit Memory(bool direct) : bytes_(kFrames + 2 * kFrameLimit), direct_(direct) {}

  void send_msi() override {}
  bool dma_read(std::uint64_t iova, std::span<std::byte> to) override {
    std::memcpy(to.data(), bytes_.data() + iova, to.size());
    return true;
  }
  bool dma_write(std::uint64_t iova, std::span<const std::byte> from) override {
    std::memcpy(bytes_.data() + iova, from.data(), from.size());
    return true;
  }
  std::span<std::byte> dma_span(std::uint64_t iova, std::size_t size, bool) override {
    return direct_ ? std::span(bytes_).subspan(iova, size) : std::span<std::byte>();
  }
  void put(std::uint64_t iova, const hailo_desc& desc) {
    std::memcpy(bytes_.data() + iova, &desc, sizeof desc);
  }

 private:
  std::vector<std::byte> bytes_;
  bool direct_;
};

/// Descriptors of frames all over the list. `scattered`: no two pages are
/// neighbours, as in a guest with fragmented memory.
void bind(Memory& memory, std::uint64_t list, std::uint64_t buffer, std::uint32_t page,
          std::uint32_t frame, bool scattered) {
  const std::uint32_t pages = frame / page;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const std::uint32_t n = i % pages;
    const std::uint32_t place = scattered ? (n % 2 == 0 ? n / 2 : pages - 1 - n / 2) : n;
    const std::uint64_t address = buffer + std::uint64_t{place} * page;
    const std::uint32_t flags = n == pages - 1 ? 0x2e : 0x02;
    memory.put(list + std::uint64_t{i} * HAILO_DESC_SIZE,
               {page << HAILO_DESC_CONTROL_SIZE_SHIFT | flags, static_cast<std::uint32_t>(address),
                static_cast<std::uint32_t>(address >> 32), 0});
  }
}

/// The engine with one channel each way, and what a host does to it.
class Machine {
  Memory memory_;
  Ledger ledger_;
  std::uint64_t interrupts_ = 0;
  std::uint32_t avail_ = 0;

 public:
  const std::uint32_t page;
  const std::uint32_t frame;
  Vdma vdma{memory_, ledger_, [this](unsigned) { ++interrupts_; }};

  explicit Machine(const benchmark::State& state)
      : memory_(state.range(3) != 0),
        page(static_cast<std::uint32_t>(state.range(0))),
        frame(static_cast<std::uint32_t>(state.range(1))) {
    for (const unsigned channel : {kIn, kOut}) {
      const std::uint64_t n = channel == kIn ? 0 : 1;
      bind(memory_, kLists + n * kListSize, kFrames + n * kFrameLimit, page, frame,
           state.range(2) != 0);
      vdma.start(channel, {kLists + n * kListSize, kCount, page});
    }
  }

  /// Makes the next frame of both channels available.
  void launch() {
    avail_ = (avail_ + frame / page) % kCount;
    for (const unsigned channel : {kIn, kOut}) {
      const std::uint32_t control =
          static_cast<std::uint32_t>(HAILO_VDMA_HOST_SIDE(channel)) + HAILO_VDMA_CONTROL;
      vdma.write(control, (vdma.read(control) & 0xffff) | avail_ << 16);
    }
  }

  void report(benchmark::State& state) const {
    if (ledger_.ub_count() != 0 ||
        interrupts_ != 2 * static_cast<std::uint64_t>(state.iterations()))
      state.SkipWithError("the engine complains");
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 2 * frame);
  }
};

/// The vDMA engine alone.
void move(benchmark::State& state) {
  Machine machine(state);
  Vdma& vdma = machine.vdma;
  std::vector<std::uint8_t> bytes(machine.frame);
  for (auto _ : state) {
    machine.launch();
    for (const unsigned channel : {kIn, kOut}) {
      auto transfer = vdma.next(channel, machine.frame);
      const bool moved = transfer && (channel == kIn ? vdma.gather(channel, *transfer, bytes)
                                                     : vdma.scatter(channel, *transfer, bytes));
      if (!moved) {
        state.SkipWithError("not moved");
        return;
      }
      vdma.accept(channel, *transfer);
      vdma.complete(channel, *transfer);
    }
  }
  machine.report(state);
}

/// Gives each input back as the output.
class Mirror final : public NeuralCore {
 public:
  ModelId load(Bytes) override { return 1; }
  void unload(ModelId) override {}
  bool submit(ModelId model, Token token, std::vector<Frame> inputs) override {
    done_.push_back({model, token, {}, std::move(inputs)});
    return true;
  }
  void cancel() override {}
  std::vector<Outcome> poll() override { return std::exchange(done_, {}); }

 private:
  std::vector<Outcome> done_;
};

/// All that lies between the doorbell and the interrupt, but the model.
void frames(benchmark::State& state) {
  Machine machine(state);
  Mirror core;
  FrameEngine engine(machine.vdma, &core, 0);
  engine.run({.inputs = {{.channel = kIn, .frame_bytes = machine.frame, .stream = 0}},
              .outputs = {{.channel = kOut, .frame_bytes = machine.frame, .stream = 0}},
              .model = 1});
  for (auto _ : state) {
    machine.launch();
    engine.pump(Time(0));
    for (NeuralCore::Outcome& outcome : core.poll())
      if (!engine.finished(std::move(outcome))) state.SkipWithError("a frame failed");
    engine.pump(Time(0));
  }
  if (engine.frames() != static_cast<std::uint64_t>(state.iterations()))
    state.SkipWithError("frames are missing");
  machine.report(state);
}

/// What memory allows: the same bytes copied, in and out.
void copy(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  std::vector<std::byte> host(2 * size);
  std::vector<std::byte> device(size);
  for (auto _ : state) {
    std::memcpy(device.data(), host.data(), size);
    benchmark::ClobberMemory();
    std::memcpy(host.data() + size, device.data(), size);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * 2 * size));
}

BENCHMARK(copy)->ArgName("frame")->Arg(64 << 10)->Arg(1 << 20);

BENCHMARK(move)
    ->ArgNames({"page", "frame", "scattered", "mapped"})
    ->Args({512, 512, 0, 1})
    ->Args({512, 64 << 10, 0, 1})
    ->Args({512, 1 << 20, 0, 1})
    ->Args({512, 1 << 20, 1, 1})
    ->Args({4096, 1 << 20, 0, 1})
    ->Args({4096, 1 << 20, 1, 1})
    ->Args({512, 1 << 20, 0, 0})
    ->Args({512, 1 << 20, 1, 0});

BENCHMARK(frames)
    ->ArgNames({"page", "frame", "scattered", "mapped"})
    ->Args({512, 64 << 10, 0, 1})
    ->Args({512, 1 << 20, 0, 1})
    ->Args({512, 1 << 20, 1, 1})
    ->Args({4096, 1 << 20, 1, 1});

}  // namespace
}  // namespace hailo::emu
