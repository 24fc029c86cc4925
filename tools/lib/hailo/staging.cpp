// SPDX-License-Identifier: MIT
#include "lib/hailo/staging.h"

#include <dirent.h>
#include <hailo_fw_image.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <span>
#include <string_view>

#include "lib/base/atomic_file.h"
#include "lib/base/read_file.h"
#include "lib/hailo/firmware_image.h"

namespace hailo {
namespace {

/// A file that a plan looks at.
struct Present {
  Bytes image;
  std::optional<std::string> version;  // nothing if the driver would refuse it
};

/// Nothing if there is no file. One that is no image counts as an invalid one.
Result<std::optional<Present>> look(const std::string& path) {
  auto bytes = read_file(path, HAILO_FW_MAX_SIZE);
  if (!bytes) {
    if (bytes.error().code == Error::Code::not_found) return std::nullopt;
    if (bytes.error().code == Error::Code::invalid_argument) return Present{};
    return std::unexpected(bytes.error());
  }
  Present present{std::move(*bytes), std::nullopt};
  if (auto image = FirmwareImage::parse(present.image))
    present.version = image->app_version.number();
  return present;
}

/// Adds the step unless the file is so already.
Result<void> add(StagePlan& plan, const std::string& path, const std::string& name,
                 const std::string& version, const Bytes& image) {
  auto present = look(path + "/" + name);
  if (!present) return std::unexpected(present.error());
  if (*present && (*present)->image == image) return {};
  plan.steps.push_back({name, version, image});
  return {};
}

bool is_leftover(std::string_view name) {
  constexpr std::size_t kRandom = 6;  // characters of mkostemp
  const std::size_t mark = name.rfind(kTemporaryMark);
  return name.starts_with("hailo8_fw.") && mark != std::string_view::npos &&
         name.size() == mark + kTemporaryMark.size() + kRandom;
}

Result<void> remove_leftovers(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return fail_errno(errno, "cannot read folder " + path);
  while (const dirent* entry = ::readdir(folder.get())) {
    if (is_leftover(entry->d_name)) ::unlink((path + "/" + entry->d_name).c_str());
  }
  return {};
}

}  // namespace

std::string versioned_name(const std::string& version) { return "hailo8_fw." + version + ".bin"; }

Result<StagePlan> plan_stage(const std::string& path, const Bytes& image) {
  auto parsed = FirmwareImage::parse(image);
  if (!parsed) return std::unexpected(parsed.error());
  auto plain = look(path + "/" + kPlainName);
  if (!plain) return std::unexpected(plain.error());
  auto previous = look(path + "/" + kPreviousName);
  if (!previous) return std::unexpected(previous.error());

  StagePlan plan{parsed->app_version.number(), std::nullopt, {}};
  if (*previous) plan.previous = (*previous)->version;
  const bool same = *plain && (*plain)->image == image;
  // A damaged file is not worth going back to; an older good one may be.
  if (*plain && !same && (*plain)->version) {
    plan.previous = (*plain)->version;
    auto ok = add(plan, path, kPreviousName, *(*plain)->version, (*plain)->image);
    if (!ok) return std::unexpected(ok.error());
  }
  if (auto ok = add(plan, path, versioned_name(plan.version), plan.version, image); !ok)
    return std::unexpected(ok.error());
  if (!same) plan.steps.push_back({kPlainName, plan.version, image});
  return plan;
}

Result<StagePlan> plan_rollback(const std::string& path) {
  auto plain = look(path + "/" + kPlainName);
  if (!plain) return std::unexpected(plain.error());
  auto previous = look(path + "/" + kPreviousName);
  if (!previous) return std::unexpected(previous.error());
  if (!*previous) return fail(Error::Code::not_found, path + " holds no previous firmware");
  if (!(*previous)->version)
    return fail(Error::Code::not_found,
                path + "/" + kPreviousName + " is no firmware image that the driver would load");
  const Bytes& back = (*previous)->image;
  if (*plain && (*plain)->image == back)
    return fail(Error::Code::not_found,
                "the previous firmware in " + path + " is the one that is staged");

  StagePlan plan{*(*previous)->version, (*previous)->version, {}};
  const bool keep = *plain && (*plain)->version;
  if (keep) {
    const auto& [image, version] = **plain;
    if (auto ok = add(plan, path, versioned_name(*version), *version, image); !ok)
      return std::unexpected(ok.error());
  }
  plan.steps.push_back({kPlainName, plan.version, back});
  if (keep) {
    plan.previous = (*plain)->version;
    plan.steps.push_back({kPreviousName, *plan.previous, (*plain)->image});
  }
  // Last: where both have the same version, the other one is there until now.
  if (keep && plan.previous == plan.version)
    plan.steps.push_back({versioned_name(plan.version), plan.version, back});
  else if (auto ok = add(plan, path, versioned_name(plan.version), plan.version, back); !ok)
    return std::unexpected(ok.error());
  return plan;
}

Result<Staging> Staging::open(const sys::Root& root, const std::string& folder,
                              std::chrono::milliseconds patience, const sys::Sleep& sleep) {
  const std::string parent = root.outside(folder);
  const std::string path = parent + "/" + kFirmwareSubfolder;
  if (::mkdir(path.c_str(), 0755) == 0) {
    if (auto ok = sync_folder(parent); !ok) return std::unexpected(ok.error());
  } else if (errno != EEXIST) {
    return fail_errno(errno, "cannot create folder " + path);
  }
  auto lock = sys::FolderLock::take(path, patience, sleep);
  if (!lock) return std::unexpected(lock.error());
  if (auto ok = remove_leftovers(path); !ok) return std::unexpected(ok.error());
  return Staging(path, std::move(*lock));
}

Result<StagePlan> Staging::plan(const Bytes& image) const { return plan_stage(path_, image); }

Result<StagePlan> Staging::plan_rollback() const { return hailo::plan_rollback(path_); }

Result<void> Staging::carry_out(const StagePlan& plan) const {
  for (const auto& step : plan.steps) {
    auto ok = write_file_atomically(path_ + "/" + step.name, std::as_bytes(std::span(step.image)));
    if (!ok) return ok;
  }
  for (const auto& step : plan.steps) {
    const std::string path = path_ + "/" + step.name;
    auto back = read_file(path, HAILO_FW_MAX_SIZE);
    if (!back) return std::unexpected(back.error());
    if (*back != step.image)
      return fail(Error::Code::io, path + " reads back different from what was written");
  }
  return {};
}

}  // namespace hailo
