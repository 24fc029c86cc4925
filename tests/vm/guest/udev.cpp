// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <map>

#include "guest.h"
#include "lib/base/unique_fd.h"

namespace guest {
namespace {

constexpr std::uint32_t kernel_group = 1;
constexpr std::uint32_t udev_group = 2;
constexpr const char* database = "/run/udev/data";

// What listeners get before the properties; udev's own format.
struct Header {
  char prefix[8] = {'l', 'i', 'b', 'u', 'd', 'e', 'v', '\0'};
  std::uint32_t magic = htonl(0xfeedcafe);
  std::uint32_t header_size = sizeof(Header);
  std::uint32_t properties_offset = sizeof(Header);
  std::uint32_t properties_size = 0;
  std::uint32_t subsystem_hash = 0;
  std::uint32_t devtype_hash = 0;
  std::uint32_t tags[2] = {};
};
static_assert(sizeof(Header) == 40);

// MurmurHash2, by which listeners' filters know a subsystem.
std::uint32_t hash(std::string_view text) {
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  auto value = static_cast<std::uint32_t>(text.size());
  for (; text.size() >= 4; text.remove_prefix(4)) {
    std::uint32_t word;
    std::memcpy(&word, text.data(), sizeof(word));
    word *= multiplier;
    word ^= word >> 24;
    value = (value * multiplier) ^ (word * multiplier);
  }
  if (!text.empty()) {
    for (std::size_t i = text.size(); i-- > 0;)
      value ^= static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) << (8 * i);
    value *= multiplier;
  }
  value ^= value >> 13;
  value *= multiplier;
  return value ^ (value >> 15);
}

void set_known(const std::string& number) {
  std::ofstream(std::string(database) + "/c" + number) << "I:1\n";
}

// Those that were there before.
void set_all_known() {
  namespace fs = std::filesystem;
  fs::create_directories(database);
  for (const char* folder : {"/sys/class/video4linux", "/sys/bus/media/devices"}) {
    std::error_code none;
    for (const auto& device : fs::directory_iterator(folder, none)) {
      std::string number;
      if (std::ifstream(device.path() / "dev") >> number) set_known(number);
    }
  }
}

int forward(int to, std::string_view event) {
  std::map<std::string, std::string, std::less<>> properties;
  // The first string is "ACTION@DEVPATH" for people.
  event.remove_prefix(std::min(event.find('\0') + 1, event.size()));
  Header header;
  std::string text;
  while (!event.empty()) {
    const auto line = event.substr(0, event.find('\0'));
    event.remove_prefix(std::min(line.size() + 1, event.size()));
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      properties.emplace(line.substr(0, equals), line.substr(equals + 1));
    text.append(line).push_back('\0');
  }
  if (properties.contains("MAJOR") && properties["SUBSYSTEM"] != "block") {
    const auto number = properties["MAJOR"] + ":" + properties["MINOR"];
    if (properties["ACTION"] == "remove")
      std::filesystem::remove(std::string(database) + "/c" + number);
    else
      set_known(number);
  }
  header.properties_size = static_cast<std::uint32_t>(text.size());
  header.subsystem_hash = htonl(hash(properties["SUBSYSTEM"]));
  if (properties.contains("DEVTYPE")) header.devtype_hash = htonl(hash(properties["DEVTYPE"]));
  std::string message(reinterpret_cast<const char*>(&header), sizeof(header));
  message += text;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = udev_group;
  const auto sent = ::sendto(to, message.data(), message.size(), 0,
                             reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  // Nobody listens.
  return sent < 0 && errno != ECONNREFUSED ? errno : 0;
}

}  // namespace

// udev: what udevd does for those who listen to it: each device is known as ready, and
// what the kernel says of it passed on. Says "ready", then goes on until it is killed.
int udev() {
  const hailo::UniqueFd from(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  const hailo::UniqueFd to(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  if (!from || !to) return report(errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kernel_group;
  if (::bind(from.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0)
    return report(errno);
  set_all_known();
  std::printf("ready\n");
  std::fflush(stdout);
  std::array<char, 8192> buffer;
  for (;;) {
    const auto size = ::recv(from.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return report(errno);
    if (const int error = forward(to.get(), {buffer.data(), static_cast<std::size_t>(size)}))
      return report(error);
  }
}

}  // namespace guest
