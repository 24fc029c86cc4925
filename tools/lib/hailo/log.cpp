// SPDX-License-Identifier: MIT
#include "lib/hailo/log.h"

#include <hailo/hailo_ioctl.h>

#include <string>

namespace hailo {

Result<Bytes> read_log(DeviceIo& io, Cpu cpu) {
  hailo_read_log_params params{};
  params.cpu_id = cpu == Cpu::core ? HAILO_CPU_CORE : HAILO_CPU_APP;
  params.buffer_size = HAILO_READ_LOG_MAX;
  if (int result = io.ioctl(HAILO_READ_LOG, &params); result < 0)
    return fail_errno(-result, "reading the firmware's log");
  if (params.read_bytes > HAILO_READ_LOG_MAX)
    return fail(Error::Code::protocol, "the driver claims " + std::to_string(params.read_bytes) +
                                           " bytes of log, asked were " +
                                           std::to_string(HAILO_READ_LOG_MAX));
  return Bytes(params.buffer, params.buffer + params.read_bytes);
}

}  // namespace hailo
