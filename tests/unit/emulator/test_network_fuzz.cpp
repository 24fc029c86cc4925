// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "net_rig.h"

namespace hailo::emu::test {
namespace {

constexpr unsigned kOperations = 20'000;

/// Good networks, and everything that a broken host can do to them.
class Monkey {
 public:
  explicit Monkey(std::uint32_t seed) : random_(seed) {
    window_ = rig.allocate(kWindow);
    rig.core.compute = [this](auto, const auto&) {
      return std::vector<NeuralCore::Frame>{
          {static_cast<std::uint8_t>(16 + pick(2)), Bytes(8 * (1 + pick(2)))}};
    };
  }

  void step() {
    switch (pick(16)) {
      case 0:
        application();
        break;
      case 1:
        rig.enable(pick(4), pick(8));
        break;
      case 2:
        if (pick(4) == 0) rig.reset();
        break;
      case 3:
        if (pick(8) == 0) rig.clear();
        break;
      case 4:
        rig.context(pick(5), garbage());
        break;
      case 5:
        rig.w2(4 * pick(256), number());
        break;
      case 6:
        if (pick(8) == 0) rig.w4(0x1684, 4);
        break;
      case 7:
        rig.core.automatic = pick(3) != 0;
        break;
      case 8:
        while (!rig.core.waiting.empty() && pick(4) != 0) rig.core.finish();
        break;
      case 9:
        rig.core.run_error = pick(20) == 0 ? "no" : "";
        rig.core.load_error = pick(20) == 0 ? "no" : "";
        rig.core.capacity = pick(10);
        rig.memory.direct = pick(2) != 0;
        break;
      case 10:
        scribble();
        break;
      default:
        launch();
        break;
    }
    rig.run();
    rig.take_interrupts();
    rig.memory.log.clear();
  }

  NetRig rig;

 private:
  static constexpr std::uint32_t kWindow = 0x80000;

  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t pick(std::uint32_t below) { return number() % below; }
  std::uint64_t place() { return window_ + 64 * pick(kWindow / 64 - 64); }

  void application() {
    const List in{window_ + 0x10000 * pick(4), 2U << pick(12), 64U << pick(7), 8 * (1 + pick(100))};
    const List out{window_ + 0x10000 * (4 + pick(4)), 2U << pick(12), 64U << pick(7),
                   8 * (1 + pick(4))};
    if (rig.header() != 0) return;
    rig.context(3,
                rig.actions().open_output(16 + pick(2), out).open_input(1 + pick(2), 0, in).take());
    if (pick(2) == 0) {
      const List config{window_ + 0x10000 * pick(8), 64, 512, 0};
      if (pick(2) == 0) rig.memory.put(place(), emulator_payload(64));
      rig.context(0, rig.actions().activate_config(0, config).fetch(0, pick(70)).take());
    }
    rig.context(1, rig.actions().activate_output(16 + pick(2), 16 + pick(2), out).take());
    rig.enable(0);
    lists_ = {in, out};
  }

  Bytes garbage() {
    Bytes list =
        rig.actions()
            .open_input(pick(40), pick(4),
                        {window_ + 0x8000 * pick(16), pick(70000), 64U << pick(8), number()})
            .activate_config(pick(40), {window_, pick(100), 512, 0})
            .fetch(pick(40), pick(100))
            .take();
    list[pick(static_cast<std::uint32_t>(list.size()))] = static_cast<std::uint8_t>(number());
    list.resize(pick(static_cast<std::uint32_t>(list.size()) + 1));
    return list;
  }

  void scribble() {
    const Bytes bytes = noise(64, number());
    rig.memory.put(place(), bytes);
  }

  /// Mostly valid descriptors on the channels of the last application.
  void launch() {
    if (lists_.empty()) return;
    for (unsigned side = 0; side < 2; ++side) {
      const List& list = lists_[side];
      const unsigned channel = (side == 0 ? 1 : 16) + pick(2);
      const std::uint32_t first = rig.r2(NetRig::host_side(channel)) >> 16;
      std::uint32_t index = first % list.count;
      for (std::uint32_t n = 1 + pick(4); n > 0; --n) {
        const std::uint32_t size = pick(40) == 0 ? number() >> 8 : 1 + pick(list.page);
        const std::uint64_t address = pick(40) == 0 ? number() : place();
        static constexpr std::array<std::uint8_t, 7> kControls = {0x02, 0x1e, 0x2e, 0x3e,
                                                                  0x1f, 0x2f, 0x3f};
        const std::uint32_t control = pick(40) == 0 ? pick(256) : kControls[pick(7)];
        rig.memory.put(list.address + 16 * index,
                       ByteWriter()
                           .le32(size << 8 | control)
                           .le32(static_cast<std::uint32_t>(address))
                           .le32(static_cast<std::uint32_t>(address >> 32))
                           .le32(0)
                           .take());
        index = (index + 1) % list.count;
      }
      rig.ring(channel, index);
    }
  }

  std::mt19937 random_;
  std::uint64_t window_ = 0;
  std::vector<List> lists_;
};

TEST(NetworkFuzz, AHostileHostDoesNotBreakTheModel) {
  Monkey monkey(0x76646d61);
  for (unsigned operation = 0; operation < kOperations; ++operation) {
    monkey.step();
    ASSERT_FALSE(HasFailure()) << "operation " << operation;
  }
  EXPECT_GT(monkey.rig.command("state")["frames"], kOperations / 200)
      << "the deep states were not reached";
  EXPECT_GT(monkey.rig.ub(), 0U);

  // And it still works.
  NetRig& rig = monkey.rig;
  rig.core.automatic = true;
  rig.core.load_error.clear();
  rig.core.run_error.clear();
  rig.core.capacity = 8;
  rig.core.compute = [](auto, const auto&) {
    return std::vector<NeuralCore::Frame>{{16, Bytes(8, 1)}};
  };
  rig.w4(0x1684, 4);
  ASSERT_EQ(rig.reset(), 0U);
  ASSERT_EQ(rig.clear(), 0U);
  const List in = rig.make_list(16, 256, 192);
  const List out = rig.make_list(16, 64, 8);
  const std::uint64_t buffer = rig.allocate(0x1000);
  rig.configure(in, out, emulator_payload(64));
  ASSERT_EQ(rig.enable(0), 0U);
  rig.ring(16, rig.bind(out, 0, buffer + 0x800, 8));
  rig.ring(1, rig.bind(in, 0, buffer, 192));
  rig.run();
  EXPECT_EQ(rig.memory.get(buffer + 0x800, 8), Bytes(8, 1));
}

}  // namespace
}  // namespace hailo::emu::test
