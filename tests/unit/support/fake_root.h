// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "lib/sys/root.h"
#include "support/temp_folder.h"

namespace hailo::test {

/// A folder that looks like a machine; removed at the end of the test.
class FakeRoot {
 public:
  sys::Root root() const { return sys::Root(path_); }
  const std::string& path() const { return path_; }

  void file(std::string_view inside, std::string_view content) {
    std::filesystem::path where = path_ + std::string(inside);
    std::filesystem::create_directories(where.parent_path());
    std::ofstream(where, std::ios::binary) << content;
  }
  void folder(std::string_view inside) {
    std::filesystem::create_directories(path_ + std::string(inside));
  }
  void link(std::string_view inside, std::string_view target) {
    std::filesystem::path where = path_ + std::string(inside);
    std::filesystem::create_directories(where.parent_path());
    std::filesystem::create_symlink(target, where);
  }
  void remove(std::string_view inside) { std::filesystem::remove_all(path_ + std::string(inside)); }

  /// A board as our driver shows it; its node is /dev/null, whose number is 1:3.
  void board(const std::string& name, const std::string& location, const std::string& state) {
    const std::string folder = "/sys/class/hailo_chardev/" + name + "/";
    file(folder + "board_location", location);
    file(folder + "device_id", "1e60:2864");
    file(folder + "accelerator_type", "0");
    file(folder + "dev", "1:3\n");
    file(folder + "release", "4.20.0\n");
    file(folder + "compat_version", "auto\n");
    file(folder + "firmware_version", "4.20.0\n");
    file(folder + "device_architecture", "HAILO8L\n");
    file(folder + "desc_max_page_size", "4096\n");
    file(folder + "state", state + "\n");
    file(folder + "state_reason", "none\n");
    link("/dev/" + name, "/dev/null");
  }

 private:
  const TempFolder folder_;
  const std::string path_ = folder_.path();
};

}  // namespace hailo::test
