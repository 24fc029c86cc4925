// SPDX-License-Identifier: MIT
//
// hailo-fwtool on a kernel and a driver that do what HAILO_SCRIPT says, for faults
// that no stand-in tree can show. The script is KEY=VALUE, separated by blanks:
//
//   insert, remove, write, node, open, control, info, log = ENAME   that call fails so
//   answer = short | digest | opcode                          controls are answered so
//   log = long                                                more log than was asked for
//   unplug = N                                                the board goes in the Nth wait
//
// After an insertion or a write the kernel lays the folder after-insert or
// after-write of the tree over it, if there is one. Time passes only while the
// program waits.
#include <hailo/hailo_ioctl.h>
#include <string.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "fwtool/command.h"
#include "support/fake_host.h"
#include "support/identify_answer.h"
#include "support/scripted_driver.h"

namespace hailo::fwtool {
namespace {

namespace fs = std::filesystem;
using Words = std::map<std::string, std::string>;

Words script() {
  Words words;
  const char* text = std::getenv("HAILO_SCRIPT");
  std::istringstream in(text ? text : "");
  for (std::string word; in >> word;) {
    const auto equal = word.find('=');
    words[word.substr(0, equal)] = word.substr(equal + 1);
  }
  return words;
}

/// The errno that the script has for `key`, 0 if it has none.
int error_of(const Words& words, const std::string& key) {
  const auto word = words.find(key);
  if (word == words.end()) return 0;
  constexpr int kLast = 133;
  for (int i = 1; i <= kLast; i++)
    if (const char* name = ::strerrorname_np(i); name && word->second == name) return i;
  return 0;
}

Result<void> outcome(const Words& words, const std::string& key, const std::string& what) {
  const int err = error_of(words, key);
  return err ? Result<void>(fail_errno(err, what)) : Result<void>{};
}

void lay_over(const std::string& root, const std::string& folder) {
  if (!fs::exists(root + folder)) return;
  fs::copy(root + folder, root,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing |
               fs::copy_options::copy_symlinks);
}

/// The module with the boards that it has.
void remove_module_of(const std::string& root) {
  fs::remove_all(root + "/sys/module/hailo_pci");
  for (const char* folder : {"/sys/class/hailo_chardev", "/sys/bus/pci/devices"}) {
    if (!fs::exists(root + folder)) continue;
    for (const auto& entry : fs::directory_iterator(root + folder)) {
      fs::remove(root + "/dev/" + entry.path().filename().string());
      fs::remove(entry.path() / "driver");
    }
  }
  fs::remove_all(root + "/sys/class/hailo_chardev");
}

test::Script controls_of(const Words& words) {
  test::IdentifyAnswer answer;
  const auto kind = words.find("answer");
  const std::string how = kind == words.end() ? "" : kind->second;
  if (how == "opcode") answer.opcode++;
  test::Script controls{.answer = answer.build()};
  if (how == "short") controls.answer.resize(controls.answer.size() / 2);
  if (how == "digest") controls.md5 = Bytes(sizeof(Md5));
  controls.control_errno = error_of(words, "control");
  controls.driver_info_errno = error_of(words, "info");
  return controls;
}

class Driver : public DeviceIo {
 public:
  explicit Driver(Words words) : words_(std::move(words)), controls_(controls_of(words_)) {}

  int ioctl(unsigned long command, void* argument) override {
    if (command != HAILO_READ_LOG) return test::ScriptedIo(controls_).ioctl(command, argument);
    auto& params = *static_cast<hailo_read_log_params*>(argument);
    params.read_bytes = words_.contains("log") ? HAILO_READ_LOG_MAX + 1 : 0;
    return -error_of(words_, "log");
  }

 private:
  Words words_;
  test::Script controls_;
};

}  // namespace

Context context_of(const std::string& root) {
  const Words words = script();
  auto host = std::make_shared<test::FakeHost>();
  host->on_insert = [=] {
    lay_over(root, "/after-insert");
    return outcome(words, "insert", "loading the module");
  };
  host->on_remove = [=] {
    auto done = outcome(words, "remove", "removing hailo_pci");
    if (done) remove_module_of(root);
    return done;
  };
  host->on_write = [=] {
    lay_over(root, "/after-write");
    return outcome(words, "write", "reset");
  };
  if (const auto unplug = words.find("unplug"); unplug != words.end())
    host->on_wait = [=, host = host.get(), last = std::stoi(unplug->second)] {
      if (host->waits != last) return;
      remove_module_of(root);
      fs::remove_all(root + "/sys/bus/pci/devices");
      fs::create_directories(root + "/sys/bus/pci/devices");
    };
  host->on_node = [=](const sys::NodeRequest& request) {
    return outcome(words, "node", "cannot make " + request.path);
  };
  const auto open = [=](const std::string&) -> Result<Device> {
    if (auto done = outcome(words, "open", "open"); !done) return std::unexpected(done.error());
    return Device(std::make_unique<Driver>(words));
  };
  return {.root = sys::Root(root), .out = std::cout, .err = std::cerr, .open = open, .host = host};
}

}  // namespace hailo::fwtool
