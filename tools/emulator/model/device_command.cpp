// SPDX-License-Identifier: MIT
#include <hailo_mailbox.h>
#include <hailo_regs.h>

#include <charconv>

#include "emulator/model/device_impl.h"

namespace hailo::emu {
namespace {

Json ok() { return {{"ok", true}}; }

Json failure(const std::string& message) { return {{"ok", false}, {"error", message}}; }

std::string to_line(const Json& json) {
  // Text of the request may be in the answer, and need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint8_t byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

}  // namespace

std::string Device::Impl::command(std::string_view text) {
  const Result<Line> line = parse_line(text);
  return line ? run(*line) : to_line(failure(line.error().message));
}

Result<void> Device::Impl::load_scenario(std::string_view text) {
  const Result<std::vector<Line>> lines = parse_scenario(text);
  if (!lines) return std::unexpected(lines.error());
  for (const Line& line : *lines) run(line);
  return {};
}

std::string Device::Impl::run(const Line& line) {
  if (line.triggers.empty()) return to_line(execute(line.command));
  if (!schedule_.add(line, now_)) return to_line(failure("too many lines are waiting"));
  return to_line(ok());
}

Json Device::Impl::execute(const Command& command) {
  const std::string& verb = command.verb;
  if (verb == "state") return describe_state();
  if (verb == "counters") return describe_counters();
  if (verb == "ub") return {{"ok", true}, {"events", ledger_.ub_events()}};
  if (verb == "notify") return execute_notify(command);
  if (verb == "storm") return execute_storm(command);
  if (verb == "log") return execute_log(command);
  if (verb == "set-temperature") return execute_set_temperature(command);
  if (verb == "spurious-msi") return {{"ok", true}, {"sent", send_msi()}};
  if (verb == "reset-counters") ledger_.reset_counters();
  if (verb == "clear-ub") ledger_.clear_ub();
  if (verb == "clear-faults") faults_.clear();
  if (verb == "fault") faults_.arm(command);
  if (verb == "unplug") vanish(Presence::unplugged);
  if (verb == "plug" && presence_ != Presence::present) {
    presence_ = Presence::present;
    power_on();
  }
  return ok();
}

Json Device::Impl::describe_state() {
  static constexpr const char* kStates[] = {"bootloader", "booting", "running", "resetting"};
  const bool present = presence_ == Presence::present;
  Json state = ok();
  state["state"] = present ? kStates[static_cast<unsigned>(state_)] : "unplugged";
  state["power"] = config_.power() == ConfigSpace::Power::d0 ? "D0" : "D3hot";
  state["fw_version"] = running() ? Json(firmware_.image().app.text()) : Json(nullptr);
  state["boot_status"] = memory_.read32(HAILO8_ADDR_BOOT_STATUS);
  state["boot_refusal"] = boot_refusal_.empty() ? Json(nullptr) : Json(boot_refusal_);
  state["boots"] = boots_;
  state["soft_resets"] = soft_resets_;
  state["mask"] = hex(interrupts_.mask());
  state["status"] = hex(interrupts_.status());
  state["executing"] = executing_.has_value();
  state["notification_in_use"] = box_.in_use();
  state["notifications_queued"] = box_.queued();
  state["storm_left"] = storm_left_;
  const auto active = network_.active();
  state["networks"] = network_.applications();
  state["network_active"] = active.has_value();
  state["active_application"] = active ? Json(*active) : Json(nullptr);
  if (const auto configuration = network_.configuration())
    state["configuration"] = {{"bytes", configuration->bytes},
                              {"crc32", hex(configuration->crc32)},
                              {"complete", configuration->complete}};
  else
    state["configuration"] = nullptr;
  state["frames"] = network_.frames();
  state["utilisation"] = network_.utilisation();
  state["device_interrupts"] = vdma_.device_interrupts();
  state["awake"] = firmware_.awake();
  state["temperature"] = firmware_.temperature();
  state["faults"] = faults_.size();
  return state;
}

Json Device::Impl::describe_counters() const {
  const Ledger::Access total = ledger_.total();
  Json registers = Json::object();
  for (unsigned i = 0; i < static_cast<unsigned>(Reg::count); ++i) {
    const Ledger::Access& access = ledger_.at(static_cast<Reg>(i));
    if (access.reads != 0 || access.writes != 0)
      registers[reg_name(static_cast<Reg>(i))] = {{"reads", access.reads},
                                                  {"writes", access.writes}};
  }
  Json counters = ok();
  counters["reads"] = total.reads;
  counters["writes"] = total.writes;
  counters["msis"] = ledger_.msis();
  counters["ub"] = ledger_.ub_count();
  counters["config_reads"] = ledger_.config().reads;
  counters["config_writes"] = ledger_.config().writes;
  counters["registers"] = std::move(registers);
  return counters;
}

Json Device::Impl::execute_notify(const Command& command) {
  Event event{.id = static_cast<std::uint32_t>(command.numbers.at("event")),
              .temperature = firmware_.temperature()};
  if (const auto zone = command.numbers.find("zone"); zone != command.numbers.end())
    event.zone = static_cast<std::uint32_t>(zone->second);
  if (const auto length = command.numbers.find("length"); length != command.numbers.end())
    event.length = static_cast<std::uint32_t>(length->second);
  if (const auto raw = command.words.find("raw"); raw != command.words.end())
    event.payload = from_hex(raw->second);
  static constexpr const char* kResults[] = {"delivered", "queued", "dropped"};
  const Delivery delivery = notify(std::move(event));
  return {{"ok", true}, {"result", kResults[static_cast<unsigned>(delivery)]}};
}

Json Device::Impl::execute_storm(const Command& command) {
  if (!notifications_possible()) return failure("nobody listens for notifications");
  storm_left_ = command.numbers.at("count");
  const auto interval = command.numbers.find("interval_us");
  storm_interval_ = interval == command.numbers.end()
                        ? Time(0)
                        : Time(std::chrono::microseconds(interval->second));
  timers_[storm].reset();
  pump_notifications();
  return ok();
}

Json Device::Impl::execute_log(const Command& command) {
  if (!running()) return failure("no firmware runs");
  const Cpu cpu = command.words.at("cpu") == "app" ? Cpu::app : Cpu::core;
  return {{"ok", true}, {"stored", log_always(cpu, command.argument)}};
}

Json Device::Impl::execute_set_temperature(const Command& command) {
  float celsius = 0;
  const std::string& text = command.argument;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), celsius);
  if (error != std::errc() || end != text.data() + text.size() || !(celsius >= -60) ||
      !(celsius <= 200))
    return failure("not a temperature from -60 to 200: " + text);
  firmware_.set_temperature(celsius);
  return ok();
}

}  // namespace hailo::emu
