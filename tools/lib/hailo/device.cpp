// SPDX-License-Identifier: MIT
#include "lib/hailo/device.h"

#include <fcntl.h>
#include <hailo/hailo_ioctl.h>
#include <hailo_mailbox.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/unique_fd.h"
#include "lib/hailo/md5.h"

namespace hailo {
namespace {

class NodeIo : public DeviceIo {
 public:
  explicit NodeIo(UniqueFd fd) : fd_(std::move(fd)) {}
  int ioctl(unsigned long command, void* argument) override {
    int result = ::ioctl(fd_.get(), command, argument);
    return result < 0 ? -errno : result;
  }

 private:
  UniqueFd fd_;
};

}  // namespace

Result<Device> Device::open(const std::string& node) {
  UniqueFd fd(::open(node.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) {
    Error error = Error::from_errno(errno, "open");
    if (error.code == Error::Code::gone) error.message += ": the board has been removed";
    if (error.sys_errno == EIO) {  // what the PCI core says of a board that stays asleep
      error.code = Error::Code::dead;
      error.message += ": the board does not wake up";
    }
    return std::unexpected(error);
  }
  return Device(std::make_unique<NodeIo>(std::move(fd)));
}

Result<Bytes> Device::control(Cpu cpu, ByteView request, std::chrono::milliseconds timeout) {
  if (request.size() > HAILO_FW_CONTROL_MAX)
    return fail(Error::Code::invalid_argument,
                "a control of " + std::to_string(request.size()) + " bytes is too long");
  auto request_md5 = md5(request);
  if (!request_md5) return std::unexpected(request_md5.error());

  hailo_fw_control message{};
  std::copy(request_md5->begin(), request_md5->end(), message.expected_md5);
  message.buffer_len = static_cast<__u32>(request.size());
  std::copy(request.begin(), request.end(), message.buffer);
  message.timeout_ms = static_cast<__u32>(timeout.count());
  message.cpu_id = cpu == Cpu::core ? HAILO_CPU_CORE : HAILO_CPU_APP;

  if (int result = io_->ioctl(HAILO_FW_CONTROL, &message); result < 0)
    return std::unexpected(control_error(-result, timeout));

  if (message.buffer_len > HAILO_FW_CONTROL_MAX)
    return fail(Error::Code::protocol, "malformed answer: " + std::to_string(message.buffer_len) +
                                           " bytes, the limit is " +
                                           std::to_string(HAILO_FW_CONTROL_MAX));
  Bytes answer(message.buffer, message.buffer + message.buffer_len);
  auto answer_md5 = md5(answer);
  if (!answer_md5) return std::unexpected(answer_md5.error());
  if (!std::equal(answer_md5->begin(), answer_md5->end(), message.expected_md5)) {
    Md5 claimed;
    std::copy(message.expected_md5, message.expected_md5 + claimed.size(), claimed.begin());
    return fail(Error::Code::protocol, "damaged answer: its MD5 is " + to_string(*answer_md5) +
                                           ", the firmware says " + to_string(claimed));
  }
  return answer;
}

/// What an errno of the control ioctl means.
Error Device::control_error(int err, std::chrono::milliseconds timeout) {
  switch (err) {
    case ETIMEDOUT:
      return {Error::Code::timeout,
              "the firmware has not answered within " + std::to_string(timeout.count()) + " ms",
              err};
    case ENODEV: {
      // Either no firmware runs, or the board is gone; only then the driver
      // refuses every ioctl.
      hailo_driver_info info{};
      if (io_->ioctl(HAILO_QUERY_DRIVER_INFO, &info) >= 0)
        return {Error::Code::dead, "no firmware is running on the board", err};
      return {Error::Code::gone, "the board has been removed", err};
    }
    case EIO:
      return {Error::Code::dead, "the control could not be written to the board", err};
    case EINVAL:
    case EPROTO:
    case EBADMSG:
    case EMSGSIZE:
      return {Error::Code::protocol, "the driver has refused the control or its answer", err};
    default:
      return Error::from_errno(err, "control ioctl");
  }
}

Result<Identity> Device::identify(std::chrono::milliseconds timeout) {
  auto answer = control(Cpu::app, encode_request(HAILO_OPCODE_IDENTIFY), timeout);
  if (!answer) return std::unexpected(answer.error());
  return parse_identity(*answer);
}

Result<Release> Device::release() {
  hailo_driver_info info{};
  if (int result = io_->ioctl(HAILO_QUERY_DRIVER_INFO, &info); result < 0)
    return fail_errno(-result, "asking the driver for its release");
  return Release{info.major_version, info.minor_version, info.revision_version};
}

Result<Properties> Device::properties() {
  hailo_device_properties props{};
  if (int result = io_->ioctl(HAILO_QUERY_DEVICE_PROPERTIES, &props); result < 0)
    return fail_errno(-result, "asking for the board's properties");
  return Properties{props.desc_max_page_size, props.is_fw_loaded != 0};
}

Result<void> Device::mark_in_use() {
  hailo_mark_as_in_use_params params{};
  if (int result = io_->ioctl(HAILO_MARK_AS_IN_USE, &params); result < 0)
    return fail_errno(-result, "claiming the board");
  if (params.in_use) return fail(Error::Code::busy, "another program uses the board");
  return {};
}

}  // namespace hailo
