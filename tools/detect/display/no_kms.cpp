// SPDX-License-Identifier: MIT
// In place of kms_screen.cpp where there is no libdrm.
#include "detect/display/kms_screen.h"

namespace hailo::detect {

bool has_kms() { return false; }

Result<std::unique_ptr<Screen>> open_kms_screen(const sys::Root& /*root*/,
                                                const std::string& /*connector*/) {
  return fail(Error::Code::unsupported, "this program was built without libdrm");
}

}  // namespace hailo::detect
