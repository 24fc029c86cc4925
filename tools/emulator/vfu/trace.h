// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "emulator/model/host.h"
#include "lib/base/result.h"

namespace hailo::emu::vfu {

/// A text file with one line per BAR access:
/// microseconds since start, R or W, BAR and offset, value, register name.
class Trace {
 public:
  static Result<Trace> open(const std::string& path);

  void access(Time now, char direction, unsigned bar, std::uint32_t offset, std::uint32_t value,
              const std::string& name);

  /// Whether all of it has been written.
  Result<void> finish();

 private:
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };

  Trace(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Closer> file_;
  std::string path_;
  int error_ = 0;  ///< errno of the first line that was lost
};

}  // namespace hailo::emu::vfu
