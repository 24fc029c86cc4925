// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo {

/// A board as the driver presents it in sysfs. Reading it neither opens nor
/// wakes the board. What the loaded driver does not tell is nullopt.
struct Board {
  std::string name;                ///< "hailo0"
  std::string node;                ///< "/dev/hailo0"
  std::vector<std::string> links;  ///< stable names of the node
  std::optional<dev_t> number;

  std::optional<std::string> location;          ///< "0000:01:00.0"
  std::optional<std::string> device_id;         ///< "1e60:2864"
  std::optional<std::string> release;           ///< HailoRT release that the board reports
  std::optional<std::string> compat_version;    ///< pin of the release, or "auto"
  std::optional<std::string> firmware_version;  ///< what is running, or "none"
  std::optional<std::string> architecture;      ///< "HAILO8", "HAILO8L", "unknown"
  std::optional<std::string> page_size;         ///< largest descriptor page, bytes
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
};

/// All boards, in the order of their numbers.
Result<std::vector<Board>> discover(const sys::Root& root);

/// The board that `wanted` names: a node (or a link to one), a name like
/// hailo0, or a PCI address with or without domain. nullptr if there is none.
const Board* find_board(const sys::Root& root, const std::vector<Board>& boards,
                        std::string_view wanted);

}  // namespace hailo
