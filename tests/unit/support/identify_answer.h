// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/bytes.h"

namespace hailo::test {

/// An IDENTIFY answer by chapter 4, sections 2.2 and 5.1, with every field
/// open to be spoiled. Equal to the golden Hailo-8L answer by default.
struct IdentifyAnswer {
  std::uint32_t version = 2;
  std::uint32_t flags = 1;
  std::uint32_t sequence = 0;
  std::uint32_t opcode = 0;
  std::uint32_t major_status = 0;
  std::uint32_t minor_status = 0;
  std::uint32_t count = 8;
  std::vector<Bytes> parameters = {
      {0, 0, 0, 2},
      {4, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0x20},
      {0, 0, 0, 0},
      text("Hailo-8", 32),
      {0, 0, 0, 2},
      text("HLDDLBB243201979", 16),
      text("HM21LB1C2LAE", 16),
      text("HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP", 42),
  };

  static Bytes text(const std::string& value, std::size_t size) {
    Bytes field(value.begin(), value.end());
    field.resize(size);
    return field;
  }

  Bytes build() const {
    Bytes out;
    for (auto word : {version, flags, sequence, opcode, major_status, minor_status, count})
      append_be32(out, word);
    for (const auto& parameter : parameters) {
      append_be32(out, static_cast<std::uint32_t>(parameter.size()));
      out.insert(out.end(), parameter.begin(), parameter.end());
    }
    return out;
  }
};

}  // namespace hailo::test
