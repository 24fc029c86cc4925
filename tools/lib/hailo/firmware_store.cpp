// SPDX-License-Identifier: MIT
#include "lib/hailo/firmware_store.h"

#include <filesystem>
#include <span>
#include <system_error>

#include "lib/base/atomic_file.h"
#include "lib/base/read_file.h"
#include "lib/hailo/staging.h"

namespace hailo {
namespace {

constexpr std::size_t kDigits = 64;
constexpr std::uint64_t kRecordMax = 4096;  // bytes; a line is less than 100

std::string record_path(const std::string& image) { return image + ".sha256"; }

}  // namespace

DigestCheck check_digest(std::string sha256, const std::optional<std::string>& pinned,
                         const std::optional<std::string>& recorded) {
  if (pinned) {
    const Verdict verdict = sha256 == *pinned ? Verdict::verified : Verdict::wrong;
    return {verdict, std::move(sha256), *pinned};
  }
  if (recorded) {
    const Verdict verdict = sha256 == *recorded ? Verdict::recorded : Verdict::wrong;
    return {verdict, std::move(sha256), *recorded};
  }
  return {Verdict::unknown, std::move(sha256)};
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::verified:
      return "verified";
    case Verdict::recorded:
      return "recorded";
    case Verdict::unknown:
      return "unknown";
    case Verdict::wrong:
      return "wrong";
  }
  return "unknown";
}

std::string FirmwareStore::image(const std::string& version) const {
  return folder_ + "/" + versioned_name(version);
}

std::optional<std::string> FirmwareStore::recorded(const std::string& version) const {
  auto content = read_file(record_path(image(version)), kRecordMax);
  if (!content || content->size() < kDigits) return std::nullopt;
  std::string digest(content->begin(), content->begin() + kDigits);
  if (digest.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return digest;
}

Result<void> FirmwareStore::record(const std::string& version, const std::string& sha256) const {
  const std::string line = sha256 + "  " + versioned_name(version) + "\n";
  return write_file_atomically(record_path(image(version)), std::as_bytes(std::span(line)));
}

Result<void> FirmwareStore::create() const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail_errno(error.value(), "cannot create folder " + folder_);
  return {};
}

}  // namespace hailo
