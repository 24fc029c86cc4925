// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/sys/folder_lock.h"
#include "lib/sys/root.h"

namespace hailo {

/// The folder below a firmware folder in which the driver's files lie.
constexpr const char* kFirmwareSubfolder = "hailo";
constexpr const char* kPlainName = "hailo8_fw.bin";
/// What the plain name held before; rollback brings it back.
constexpr const char* kPreviousName = "hailo8_fw.previous.bin";

/// "hailo8_fw.4.23.0.bin"
std::string versioned_name(const std::string& version);

/// One file that staging writes, whole or not at all.
struct StageStep {
  std::string name;     ///< in the folder
  std::string version;  ///< of the image in it
  Bytes image;
};

/// What staging does to a folder. Each step is durable before the next begins.
/// Wherever it stops, the plain name holds the old or the new image, and the old
/// one is in the folder.
struct StagePlan {
  std::string version;                  ///< under the plain name afterwards
  std::optional<std::string> previous;  ///< what a rollback brings back afterwards
  std::vector<StageStep> steps;         ///< none: nothing to do
};

/// Places images in FOLDER/hailo, one process at a time.
class Staging {
 public:
  /// `folder`, inside `root`, must exist; FOLDER/hailo is made. Locks it, with
  /// `patience` for another run, and removes what killed runs have left.
  static Result<Staging> open(const sys::Root& root, const std::string& folder,
                              std::chrono::milliseconds patience, const sys::Sleep& sleep);

  /// `image` is valid.
  Result<StagePlan> plan(const Bytes& image) const;
  /// Error::Code::not_found if there is nothing to go back to.
  Result<StagePlan> plan_rollback() const;

  /// Writes the files and compares them with what reads back.
  Result<void> carry_out(const StagePlan& plan) const;

 private:
  Staging(std::string path, sys::FolderLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;  // as the operating system sees it
  sys::FolderLock lock_;
};

/// The same plans for a folder that is only looked at.
Result<StagePlan> plan_stage(const std::string& path, const Bytes& image);
Result<StagePlan> plan_rollback(const std::string& path);

}  // namespace hailo
