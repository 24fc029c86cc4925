// SPDX-License-Identifier: MIT
#include "emulator/model/log_ring.h"

#include <hailo_mailbox.h>

namespace hailo::emu {

void LogRing::reset() {
  memory_.write32(base_ + HAILO_LOG_HOST_OFFSET, 0);
  memory_.write32(base_ + HAILO_LOG_CHIP_OFFSET, 0);
}

bool LogRing::append(std::string_view text) {
  constexpr std::uint32_t kRing = HAILO_LOG_RING_SIZE;
  const std::uint32_t host = memory_.read32(base_ + HAILO_LOG_HOST_OFFSET);
  std::uint32_t chip = memory_.read32(base_ + HAILO_LOG_CHIP_OFFSET);
  const std::uint32_t unread = (chip + kRing - host) % kRing;
  if (text.size() > kRing - 1 - unread) return false;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    memory_.write(base_ + HAILO_LOG_DATA + chip, {&byte, 1});
    chip = (chip + 1) % kRing;
  }
  memory_.write32(base_ + HAILO_LOG_CHIP_OFFSET, chip);
  return true;
}

}  // namespace hailo::emu
