// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

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

 private:
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };

  explicit Trace(std::FILE* file) : file_(file) {}

  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace hailo::emu::vfu
