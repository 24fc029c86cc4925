// SPDX-License-Identifier: MIT
#include "emulator/model/board.h"

#include <hailo_mailbox.h>

namespace hailo::emu {

BoardFacts board_facts(const Config& config) {
  BoardFacts facts =
      config.board == Board::hailo8
          ? BoardFacts{"Hailo-8", "HLLWM2B000000001", "HM218B1C2FA",
                       "HAILO-8 AI ACCELERATOR M.2 M KEY MODULE", HAILO_ARCH_HAILO8}
          : BoardFacts{"Hailo-8", "HLDDLBB243201979", "HM21LB1C2LAE",
                       "HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP", HAILO_ARCH_HAILO8L};
  if (!config.serial.empty()) facts.serial = config.serial;
  if (!config.part.empty()) facts.part = config.part;
  if (!config.product.empty()) facts.product = config.product;
  return facts;
}

}  // namespace hailo::emu
