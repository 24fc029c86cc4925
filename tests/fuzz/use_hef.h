// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "lib/hef/emulator_payload.h"
#include "lib/hef/hef.h"

namespace hailo::test {

/// Uses all that a reader hands out, so that sanitizers see it. The sum keeps
/// the compiler from leaving it out.
inline std::uint64_t use(const hef::Hef& hef) {
  std::uint64_t sum = is_emulator_hef(hef);
  for (const auto& group : hef.groups()) {
    for (const auto& variant : group.variants) {
      for (const auto& operation : variant.preliminary) {
        for (const auto& action : operation.actions) {
          const auto* config = std::get_if<hef::ConfigGroup>(&action);
          if (config == nullptr) continue;
          for (const auto& burst : config->bursts) {
            for (const auto byte : burst) sum += byte;
            sum += hef::decode_emulator_payload(burst).has_value();
          }
        }
      }
      for (const auto& stream : variant.streams) {
        const auto unit =
            transfer_unit(stream, hef::default_shmifo_size, hef::default_descriptor_page);
        sum += stream.frame_bytes + (unit ? unit->bytes : 0);
      }
    }
    for (const auto chip : {hef::Chip::hailo8, hef::Chip::hailo8l})
      sum += hef.select(group, chip, 0).has_value();
  }
  return sum;
}

}  // namespace hailo::test
