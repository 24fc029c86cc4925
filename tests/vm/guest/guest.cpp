// SPDX-License-Identifier: MIT
#include "guest.h"

// The one-shot low-level digest keeps the static file small.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "hailo_mailbox.h"

namespace guest {

[[noreturn]] void usage(std::string_view what) {
  std::fprintf(stderr, "hailo-guest: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(exit_usage);
}

// The answer of a system call: 0 or errno.
int call(int fd, unsigned long command, void* argument) {
  return ::ioctl(fd, command, argument) < 0 ? errno : 0;
}

const char* name_of(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "EUNKNOWN";
}

int report(int error) {
  if (error == 0) return 0;
  std::printf("error %s\n", name_of(error));
  return exit_failed;
}

std::uint64_t number(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const auto value = std::strtoull(text.c_str(), &end, 0);
  if (errno != 0 || end == text.c_str() || *end != '\0') usage("not a number: " + text);
  return value;
}

Bytes from_hex(std::string_view text) {
  if (text.size() % 2 != 0) usage("odd number of hex digits");
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(number("0x" + std::string(text.substr(i, 2)))));
  }
  return bytes;
}

std::string to_hex(const std::uint8_t* data, std::size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[data[i] >> 4];
    text += digits[data[i] & 15];
  }
  return text;
}

// Takes "--name VALUE" out of args.
std::string option(Args& args, const std::string& name, const std::string& fallback) {
  const auto at = std::ranges::find(args, name);
  if (at == args.end()) return fallback;
  if (at + 1 == args.end()) usage(name + " needs a value");
  const auto value = *(at + 1);
  args.erase(at, at + 2);
  return value;
}

bool flag(Args& args, const std::string& name) {
  const auto at = std::ranges::find(args, name);
  if (at == args.end()) return false;
  args.erase(at);
  return true;
}

std::uint64_t option(Args& args, const std::string& name, std::uint64_t fallback) {
  const auto text = option(args, name, "");
  return text.empty() ? fallback : number(text);
}

const std::string& positional(const Args& args, std::size_t index, const char* name) {
  if (index >= args.size()) usage(std::string("missing ") + name);
  return args[index];
}

std::uint64_t numeric(const Args& args, std::size_t index, const char* name) {
  return number(positional(args, index, name));
}

static void put_be32(Bytes& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

Bytes request(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  Bytes bytes;
  for (const std::uint32_t word : {std::uint32_t{HAILO_CONTROL_PROTOCOL_VERSION}, 0u, 0u, opcode,
                                   static_cast<std::uint32_t>(parameters.size())}) {
    put_be32(bytes, word);
  }
  for (const auto& parameter : parameters) {
    put_be32(bytes, static_cast<std::uint32_t>(parameter.size()));
    bytes.insert(bytes.end(), parameter.begin(), parameter.end());
  }
  return bytes;
}

hailo_fw_control control(const Bytes& payload, std::uint32_t timeout_ms, std::uint32_t cpu) {
  hailo_fw_control params{};
  if (payload.size() > sizeof(params.buffer)) usage("payload too long");
  MD5(payload.data(), payload.size(), params.expected_md5);
  params.buffer_len = static_cast<std::uint32_t>(payload.size());
  std::ranges::copy(payload, params.buffer);
  params.timeout_ms = timeout_ms;
  params.cpu_id = cpu;
  return params;
}

bool md5_is_right(const hailo_fw_control& params) {
  std::uint8_t digest[HAILO_MD5_SIZE];
  MD5(params.buffer, std::min<std::size_t>(params.buffer_len, sizeof(params.buffer)), digest);
  return std::memcmp(digest, params.expected_md5, sizeof(digest)) == 0;
}

Abi abi_of(int fd, Args& args) {
  const auto wanted = option(args, "--abi", "");
  if (wanted == "420") return Abi::v420;
  if (wanted == "421") return Abi::v421;
  if (!wanted.empty()) usage("--abi is 420 or 421");
  hailo_driver_info info{};
  call(fd, HAILO_QUERY_DRIVER_INFO, &info);
  return info.minor_version == 20 ? Abi::v420 : Abi::v421;
}

}  // namespace guest
