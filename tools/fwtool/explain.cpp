// SPDX-License-Identifier: MIT
#include "fwtool/explain.h"

#include <grp.h>
#include <hailo_regs.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "lib/base/text.h"
#include "lib/sys/devices.h"
#include "lib/sys/module.h"
#include "lib/sys/processes.h"

namespace hailo::fwtool {
namespace {

constexpr const char* kDriverName = "hailo";  // on the PCI bus
constexpr const char* kSeeLog = "see `dmesg | grep hailo` for the reason";

std::string number_text(dev_t number) {
  return std::to_string(major(number)) + ":" + std::to_string(minor(number));
}

std::string mknod_command(const Board& board) {
  return "`mknod -m 660 " + board.node + " c " + std::to_string(major(*board.number)) + " " +
         std::to_string(minor(*board.number)) + "`";
}

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry ? entry->pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
  const group* entry = ::getgrgid(gid);
  return entry ? entry->gr_name : std::to_string(gid);
}

Failure no_permission(const sys::Root& root, const Board& board, const Error& error) {
  struct stat st{};
  const std::string what = "no permission to open " + board.node;
  if (::stat(root.outside(board.node).c_str(), &st) != 0)
    return {Exit::no_permission, what, "run as root"};

  char mode[8];
  std::snprintf(mode, sizeof(mode), "%04o", static_cast<unsigned>(st.st_mode & 07777));
  const std::string group = group_name(st.st_gid);
  Failure failure{Exit::no_permission,
                  what + ": mode " + mode + ", owner " + user_name(st.st_uid) + ", group " + group +
                      "; you are " + user_name(::geteuid()),
                  ""};
  if (error.sys_errno == EPERM)
    failure.next =
        "the mode is not what forbids it: in a container, pass the device in "
        "(--device " +
        board.node + ")";
  else if (st.st_gid != 0 && (st.st_mode & 0060) == 0060)
    failure.next = "join the group (`usermod -aG " + group + " " + user_name(::geteuid()) +
                   "`) and log in again, or run as root";
  else
    failure.next =
        "run as root, or install the udev rule of hailo-pci, which gives the node a group and "
        "mode 0660";
  return failure;
}

std::string next_step(Error::Code code) {
  switch (code) {
    case Error::Code::timeout:
      return "give it more time (`hailo-fwtool identify --timeout 10000`); if that does not help, "
             "reload the module (`modprobe -r hailo_pci && modprobe hailo_pci`)";
    case Error::Code::dead:
      return std::string(kSeeLog) +
             ", then reload the module (`modprobe -r hailo_pci && modprobe hailo_pci`)";
    case Error::Code::protocol:
      return "check with `hailo-fwtool status` which firmware is running, and load one of a "
             "supported release";
    case Error::Code::unsupported:
      return "check with `hailo-fwtool status` which module and which firmware this is";
    case Error::Code::gone:
      return "check power and seating of the board, then `echo 1 > /sys/bus/pci/rescan`";
    default:
      return kSeeLog;
  }
}

/// What a fresh look at sysfs adds to the class of an error: the driver may
/// have given the board up because of it.
Error::Code refine(Error::Code code, const Board* now) {
  if (code != Error::Code::gone && code != Error::Code::dead && code != Error::Code::timeout &&
      code != Error::Code::io)
    return code;
  if (!now || now->state == "removed") return Error::Code::gone;
  if (now->state == "dead") return Error::Code::dead;
  return code;
}

std::string state_text(const Board& board) {
  std::string text = "the driver calls the board " + printable(board.state.value_or("unknown"));
  if (board.state_reason && *board.state_reason != "none")
    text += ": " + printable(*board.state_reason);
  return text;
}

}  // namespace

Failure explain_host(const Error& error) {
  return {Exit::failure, error.message, "check that /sys and /proc are mounted"};
}

std::string install_hint(const std::string& release) {
  return "install hailo-pci for this kernel: `dkms autoinstall -k " + printable(release) +
         "`, or `make install` in its source";
}

Failure explain_no_board(const sys::Root& root) {
  auto functions = sys::pci_functions(root, HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8);
  if (!functions) return explain_host(functions.error());
  if (functions->empty())
    return {Exit::no_device, "no Hailo-8 on the PCI bus (no function 1e60:2864)",
            "check seating and power of the board and that the slot is enabled (Raspberry Pi 5: "
            "`dtparam=pciex1` in config.txt), then `echo 1 > /sys/bus/pci/rescan`"};

  // Of several the one that nothing has taken, if there is one.
  const auto free = std::ranges::find(*functions, "", &sys::PciFunction::driver);
  const auto& function = free == functions->end() ? functions->front() : *free;
  const std::string at = "a Hailo-8 is at " + function.address + ", but ";
  if (!sys::loaded_module(root, kModuleName)) {
    const std::string release = root.kernel_release().value_or("");
    if (sys::find_module(root, release, kModuleName))
      return {Exit::no_device, at + "module hailo_pci is not loaded", "`modprobe hailo_pci`"};
    return {Exit::no_device,
            at + "module hailo_pci is neither loaded nor installed for kernel " + release,
            install_hint(release)};
  }
  if (function.driver.empty())
    return {Exit::no_device, at + "the driver has not taken it",
            std::string(kSeeLog) +
                " (firmware not found, refused or not booting); `hailo-fwtool status` shows the "
                "firmware on disk"};
  if (function.driver != kDriverName)
    return {Exit::no_device, at + "driver " + printable(function.driver) + " holds it",
            "unbind it: `echo " + function.address + " > /sys/bus/pci/drivers/" +
                printable(function.driver) + "/unbind`, then `modprobe hailo_pci`"};
  return {Exit::no_device, at + "the driver has no device for it",
          "wait until the driver has booted it, else " + std::string(kSeeLog)};
}

Failure explain_unknown_board(const sys::Root& root, std::string_view wanted,
                              const std::vector<Board>& boards) {
  if (boards.empty()) return explain_no_board(root);
  std::string known;
  for (const auto& board : boards) {
    if (!known.empty()) known += ", ";
    known += board.name;
    if (board.location) known += " (" + printable(*board.location) + ")";
  }
  return {Exit::no_device, "no board is called " + printable(wanted), "name one of: " + known};
}

Failure explain_board(const sys::Root& root, const Board& board, const Error& error) {
  if (error.code == Error::Code::permission) return no_permission(root, board, error);
  if (error.code == Error::Code::busy)
    return {Exit::busy, board.node + " is busy: " + error.message,
            "held by " + describe_holders(root, board) + "; stop the holder, or wait for it"};

  auto boards = discover(root);
  const Board* now = boards ? find_board(root, *boards, board.name) : nullptr;
  const Error::Code code = refine(error.code, now);
  std::string what = board.node + ": " + error.message;
  if (now && (code == Error::Code::dead || code == Error::Code::timeout) && now->state)
    what += " (" + state_text(*now) + ")";
  return {exit_of(code), what, next_step(code)};
}

Failure explain_state(const Board& board) {
  const bool removed = board.state == "removed";
  return {removed ? Exit::removed : Exit::dead, board.name + ": " + state_text(board),
          next_step(removed ? Error::Code::gone : Error::Code::dead)};
}

std::expected<void, Failure> check_node(const sys::Root& root, const Board& board) {
  struct stat st{};
  if (::stat(root.outside(board.node).c_str(), &st) != 0) {
    // Anything but a missing node shows again, and better, when it is opened.
    if (errno != ENOENT) return {};
    if (!board.number)
      return std::unexpected(Failure{Exit::no_device, board.node + " does not exist",
                                     "check that the driver is one of a Hailo-8"});
    return std::unexpected(
        Failure{Exit::no_device,
                board.node + " does not exist, although the driver has registered it as " +
                    number_text(*board.number),
                "let udev make it (`udevadm trigger --subsystem-match=hailo_chardev`); where /dev "
                "is static, as in a container: " +
                    mknod_command(board)});
  }
  if (board.number && (!S_ISCHR(st.st_mode) || st.st_rdev != *board.number))
    return std::unexpected(
        Failure{Exit::no_device,
                board.node + " is not the board: the driver has registered it as " +
                    number_text(*board.number) + ", the node is " +
                    (S_ISCHR(st.st_mode) ? number_text(st.st_rdev) : "no character device"),
                "remove the stale node and make it anew: `rm " + board.node + "`, " +
                    mknod_command(board)});
  return {};
}

std::string describe_holders(const sys::Root& root, const Board& board) {
  auto holders = sys::holders_of(root, board.node, board.number);
  if (!holders) return "unknown (" + holders.error().message + ")";
  std::string text = sys::names_of(*holders);
  if (text.empty()) text = holders->unreadable ? "nobody visible" : "nobody";
  if (holders->unreadable)
    text += "; " + std::to_string(holders->unreadable) +
            " processes could not be examined, root sees all";
  return text;
}

Exit report(const Context& context, const Failure& failure) {
  context.err << "hailo-fwtool: " << failure.what << "\nhailo-fwtool: next: " << failure.next
              << "\n";
  return failure.exit;
}

}  // namespace hailo::fwtool
