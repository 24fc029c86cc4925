// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/model/board.h"
#include "emulator/model/boot_rom.h"
#include "emulator/model/host.h"
#include "emulator/model/md5.h"
#include "emulator/model/network.h"

namespace hailo::emu {

enum class Cpu { app, core };

struct Request {
  Cpu cpu;
  Md5 md5;        ///< as the host gave it
  Bytes payload;  ///< at most 1500 bytes

  std::optional<std::uint32_t> opcode() const;
};

/// The firmware personality: what the two CPUs answer to control requests.
class Firmware {
 public:
  Firmware(BoardFacts board, Network& network) : board_(std::move(board)), network_(network) {}

  /// Starts the image; everything a host had set is forgotten.
  void boot(const BootedImage& image);

  struct Outcome {
    std::optional<Bytes> response;  ///< payload; none: firmware does not answer
    bool restarted = false;         ///< a RESET has emptied logs and networks
    std::string refusal;            ///< of the context switch: why, else empty
  };
  Outcome execute(const Request& request, Time now);

  const BootedImage& image() const { return image_; }
  void set_version_offset(std::uint32_t offset) { version_offset_ = offset; }

  void set_temperature(float celsius) { temperature_ = celsius; }
  float temperature() const { return temperature_; }
  std::uint32_t temperature_zone() const;  ///< 0 green, 1 orange, 2 red

  unsigned logger_level() const { return logger_level_; }
  bool logs_to_host() const { return (logger_interfaces_ & 1) != 0; }
  bool awake() const { return awake_; }

 private:
  struct Answer {
    std::uint32_t status = 0;
    std::vector<Bytes> parameters = {};
  };
  using Parameters = std::vector<ByteView>;
  using Handler = Answer (Firmware::*)(const Parameters&, Time);

  static constexpr std::size_t kAnyLength = static_cast<std::size_t>(-1);
  struct Operation {
    std::uint32_t opcode;
    Cpu cpu;
    Handler handler;
    std::vector<std::size_t> lengths;  ///< of each parameter
  };
  static const std::vector<Operation>& operations();

  Answer dispatch(const Request& request, Time now);

  Answer identify(const Parameters&, Time);
  Answer core_identify(const Parameters&, Time);
  Answer device_information(const Parameters&, Time);
  Answer reset(const Parameters&, Time);
  Answer temperature(const Parameters&, Time);
  Answer health(const Parameters&, Time);
  Answer user_config(const Parameters&, Time);
  Answer set_logger(const Parameters&, Time);
  Answer set_throttling(const Parameters&, Time);
  Answer get_throttling(const Parameters&, Time);
  Answer set_overcurrent(const Parameters&, Time);
  Answer get_overcurrent(const Parameters&, Time);
  Answer set_sleep(const Parameters&, Time);

  Answer power_now(const Parameters&, Time);
  Answer power_set(const Parameters&, Time);
  Answer power_get(const Parameters&, Time);
  Answer power_start(const Parameters&, Time);
  Answer power_stop(const Parameters&, Time);

  Answer network_header(const Parameters&, Time);
  Answer context_info(const Parameters&, Time);
  Answer network_status(const Parameters&, Time);
  Answer clear_networks(const Parameters&, Time);
  Answer hardware_constants(const Parameters&, Time);

  Bytes version_wire(const FirmwareVersion& version) const;
  void forget();

  static constexpr unsigned kPowerBuffers = 4;
  struct PowerBuffer {
    std::optional<std::uint32_t> type;
    std::uint64_t samples = 0;
  };
  void collect_samples(Time now);
  double sample_period_us() const;

  /// Status of a context-switch control; a refusal is remembered for the log.
  Answer answer(const Result<void>& result);

  BoardFacts board_;
  Network& network_;
  BootedImage image_;
  std::uint32_t version_offset_ = 0;  ///< fault: added to the minor version
  float temperature_ = 45.0F;

  unsigned logger_level_ = 0;
  unsigned logger_interfaces_ = 0;
  bool throttling_ = true;
  bool overcurrent_ = true;
  bool awake_ = true;

  std::array<PowerBuffer, kPowerBuffers> power_{};
  unsigned power_averaging_ = 0;
  unsigned power_sampling_ = 0;
  std::optional<Time> power_since_;  ///< running; samples counted up to here

  std::string refusal_;
  bool restarted_ = false;
  bool answered_ = true;
};

}  // namespace hailo::emu
