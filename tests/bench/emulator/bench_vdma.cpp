// SPDX-License-Identifier: MIT
// Payload that the vDMA engine moves, on one core, between guest memory and the
// device: a frame in and the same number of bytes out per iteration.
#include <benchmark/benchmark.h>
#include <hailo_vdma.h>

#include <cstring>

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

void move(benchmark::State& state) {
  const auto page = static_cast<std::uint32_t>(state.range(0));
  const auto frame = static_cast<std::uint32_t>(state.range(1));
  Memory memory(state.range(3) != 0);
  Ledger ledger;
  std::uint64_t interrupts = 0;
  Vdma vdma(memory, ledger, [&](unsigned) { ++interrupts; });
  for (const unsigned channel : {kIn, kOut}) {
    const std::uint64_t n = channel == kIn ? 0 : 1;
    bind(memory, kLists + n * kListSize, kFrames + n * kFrameLimit, page, frame,
         state.range(2) != 0);
    vdma.start(channel, {kLists + n * kListSize, kCount, page});
  }
  std::vector<std::uint8_t> bytes(frame);
  std::uint32_t avail = 0;
  for (auto _ : state) {
    avail = (avail + frame / page) % kCount;
    for (const unsigned channel : {kIn, kOut}) {
      const std::uint32_t control =
          static_cast<std::uint32_t>(HAILO_VDMA_HOST_SIDE(channel)) + HAILO_VDMA_CONTROL;
      vdma.write(control, (vdma.read(control) & 0xffff) | avail << 16);
      auto transfer = vdma.next(channel, frame);
      if (!transfer) {
        state.SkipWithError("no transfer");
        return;
      }
      const bool moved = channel == kIn ? vdma.gather(channel, *transfer, bytes)
                                        : vdma.scatter(channel, *transfer, bytes);
      if (!moved) {
        state.SkipWithError("not moved");
        return;
      }
      vdma.accept(channel, *transfer);
      vdma.complete(channel, *transfer);
    }
  }
  if (ledger.ub_count() != 0 || interrupts != 2 * static_cast<std::uint64_t>(state.iterations()))
    state.SkipWithError("the engine complains");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 2 * frame);
}

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

}  // namespace
}  // namespace hailo::emu
