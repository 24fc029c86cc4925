// SPDX-License-Identifier: MIT
#include "emulator/model/ledger.h"

namespace hailo::emu {

std::string reg_name(Reg reg) {
  if (reg >= Reg::atr_first && reg <= Reg::atr_last) {
    static constexpr std::string_view kFields[] = {"param", "src", "trsl_lo", "trsl_hi",
                                                   "trsl_param"};
    const unsigned index = static_cast<unsigned>(reg) - static_cast<unsigned>(Reg::atr_first);
    return "bar0.atr" + std::to_string(index / 5) + "." + std::string(kFields[index % 5]);
  }
  if (reg >= Reg::vdma_first && reg <= Reg::vdma_last) {
    static constexpr std::string_view kFields[] = {"control", "progress", "error", "addr_h"};
    const unsigned index = static_cast<unsigned>(reg) - static_cast<unsigned>(Reg::vdma_first);
    return "bar2.ch" + std::to_string(index / 8) + (index % 8 < 4 ? ".host." : ".device.") +
           std::string(kFields[index % 4]);
  }
  switch (reg) {
    case Reg::id:
      return "bar0.id";
    case Reg::imask:
      return "bar0.imask";
    case Reg::istatus:
      return "bar0.istatus";
    case Reg::istatus_src:
      return "bar0.istatus_src";
    case Reg::istatus_dst:
      return "bar0.istatus_dst";
    case Reg::request:
      return "bar4.request";
    case Reg::response:
      return "bar4.response";
    case Reg::notification:
      return "bar4.notification";
    case Reg::doorbell:
      return "bar4.doorbell";
    case Reg::log_app:
      return "bar4.log_app";
    case Reg::log_core:
      return "bar4.log_core";
    case Reg::window0:
      return "bar4.window0";
    default:
      return "other";
  }
}

void Ledger::reset_counters() {
  registers_ = {};
  config_ = {};
  msis_ = 0;
}

void Ledger::ub(std::string_view name, std::string_view detail) {
  ++ub_count_;
  if (ub_events_.size() == kMaxEvents) ub_events_.pop_front();
  ub_events_.push_back("ub_" + std::string(name) + ": " + std::string(detail));
}

void Ledger::clear_ub() {
  ub_count_ = 0;
  ub_events_.clear();
}

Ledger::Access Ledger::total() const {
  Access sum;
  for (const Access& access : registers_) {
    sum.reads += access.reads;
    sum.writes += access.writes;
  }
  return sum;
}

}  // namespace hailo::emu
