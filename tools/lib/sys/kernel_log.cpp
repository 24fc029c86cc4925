// SPDX-License-Identifier: MIT
#include "lib/sys/kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "lib/base/unique_fd.h"

namespace hailo::sys {
namespace {

constexpr const char* kLog = "/dev/kmsg";

/// Cuts a number and the character behind it off `text`.
template <typename T>
bool take_number(std::string_view& text, T& value) {
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end == text.data() + text.size()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

/// "6,339,5140900,-;text"; nothing for a continuation or what is no record.
std::optional<KernelMessage> parse_record(std::string_view record) {
  KernelMessage message{};
  unsigned priority = 0;
  if (!take_number(record, priority) || !take_number(record, message.sequence) ||
      !take_number(record, message.time_us))
    return std::nullopt;
  const std::size_t text = record.find(';');
  if (text == std::string_view::npos) return std::nullopt;
  record.remove_prefix(text + 1);
  message.level = priority & 7;  // above it the facility
  message.text = record.substr(0, record.find('\n'));
  return message;
}

}  // namespace

Result<std::vector<KernelMessage>> kernel_log(const Root& root) {
  const UniqueFd fd(::open(root.outside(kLog).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return fail_errno(errno, kLog);

  std::vector<KernelMessage> messages;
  std::string rest;
  char buffer[8192];  // the kernel gives one record for each read, and none is longer
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof(buffer));
    if (n == 0 || (n < 0 && errno == EAGAIN)) return messages;
    if (n < 0 && (errno == EPIPE || errno == EINTR)) continue;  // overwritten meanwhile
    if (n < 0) return fail_errno(errno, kLog);
    rest.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
      if (auto message = parse_record(std::string_view(rest).substr(0, end)))
        messages.push_back(std::move(*message));
    }
  }
}

}  // namespace hailo::sys
