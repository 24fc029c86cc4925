// SPDX-License-Identifier: MIT
#include "fwtool/sample.h"

#include <charconv>
#include <sstream>

namespace hailo::fwtool {
namespace {

template <typename T>
std::optional<T> number(const std::string& text) {
  T value{};
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The sum over all CPUs of the rows of the function's vectors.
std::optional<std::uint64_t> interrupts_of(const sys::Root& root, const std::string& address) {
  auto vectors = root.list("/sys/bus/pci/devices/" + address + "/msi_irqs");
  if (!vectors || vectors->empty()) return std::nullopt;
  std::optional<std::uint64_t> sum;
  std::istringstream lines(root.read("/proc/interrupts").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    bool ours = false;
    for (const auto& vector : *vectors) ours = ours || word == vector + ":";
    if (!ours) continue;
    while (words >> word) {
      const auto count = number<std::uint64_t>(word);
      if (!count) break;  // the chip's name follows the counts
      sum = sum.value_or(0) + *count;
    }
  }
  return sum;
}

}  // namespace

Result<std::vector<Sample>> take_samples(const sys::Root& root) {
  auto boards = discover(root);
  if (!boards) return std::unexpected(boards.error());
  std::vector<Sample> samples;
  for (const auto& board : *boards) {
    const std::string address = board.location.value_or("");
    samples.push_back({board, interrupts_of(root, address), temperatures_of(root, address),
                       sys::holders_of(root, board.node, board.number).value_or(sys::Holders{})});
  }
  return samples;
}

}  // namespace hailo::fwtool
