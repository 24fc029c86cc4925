// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "support/fake_host.h"
#include "support/fake_root.h"
#include "support/firmware_builder.h"
#include "support/module_builder.h"

namespace hailo::test {

/// A machine with one board, and a kernel that loads the module it is given.
class OneBoard : public testing::Test {
 protected:
  static constexpr const char* kModuleFile = "/lab/hailo_pci.ko";
  static constexpr const char* kFunction = "/sys/bus/pci/devices/0000:01:00.0";
  static constexpr const char* kStaged = "/lib/firmware/hailo/hailo8_fw.bin";

  OneBoard() {
    fake_.file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
    fake_.file("/proc/self/mounts", "devtmpfs /dev devtmpfs rw 0 0\n");
    fake_.file("/run/udev/control", "");
    fake_.file(std::string(kFunction) + "/vendor", "0x1e60\n");
    fake_.file(std::string(kFunction) + "/device", "0x2864\n");
    fake_.file(kStaged, firmware(20));
    module("srcversion=AAAA");
    host_->on_insert = [this] {
      loaded("AAAA");
      return Result<void>{};
    };
    host_->on_remove = [this] {
      fake_.remove("/sys/module/hailo_pci");
      fake_.remove("/sys/class/hailo_chardev");
      fake_.remove(std::string(kFunction) + "/driver");
      fake_.remove("/dev/hailo0");
      return Result<void>{};
    };
  }

  /// A valid image of release 4.`minor`.0.
  static std::string firmware(std::uint32_t minor) {
    FirmwareBuilder builder;
    builder.app.minor = builder.core.minor = minor;
    const Bytes image = builder.build();
    return {image.begin(), image.end()};
  }

  void module(std::string_view srcversion, std::string_view vermagic = "6.1.0-test SMP",
              std::string_view name = "hailo_pci") {
    fake_.file(kModuleFile, module_file({"name=" + std::string(name), "version=0.1.0", srcversion,
                                         "vermagic=" + std::string(vermagic),
                                         "parmtype=force_desc_page_size:int",
                                         "parmtype=no_power_mode:invbool"}));
  }

  /// The module as the kernel shows it, and its board.
  void loaded(const std::string& srcversion, const std::string& page_size = "0") {
    fake_.file("/sys/module/hailo_pci/srcversion", srcversion + "\n");
    fake_.file("/sys/module/hailo_pci/parameters/force_desc_page_size", page_size + "\n");
    fake_.file("/sys/module/hailo_pci/parameters/no_power_mode", "N\n");
    fake_.remove(std::string(kFunction) + "/driver");
    fake_.link(std::string(kFunction) + "/driver", "../../../bus/pci/drivers/hailo");
    fake_.remove("/dev/hailo0");
    fake_.board("hailo0", "0000:01:00.0", "running");
  }

  /// A process in a container that has the board open.
  void hold() {
    fake_.link("/proc/4711/fd/5", "/dev/hailo0");
    fake_.file("/proc/4711/comm", "python3\n");
    fake_.file("/proc/4711/cmdline", std::string("python3\0detect.py\0", 18));
    fake_.file("/proc/4711/cgroup",
               "0::/system.slice/docker-"
               "0123456789abcdef0123456789abcdef0123456789ab"
               "cdef0123456789abcdef.scope\n");
  }

  FakeRoot fake_;
  std::shared_ptr<FakeHost> host_ = std::make_shared<FakeHost>();
};

}  // namespace hailo::test
