// SPDX-License-Identifier: MIT
// stage and rollback stopped at every system call: by kill -9, and by a power
// cut.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fwtool/command.h"
#include "lib/base/atomic_file.h"
#include "lib/base/read_file.h"
#include "support/fake_root.h"
#include "support/firmware_builder.h"
#include "support/syscall_tracer.h"

namespace hailo::fwtool {
namespace {

namespace fs = std::filesystem;
using test::FakeRoot;
using test::FirmwareBuilder;
using test::SyscallStop;
using test::trace_syscalls;

constexpr const char* kPathAttribute = "/sys/module/firmware_class/parameters/path";

std::string image(std::uint32_t minor) {
  FirmwareBuilder builder;
  builder.app.minor = builder.core.minor = minor;
  builder.app.code_size = 3000;
  const Bytes bytes = builder.build();
  return {bytes.begin(), bytes.end()};
}

const std::string& old_image() {
  static const std::string bytes = image(20);
  return bytes;
}
const std::string& new_image() {
  static const std::string bytes = image(23);
  return bytes;
}

int run(const FakeRoot& fake, Action (*configure)(CLI::App&), const std::string& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  CLI::App app;
  const Action action = configure(app);
  app.parse(arguments);
  return static_cast<int>(
      action({.root = fake.root(), .out = out, .err = err, .host = sys::host_of(fake.root())}));
}

/// Keeps the stand-ins in memory: a sync that reaches a disk takes its time, and
/// there are thousands.
class InMemory : public testing::Environment {
 public:
  void SetUp() override {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  }
};
[[maybe_unused]] const auto* const kInMemory = testing::AddGlobalTestEnvironment(new InMemory);

/// A machine with /fw, and in it 4.20.0 staged if `old`.
void prepare(FakeRoot& fake, bool old) {
  fake.remove("/fw");
  fake.folder("/fw");
  fake.file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
  fake.file("/images/hailo8_fw.4.20.0.bin", old_image());
  fake.file("/images/hailo8_fw.4.23.0.bin", new_image());
  fake.file(kPathAttribute, old ? "/fw" : "\n");
  if (old) {
    ASSERT_EQ(run(fake, configure_stage, "4.20.0 --to /fw --from " + fake.path() + "/images"), 0);
  }
}

std::string stage_arguments(const FakeRoot& fake) {
  return "4.23.0 --to /fw --from " + fake.path() + "/images";
}

/// What the kernel would get.
std::string plain(const FakeRoot& fake) {
  return fake.root().read("/fw/hailo/hailo8_fw.bin").value_or("absent");
}

std::string shown(const std::string& content) {
  if (content == old_image()) return "old";
  if (content == new_image()) return "new";
  return content == "absent" ? content : "torn, " + std::to_string(content.size()) + " bytes";
}

/// Every whole image in /fw/hailo, whatever its name.
std::set<std::string> images(const FakeRoot& fake) {
  std::set<std::string> found;
  for (const auto& name : fake.root().list("/fw/hailo").value_or(std::vector<std::string>{})) {
    const std::string content = fake.root().read("/fw/hailo/" + name).value_or("");
    if (content == old_image() || content == new_image()) found.insert(content);
  }
  return found;
}

struct Kill {
  const char* name;
  bool old;  // something is staged before
  Action (*configure)(CLI::App&);
  bool both;  // a rollback: both images are in the folder all the time
};

class KillAtEverySyscall : public testing::TestWithParam<Kill> {};

TEST_P(KillAtEverySyscall, LeavesAWholeImageAndTheNextRunCompletes) {
  const Kill& row = GetParam();
  FakeRoot fake;
  const bool rollback = row.configure == configure_rollback;
  std::set<std::string> seen;
  int last = 0;
  for (int n = 1;; n++) {
    prepare(fake, row.old);
    if (rollback) {
      ASSERT_EQ(run(fake, configure_stage, stage_arguments(fake)), 0);
    }
    const std::string arguments = rollback ? "--to /fw" : stage_arguments(fake);
    int stop = 0;
    const auto status = trace_syscalls([&] { return run(fake, row.configure, arguments); },
                                       [&](const SyscallStop&) { return ++stop < n; });
    const std::string now = plain(fake);
    seen.insert(shown(now));
    ASSERT_TRUE(now == old_image() || now == new_image() || (!row.old && now == "absent"))
        << shown(now) << " after a kill at stop " << n;
    if (row.both) {
      ASSERT_EQ(images(fake).size(), 2u) << "after a kill at stop " << n;
    }
    if (row.old) {
      ASSERT_TRUE(images(fake).contains(old_image())) << "after a kill at stop " << n;
    }

    // The next run is in nobody's way.
    ASSERT_EQ(run(fake, configure_stage, stage_arguments(fake)), 0) << "after stop " << n;
    ASSERT_EQ(plain(fake), new_image());
    ASSERT_EQ(fake.root().read_attribute(kPathAttribute).value(), "/fw");
    const auto names = fake.root().list("/fw/hailo").value();
    for (const auto& name : names)
      ASSERT_TRUE(name.ends_with(".bin")) << name << " is left after stop " << n;
    if (status) {
      ASSERT_EQ(*status, 0);
      break;
    }
    last = n;
  }
  EXPECT_GT(last, 60) << "the command makes more system calls than that";
  const std::set<std::string> expected = {row.old ? "old" : "absent", "new"};
  EXPECT_EQ(seen, expected);
}

INSTANTIATE_TEST_SUITE_P(, KillAtEverySyscall,
                         testing::Values(Kill{"StageFirst", false, configure_stage, false},
                                         Kill{"StageOverOld", true, configure_stage, false},
                                         Kill{"Rollback", true, configure_rollback, true}),
                         [](const auto& row) { return row.param.name; });

/// Writes like a program that does not think of power cuts.
int stage_unsynced(const std::string& folder) {
  const std::string path = folder + "/hailo8_fw.bin";
  const std::string temporary = path + ".tmp-unsync";
  const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  const std::string& bytes = new_image();
  if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return 1;
  return ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : 1;
}

/// Finds what a power cut could tear: a file renamed before its last write was
/// synced, and a rename that no sync of its folder follows before the next one
/// or the end.
class OrderCheck {
 public:
  bool operator()(const SyscallStop& stop) {
    if (stop.is_entry) {
      entry_ = stop;
      return true;
    }
    if (stop.result < 0) return true;
    const auto& a = entry_.arguments;
    const auto fd = static_cast<int>(a[0]);
    switch (entry_.number) {
      case SYS_openat:
        open(static_cast<int>(stop.result), entry_.text(a[1]));
        break;
      case SYS_write:
        if (names_.contains(fd)) dirty_.insert(names_[fd]);
        break;
      case SYS_fsync:
        sync(fd);
        break;
#ifdef SYS_rename
      case SYS_rename:
        rename(entry_.text(a[0]), entry_.text(a[1]));
        break;
#endif
      case SYS_renameat:
      case SYS_renameat2:
        rename(entry_.text(a[1]), entry_.text(a[3]));
        break;
      default:
        break;
    }
    return true;
  }

  std::vector<std::string> findings() {
    if (!pending_.empty()) findings_.push_back("the end comes before the sync of " + pending_);
    pending_.clear();
    return findings_;
  }
  int renames() const { return renames_; }

 private:
  void open(int fd, const std::string& name) { names_[fd] = name; }
  void sync(int fd) {
    dirty_.erase(names_[fd]);
    if (fs::path(names_[fd]).lexically_normal() == fs::path(pending_).lexically_normal())
      pending_.clear();
  }
  void rename(const std::string& from, const std::string& to) {
    renames_++;
    if (dirty_.contains(from)) findings_.push_back(from + " is renamed unsynced");
    if (!pending_.empty()) findings_.push_back(to + " is renamed before the sync of " + pending_);
    pending_ = to.substr(0, to.rfind('/') + 1);
  }

  SyscallStop entry_{};
  std::map<int, std::string> names_;
  std::set<std::string> dirty_;
  std::string pending_;  // folder whose sync is due
  std::vector<std::string> findings_;
  int renames_ = 0;
};

TEST(SyncOrder, EveryRenameComesAfterItsDataAndBeforeTheNext) {
  FakeRoot fake;
  for (const bool old : {false, true}) {
    prepare(fake, old);
    OrderCheck check;
    const auto status =
        trace_syscalls([&] { return run(fake, configure_stage, stage_arguments(fake)); },
                       [&](const SyscallStop& stop) { return check(stop); });
    EXPECT_EQ(status, 0);
    EXPECT_EQ(check.findings(), std::vector<std::string>{});
    EXPECT_EQ(check.renames(), old ? 3 : 2);
  }
  OrderCheck check;
  trace_syscalls([&] { return run(fake, configure_rollback, "--to /fw"); },
                 [&](const SyscallStop& stop) { return check(stop); });
  EXPECT_EQ(check.findings(), std::vector<std::string>{});
  EXPECT_EQ(check.renames(), 2);
}

TEST(SyncOrder, TheCheckFindsACarelessWriter) {
  FakeRoot fake;
  prepare(fake, true);
  OrderCheck check;
  trace_syscalls([&] { return stage_unsynced(fake.path() + "/fw/hailo"); },
                 [&](const SyscallStop& stop) { return check(stop); });
  EXPECT_EQ(check.findings().size(), 2u);
}

int shell(const std::string& command) {
  return std::system(("{ " + command + "; } >/dev/null 2>&1").c_str());  // NOLINT(cert-env33-c)
}

/// An ext4 in a file, mounted as /fw of a stand-in by way of a loop device. A
/// copy of the file is what a power cut leaves of it: what the file system has
/// not yet given to the device is not in it.
class Disk : public testing::Test {
 protected:
  // The harshest way to mount it: a rename does not wait for data.
  static constexpr const char* kOptions = "loop,data=writeback,noauto_da_alloc";

  void SetUp() override {
    ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    // A mount name space of its own: nothing stays mounted after this process.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr))
      GTEST_SKIP() << "SKIPPED: needs root to mount";
    prepare(fake_, false);
    fake_.folder("/after");
    disk_ = fake_.path() + "/disk.img";
    if (shell("truncate -s 4M " + disk_) != 0 || shell("mkfs.ext4 -q -F -m 0 " + disk_) != 0 ||
        !mount(disk_, "/fw"))
      GTEST_SKIP() << "SKIPPED: no loop device or no ext4 here";
    fake_.file(kPathAttribute, "/fw");
    ASSERT_EQ(run(fake_, configure_stage, "4.20.0 --to /fw --from " + fake_.path() + "/images"), 0);
  }
  void TearDown() override {
    shell("umount " + fake_.path() + "/fw");
    shell("umount " + fake_.path() + "/after");
  }

  bool mount(const std::string& disk, const std::string& inside) {
    return shell(std::string("mount -o ") + kOptions + " " + disk + " " + fake_.path() + inside) ==
           0;
  }

  /// The plain name's content after a power cut at each stop of `body`, and
  /// after its end.
  std::vector<std::string> cut_at_every_stop(const std::function<int()>& body) {
    std::vector<std::string> copies;
    const auto copy = [&] {
      copies.push_back(fake_.path() + "/cut." + std::to_string(copies.size()));
      fs::copy_file(disk_, copies.back());
    };
    const auto status = trace_syscalls(body, [&](const SyscallStop&) {
      copy();
      return true;
    });
    EXPECT_EQ(status, 0);
    copy();

    std::vector<std::string> contents;
    for (const auto& path : copies) {
      EXPECT_TRUE(mount(path, "/after")) << path;
      contents.push_back(fake_.root().read("/after/hailo/hailo8_fw.bin").value_or("absent"));
      EXPECT_EQ(shell("umount " + fake_.path() + "/after"), 0);
      fs::remove(path);
    }
    return contents;
  }

  FakeRoot fake_;
  std::string disk_;
};

TEST_F(Disk, APowerCutLeavesAWholeImageAndNothingUndoesASuccess) {
  const auto contents =
      cut_at_every_stop([&] { return run(fake_, configure_stage, stage_arguments(fake_)); });
  EXPECT_GT(contents.size(), 60u);
  std::set<std::string> seen;
  for (const auto& content : contents) seen.insert(shown(content));
  EXPECT_EQ(seen, (std::set<std::string>{"new", "old"}));
  EXPECT_EQ(shown(contents.back()), "new");
}

TEST_F(Disk, APowerCutUndoesACarelessWriter) {
  const auto contents =
      cut_at_every_stop([&] { return stage_unsynced(fake_.path() + "/fw/hailo"); });
  EXPECT_NE(shown(contents.back()), "new");
}

}  // namespace
}  // namespace hailo::fwtool
