// SPDX-License-Identifier: MIT
#include "emulator/model/device.h"

#include <hailo_mailbox.h>
#include <hailo_regs.h>

#include "emulator/model/device_impl.h"

namespace hailo::emu {
namespace {

constexpr std::uint32_t kAllOnes = 0xffffffff;

constexpr std::uint32_t kDoorbell = kPcieBlockAddress + HAILO_FWA_DOORBELL % HAILO_ATR_WINDOW_SIZE;

// A firmware answers within this time, so the host must leave the request
// alone for as long; afterwards it may give the request up.
constexpr std::chrono::milliseconds kControlTime{1000};

constexpr std::uint32_t kEntryStride = HAILO_REG_ATR(1) - HAILO_REG_ATR(0);

std::uint32_t ones(unsigned width) { return width >= 4 ? kAllOnes : (1U << 8 * width) - 1; }

std::string place(unsigned bar, std::uint32_t offset) {
  return "bar" + std::to_string(bar) + " " + hex(offset);
}

bool in(std::uint32_t offset, std::uint32_t start, std::uint32_t end) {
  return offset >= start && offset < end;
}

}  // namespace

Device::Device(Config config, Host& host, NeuralCore* core)
    : impl_(std::make_unique<Impl>(config, host, core)) {}

Device::~Device() = default;

std::uint32_t Device::config_read(std::uint32_t offset, unsigned width) {
  return impl_->config_read(offset, width);
}

void Device::config_write(std::uint32_t offset, unsigned width, std::uint32_t value) {
  impl_->config_write(offset, width, value);
}

std::uint32_t Device::bar_read(unsigned bar, std::uint32_t offset, unsigned width) {
  return impl_->bar_read(bar, offset, width);
}

void Device::bar_write(unsigned bar, std::uint32_t offset, unsigned width, std::uint32_t value) {
  impl_->bar_write(bar, offset, width, value);
}

std::uint32_t Device::bar_size(unsigned bar) {
  switch (bar) {
    case HAILO_BAR_CONFIG:
      return HAILO_BAR_CONFIG_SIZE;
    case HAILO_BAR_VDMA:
      return HAILO_BAR_VDMA_SIZE;
    case HAILO_BAR_FW_ACCESS:
      return HAILO_BAR_FW_ACCESS_SIZE;
    default:
      return 0;
  }
}

std::string Device::register_name(unsigned bar, std::uint32_t offset) const {
  return impl_->register_name(bar, offset);
}

void Device::bus_reset() { impl_->bus_reset(); }

void Device::tick(Time now) { impl_->tick(now); }

std::optional<Time> Device::next_deadline() const { return impl_->next_deadline(); }

std::string Device::command(std::string_view line) { return impl_->command(line); }

Result<void> Device::load_scenario(std::string_view text) { return impl_->load_scenario(text); }

Device::Impl::Impl(const Config& config, Host& host, NeuralCore* core)
    : settings_(config),
      host_(host),
      vdma_(host, ledger_, [this](unsigned channel) { channel_interrupt(channel); }),
      network_(vdma_, core, config.fps, [this] { return may_access_memory(); }),
      firmware_(board_facts(config), network_) {
  power_on();
}

std::uint32_t Device::Impl::config_read(std::uint32_t offset, unsigned width) {
  ledger_.count_config_read();
  if (presence_ != Presence::present) return ones(width);
  if (!ConfigSpace::valid(offset, width)) {
    ledger_.ub("config_access", "read of " + std::to_string(width) + " bytes at " + hex(offset));
    return ones(width);
  }
  return config_.read(offset, width);
}

void Device::Impl::config_write(std::uint32_t offset, unsigned width, std::uint32_t value) {
  ledger_.count_config_write();
  if (presence_ != Presence::present) return;
  if (!ConfigSpace::valid(offset, width)) {
    ledger_.ub("config_access", "write of " + std::to_string(width) + " bytes at " + hex(offset));
    return;
  }
  const bool was_asleep = config_.power() == ConfigSpace::Power::d3hot;
  if (config_.write(offset, width, value)) {
    power_on();
    return;
  }
  if (was_asleep && config_.power() == ConfigSpace::Power::d0 && faults_.take("no-wake"))
    vanish(Presence::asleep);
}

bool Device::Impl::controls_shown() const { return table_.target(0) == HAILO8_ADDR_CONTROL; }

Reg Device::Impl::classify(unsigned bar, std::uint32_t offset) const {
  if (bar == HAILO_BAR_VDMA && offset < HAILO_BAR_VDMA_MIN) {
    // Of a channel's eight dwords the host side comes first in the names.
    const std::uint32_t channel = offset / HAILO_VDMA_CHANNEL(1);
    const std::uint32_t in_channel =
        (offset ^ HAILO_VDMA_HOST_SIDE(channel)) % HAILO_VDMA_CHANNEL(1);
    return static_cast<Reg>(static_cast<unsigned>(Reg::vdma_first) + 8 * channel + in_channel / 4);
  }
  if (bar == HAILO_BAR_CONFIG) {
    switch (offset) {
      case HAILO_REG_ID:
        return Reg::id;
      case HAILO_REG_IMASK:
        return Reg::imask;
      case HAILO_REG_ISTATUS:
        return Reg::istatus;
      case HAILO_REG_ISTATUS_SRC:
        return Reg::istatus_src;
      case HAILO_REG_ISTATUS_DST:
        return Reg::istatus_dst;
      default:
        break;
    }
    const std::uint32_t entry = (offset - HAILO_REG_ATR(0)) / kEntryStride;
    const std::uint32_t field = (offset - HAILO_REG_ATR(0)) % kEntryStride / 4;
    if (in(offset, HAILO_REG_ATR(0), HAILO_REG_ATR(HAILO_ATR_COUNT)) && field <= 4)
      return static_cast<Reg>(static_cast<unsigned>(Reg::atr_first) + 5 * entry + field);
  }
  if (bar == HAILO_BAR_FW_ACCESS) {
    if (offset < HAILO_ATR_WINDOW_SIZE) {
      if (!controls_shown()) return Reg::window0;
      if (offset < HAILO_FWA_RESPONSE) return Reg::request;
      return offset < HAILO_FWA_NOTIFICATION ? Reg::response : Reg::notification;
    }
    if (offset == HAILO_FWA_DOORBELL) return Reg::doorbell;
    if (in(offset, HAILO_FWA_LOG_APP, HAILO_FWA_LOG_CORE)) return Reg::log_app;
    if (in(offset, HAILO_FWA_LOG_CORE, HAILO_BAR_FW_ACCESS_SIZE)) return Reg::log_core;
  }
  return Reg::other;
}

bool Device::Impl::access_allowed(unsigned bar, std::uint32_t offset, unsigned width,
                                  const char* what) {
  const auto refuse = [&](std::string_view name) {
    ledger_.ub(
        name, std::string(what) + " of " + std::to_string(width) + " bytes, " + place(bar, offset));
    return false;
  };
  if (config_.power() != ConfigSpace::Power::d0) return refuse("d3_access");
  if (!config_.memory_enabled()) return refuse("memory_disabled");
  if (bar_size(bar) == 0) return refuse("no_bar");
  if (width != 4) return refuse("width");
  if (offset % 4 != 0) return refuse("misaligned");
  if (offset >= bar_size(bar)) return refuse("out_of_range");
  return true;
}

std::uint32_t Device::Impl::bar_read(unsigned bar, std::uint32_t offset, unsigned width) {
  const Reg reg = classify(bar, offset);
  ledger_.count_read(reg);
  if (presence_ != Presence::present || !access_allowed(bar, offset, width, "read"))
    return ones(width);
  if (bar == HAILO_BAR_CONFIG) return config_bar_read(offset, reg);
  if (bar == HAILO_BAR_FW_ACCESS) return window_read(offset);
  if (offset < HAILO_BAR_VDMA_MIN) return vdma_.read(offset);
  ledger_.ub("unknown_register", "read of " + place(bar, offset));
  return 0;
}

void Device::Impl::bar_write(unsigned bar, std::uint32_t offset, unsigned width,
                             std::uint32_t value) {
  const Reg reg = classify(bar, offset);
  ledger_.count_write(reg);
  if (presence_ != Presence::present) return;
  if (access_allowed(bar, offset, width, "write")) {
    if (bar == HAILO_BAR_CONFIG)
      config_bar_write(offset, reg, value);
    else if (bar == HAILO_BAR_FW_ACCESS)
      window_write(offset, value);
    else if (offset >= HAILO_BAR_VDMA_MIN)
      ledger_.ub("unknown_register", "write to " + place(bar, offset));
    else if (vdma_.write(offset, value))
      network_.doorbell();
  }
  count_toward_vanishing();
}

void Device::Impl::count_toward_vanishing() {
  if (presence_ == Presence::present && faults_.strikes_each("all-ones-after", "writes"))
    vanish(Presence::unplugged);
}

std::uint32_t Device::Impl::config_bar_read(std::uint32_t offset, Reg reg) {
  switch (reg) {
    case Reg::id:
      return HAILO_REG_ID_VALUE;
    case Reg::imask:
      return interrupts_.mask();
    case Reg::istatus:
      return interrupts_.status();
    case Reg::istatus_src:
      return interrupts_.source_channels();
    case Reg::istatus_dst:
      return interrupts_.destination_channels();
    case Reg::other:
      ledger_.ub("unknown_register", "read of " + place(HAILO_BAR_CONFIG, offset));
      return 0;
    default: {
      const unsigned index = static_cast<unsigned>(reg) - static_cast<unsigned>(Reg::atr_first);
      return table_.get(index / 5, index % 5);
    }
  }
}

void Device::Impl::config_bar_write(std::uint32_t offset, Reg reg, std::uint32_t value) {
  switch (reg) {
    case Reg::id:
      ledger_.ub("read_only", "write of " + hex(value) + " to the ID mirror");
      break;
    case Reg::imask:
      mask_write(value);
      break;
    case Reg::istatus:
      status_write(value);
      break;
    case Reg::istatus_src:
      interrupts_.clear_source(value);
      break;
    case Reg::istatus_dst:
      interrupts_.clear_destination(value);
      break;
    case Reg::other:
      ledger_.ub("unknown_register", "write to " + place(HAILO_BAR_CONFIG, offset));
      break;
    default: {
      const unsigned index = static_cast<unsigned>(reg) - static_cast<unsigned>(Reg::atr_first);
      entry_write(index / 5, index % 5, value);
    }
  }
}

void Device::Impl::entry_write(unsigned entry, unsigned field, std::uint32_t value) {
  const std::string where =
      reg_name(static_cast<Reg>(static_cast<unsigned>(Reg::atr_first) + 5 * entry + field)) +
      " = " + hex(value);
  // Zero is what a driver may have saved from a cold entry and now restores.
  const auto expected = [&](std::uint32_t wanted) { return value == 0 || value == wanted; };
  if ((field == TranslationTable::param && !expected(HAILO_ATR_PARAM_VALUE(entry))) ||
      (field == TranslationTable::src && value != 0) ||
      (field == TranslationTable::trsl_hi && value != 0) ||
      (field == TranslationTable::trsl_lo && (value & HAILO_ATR_WINDOW_MASK) != 0) ||
      (field == TranslationTable::trsl_param && !expected(HAILO_ATR_TRSL_PARAM_VALUE)))
    ledger_.ub("entry_param", where);
  if (entry != 0) ledger_.ub("entry_foreign", where + ": belongs to the firmware");
  static constexpr std::uint32_t kWithFirmware[] = {
      HAILO_ATR_PARAM_VALUE(0), 0, HAILO8_ADDR_CONTROL, 0, HAILO_ATR_TRSL_PARAM_VALUE};
  if (entry == 0 && running() && value != kWithFirmware[field])
    ledger_.ub("entry0_moved", where + " while firmware runs");
  table_.set(entry, field, value);

  // The driver writes an entry's last field last: with this the window is back
  // where it was before the trigger.
  if (entry == 0 && field == TranslationTable::trsl_param && timers_[boot_fallback]) start_boot();
}

void Device::Impl::mask_write(std::uint32_t value) {
  const std::uint32_t old = interrupts_.mask();
  const bool edge = interrupts_.set_mask(value);
  if (running()) {
    if (value == 0) {
      driver_left_boot_ = true;
      drop_notifications();
    }
    // Whoever unmasks now has not seen what lies in the buffer.
    if (old == 0 && value != 0 && !faults_.take("keep-notification")) box_.release();
  }
  if (edge) send_msi();
}

void Device::Impl::status_write(std::uint32_t bits) {
  std::uint32_t stuck = 0;
  if (const Fault* fault = faults_.find("stuck-status")) {
    stuck = 1U << fault->number("bit");
    if ((bits & interrupts_.status() & stuck) != 0) faults_.take("stuck-status");
  }
  if (interrupts_.clear(bits, stuck)) send_msi();
}

std::uint32_t Device::Impl::window_read(std::uint32_t offset) {
  const std::string where = place(HAILO_BAR_FW_ACCESS, offset);
  const std::optional<std::uint64_t> target = table_.target(offset);
  if (!target) {
    // A host may look for logs before there is firmware: windows 1 to 3 read
    // 0 then, window 0 is the host's own and must be set up first.
    if (offset >= HAILO_ATR_WINDOW_SIZE) return 0;
    ledger_.ub("window_disabled", "read of " + where);
    return kAllOnes;
  }
  if (*target == kDoorbell) {
    ledger_.ub("doorbell_read", where);
    return 0;
  }
  if (!Memory::exists(*target)) {
    ledger_.ub("unmapped_address", "read of " + where + " at device address " + hex(*target));
    return kAllOnes;
  }
  return memory_read(static_cast<std::uint32_t>(*target));
}

std::uint32_t Device::Impl::memory_read(std::uint32_t address) {
  const std::uint32_t in_log =
      address - (address >= kLogCoreAddress ? kLogCoreAddress : kLogAppAddress);
  const Fault* lie = faults_.find("lying-log-offsets");
  if (lie == nullptr || address < kLogAppAddress || in_log > HAILO_LOG_CHIP_OFFSET)
    return memory_.read32(address);
  const auto value =
      static_cast<std::uint32_t>(lie->number(in_log == HAILO_LOG_HOST_OFFSET ? "host" : "chip"));
  if (++log_head_reads_ % 2 == 0) faults_.take("lying-log-offsets");
  return value;
}

void Device::Impl::window_write(std::uint32_t offset, std::uint32_t value) {
  const std::string where = place(HAILO_BAR_FW_ACCESS, offset);
  const std::optional<std::uint64_t> target = table_.target(offset);
  if (!target) {
    // A doorbell of a board without firmware has a name of its own.
    if (offset == HAILO_FWA_DOORBELL)
      ledger_.ub("doorbell_not_running", "doorbell " + hex(value));
    else
      ledger_.ub("window_disabled", "write to " + where);
    return;
  }
  if (*target >= kPcieBlockAddress && *target < kPcieBlockAddress + kPcieBlockSize) {
    pcie_block_write(static_cast<std::uint32_t>(*target), value);
    return;
  }
  if (!Memory::exists(*target)) {
    ledger_.ub("unmapped_address", "write to " + where + " at device address " + hex(*target));
    return;
  }
  const auto address = static_cast<std::uint32_t>(*target);
  switch (state_) {
    case State::bootloader:
      upload(address, value);
      break;
    case State::running:
      running_memory_write(address, value);
      break;
    case State::booting:
      ledger_.ub("write_while_booting", where + " = " + hex(value));
      break;
    case State::resetting:
      ledger_.ub("write_while_resetting", where + " = " + hex(value));
      break;
  }
}

void Device::Impl::pcie_block_write(std::uint32_t address, std::uint32_t value) {
  if (address == kDoorbell)
    doorbell(value);
  else
    ledger_.ub("unknown_register", "write to device address " + hex(address));
}

void Device::Impl::upload(std::uint32_t address, std::uint32_t value) {
  if (faults_.strikes_each("drop-upload", "every")) return;
  if (faults_.strikes_each("corrupt-upload", "every")) value = ~value;
  memory_.upload32(address, value);
  if (address == HAILO8_ADDR_BOOT_TRIGGER) trigger_written(value);
}

void Device::Impl::running_memory_write(std::uint32_t address, std::uint32_t value) {
  if (address >= kLogCoreAddress) {
    log_write(kLogCoreAddress, address - kLogCoreAddress, value);
    return;
  }
  if (address >= kLogAppAddress) {
    log_write(kLogAppAddress, address - kLogAppAddress, value);
    return;
  }
  const std::uint32_t offset = address - HAILO8_ADDR_CONTROL;
  if (address < HAILO8_ADDR_CONTROL || offset >= HAILO_ATR_WINDOW_SIZE) {
    memory_.write32(address, value);
    return;
  }
  if (offset < HAILO_FWA_RESPONSE) {
    if (executing_ && now_ - executing_->since < kControlTime)
      ledger_.ub("request_while_executing", "request + " + hex(offset) + " = " + hex(value));
    memory_.write32(address, value);
  } else if (offset < HAILO_FWA_NOTIFICATION) {
    ledger_.ub("read_only", "response + " + hex(offset - HAILO_FWA_RESPONSE));
  } else if (offset > HAILO_FWA_NOTIFICATION) {
    ledger_.ub("read_only", "notification + " + hex(offset - HAILO_FWA_NOTIFICATION));
  } else if ((value & HAILO_NOTIFICATION_IN_USE_MASK) != 0) {
    ledger_.ub("notification_head", "host sets in-use: " + hex(value));
  } else {
    box_.release();
    pump_notifications();
  }
}

void Device::Impl::log_write(std::uint32_t base, std::uint32_t offset, std::uint32_t value) {
  if (offset != HAILO_LOG_HOST_OFFSET)
    ledger_.ub("read_only", "log + " + hex(offset));
  else if (value >= HAILO_LOG_RING_SIZE)
    ledger_.ub("log_host_offset", "host offset " + std::to_string(value));
  else
    memory_.write32(base + offset, value);
}

}  // namespace hailo::emu
