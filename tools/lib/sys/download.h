// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/sys/folder_lock.h"

namespace hailo::sys {

/// A file to get by HTTP or HTTPS. Certificates are verified; a redirect from
/// HTTPS never leads out of it.
struct DownloadRequest {
  std::string url;
  /// The file that grows. An earlier attempt's is continued if it came from the
  /// same URL and the server still has the same content (its ETag or date, which
  /// PART.source remembers).
  std::string part;
  std::string proxy{};                ///< empty: what the environment says
  std::string ca_file{};              ///< certificates to trust; empty: the system's
  std::uint64_t size_limit;           ///< bytes
  std::chrono::seconds patience{30};  ///< for a connection, and for a transfer that stalls
  /// Bytes so far, and of the whole if the server says so.
  std::function<void(std::uint64_t, std::optional<std::uint64_t>)> progress{};
};

struct DownloadFailure {
  Error error;     ///< with sys_errno if the file could not be written
  bool transient;  ///< another attempt may succeed
};

/// One attempt.
std::expected<void, DownloadFailure> download(const DownloadRequest& request);

/// How attempts follow each other: after `pause`, then twice that, and so on.
struct Retry {
  unsigned attempts;
  std::chrono::milliseconds pause;
  Sleep sleep;
  /// Called before each pause.
  std::function<void(const DownloadFailure&, std::chrono::milliseconds)> note{};
};

/// Repeats `attempt` while its failures are transient.
std::expected<void, DownloadFailure> with_retries(
    const Retry& retry, const std::function<std::expected<void, DownloadFailure>()>& attempt);

/// The URL without user name and password.
std::string without_secrets(const std::string& url);

}  // namespace hailo::sys
