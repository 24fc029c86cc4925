// SPDX-License-Identifier: MIT
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hailo/device.h"

namespace hailo {

/// The next piece of a CPU's firmware log, empty if there is no more. What has
/// been read is gone from the board. The format of the real firmware's records
/// is not known.
Result<Bytes> read_log(DeviceIo& io, Cpu cpu);

}  // namespace hailo
