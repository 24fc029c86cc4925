// SPDX-License-Identifier: MIT
#include "lib/hailo/version.h"

#include <hailo_fw_image.h>

namespace hailo {

std::uint32_t FirmwareVersion::revision() const { return revision_word & HAILO_FW_REVISION_MASK; }

bool FirmwareVersion::is_core() const { return revision_word & HAILO_FW_REVISION_CORE; }

bool FirmwareVersion::is_develop() const { return revision_word & HAILO_FW_REVISION_DEVELOP; }

bool FirmwareVersion::is_second_stage() const {
  return revision_word & HAILO_FW_REVISION_SECOND_STAGE;
}

bool FirmwareVersion::has_extended_context_switch_buffer() const {
  return revision_word & HAILO_FW_REVISION_EXT_CS_BUFFER;
}

std::string FirmwareVersion::number() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision());
}

std::string FirmwareVersion::describe() const {
  std::string text = number();
  text += is_develop() ? " (develop," : " (release,";
  text += is_core() ? "core" : "app";
  if (has_extended_context_switch_buffer()) text += ",extended context switch buffer";
  return text + ")";
}

}  // namespace hailo
