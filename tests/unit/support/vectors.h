// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "lib/base/bytes.h"

namespace hailo::test {

/// tests/vectors/NAME.hex: bytes in hex, '#' begins a comment.
inline Bytes load_vector(const std::string& name) {
  std::ifstream file(std::string(HAILO_TEST_VECTORS) + "/" + name + ".hex");
  if (!file) throw std::runtime_error("no vector " + name);
  Bytes bytes;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    while (words >> word) bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
  return bytes;
}

/// A control message as it lies in the mailbox: MD5, length, payload.
struct MailboxVector {
  Bytes md5;
  std::uint32_t length;
  Bytes payload;
};

inline MailboxVector load_mailbox_vector(const std::string& name) {
  const Bytes all = load_vector(name);
  if (all.size() < 20) throw std::runtime_error("short vector " + name);
  return {{all.begin(), all.begin() + 16}, load_le32(all, 16), {all.begin() + 20, all.end()}};
}

}  // namespace hailo::test
