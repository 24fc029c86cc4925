// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo {

/// A vDMA channel that is enabled or has been used.
struct ChannelActivity {
  unsigned number;
  bool to_device;
  bool enabled;
  std::uint64_t in_flight;  ///< transfers
  std::uint64_t transfers;  ///< completed, since probe
  std::uint64_t bytes;      ///< of those
};

/// What a board has done since it was probed (docs/abi/debugfs-hailo_pci).
struct Activity {
  std::uint64_t controls = 0;
  std::uint64_t controls_failed = 0;  ///< among them
  std::uint64_t interrupts = 0;
  std::vector<ChannelActivity> channels;  ///< by number
};

/// Of the board at this PCI address. Fails where debugfs is not mounted or, as it
/// is for root alone, may not be read. Touches no hardware.
Result<Activity> read_activity(const sys::Root& root, const std::string& address);

}  // namespace hailo
