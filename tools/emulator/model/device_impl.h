// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/model/address_map.h"
#include "emulator/model/config_space.h"
#include "emulator/model/device.h"
#include "emulator/model/firmware.h"
#include "emulator/model/interrupt_block.h"
#include "emulator/model/ledger.h"
#include "emulator/model/log_ring.h"
#include "emulator/model/memory.h"
#include "emulator/model/network.h"
#include "emulator/model/notification.h"
#include "emulator/model/translation.h"
#include "emulator/model/vdma.h"
#include "emulator/scenario/faults.h"
#include "emulator/scenario/schedule.h"

namespace hailo::emu {

using Json = nlohmann::ordered_json;

/// The device behind the public face.  device.cpp has what the host does to
/// it, device_run.cpp what it does itself, device_command.cpp the control
/// protocol.
class Device::Impl {
 public:
  Impl(const Config& config, Host& host, NeuralCore* core);

  std::uint32_t config_read(std::uint32_t offset, unsigned width);
  void config_write(std::uint32_t offset, unsigned width, std::uint32_t value);
  std::uint32_t bar_read(unsigned bar, std::uint32_t offset, unsigned width);
  void bar_write(unsigned bar, std::uint32_t offset, unsigned width, std::uint32_t value);
  std::string register_name(unsigned bar, std::uint32_t offset) const {
    return reg_name(classify(bar, offset));
  }
  void bus_reset();
  void tick(Time now);
  std::optional<Time> next_deadline() const;
  std::string command(std::string_view line);
  Result<void> load_scenario(std::string_view text);

 private:
  enum class State { bootloader, booting, running, resetting };
  /// unplugged: until `plug`; asleep: did not wake from D3hot, until a reset.
  enum class Presence { present, asleep, unplugged };
  enum Timer : unsigned { boot_fallback, boot_done, reset_done, control, storm, timer_count };
  enum class LogLevel : unsigned { debug = 1, info = 2 };

  // Host accesses (device.cpp)
  Reg classify(unsigned bar, std::uint32_t offset) const;
  bool access_allowed(unsigned bar, std::uint32_t offset, unsigned width, const char* what);
  std::uint32_t config_bar_read(std::uint32_t offset, Reg reg);
  void config_bar_write(std::uint32_t offset, Reg reg, std::uint32_t value);
  void entry_write(unsigned entry, unsigned field, std::uint32_t value);
  void mask_write(std::uint32_t value);
  void status_write(std::uint32_t bits);
  std::uint32_t window_read(std::uint32_t offset);
  void window_write(std::uint32_t offset, std::uint32_t value);
  void pcie_block_write(std::uint32_t offset, std::uint32_t value);
  std::uint32_t memory_read(std::uint32_t address);
  void running_memory_write(std::uint32_t address, std::uint32_t value);
  void log_write(std::uint32_t base, std::uint32_t offset, std::uint32_t value);
  void upload(std::uint32_t address, std::uint32_t value);
  void count_toward_vanishing();

  // What the device does (device_run.cpp)
  void power_on();
  void vanish(Presence presence);
  void enter_bootloader(std::uint32_t boot_status);
  void trigger_written(std::uint32_t value);
  void start_boot();
  void finish_boot();
  void run_image(const BootedImage& image);
  void doorbell(std::uint32_t bits);
  void start_soft_reset();
  void finish_soft_reset();
  void driver_down();
  void take_control(Cpu cpu);
  std::optional<Request> read_request(Cpu cpu);
  void complete_control();
  void respond(Bytes payload, std::uint32_t opcode);
  void start_queued_control();
  void raise(std::uint32_t bits);
  void channel_interrupt(unsigned channel);
  bool may_access_memory() const;
  void report_network_errors();
  bool send_msi();
  enum class Delivery { delivered, queued, dropped };
  Delivery notify(Event event);
  void deliver(ByteView message);
  bool notifications_possible() const;
  void pump_notifications();
  void drop_notifications();
  void log(Cpu cpu, LogLevel level, std::string_view text);
  bool log_always(Cpu cpu, std::string_view text);
  void fire(Timer timer);
  std::optional<Time> next_event() const;
  void happened(Trigger::Kind event);

  // Control protocol (device_command.cpp)
  std::string run(const Line& line);
  Json execute(const Command& command);
  Json describe_state();
  Json describe_counters() const;
  Json execute_notify(const Command& command);
  Json execute_storm(const Command& command);
  Json execute_set_temperature(const Command& command);
  Json execute_log(const Command& command);

  bool running() const { return state_ == State::running && presence_ == Presence::present; }
  bool controls_shown() const;  ///< window 0 shows the control section

  const Config settings_;
  Host& host_;
  Time now_{0};
  std::array<std::optional<Time>, timer_count> timers_{};

  Presence presence_ = Presence::present;
  State state_ = State::bootloader;
  ConfigSpace config_;
  InterruptBlock interrupts_;
  TranslationTable table_;
  Memory memory_;
  LogRing app_log_{memory_, kLogAppAddress};
  LogRing core_log_{memory_, kLogCoreAddress};
  NotificationBox box_{memory_};
  Ledger ledger_;
  Vdma vdma_;
  Network network_;
  Firmware firmware_;
  Faults faults_;
  Schedule schedule_;

  std::string boot_refusal_;  ///< why the boot ROM refused, empty if it did not
  std::uint64_t boots_ = 0;
  std::uint64_t soft_resets_ = 0;

  struct Executing {
    Request request;
    Time since;
  };
  std::optional<Executing> executing_;
  std::array<bool, 2> control_queued_{};  ///< one per CPU

  /// Bit 25 means "booted" to a driver until it has masked everything once.
  bool driver_left_boot_ = false;
  std::uint32_t notification_sequence_ = 0;
  std::uint64_t storm_left_ = 0;
  Time storm_interval_{0};
  unsigned log_head_reads_ = 0;  ///< lying-log-offsets strikes two reads at a time
};

}  // namespace hailo::emu
