// SPDX-License-Identifier: MIT
#include "lib/hailo/client_monitor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <map>
#include <thread>

#include "lib/base/unique_fd.h"
#include "monitor.pb.h"

namespace hailo {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kSizeMax = 256 << 10;  // bytes; a stream takes about a hundred
constexpr std::size_t kFilesMax = 256;

std::optional<int> available(std::int32_t count) {
  return count < 0 ? std::nullopt : std::optional(count);
}

std::optional<double> available(double value) {
  return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

StreamQueue to_queue(const monitor::pb::Stream& stream) {
  return {stream.name(),
          stream.direction() == monitor::pb::H2D,
          available(stream.queue_size()),
          available(stream.pending()),
          available(stream.least()),
          available(stream.most()),
          available(stream.average())};
}

milliseconds age_of(const struct stat& status, std::chrono::system_clock::time_point now) {
  const auto written = std::chrono::seconds(status.st_mtim.tv_sec) +
                       std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return std::chrono::duration_cast<milliseconds>(now.time_since_epoch() - written);
}

/// HailoRT 4.20 and 4.21 write in place, under an exclusive lock, for microseconds.
bool lock_shared(int file) {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; i++) {
    if (::flock(file, LOCK_SH | LOCK_NB) == 0) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

/// Nothing if it is too old, or has gone meanwhile.
Result<std::optional<ClientMonitor>> read_one(int folder, const std::string& name,
                                              std::chrono::system_clock::time_point now,
                                              milliseconds age_limit) {
  const UniqueFd file(
      ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return fail_errno(errno, name);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_errno(errno, name);
  if (!S_ISREG(status.st_mode))
    return fail(Error::Code::invalid_argument, name + " is not a regular file");
  if (age_of(status, now) > age_limit) return std::nullopt;
  if (!lock_shared(file.get())) return fail(Error::Code::busy, name + " stays locked");

  Bytes bytes(kSizeMax + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, name);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  bytes.resize(size);
  auto client = parse_client_monitor(bytes);
  if (!client) return fail(client.error().code, name + ": " + client.error().message);
  return *client;
}

}  // namespace

Result<ClientMonitor> parse_client_monitor(ByteView bytes) {
  if (bytes.size() > kSizeMax)
    return fail(Error::Code::invalid_argument,
                "more than " + std::to_string(kSizeMax) + " bytes, which no client writes");
  monitor::pb::Monitor message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Error::Code::protocol, "malformed");
  if (message.pid().empty()) return fail(Error::Code::protocol, "no process id");

  ClientMonitor client{message.pid(), {}, {}};
  std::map<std::string, std::size_t> index;
  for (const auto& network : message.networks()) {
    index.emplace(network.name(), client.networks.size());
    client.networks.push_back(
        {network.name(), available(network.fps()), available(network.utilization()), {}});
  }
  for (const auto& frames : message.frames()) {
    const auto [at, is_new] = index.emplace(frames.network(), client.networks.size());
    if (is_new) client.networks.push_back({frames.network(), {}, {}, {}});
    for (const auto& stream : frames.streams())
      client.networks[at->second].streams.push_back(to_queue(stream));
  }
  for (const auto& device : message.devices())
    client.devices.push_back({device.id(), device.architecture(), available(device.utilization())});
  return client;
}

ClientMonitors read_client_monitors(const sys::Root& root,
                                    std::chrono::system_clock::time_point now,
                                    milliseconds age_limit) {
  ClientMonitors found;
  const std::string path = root.outside(kClientMonitorFolder);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) {
    if (errno != ENOENT) found.defects.push_back(fail_errno(errno, "folder").error().message);
    return found;
  }
  auto names = root.list(kClientMonitorFolder);
  if (!names) {
    found.defects.push_back(names.error().message);
    return found;
  }
  if (names->size() > kFilesMax) {
    found.defects.push_back(std::to_string(names->size()) + " files, of which " +
                            std::to_string(kFilesMax) + " are looked at");
    names->resize(kFilesMax);
  }
  for (const auto& name : *names) {
    if (name.ends_with(".tmp")) continue;  // not whole yet
    auto client = read_one(folder.get(), name, now, age_limit);
    if (!client)
      found.defects.push_back(client.error().message);
    else if (*client)
      found.clients.push_back(std::move(**client));
  }
  return found;
}

}  // namespace hailo
