// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hailo::test {

/// The entry into a system call, or the return from it.
struct SyscallStop {
  pid_t pid;
  bool is_entry;
  std::uint64_t number;        ///< at the entry
  std::uint64_t arguments[6];  ///< at the entry
  std::int64_t result;         ///< at the return

  /// A string of the traced process.
  std::string text(std::uint64_t address) const {
    char buffer[512] = {};
    iovec local{buffer, sizeof(buffer) - 1};
    iovec remote{reinterpret_cast<void*>(address), sizeof(buffer) - 1};
    // Fewer bytes, up to the end of the mapping, are enough.
    return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0 ? buffer : "";
  }
};

/// Runs `body` in a child and shows `visit` each of its stops; false from it
/// kills the child on the spot (SIGKILL). The result is the child's exit
/// status, nothing if it was killed.
inline std::optional<int> trace_syscalls(const std::function<int()>& body,
                                         const std::function<bool(const SyscallStop&)>& visit) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    ::_exit(body());
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
    ADD_FAILURE() << "no traced child";
    return std::nullopt;
  }
  ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int signal = 0;
  for (;;) {
    ::ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    if (::waitpid(pid, &status, 0) != pid) return std::nullopt;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return std::nullopt;
    signal = WSTOPSIG(status);
    if (signal != (SIGTRAP | 0x80)) continue;  // a signal of its own, passed on
    signal = 0;

    __ptrace_syscall_info info{};
    ::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), pid, sizeof(info), &info);
    SyscallStop stop{pid, info.op == PTRACE_SYSCALL_INFO_ENTRY, 0, {}, 0};
    if (stop.is_entry) {
      stop.number = info.entry.nr;
      for (int i = 0; i < 6; i++) stop.arguments[i] = info.entry.args[i];
    } else {
      stop.result = info.exit.rval;
    }
    if (visit(stop)) continue;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return std::nullopt;
  }
}

}  // namespace hailo::test
