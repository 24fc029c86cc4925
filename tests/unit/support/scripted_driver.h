// SPDX-License-Identifier: MIT
#pragma once

#include <hailo/hailo_ioctl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/hailo/device.h"
#include "lib/hailo/md5.h"

namespace hailo::test {

/// What a scripted driver does, and what it was asked.
struct Script {
  Bytes answer{};
  std::optional<Bytes> md5{};                    ///< instead of the right digest
  std::optional<std::uint32_t> answer_length{};  ///< instead of the right length
  int control_errno = 0;
  int driver_info_errno = 0;

  int controls = 0;
  hailo_fw_control request{};
};

class ScriptedIo : public DeviceIo {
 public:
  explicit ScriptedIo(Script& script) : script_(script) {}

  int ioctl(unsigned long command, void* argument) override {
    if (command == HAILO_QUERY_DRIVER_INFO) return -script_.driver_info_errno;
    if (command != HAILO_FW_CONTROL) return -ENOTTY;
    auto* control = static_cast<hailo_fw_control*>(argument);
    script_.controls++;
    script_.request = *control;
    if (script_.control_errno) return -script_.control_errno;

    const Md5 digest = md5(script_.answer).value();
    std::copy(digest.begin(), digest.end(), control->expected_md5);
    if (script_.md5) std::copy(script_.md5->begin(), script_.md5->end(), control->expected_md5);
    std::copy(script_.answer.begin(), script_.answer.end(), control->buffer);
    control->buffer_len =
        script_.answer_length.value_or(static_cast<std::uint32_t>(script_.answer.size()));
    return 0;
  }

 private:
  Script& script_;
};

inline Device scripted_device(Script& script) {
  return Device(std::make_unique<ScriptedIo>(script));
}

}  // namespace hailo::test
