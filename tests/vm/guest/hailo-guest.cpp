// SPDX-License-Identifier: MIT
//
// hailo-guest: speaks the user ABI from inside the guest, for the VM cases.
// Static.  A failed system call prints "error ENAME" and exits 1;
// values are printed as "name value" lines.

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "guest.h"
#include "hailo/hailo_ioctl.h"
#include "hailo_mailbox.h"
#include "lib/base/unique_fd.h"

using namespace guest;

namespace {

using Clock = std::chrono::steady_clock;

// --- commands on an open descriptor ------------------------------------------

int cmd_info(int fd, Args) {
  hailo_driver_info info{};
  if (const int error = call(fd, HAILO_QUERY_DRIVER_INFO, &info)) return report(error);
  std::printf("release %u.%u.%u\n", info.major_version, info.minor_version, info.revision_version);
  return 0;
}

int cmd_props(int fd, Args) {
  hailo_device_properties props{};
  if (const int error = call(fd, HAILO_QUERY_DEVICE_PROPERTIES, &props)) return report(error);
  std::printf("desc_max_page_size %u\nboard_type %u\nallocation_mode %u\ndma_type %u\n",
              unsigned{props.desc_max_page_size}, unsigned{props.board_type},
              unsigned{props.allocation_mode}, unsigned{props.dma_type});
  std::printf("dma_engines_count %llu\nis_fw_loaded %u\n",
              static_cast<unsigned long long>(props.dma_engines_count),
              unsigned{props.is_fw_loaded});
  return 0;
}

// control OPCODE [--timeout MS] [--cpu N] [--raw HEX] [--len N] [--bad-md5]
int cmd_control(int fd, Args args) {
  const auto timeout = static_cast<std::uint32_t>(number(option(args, "--timeout", "1000")));
  const auto cpu = static_cast<std::uint32_t>(number(option(args, "--cpu", "0")));
  const auto raw = option(args, "--raw", "");
  const auto length = option(args, "--len", "");
  const bool bad_md5 = flag(args, "--bad-md5");
  auto params = control(
      raw.empty() ? request(static_cast<std::uint32_t>(number(positional(args, 0, "OPCODE"))))
                  : from_hex(raw),
      timeout, cpu);
  if (!length.empty()) params.buffer_len = static_cast<std::uint32_t>(number(length));
  if (bad_md5) params.expected_md5[0] ^= 0xff;

  if (const int error = call(fd, HAILO_FW_CONTROL, &params)) return report(error);
  std::printf("length %u\nmd5 %s\n", unsigned{params.buffer_len},
              md5_is_right(params) ? "right" : "wrong");
  if (params.buffer_len >= sizeof(hailo_control_response_header)) {
    hailo_control_response_header header;
    std::memcpy(&header, params.buffer, sizeof(header));
    std::printf("opcode %u\nstatus 0x%08x 0x%08x\n", be32toh(header.opcode),
                be32toh(header.major_status), be32toh(header.minor_status));
  }
  std::printf("payload %s\n",
              to_hex(params.buffer, std::min<std::size_t>(params.buffer_len, sizeof(params.buffer)))
                  .c_str());
  return 0;
}

int cmd_identify(int fd, Args args) {
  const auto timeout = static_cast<std::uint32_t>(number(option(args, "--timeout", "1000")));
  auto params = control(request(HAILO_OPCODE_IDENTIFY), timeout, HAILO_CPU_APP);
  if (const int error = call(fd, HAILO_FW_CONTROL, &params)) return report(error);
  if (params.buffer_len != sizeof(hailo_identify_response) || !md5_is_right(params)) {
    std::printf("error of the answer: %u bytes, md5 %s\n", unsigned{params.buffer_len},
                md5_is_right(params) ? "right" : "wrong");
    return exit_failed;
  }
  hailo_identify_response answer;
  std::memcpy(&answer, params.buffer, sizeof(answer));
  const auto text = [](const auto& field) {
    const auto* chars = reinterpret_cast<const char*>(field);
    return std::string(chars, ::strnlen(chars, sizeof(field)));
  };
  std::printf("protocol %u\n", be32toh(answer.protocol_version));
  std::printf("firmware %u.%u.%u\n", le32toh(answer.fw_version.major),
              le32toh(answer.fw_version.minor), le32toh(answer.fw_version.revision) & 0x07ffffffu);
  std::printf("board %s\narchitecture %u\n", text(answer.board_name).c_str(),
              be32toh(answer.device_architecture));
  std::printf("serial %s\npart %s\nproduct %s\n", text(answer.serial_number).c_str(),
              text(answer.part_number).c_str(), text(answer.product_name).c_str());
  return 0;
}

int cmd_mark(int fd, Args) {
  hailo_mark_as_in_use_params params{};
  if (const int error = call(fd, HAILO_MARK_AS_IN_USE, &params)) return report(error);
  std::printf("in_use %u\n", unsigned{params.in_use});
  return 0;
}

int read_notification(int fd) {
  hailo_d2h_notification params{};
  if (const int error = call(fd, HAILO_READ_NOTIFICATION, &params)) return report(error);
  const auto length = std::min<std::size_t>(params.buffer_len, sizeof(params.buffer));
  if (length >= sizeof(hailo_notification_message)) {
    hailo_notification_message message;
    std::memcpy(&message, params.buffer, sizeof(message));
    std::printf("event %u sequence %u ", le32toh(message.event_id), le32toh(message.sequence));
  }
  std::printf("length %zu payload %s\n", length, to_hex(params.buffer, length).c_str());
  std::fflush(stdout);
  return 0;
}

int cmd_notify_read(int fd, Args args) {
  const auto count = args.empty() ? 1 : number(args[0]);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const int status = read_notification(fd)) return status;
  }
  return 0;
}

int cmd_notify_disable(int fd, Args) {
  return report(call(fd, HAILO_DISABLE_NOTIFICATION, nullptr));
}

// A reader that sleeps must be woken by the disable.
int cmd_notify_cancel(int fd, Args) {
  int status = 0;
  std::jthread reader([&] { status = read_notification(fd); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  if (const int error = call(fd, HAILO_DISABLE_NOTIFICATION, nullptr)) {
    std::printf("disable error %s\n", name_of(error));
    std::_Exit(exit_failed);
  }
  reader.join();
  return status;
}

// log CPU [SIZE]
int cmd_log(int fd, Args args) {
  hailo_read_log_params params{};
  params.cpu_id = static_cast<std::uint32_t>(number(positional(args, 0, "CPU")));
  params.buffer_size = args.size() > 1 ? number(args[1]) : sizeof(params.buffer);
  if (const int error = call(fd, HAILO_READ_LOG, &params)) return report(error);
  const auto size = std::min<std::size_t>(params.read_bytes, sizeof(params.buffer));
  std::printf("bytes %llu\n", static_cast<unsigned long long>(params.read_bytes));
  std::printf("hex %s\ntext ", to_hex(params.buffer, size).c_str());
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = params.buffer[i];
    std::putchar(byte >= 0x20 && byte < 0x7f ? byte : '.');
  }
  std::putchar('\n');
  return 0;
}

// memxfer read|write TYPE ADDRESS COUNT [HEX]
int cmd_memxfer(int fd, Args args) {
  hailo_memory_transfer_params params{};
  const auto& direction = positional(args, 0, "read|write");
  params.transfer_direction = direction == "write" ? HAILO_TRANSFER_WRITE : HAILO_TRANSFER_READ;
  params.memory_type = static_cast<std::uint32_t>(number(positional(args, 1, "TYPE")));
  params.address = number(positional(args, 2, "ADDRESS"));
  params.count = number(positional(args, 3, "COUNT"));
  if (args.size() > 4) {
    const auto data = from_hex(args[4]);
    if (data.size() > sizeof(params.buffer)) usage("data too long");
    std::ranges::copy(data, params.buffer);
  }
  if (const int error = call(fd, HAILO_MEMORY_TRANSFER, &params)) return report(error);
  if (params.transfer_direction == HAILO_TRANSFER_READ) {
    std::printf(
        "data %s\n",
        to_hex(params.buffer, std::min<std::size_t>(params.count, sizeof(params.buffer))).c_str());
  }
  return 0;
}

// ioctl COMMAND SIZE [FILL]: any command number with a buffer of SIZE bytes.
int cmd_ioctl(int fd, Args args) {
  const auto command = static_cast<unsigned long>(number(positional(args, 0, "COMMAND")));
  Bytes buffer(number(positional(args, 1, "SIZE")) + 1,
               static_cast<std::uint8_t>(args.size() > 2 ? number(args[2]) : 0));
  if (const int error = call(fd, command, buffer.data())) return report(error);
  std::printf("data %s\n", to_hex(buffer.data(), buffer.size() - 1).c_str());
  return 0;
}

struct Command {
  const char* name;
  unsigned long number;
};

constexpr Command commands[] = {
    {"memory-transfer", HAILO_MEMORY_TRANSFER},
    {"query-device-properties", HAILO_QUERY_DEVICE_PROPERTIES},
    {"query-driver-info", HAILO_QUERY_DRIVER_INFO},
    {"enable-channels", HAILO_VDMA_ENABLE_CHANNELS},
    {"disable-channels", HAILO_VDMA_DISABLE_CHANNELS},
    {"interrupts-wait-v420", HAILO_VDMA_INTERRUPTS_WAIT_V420},
    {"interrupts-wait", HAILO_VDMA_INTERRUPTS_WAIT},
    {"read-timestamps", HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS},
    {"buffer-map", HAILO_VDMA_BUFFER_MAP},
    {"buffer-unmap", HAILO_VDMA_BUFFER_UNMAP},
    {"buffer-sync", HAILO_VDMA_BUFFER_SYNC},
    {"desc-list-create", HAILO_DESC_LIST_CREATE},
    {"desc-list-release", HAILO_DESC_LIST_RELEASE},
    {"desc-list-program-v420", HAILO_DESC_LIST_PROGRAM_V420},
    {"desc-list-program", HAILO_DESC_LIST_PROGRAM},
    {"low-memory-alloc", HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC},
    {"low-memory-free", HAILO_VDMA_LOW_MEMORY_BUFFER_FREE},
    {"mark-as-in-use", HAILO_MARK_AS_IN_USE},
    {"continuous-alloc", HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC},
    {"continuous-free", HAILO_VDMA_CONTINUOUS_BUFFER_FREE},
    {"launch-transfer-v420", HAILO_VDMA_LAUNCH_TRANSFER_V420},
    {"launch-transfer", HAILO_VDMA_LAUNCH_TRANSFER},
    {"fw-control", HAILO_FW_CONTROL},
    {"read-notification", HAILO_READ_NOTIFICATION},
    {"disable-notification", HAILO_DISABLE_NOTIFICATION},
    {"read-log", HAILO_READ_LOG},
    {"soc-connect", HAILO_SOC_CONNECT},
    {"soc-close", HAILO_SOC_CLOSE},
    {"soc-power-off", HAILO_SOC_POWER_OFF},
};

// edge [NAME]: each command with an argument whose last byte lies on an
// unmapped page; prints "NAME ok" or "NAME ENAME".  One that sleeps until
// something happens is given by name only.
int cmd_edge(int fd, Args args) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::size_t span = 1 << 16;  // more than the largest argument
  void* memory =
      ::mmap(nullptr, span + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return report(errno);
  auto* end = static_cast<std::uint8_t*>(memory) + span;
  if (::mprotect(end, page, PROT_NONE) != 0) return report(errno);
  for (const auto& command : commands) {
    const std::size_t size = _IOC_SIZE(command.number);
    const bool sleeps = command.number == HAILO_READ_NOTIFICATION;
    if (args.empty() ? size == 0 || sleeps : args[0] != command.name) continue;
    std::memset(memory, 0, span);
    const int error = call(fd, command.number, end - size + 1);
    std::printf("%s %s\n", command.name, error == 0 ? "ok" : name_of(error));
  }
  return 0;
}

// 0 or errno.
int give_up_root(const std::string& user) {
  const auto id = static_cast<uid_t>(number(user));
  const bool done = ::setgroups(0, nullptr) == 0 && ::setgid(id) == 0 && ::setuid(id) == 0;
  return done ? 0 : errno;
}

// become UID: gives root up, but not the descriptor.
int cmd_become(int, Args args) { return report(give_up_root(positional(args, 0, "UID"))); }

// store VALUE: into a sysfs attribute, which is DEV then.
int cmd_store(int fd, Args args) {
  const auto line = positional(args, 0, "VALUE") + "\n";
  return report(::write(fd, line.data(), line.size()) < 0 ? errno : 0);
}

// list: names and numbers of all commands.
int cmd_list(int, Args) {
  for (const auto& command : commands) {
    std::printf("%s 0x%lx %u\n", command.name, command.number,
                static_cast<unsigned>(_IOC_SIZE(command.number)));
  }
  return 0;
}

int session(int fd, Args);

const std::map<std::string_view, Function>& table() {
  static const std::map<std::string_view, Function> functions = [] {
    std::map<std::string_view, Function> all = {
        {"info", cmd_info},
        {"props", cmd_props},
        {"control", cmd_control},
        {"identify", cmd_identify},
        {"mark", cmd_mark},
        {"notify-read", cmd_notify_read},
        {"notify-disable", cmd_notify_disable},
        {"notify-cancel", cmd_notify_cancel},
        {"log", cmd_log},
        {"memxfer", cmd_memxfer},
        {"ioctl", cmd_ioctl},
        {"edge", cmd_edge},
        {"become", cmd_become},
        {"store", cmd_store},
        {"list", cmd_list},
        {"hold", session},
        {"open", [](int, Args) { return 0; }},
        {"network", run_network},
        {"scanout", scanout},
    };
    for (const auto& [name, function] : vdma_commands()) all.emplace(name, function);
    return all;
  }();
  return functions;
}

// hold: keeps the descriptor until standard input ends; each line of it is a
// command to run on that descriptor.  The answers end with "done STATUS".
int session(int fd, Args) {
  std::printf("holding\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    Args args;
    for (std::string word; words >> word;) args.push_back(word);
    if (args.empty()) continue;
    const auto found = table().find(args[0]);
    if (found == table().end()) usage("unknown command " + args[0]);
    args.erase(args.begin());
    const int status = found->second(fd, args);
    std::printf("done %d\n", status);
    std::fflush(stdout);
  }
  return 0;
}

// concurrent DEV OPCODE [--timeout MS]: while one descriptor waits for that
// control, another one does everything that is no control; prints the longest
// wait of each.
int concurrent(const std::string& path, Args args) {
  const auto timeout = static_cast<std::uint32_t>(number(option(args, "--timeout", "1000")));
  const auto opcode = static_cast<std::uint32_t>(number(positional(args, 0, "OPCODE")));
  const hailo::UniqueFd first(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const hailo::UniqueFd second(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!first || !second) return report(errno);

  std::atomic<bool> over = false;
  int error = 0;
  std::chrono::milliseconds control_ms{};
  std::jthread hung([&] {
    auto params = control(request(opcode), timeout, HAILO_CPU_APP);
    const auto start = Clock::now();
    error = call(first.get(), HAILO_FW_CONTROL, &params);
    control_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    over = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));

  std::chrono::microseconds longest[5] = {};
  constexpr const char* names[5] = {"info", "props", "mark", "log", "open"};
  unsigned rounds = 0;
  int bad = 0;
  while (!over) {
    hailo_driver_info info{};
    hailo_device_properties props{};
    hailo_mark_as_in_use_params in_use{};
    hailo_read_log_params log{};
    log.buffer_size = sizeof(log.buffer);
    const auto timed = [&](int which, auto&& action) {
      const auto start = Clock::now();
      const int status = action();
      const auto spent =
          std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
      longest[which] = std::max(longest[which], spent);
      if (status != 0) {
        std::printf("%s error %s\n", names[which], name_of(status));
        bad = exit_failed;
      }
    };
    timed(0, [&] { return call(second.get(), HAILO_QUERY_DRIVER_INFO, &info); });
    timed(1, [&] { return call(second.get(), HAILO_QUERY_DEVICE_PROPERTIES, &props); });
    timed(2, [&] { return call(second.get(), HAILO_MARK_AS_IN_USE, &in_use); });
    timed(3, [&] { return call(second.get(), HAILO_READ_LOG, &log); });
    timed(4, [&] {
      const hailo::UniqueFd third(::open(path.c_str(), O_RDWR | O_CLOEXEC));
      return third ? 0 : errno;
    });
    ++rounds;
  }
  hung.join();
  std::printf("rounds %u\n", rounds);
  for (int i = 0; i < 5; ++i) {
    std::printf(
        "longest_%s_ms %lld\n", names[i],
        static_cast<long long>(std::chrono::ceil<std::chrono::milliseconds>(longest[i]).count()));
  }
  std::printf("control_ms %lld\ncontrol %s\n", static_cast<long long>(control_ms.count()),
              error == 0 ? "ok" : name_of(error));
  return bad;
}

// port NAME LINE: sends a line to a virtio port and prints the line it answers.
// Callers wait for each other; what was left of an interrupted exchange is
// thrown away.  With --until A,B lines without one of the words are skipped.
int port(const std::string& name, Args args) {
  std::vector<std::string> wanted;
  std::istringstream words(option(args, "--until", ""));
  for (std::string word; std::getline(words, word, ',');) wanted.push_back(word);
  std::string line;
  for (const auto& arg : args) line += (line.empty() ? "" : " ") + arg;
  line += '\n';

  const auto lock_path = "/tmp/port." + name + ".lock";
  const hailo::UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return report(errno);
  const auto path = "/dev/virtio-ports/" + name;
  const hailo::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return report(errno);

  constexpr int answer_ms = 20'000;
  std::array<char, 4096> chunk;
  while (::read(fd.get(), chunk.data(), chunk.size()) > 0) {
  }
  for (std::size_t done = 0; done < line.size();) {
    const auto n = ::write(fd.get(), line.data() + done, line.size() - done);
    if (n < 0 && errno != EAGAIN) return report(errno);
    if (n > 0) done += static_cast<std::size_t>(n);
  }

  std::string answer;
  const auto end = Clock::now() + std::chrono::milliseconds(answer_ms);
  for (;;) {
    for (auto newline = answer.find('\n'); newline != std::string::npos;
         newline = answer.find('\n')) {
      const auto first = answer.substr(0, newline);
      answer.erase(0, newline + 1);
      const bool good = std::ranges::any_of(
          wanted, [&](const auto& word) { return first.find(word) != std::string::npos; });
      if (wanted.empty() || good) {
        std::printf("%s\n", first.c_str());
        return 0;
      }
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd poll_fd{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&poll_fd, 1, static_cast<int>(left)) == 0) return report(ETIMEDOUT);
    const auto n = ::read(fd.get(), chunk.data(), chunk.size());
    if (n > 0) answer.append(chunk.data(), static_cast<std::size_t>(n));
    // The host side is not connected.
    if (n == 0) return report(EPIPE);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return report(errno);
  }
}

// as UID COMMAND...: runs any program as that user and group.
int run_as(const std::string& user, char** command) {
  if (const int error = give_up_root(user)) return report(error);
  ::execvp(command[0], command);
  return report(errno);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) usage("COMMAND DEV [ARG...], or: as UID PROGRAM..., port NAME LINE..., udev");
  const std::string name = argv[1];
  if (name == "as" && argc > 3) return run_as(argv[2], argv + 3);
  if (name == "udev") return udev();
  if (argc < 3) usage("missing DEV");
  const std::string path = argv[2];
  Args args(argv + 3, argv + argc);
  if (name == "port") return port(path, args);
  if (name == "concurrent") return concurrent(path, args);
  if (name == "fuzz") return fuzz(path, args);

  const auto found = table().find(name);
  if (found == table().end()) usage("unknown command " + name);
  const hailo::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return report(errno);
  return found->second(fd.get(), args);
}
