// SPDX-License-Identifier: MIT
#include "lib/hailo/discovery.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "lib/sys/devices.h"

namespace hailo {
namespace {

constexpr const char* kSubsystem = "hailo_chardev";

std::optional<dev_t> parse_number(const std::string& text) {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%u:%u%n", &major_number, &minor_number, &end) != 2 ||
      static_cast<std::size_t>(end) != text.size())
    return std::nullopt;
  return makedev(major_number, minor_number);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "01:00.0" means domain 0.
bool is_location(const Board& board, std::string_view wanted) {
  if (!board.location) return false;
  const std::string full = lower(*board.location);
  return full == lower(wanted) || full == "0000:" + lower(wanted);
}

/// `wanted` with a link, relative or absolute, replaced by its target.
std::string resolve_link(const sys::Root& root, std::string_view wanted) {
  auto target = root.read_link(wanted);
  if (!target) return std::string(wanted);
  return "/dev/" + target->substr(target->rfind('/') + 1);
}

}  // namespace

Result<std::vector<Board>> discover(const sys::Root& root) {
  auto devices = sys::class_devices(root, kSubsystem);
  if (!devices) return std::unexpected(devices.error());

  std::vector<Board> boards;
  for (const auto& device : *devices) {
    auto attribute = [&](const char* name) -> std::optional<std::string> {
      auto text = root.read_attribute(device.path + "/" + name);
      if (!text) return std::nullopt;
      return *text;
    };
    Board board;
    board.name = device.name;
    board.node = device.node;
    board.links = device.links;
    if (auto number = attribute("dev")) board.number = parse_number(*number);
    board.location = attribute("board_location");
    board.device_id = attribute("device_id");
    board.release = attribute("release");
    board.compat_version = attribute("compat_version");
    board.firmware_version = attribute("firmware_version");
    board.architecture = attribute("device_architecture");
    board.page_size = attribute("desc_max_page_size");
    board.state = attribute("state");
    board.state_reason = attribute("state_reason");
    boards.push_back(std::move(board));
  }
  return boards;
}

const Board* find_board(const sys::Root& root, const std::vector<Board>& boards,
                        std::string_view wanted) {
  auto named = [&](std::string_view name) {
    return std::find_if(boards.begin(), boards.end(), [&](const Board& board) {
      return board.name == name || board.node == name || is_location(board, name) ||
             std::find(board.links.begin(), board.links.end(), name) != board.links.end();
    });
  };
  auto found = named(wanted);
  if (found == boards.end() && wanted.starts_with('/')) found = named(resolve_link(root, wanted));
  return found == boards.end() ? nullptr : &*found;
}

}  // namespace hailo
