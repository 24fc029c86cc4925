// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace hailo::emu {

/// What an MMIO access is counted under.
enum class Reg : unsigned {
  id,
  imask,
  istatus,
  istatus_src,
  istatus_dst,
  atr_first,  ///< entry n, field f is atr_first + 5 n + f
  atr_last = atr_first + 19,
  /// channel c, host side first, dword d is vdma_first + 8 c + d
  vdma_first,
  vdma_last = vdma_first + 255,
  request,
  response,
  notification,
  doorbell,
  log_app,
  log_core,
  window0,  ///< window 0 while it does not show the control section
  other,    ///< no such register, or an access that was refused
  count,
};

std::string reg_name(Reg reg);

/// Counts what the host does, and remembers what it should not have done.
class Ledger {
 public:
  struct Access {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
  };

  void count_read(Reg reg) { ++registers_[static_cast<unsigned>(reg)].reads; }
  void count_write(Reg reg) { ++registers_[static_cast<unsigned>(reg)].writes; }
  void count_config_read() { ++config_.reads; }
  void count_config_write() { ++config_.writes; }
  void count_msi() { ++msis_; }
  void reset_counters();

  /// Records a rule violation; `name` without the `ub_` in front.
  void ub(std::string_view name, std::string_view detail);
  void clear_ub();

  const Access& at(Reg reg) const { return registers_[static_cast<unsigned>(reg)]; }
  Access total() const;
  const Access& config() const { return config_; }
  std::uint64_t msis() const { return msis_; }
  std::uint64_t ub_count() const { return ub_count_; }
  const std::deque<std::string>& ub_events() const { return ub_events_; }

 private:
  static constexpr std::size_t kMaxEvents = 256;  ///< the oldest are dropped

  std::array<Access, static_cast<unsigned>(Reg::count)> registers_{};
  Access config_{};
  std::uint64_t msis_ = 0;
  std::uint64_t ub_count_ = 0;
  std::deque<std::string> ub_events_;
};

}  // namespace hailo::emu
