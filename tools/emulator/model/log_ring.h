// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/model/memory.h"

namespace hailo::emu {

/// The device's end of one log ring.  Offsets live in device memory, where the
/// host moves its own; the model keeps a host offset of 4088 or more out.
class LogRing {
 public:
  LogRing(Memory& memory, std::uint32_t base) : memory_(memory), base_(base) {}

  void reset();

  /// Appends `text`, or nothing if it does not fit: unread text is never
  /// overwritten, and one byte stays free because equal offsets mean empty.
  bool append(std::string_view text);

 private:
  Memory& memory_;
  std::uint32_t base_;
};

}  // namespace hailo::emu
