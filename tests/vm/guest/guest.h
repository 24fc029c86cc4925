// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hailo/hailo_ioctl.h"

// What the commands of hailo-guest share.
namespace guest {

using Args = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;

inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

[[noreturn]] void usage(std::string_view what);

// The answer of a system call: 0 or errno.
int call(int fd, unsigned long command, void* argument);
const char* name_of(int error);
// Prints "error ENAME"; the exit status.
int report(int error);

std::uint64_t number(const std::string& text);
Bytes from_hex(std::string_view text);
std::string to_hex(const std::uint8_t* data, std::size_t size);

// Takes "--name VALUE" or "--name" out of args.
std::string option(Args& args, const std::string& name, const std::string& fallback);
std::uint64_t option(Args& args, const std::string& name, std::uint64_t fallback);
bool flag(Args& args, const std::string& name);
const std::string& positional(const Args& args, std::size_t index, const char* name);
std::uint64_t numeric(const Args& args, std::size_t index, const char* name);

// A control's payload, and the control that carries it.
Bytes request(std::uint32_t opcode, const std::vector<Bytes>& parameters = {});
hailo_fw_control control(const Bytes& payload, std::uint32_t timeout_ms, std::uint32_t cpu);
bool md5_is_right(const hailo_fw_control& params);

// Layout of the commands that changed with HailoRT 4.21.
enum class Abi { v420, v421 };
// Of "--abi 420|421"; without it, what the driver says it speaks.
Abi abi_of(int fd, Args& args);

// Commands on an open descriptor, by name; see vdma.cpp and network.cpp.
using Function = int (*)(int fd, Args args);
struct NamedFunction {
  std::string_view name;
  Function function;
};
const std::vector<NamedFunction>& vdma_commands();
int run_network(int fd, Args args);
int scanout(int fd, Args args);
int udev();
int fuzz(const std::string& path, Args args);

}  // namespace guest
