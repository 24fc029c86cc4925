// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/model/host.h"
#include "emulator/model/nn.h"
#include "lib/base/result.h"

namespace hailo::emu {

enum class Board { hailo8, hailo8l };

/// What the emulated board is; strings are cut to the protocol's field sizes.
struct Config {
  Board board = Board::hailo8;
  std::string serial = {};   ///< empty: the board's default
  std::string part = {};     ///< empty: the board's default
  std::string product = {};  ///< empty: the board's default
  std::chrono::milliseconds boot_time{50};
  std::chrono::milliseconds soft_reset_time{10};
  unsigned fps = 0;  ///< frames per second that a network makes, 0: as many as it can
};

/// A Hailo-8 PCIe function: configuration space, BARs, boot ROM and firmware
/// personality.  Pure: no sockets, no threads, no clock.  All accesses and
/// tick() must come from one thread, with a time that never goes back.  An
/// access happens at the time of the last tick(), so call tick() before it.
class Device {
 public:
  /// `core` runs the networks of emulator HEFs; without one they fail to load.
  Device(Config config, Host& host, NeuralCore* core = nullptr);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  /// Configuration space, `width` 1, 2 or 4 bytes, offset below 4096.
  std::uint32_t config_read(std::uint32_t offset, unsigned width);
  void config_write(std::uint32_t offset, unsigned width, std::uint32_t value);

  /// BAR access.  A width other than 4, a misaligned or out-of-range offset is
  /// counted as `ub_…`; the read gives all-ones, the write does nothing.
  std::uint32_t bar_read(unsigned bar, std::uint32_t offset, unsigned width);
  void bar_write(unsigned bar, std::uint32_t offset, unsigned width, std::uint32_t value);

  /// Size of a BAR in bytes, 0 if the function does not have it.
  static std::uint32_t bar_size(unsigned bar);

  /// What an access there is counted under at this moment, for the trace.
  std::string register_name(unsigned bar, std::uint32_t offset) const;

  /// Bus or hot reset: power-on state.  FLR comes through configuration space.
  void bus_reset();

  /// Lets everything happen that is due at `now`.
  void tick(Time now);
  /// When tick() wants to be called next; none while nothing is pending.
  std::optional<Time> next_deadline() const;

  /// Executes one line of the control protocol (docs/hw/emulator-control.md)
  /// and returns one line of JSON, without the newline.
  std::string command(std::string_view line);

  /// Takes a scenario file: lines of the control protocol, `#` comments and the
  /// prefixes `after MS` and `on boot|control [N]`.  Lines without a prefix run
  /// at once.  On error nothing of the file runs; the message names the line.
  Result<void> load_scenario(std::string_view text);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hailo::emu
