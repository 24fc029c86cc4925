// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace hailo {

struct TarEntry {
  std::string name;  ///< at most 99 bytes
  std::string content;
};

/// An archive of plain files in the POSIX format (ustar), which every tar reads.
/// `time` is in seconds since 1970.
inline std::string tar_archive(const std::vector<TarEntry>& entries, std::uint64_t time) {
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kChecksumAt = 148;
  constexpr std::size_t kChecksumSize = 8;
  auto put = [](std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
  };
  auto octal = [](std::uint64_t value) {
    char text[12];
    std::snprintf(text, sizeof(text), "%011llo", static_cast<unsigned long long>(value));
    return std::string(text, sizeof(text));
  };

  std::string archive;
  for (const auto& entry : entries) {
    std::string header(kBlock, '\0');
    put(header, 0, std::string_view(entry.name).substr(0, 99));
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, octal(entry.content.size()));
    put(header, 136, octal(time));
    put(header, 156, "0");  // a plain file
    put(header, 257,
        std::string_view("ustar\000"
                         "00",
                         8));
    header.replace(kChecksumAt, kChecksumSize, kChecksumSize, ' ');
    unsigned sum = 0;
    for (const unsigned char c : header) sum += c;
    char checksum[7];
    std::snprintf(checksum, sizeof(checksum), "%06o", sum);
    put(header, kChecksumAt, std::string_view(checksum, sizeof(checksum)));
    archive += header + entry.content;
    archive.resize((archive.size() + kBlock - 1) / kBlock * kBlock);
  }
  archive.resize(archive.size() + 2 * kBlock);
  return archive;
}

}  // namespace hailo
