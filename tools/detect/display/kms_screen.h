// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "detect/display/display.h"
#include "lib/sys/root.h"

namespace hailo::detect {

/// Whether this program was built with libdrm; without, no screen can be opened.
bool has_kms();

/// Takes the screen at a connector ("HDMI-A-1"; empty: the first one that has a
/// screen) through the kernel's mode setting, in the mode that the screen prefers.
/// Error::Code::busy while another program has it.
Result<std::unique_ptr<Screen>> open_kms_screen(const sys::Root& root,
                                                const std::string& connector);

}  // namespace hailo::detect
