// SPDX-License-Identifier: MIT
#include <hailo_mailbox.h>
#include <hailo_regs.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "emulator/model/device_impl.h"

namespace hailo::emu {
namespace {

// Boot starts without the restore of entry 0 after this time.
constexpr std::chrono::milliseconds kBootFallback{50};

constexpr std::uint32_t kRunTimeErrorEvent = 12;
constexpr std::uint32_t kBootStatusRunning = 0;
constexpr std::uint32_t kRequest = HAILO8_ADDR_CONTROL + HAILO_FWA_REQUEST;
constexpr std::uint32_t kResponse = HAILO8_ADDR_CONTROL + HAILO_FWA_RESPONSE;

// Faults: longer than any host accepts
constexpr std::uint32_t kOversized = 2000;

unsigned index(Cpu cpu) { return cpu == Cpu::app ? 0 : 1; }

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
  return a && (!b || *a < *b) ? a : b;
}

}  // namespace

void Device::Impl::power_on() {
  timers_ = {};
  config_.reset();
  interrupts_ = {};
  table_ = {};
  memory_.clear();
  vdma_.reset();
  boot_refusal_.clear();
  enter_bootloader(HAILO_BOOT_STATUS_UNINITIALIZED);
}

void Device::Impl::bus_reset() {
  if (presence_ == Presence::unplugged) return;
  presence_ = Presence::present;
  power_on();
}

void Device::Impl::vanish(Presence presence) {
  power_on();
  presence_ = presence;
}

void Device::Impl::enter_bootloader(std::uint32_t boot_status) {
  state_ = State::bootloader;
  executing_.reset();
  control_queued_ = {};
  driver_left_boot_ = false;
  network_.clear();
  drop_notifications();
  memory_.forget_uploads();
  memory_.write32(HAILO8_ADDR_BOOT_TRIGGER, 0);
  memory_.write32(HAILO8_ADDR_BOOT_STATUS, boot_status);
}

void Device::Impl::trigger_written(std::uint32_t value) {
  timers_[boot_fallback].reset();
  if (value != HAILO_BOOT_TRIGGER_VALUE) {
    ledger_.ub("trigger_value", "boot trigger = " + hex(value));
    return;
  }
  if (!headers_uploaded(memory_))
    ledger_.ub("trigger_incomplete", "boot triggered without both firmware headers");
  timers_[boot_fallback] = now_ + kBootFallback;
}

void Device::Impl::start_boot() {
  timers_[boot_fallback].reset();
  state_ = State::booting;
  ++boots_;
  memory_.write32(HAILO8_ADDR_BOOT_STATUS, HAILO_BOOT_STATUS_UNINITIALIZED);
  happened(Trigger::Kind::boot);
  if (state_ != State::booting || presence_ != Presence::present) return;
  Time delay = settings_.boot_time;
  if (const auto fault = faults_.take("late-boot"))
    delay += std::chrono::milliseconds(fault->number("ms"));
  timers_[boot_done] = now_ + delay;
}

void Device::Impl::finish_boot() {
  if (const auto fault = faults_.take("bad-status")) {
    boot_refusal_ = "fault bad-status";
    enter_bootloader(static_cast<std::uint32_t>(fault->number("value")));
    return;
  }
  Result<BootedImage> image = examine_image(memory_);
  if (image && faults_.take("fail-image")) image = fail(Error::Code::protocol, "fault fail-image");
  if (image && faults_.take("no-boot")) image = fail(Error::Code::protocol, "fault no-boot");
  if (!image) {
    boot_refusal_ = image.error().message;
    // Only so can a host that comes back try again.
    enter_bootloader(HAILO_BOOT_STATUS_UNINITIALIZED);
    return;
  }
  run_image(*image);
}

void Device::Impl::run_image(const BootedImage& image) {
  boot_refusal_.clear();
  state_ = State::running;
  // A driver that polls for its end has nothing to mask.
  driver_left_boot_ = interrupts_.mask() == 0;
  firmware_.set_version_offset(faults_.take("wrong-version") ? 1 : 0);
  firmware_.boot(image);
  memory_.write(HAILO8_ADDR_CONTROL, Bytes(HAILO_ATR_WINDOW_SIZE));
  memory_.write32(HAILO8_ADDR_BOOT_STATUS, kBootStatusRunning);
  memory_.write32(HAILO8_ADDR_BOOT_TRIGGER, 0);
  app_log_.reset();
  core_log_.reset();
  table_.point(0, HAILO8_ADDR_CONTROL);
  table_.point(1, kPcieBlockAddress);
  table_.point(2, kLogAppAddress);
  table_.point(3, kLogCoreAddress);
  log(Cpu::app, LogLevel::info, "boot: firmware " + image.app.text() + ", booted over PCIe");
  log(Cpu::app, LogLevel::info, "pcie: host interface ready, gen3 x4");
  log(Cpu::app, LogLevel::info, "health: monitor started, clock 400 MHz");
  log(Cpu::core, LogLevel::info, "boot: firmware " + image.core.text() + ", core CPU up");
  log(Cpu::core, LogLevel::info, "context switch: no applications configured");
  raise(HAILO_INT_BOOT_DONE);
}

void Device::Impl::doorbell(std::uint32_t bits) {
  constexpr std::uint32_t kKnown = HAILO_DOORBELL_APP_CONTROL | HAILO_DOORBELL_CORE_CONTROL |
                                   HAILO_DOORBELL_DRIVER_DOWN | HAILO_DOORBELL_SOFT_RESET;
  if (state_ != State::running) {
    ledger_.ub("doorbell_not_running", "doorbell " + hex(bits));
    return;
  }
  if (!std::has_single_bit(bits) || (bits & ~kKnown) != 0)
    ledger_.ub("doorbell_bits", "doorbell " + hex(bits));
  if ((bits & HAILO_DOORBELL_APP_CONTROL) != 0) take_control(Cpu::app);
  if ((bits & HAILO_DOORBELL_CORE_CONTROL) != 0 && running()) take_control(Cpu::core);
  if ((bits & HAILO_DOORBELL_DRIVER_DOWN) != 0 && running()) driver_down();
  if ((bits & HAILO_DOORBELL_SOFT_RESET) != 0 && running()) start_soft_reset();
}

void Device::Impl::driver_down() {
  // Who does not answer has not stopped either.
  if (faults_.take("no-driver-down")) return;
  network_.reset();
  log(Cpu::app, LogLevel::info, "pcie: driver down");
  raise(HAILO_INT_DRIVER_DOWN);
}

void Device::Impl::start_soft_reset() {
  if (faults_.take("refuse-soft-reset")) return;
  state_ = State::resetting;
  ++soft_resets_;
  timers_[control].reset();
  executing_.reset();
  control_queued_ = {};
  drop_notifications();
  // The engine goes on until the reset is over; only then does the host know.
  timers_[reset_done] = now_ + settings_.soft_reset_time;
}

void Device::Impl::finish_soft_reset() {
  table_.set(0, TranslationTable::trsl_lo, 0);
  table_.set(0, TranslationTable::trsl_hi, 0);
  for (unsigned entry = 1; entry < HAILO_ATR_COUNT; ++entry) table_.disable(entry);
  enter_bootloader(HAILO_BOOT_STATUS_UNINITIALIZED);
  raise(HAILO_INT_SOFT_RESET_DONE);
}

std::optional<Request> Device::Impl::read_request(Cpu cpu) {
  const std::uint32_t length = memory_.read32(kRequest + offsetof(hailo_control_head, length));
  if (length > HAILO_CONTROL_MAX_PAYLOAD) {
    ledger_.ub("request_length", "request of " + std::to_string(length) + " bytes");
    return std::nullopt;
  }
  Request request{cpu, {}, memory_.read(kRequest + sizeof(hailo_control_head), length)};
  std::ranges::copy(memory_.read(kRequest, HAILO_MD5_SIZE), request.md5.begin());
  return request;
}

void Device::Impl::take_control(Cpu cpu) {
  if (executing_) {
    control_queued_[index(cpu)] = true;
    return;
  }
  if (!controls_shown())
    ledger_.ub("doorbell_window_moved", "control while window 0 shows something else");
  happened(Trigger::Kind::control);
  if (!running() || executing_) return;
  std::optional<Request> request = read_request(cpu);
  if (!request) return;

  const std::uint32_t opcode = request->opcode().value_or(HAILO_OPCODE_COUNT);
  if (faults_.take_for_opcode("hang-control", opcode)) return;
  executing_ = Executing{std::move(*request), now_};
  if (const auto fault = faults_.take_for_opcode("delay-control", opcode))
    timers_[control] = now_ + std::chrono::milliseconds(fault->number("ms"));
  else
    complete_control();
}

void Device::Impl::complete_control() {
  const Request request = std::move(executing_->request);
  executing_.reset();
  const std::uint32_t opcode = request.opcode().value_or(0);
  Firmware::Outcome outcome = firmware_.execute(request, now_);
  if (outcome.restarted) {
    app_log_.reset();
    core_log_.reset();
  }
  log(request.cpu, LogLevel::debug, "control: opcode " + std::to_string(opcode));
  if (!outcome.refusal.empty())
    log(request.cpu, LogLevel::info, "context switch: refused: " + outcome.refusal);
  if (outcome.response) respond(std::move(*outcome.response), opcode);
  start_queued_control();
}

void Device::Impl::start_queued_control() {
  for (const Cpu cpu : {Cpu::app, Cpu::core}) {
    if (executing_ || !running() || !control_queued_[index(cpu)]) continue;
    control_queued_[index(cpu)] = false;
    take_control(cpu);
  }
}

void Device::Impl::respond(Bytes payload, std::uint32_t opcode) {
  constexpr std::size_t kOpcodeAt = offsetof(hailo_control_response_header, opcode);
  if (faults_.take("wrong-opcode-answer"))
    std::ranges::copy(ByteWriter().be32(opcode + 1).take(), payload.begin() + kOpcodeAt);
  if (const auto fault = faults_.take("short-answer"))
    payload.resize(std::min<std::size_t>(payload.size(), fault->number("bytes")));
  Md5 digest = md5(payload);
  if (faults_.take("wrong-md5")) digest[0] ^= 0xff;
  auto length = static_cast<std::uint32_t>(payload.size());
  if (faults_.take("oversized-answer")) length = kOversized;

  memory_.write(kResponse, digest);
  memory_.write32(kResponse + offsetof(hailo_control_head, length), length);
  memory_.write(kResponse + sizeof(hailo_control_head), payload);
  raise(HAILO_INT_CONTROL);
}

void Device::Impl::raise(std::uint32_t bits) {
  if (interrupts_.raise(bits)) send_msi();
}

void Device::Impl::channel_interrupt(unsigned channel) {
  // None while a driver resets and boots: it may have no channels yet.
  if (state_ != State::running) return;
  if (channel < HAILO_VDMA_FIRST_D2H)
    interrupts_.signal_source(1U << channel);
  else
    interrupts_.signal_destination(1U << channel);
  raise(1U << HAILO_VDMA_SUMMARY_BIT(channel));
}

bool Device::Impl::may_access_memory() const {
  return config_.bus_master() && config_.power() == ConfigSpace::Power::d0 &&
         presence_ == Presence::present && host_.has_memory();
}

void Device::Impl::report_network_errors() {
  for (const Network::RuntimeError& error : network_.take_errors()) {
    const std::string text =
        "application " + std::to_string(error.application) + ": " + error.message;
    log(Cpu::core, LogLevel::info, "context switch: " + text);
    notify({.id = kRunTimeErrorEvent,
            .zone = 2,
            .payload = ByteWriter()
                           .le32(HAILO_STATUS_UNSUPPORTED_OPCODE)
                           .u8(error.application)
                           .le16(0)
                           .le16(0)
                           .le16(0)
                           .take()});
  }
}

bool Device::Impl::send_msi() {
  if (!config_.msi_enabled() || !config_.bus_master() ||
      config_.power() != ConfigSpace::Power::d0 || presence_ != Presence::present)
    return false;
  if (faults_.take("lost-msi")) return false;
  ledger_.count_msi();
  host_.send_msi();
  return true;
}

bool Device::Impl::notifications_possible() const {
  return running() && driver_left_boot_ && interrupts_.mask() != 0;
}

Device::Impl::Delivery Device::Impl::notify(Event event) {
  if (!notifications_possible()) return Delivery::dropped;
  const FirmwareVersion& version = firmware_.image().app;
  event.wide_closed_streams = version.major == 4 && version.minor <= 20;
  Bytes message = encode_event(event, ++notification_sequence_);
  if (box_.in_use()) return box_.enqueue(std::move(message)) ? Delivery::queued : Delivery::dropped;
  deliver(message);
  return Delivery::delivered;
}

void Device::Impl::deliver(ByteView message) {
  auto length = static_cast<std::uint16_t>(message.size());
  bool in_use = true;
  if (const auto fault = faults_.take("bad-notification")) {
    if (fault->word("kind") == "too-long")
      length = kOversized;
    else
      in_use = false;
  }
  box_.put(message, length, in_use);
  raise(HAILO_INT_NOTIFICATION);
}

void Device::Impl::pump_notifications() {
  if (!notifications_possible()) return;
  while (!box_.in_use()) {
    if (const std::optional<Bytes> message = box_.dequeue()) {
      deliver(*message);
      continue;
    }
    if (storm_left_ == 0 || timers_[storm]) return;
    --storm_left_;
    if (storm_interval_ > Time(0)) timers_[storm] = now_ + storm_interval_;
    notify({.id = 2, .zone = 1, .temperature = firmware_.temperature()});
  }
}

void Device::Impl::drop_notifications() {
  box_.drop_queue();
  storm_left_ = 0;
  timers_[storm].reset();
}

void Device::Impl::log(Cpu cpu, LogLevel level, std::string_view text) {
  if (firmware_.logs_to_host() && static_cast<unsigned>(level) >= firmware_.logger_level())
    log_always(cpu, text);
}

bool Device::Impl::log_always(Cpu cpu, std::string_view text) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now_).count();
  char stamp[48];
  std::snprintf(stamp, sizeof stamp, "[%lld.%06lld] [%s] ", static_cast<long long>(us / 1'000'000),
                static_cast<long long>(us % 1'000'000), cpu == Cpu::app ? "app" : "core");
  return (cpu == Cpu::app ? app_log_ : core_log_).append(stamp + std::string(text) + "\n");
}

void Device::Impl::happened(Trigger::Kind event) {
  for (const Line& line : schedule_.happened(event)) run(line);
}

void Device::Impl::fire(Timer timer) {
  timers_[timer].reset();
  switch (timer) {
    case boot_fallback:
      start_boot();
      break;
    case boot_done:
      finish_boot();
      break;
    case reset_done:
      finish_soft_reset();
      break;
    case control:
      complete_control();
      break;
    case storm:
      pump_notifications();
      break;
    case timer_count:
      break;
  }
}

/// What has a time of its own.
std::optional<Time> Device::Impl::next_event() const {
  std::optional<Time> next = schedule_.next();
  for (const std::optional<Time>& timer : timers_) next = earlier(next, timer);
  return earlier(next, network_.next_due());
}

std::optional<Time> Device::Impl::next_deadline() const {
  return earlier(next_event(), network_.deadline(now_));
}

void Device::Impl::tick(Time now) {
  now = std::max(now, now_);
  // Frames of the last access.  Of many only some: the others have their turn in
  // the next call, after whoever else wants to be served.
  network_.pump(now_);
  for (auto next = next_event(); next && *next <= now; next = next_event()) {
    now_ = std::max(now_, *next);
    for (const Line& line : schedule_.due(now_)) run(line);
    for (unsigned i = 0; i < timer_count; ++i)
      if (timers_[i] && *timers_[i] <= now_) fire(static_cast<Timer>(i));
    network_.tick(now_);
  }
  now_ = now;
  network_.tick(now_);
  report_network_errors();
}

}  // namespace hailo::emu
