// SPDX-License-Identifier: MIT
#include "emulator/model/firmware.h"

#include <hailo_fw_image.h>
#include <hailo_mailbox.h>

#include <algorithm>
#include <cstddef>

namespace hailo::emu {
namespace {

constexpr std::uint32_t kOpcodeExamineUserConfig = 18;

// No source tells which status says "bad value"; any but 0 fails the call.
constexpr std::uint32_t kBadValue = HAILO_STATUS_CONTROL_UNSUPPORTED;

constexpr std::uint32_t kCoreClockHz = 400'000'000;
constexpr std::uint32_t kBootSourcePcie = 1;
constexpr std::uint32_t kLifeCycleState = 3;
constexpr std::string_view kLot = "EMULATOR";
// Byte 3 of the feature word: PCIe and current monitoring
constexpr std::uint32_t kFeatures = 0x0c;

// Thermal limits, degrees Celsius
constexpr float kOrange = 104.0F;
constexpr float kRed = 120.0F;
constexpr std::uint32_t kHysteresis = 4;
constexpr std::uint32_t kOvercurrentThreshold = 3000;  // mA

constexpr std::uint32_t kDvmOvercurrent = 9;
constexpr std::uint32_t kAuto = 0x7fffffff;
constexpr std::uint32_t kPowerType = 2;
constexpr std::uint32_t kPowerTypes = 4;

constexpr unsigned kLoggerInfo = 2;
constexpr unsigned kLoggerFatal = 5;
constexpr unsigned kLoggerInterfaces = 3;  // PCIe and UART

// CONTEXT_SWITCH_STATUS_SRAM_MEMORY_FULL, which the library explains to the user
constexpr std::uint32_t kSramMemoryFull = 0x4013007a;
constexpr std::size_t kMaxContextChunk = 1461;

constexpr std::uint32_t swap32(std::uint32_t v) {
  return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

/// Steady draw of an M.2 module by measurement type: mV, mV, W, mA.
float power_value(std::uint32_t type) {
  static constexpr float kValues[kPowerTypes] = {4.5F, 3300.0F, 1.5F, 454.5F};
  return kValues[type];
}

bool read_bool(ByteView parameter, bool& value) {
  if (parameter[0] > 1) return false;
  value = parameter[0] == 1;
  return true;
}

Bytes one_byte(std::uint32_t value) { return ByteWriter().u8(value).take(); }

}  // namespace

std::optional<std::uint32_t> Request::opcode() const {
  if (payload.size() < offsetof(hailo_control_request_header, parameter_count)) return std::nullopt;
  return load_be32(payload, offsetof(hailo_control_request_header, opcode));
}

const std::vector<Firmware::Operation>& Firmware::operations() {
  static const std::vector<Operation> table = {
      {HAILO_OPCODE_IDENTIFY, Cpu::app, &Firmware::identify, {}},
      {HAILO_OPCODE_RESET, Cpu::app, &Firmware::reset, {4}},
      {HAILO_OPCODE_POWER_MEASUREMENT, Cpu::app, &Firmware::power_now, {4, 4}},
      {HAILO_OPCODE_SET_POWER_MEASUREMENT, Cpu::app, &Firmware::power_set, {4, 4, 4}},
      {HAILO_OPCODE_GET_POWER_MEASUREMENT, Cpu::app, &Firmware::power_get, {4, 1}},
      {HAILO_OPCODE_START_POWER_MEASUREMENT, Cpu::app, &Firmware::power_start, {4, 2, 2}},
      {HAILO_OPCODE_STOP_POWER_MEASUREMENT, Cpu::app, &Firmware::power_stop, {}},
      {kOpcodeExamineUserConfig, Cpu::app, &Firmware::user_config, {}},
      {HAILO_OPCODE_SET_NETWORK_GROUP_HEADER, Cpu::core, &Firmware::network_header, {kAnyLength}},
      {HAILO_OPCODE_SET_CONTEXT_INFO, Cpu::core, &Firmware::context_info, {1, 1, 1, kAnyLength}},
      {HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS,
       Cpu::core,
       &Firmware::network_status,
       {1, 1, 2, 2}},
      {HAILO_OPCODE_CORE_IDENTIFY, Cpu::core, &Firmware::core_identify, {}},
      {HAILO_OPCODE_GET_CHIP_TEMPERATURE, Cpu::app, &Firmware::temperature, {}},
      {HAILO_OPCODE_GET_DEVICE_INFORMATION, Cpu::app, &Firmware::device_information, {}},
      {HAILO_OPCODE_SET_FW_LOGGER, Cpu::app, &Firmware::set_logger, {1, 1}},
      {HAILO_OPCODE_GET_HEALTH_INFORMATION, Cpu::app, &Firmware::health, {}},
      {HAILO_OPCODE_SET_THROTTLING_STATE, Cpu::app, &Firmware::set_throttling, {1}},
      {HAILO_OPCODE_GET_THROTTLING_STATE, Cpu::app, &Firmware::get_throttling, {}},
      {HAILO_OPCODE_SET_OVERCURRENT_STATE, Cpu::app, &Firmware::set_overcurrent, {1}},
      {HAILO_OPCODE_GET_OVERCURRENT_STATE, Cpu::app, &Firmware::get_overcurrent, {}},
      {HAILO_OPCODE_CLEAR_CONFIGURED_APPS, Cpu::core, &Firmware::clear_networks, {}},
      {HAILO_OPCODE_GET_HW_CONSTS, Cpu::core, &Firmware::hardware_constants, {}},
      {HAILO_OPCODE_SET_SLEEP_STATE, Cpu::app, &Firmware::set_sleep, {1}},
  };
  return table;
}

void Firmware::boot(const BootedImage& image) {
  image_ = image;
  logger_level_ = kLoggerInfo;
  logger_interfaces_ = kLoggerInterfaces;
  throttling_ = true;
  overcurrent_ = true;
  awake_ = true;
  forget();
}

void Firmware::forget() {
  power_ = {};
  power_since_.reset();
  network_.clear();
}

Firmware::Outcome Firmware::execute(const Request& request, Time now) {
  restarted_ = false;
  answered_ = true;
  refusal_.clear();
  const Answer answer = dispatch(request, now);
  if (!answered_) return {std::nullopt, restarted_, {}};

  // A request too short for its own fields is answered as if they were 0.
  const std::uint32_t sequence =
      request.payload.size() >= offsetof(hailo_control_request_header, opcode)
          ? load_be32(request.payload, offsetof(hailo_control_request_header, sequence))
          : 0;
  ByteWriter response;
  response.be32(HAILO_CONTROL_PROTOCOL_VERSION)
      .be32(HAILO_CONTROL_FLAG_ACK)
      .be32(sequence)
      .be32(request.opcode().value_or(0))
      .be32(answer.status)
      .be32(answer.status)
      .be32(static_cast<std::uint32_t>(answer.parameters.size()));
  for (const Bytes& parameter : answer.parameters)
    response.be32(static_cast<std::uint32_t>(parameter.size())).raw(parameter);
  return {response.take(), restarted_, std::move(refusal_)};
}

Firmware::Answer Firmware::dispatch(const Request& request, Time now) {
  if (md5(request.payload) != request.md5) return {HAILO_STATUS_MISMATCHING_MD5};
  const ByteView payload = request.payload;
  if (payload.size() < sizeof(hailo_control_request_header))
    return {HAILO_STATUS_OVERRUN_BEFORE_PARAMETERS};
  if (load_be32(payload, 0) != HAILO_CONTROL_PROTOCOL_VERSION)
    return {HAILO_STATUS_INVALID_VERSION};

  const std::uint32_t count =
      load_be32(payload, offsetof(hailo_control_request_header, parameter_count));
  Parameters parameters;
  std::size_t at = sizeof(hailo_control_request_header);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (payload.size() - at < 4) return {HAILO_STATUS_OVERRUN_AT_PARAMETER};
    const std::uint32_t length = load_be32(payload, at);
    at += 4;
    if (payload.size() - at < length) return {HAILO_STATUS_OVERRUN_AT_PARAMETER};
    parameters.push_back(payload.subspan(at, length));
    at += length;
  }
  if (at != payload.size()) return {HAILO_STATUS_OVERRUN_AT_PARAMETER};

  const std::uint32_t opcode = *request.opcode();
  if (opcode >= HAILO_OPCODE_COUNT) return {HAILO_STATUS_INVALID_OPCODE};
  const auto operation = std::ranges::find(operations(), opcode, &Operation::opcode);
  if (operation == operations().end() || operation->cpu != request.cpu)
    return {HAILO_STATUS_UNSUPPORTED_OPCODE};
  if (parameters.size() != operation->lengths.size())
    return {HAILO_STATUS_INCORRECT_PARAMETER_COUNT};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (operation->lengths[i] != kAnyLength && operation->lengths[i] != parameters[i].size())
      return {HAILO_STATUS_OVERRUN_AT_PARAMETER};
  return (this->*operation->handler)(parameters, now);
}

Bytes Firmware::version_wire(const FirmwareVersion& version) const {
  return ByteWriter()
      .le32(version.major)
      .le32(version.minor + version_offset_)
      .le32(version.revision)
      .take();
}

Firmware::Answer Firmware::identify(const Parameters&, Time) {
  return {
      0,
      {ByteWriter().be32(HAILO_CONTROL_PROTOCOL_VERSION).take(), version_wire(image_.app),
       ByteWriter().be32(0).take(), ByteWriter().padded(board_.name, HAILO_BOARD_NAME_SIZE).take(),
       ByteWriter().be32(board_.architecture).take(),
       ByteWriter().padded(board_.serial, HAILO_SERIAL_NUMBER_SIZE).take(),
       ByteWriter().padded(board_.part, HAILO_PART_NUMBER_SIZE).take(),
       ByteWriter().padded(board_.product, HAILO_PRODUCT_NAME_SIZE).take()}};
}

Firmware::Answer Firmware::core_identify(const Parameters&, Time) {
  return {0, {version_wire(image_.core)}};
}

Firmware::Answer Firmware::device_information(const Parameters&, Time) {
  // No host source tells how a SoC ID looks; ours differs from board to board.
  const auto* serial = reinterpret_cast<const std::uint8_t*>(board_.serial.data());
  const Md5 id = md5({serial, board_.serial.size()});
  return {0,
          {ByteWriter().be32(kCoreClockHz).take(), ByteWriter().be32(kFeatures).be32(0).take(),
           ByteWriter().be32(kBootSourcePcie).take(), one_byte(kLifeCycleState),
           ByteWriter().raw(id).raw(id).take(),
           Bytes(6),  // Ethernet address: none
           // Fuses: the lot, by which tools know the emulator, die and wafer.
           ByteWriter().padded(kLot, 8).be32(0).take(),
           Bytes(24),                      // process monitor values
           ByteWriter().be32(0).take()}};  // partial clusters layout
}

Firmware::Answer Firmware::reset(const Parameters& parameters, Time) {
  switch (load_be32(parameters[0], 0)) {
    case HAILO_RESET_NN_CORE:
      forget();
      return {};
    case HAILO_RESET_SOFT:
    case HAILO_RESET_FORCED_SOFT:
      // As a board booted from flash: everything is lost, and it runs again.
      boot(image_);
      restarted_ = true;
      answered_ = false;
      return {};
    case HAILO_RESET_CHIP:
      return {HAILO_STATUS_UNSUPPORTED_DEVICE};
    default:
      return {kBadValue};
  }
}

Firmware::Answer Firmware::temperature(const Parameters&, Time) {
  return {0, {ByteWriter().f32(temperature_).f32(temperature_).be16(100).take()}};
}

std::uint32_t Firmware::temperature_zone() const {
  return temperature_ >= kRed ? 2 : temperature_ >= kOrange ? 1 : 0;
}

Firmware::Answer Firmware::health(const Parameters&, Time) {
  const bool throttled = throttling_ && temperature_zone() != 0;
  ByteWriter levels;
  for (unsigned i = 0; i < 4; ++i)
    levels.f32(kOrange + 4.0F * static_cast<float>(i))
        .f32(kOrange + 4.0F * static_cast<float>(i) - static_cast<float>(kHysteresis))
        .le32(kCoreClockHz - 50'000'000 * (i + 1));
  const auto be32 = [](std::uint32_t value) { return ByteWriter().be32(value).take(); };
  return {
      0,
      {one_byte(overcurrent_), one_byte(0),
       // The library swaps the bytes of the float's integer value.
       ByteWriter().f32(static_cast<float>(swap32(kOvercurrentThreshold))).take(), one_byte(0),
       one_byte(throttled), one_byte(temperature_zone()),
       one_byte(throttled ? 0 : 0xff),  // level index, -1: none
       levels.take(), be32(static_cast<std::uint32_t>(kOrange)),
       be32(static_cast<std::uint32_t>(kOrange) - kHysteresis),
       be32(static_cast<std::uint32_t>(kRed)), be32(static_cast<std::uint32_t>(kRed) - kHysteresis),
       be32(kCoreClockHz), be32(throttled ? kCoreClockHz - 50'000'000 : kCoreClockHz)}};
}

Firmware::Answer Firmware::user_config(const Parameters&, Time) {
  return {HAILO_STATUS_UNSUPPORTED_DEVICE};
}

Firmware::Answer Firmware::set_logger(const Parameters& parameters, Time) {
  if (parameters[0][0] > kLoggerFatal || (parameters[1][0] & ~kLoggerInterfaces) != 0)
    return {kBadValue};
  logger_level_ = parameters[0][0];
  logger_interfaces_ = parameters[1][0];
  return {};
}

Firmware::Answer Firmware::set_throttling(const Parameters& parameters, Time) {
  return {read_bool(parameters[0], throttling_) ? 0 : kBadValue};
}

Firmware::Answer Firmware::get_throttling(const Parameters&, Time) {
  return {0, {one_byte(throttling_)}};
}

Firmware::Answer Firmware::set_overcurrent(const Parameters& parameters, Time) {
  return {read_bool(parameters[0], overcurrent_) ? 0 : kBadValue};
}

Firmware::Answer Firmware::get_overcurrent(const Parameters&, Time) {
  return {0, {one_byte(overcurrent_)}};
}

Firmware::Answer Firmware::set_sleep(const Parameters& parameters, Time) {
  return {read_bool(parameters[0], awake_) ? 0 : kBadValue};
}

double Firmware::sample_period_us() const {
  static constexpr double kSampling[] = {140, 204, 332, 588, 1100, 2116, 4156, 8244};
  static constexpr double kAveraging[] = {1, 4, 16, 64, 128, 256, 512, 1024};
  return kSampling[power_sampling_] * kAveraging[power_averaging_];
}

void Firmware::collect_samples(Time now) {
  if (!power_since_ || now < *power_since_) return;
  const Time period(static_cast<Time::rep>(sample_period_us() * 1000));
  const auto samples = static_cast<std::uint64_t>((now - *power_since_) / period);
  *power_since_ += period * static_cast<Time::rep>(samples);
  for (PowerBuffer& buffer : power_)
    if (buffer.type) buffer.samples += samples;
}

Firmware::Answer Firmware::power_now(const Parameters& parameters, Time) {
  const std::uint32_t dvm = load_be32(parameters[0], 0);
  const std::uint32_t type = load_be32(parameters[1], 0);
  // An M.2 module measures at one place only.
  if (dvm != kAuto && dvm != kDvmOvercurrent) return {HAILO_STATUS_UNSUPPORTED_DEVICE};
  if (type != kAuto && type >= kPowerTypes) return {kBadValue};
  const std::uint32_t resolved = type == kAuto ? kPowerType : type;
  return {0,
          {ByteWriter().f32(power_value(resolved)).take(),
           ByteWriter().le32(kDvmOvercurrent).take(), ByteWriter().le32(resolved).take()}};
}

Firmware::Answer Firmware::power_set(const Parameters& parameters, Time now) {
  const std::uint32_t index = load_be32(parameters[0], 0);
  const std::uint32_t dvm = load_be32(parameters[1], 0);
  const std::uint32_t type = load_be32(parameters[2], 0);
  if (index >= kPowerBuffers || (type != kAuto && type >= kPowerTypes)) return {kBadValue};
  if (dvm != kAuto && dvm != kDvmOvercurrent) return {HAILO_STATUS_UNSUPPORTED_DEVICE};
  collect_samples(now);
  power_[index] = {type == kAuto ? kPowerType : type, 0};
  return {
      0,
      {ByteWriter().le32(kDvmOvercurrent).take(), ByteWriter().le32(*power_[index].type).take()}};
}

Firmware::Answer Firmware::power_get(const Parameters& parameters, Time now) {
  const std::uint32_t index = load_be32(parameters[0], 0);
  bool clear = false;
  if (index >= kPowerBuffers || !read_bool(parameters[1], clear)) return {kBadValue};
  collect_samples(now);
  PowerBuffer& buffer = power_[index];
  const float value = buffer.samples == 0 ? 0.0F : power_value(*buffer.type);
  Answer answer{0,
                {ByteWriter().be32(static_cast<std::uint32_t>(buffer.samples)).take(),
                 ByteWriter().f32(value).take(), ByteWriter().f32(value).take(),
                 ByteWriter().f32(value).take(),
                 ByteWriter().f32(static_cast<float>(sample_period_us() / 1000)).take()}};
  if (clear) buffer.samples = 0;
  return answer;
}

Firmware::Answer Firmware::power_start(const Parameters& parameters, Time now) {
  const std::uint32_t delay_ms = load_be32(parameters[0], 0);
  const unsigned averaging = load_be16(parameters[1], 0);
  const unsigned sampling = load_be16(parameters[2], 0);
  if (averaging > 7 || sampling > 7) return {kBadValue};
  power_averaging_ = averaging;
  power_sampling_ = sampling;
  power_since_ = now + std::chrono::milliseconds(delay_ms);
  return {};
}

Firmware::Answer Firmware::power_stop(const Parameters&, Time now) {
  collect_samples(now);
  power_since_.reset();
  return {};
}

Firmware::Answer Firmware::answer(const Result<void>& result) {
  if (result) return {};
  refusal_ = result.error().message;
  return {result.error().code == Error::Code::busy ? kSramMemoryFull : kBadValue};
}

Firmware::Answer Firmware::network_header(const Parameters& parameters, Time) {
  if (!action_layout(parameters[0].size())) return {HAILO_STATUS_OVERRUN_AT_PARAMETER};
  return answer(network_.add_header(parameters[0].size()));
}

Firmware::Answer Firmware::context_info(const Parameters& parameters, Time) {
  bool first = false;
  bool last = false;
  if (!read_bool(parameters[0], first) || !read_bool(parameters[1], last) ||
      parameters[3].size() > kMaxContextChunk)
    return {kBadValue};
  return answer(network_.add_context(first, last, static_cast<Network::Context>(parameters[2][0]),
                                     parameters[3]));
}

Firmware::Answer Firmware::network_status(const Parameters& parameters, Time) {
  enum State : std::uint8_t { kReset = 0, kEnabled = 1 };
  const std::uint8_t state = parameters[0][0];
  if (state == kReset) {
    network_.reset();
    return {};
  }
  if (state != kEnabled) return {kBadValue};
  return answer(network_.enable(parameters[1][0]));
}

Firmware::Answer Firmware::clear_networks(const Parameters&, Time) {
  network_.clear();
  return {};
}

Firmware::Answer Firmware::hardware_constants(const Parameters&, Time) {
  return {0,
          {ByteWriter()
               .le32(8)        // fifo word granularity, bytes
               .le16(0xffff)   // periph buffers per frame
               .le16(0xffff)   // periph bytes per buffer
               .le16(0xffff)   // acceptable bytes per buffer
               .le32(0x18000)  // outbound data stream size
               .u8(0)          // should optimize credits
               .le32(0x4000)   // default initial credit size
               .take()}};
}

}  // namespace hailo::emu
