// SPDX-License-Identifier: MIT
#include "emulator/vfu/trace.h"

#include <cerrno>
#include <chrono>

namespace hailo::emu::vfu {

Result<Trace> Trace::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail_errno(errno, "cannot write trace " + path);
  // Whole lines, so that the file can be read while the emulator runs.
  std::setvbuf(file, nullptr, _IOLBF, BUFSIZ);
  return Trace(file, path);
}

void Trace::access(Time now, char direction, unsigned bar, std::uint32_t offset,
                   std::uint32_t value, const std::string& name) {
  const int n = std::fprintf(file_.get(), "%12.3f %c bar%u+0x%04x 0x%08x %s\n",
                             std::chrono::duration<double, std::micro>(now).count(), direction, bar,
                             offset, value, name.c_str());
  if (n < 0 && error_ == 0) error_ = errno;
}

Result<void> Trace::finish() {
  if (std::fflush(file_.get()) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) return fail_errno(error_, "cannot write trace " + path_);
  return {};
}

}  // namespace hailo::emu::vfu
