// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <span>

#include "lib/base/atomic_file.h"
#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/scope_exit.h"
#include "lib/base/text.h"
#include "lib/base/unique_fd.h"
#include "support/temp_folder.h"

namespace hailo {
namespace {

TEST(Bytes, WordsInBothOrders) {
  const Bytes bytes = {0x00, 0x11, 0x22, 0x33, 0xf4};
  EXPECT_EQ(load_le32(bytes, 1), 0xf4332211u);
  EXPECT_EQ(load_be32(bytes, 1), 0x112233f4u);
  Bytes out;
  append_be32(out, 0x112233f4);
  EXPECT_EQ(out, (Bytes{0x11, 0x22, 0x33, 0xf4}));
}

TEST(Text, HexHasTheWidthThatIsAskedFor) {
  EXPECT_EQ(hex(0x40), "0x40");
  EXPECT_EQ(hex(0xffffffffffffffffull), "0xffffffffffffffff");
  EXPECT_EQ(hex32(0x40), "0x00000040");
}

TEST(Text, PrintableLetsNoControlByteThrough) {
  EXPECT_EQ(printable("Hailo-8 ~"), "Hailo-8 ~");
  EXPECT_EQ(printable("a\x1b[2J\n\x7f\xff"), "a\\x1b[2J\\x0a\\x7f\\xff");
}

TEST(Result, ErrnoDecidesTheClass) {
  struct Row {
    int err;
    Error::Code code;
  };
  for (const Row& row :
       {Row{ENOENT, Error::Code::not_found}, Row{EACCES, Error::Code::permission},
        Row{EPERM, Error::Code::permission}, Row{EBUSY, Error::Code::busy},
        Row{ETIMEDOUT, Error::Code::timeout}, Row{EINVAL, Error::Code::invalid_argument},
        Row{ENODEV, Error::Code::gone}, Row{ENXIO, Error::Code::gone},
        Row{ENOTTY, Error::Code::unsupported}, Row{EIO, Error::Code::io}}) {
    const Error error = Error::from_errno(row.err, "thing");
    EXPECT_EQ(error.code, row.code) << row.err;
    EXPECT_EQ(error.sys_errno, row.err);
    EXPECT_TRUE(error.message.starts_with("thing: ")) << error.message;
  }
}

class AtomicFile : public test::WithFolder {
 protected:
  Result<void> write_to(const std::string& path) {
    return write_file_atomically(path, std::as_bytes(std::span(std::string_view("new"))));
  }
};

TEST_F(AtomicFile, ADeviceIsNotReplacedByAFile) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string link = folder_ / "stdout";
  std::filesystem::create_symlink("/dev/null", link);
  for (const auto& path : {pipe, link}) {
    const auto written = write_to(path);
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code, Error::Code::invalid_argument);
    EXPECT_EQ(written.error().message, path + " is not a regular file");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(AtomicFile, TheNameOfAnOpenFileIsNotReplaced) {
  const std::string file = write("file", {'o', 'l', 'd'});
  const UniqueFd open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string link = folder_ / "stdout";  // as /dev/stdout is
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(open.get()), link);
  const auto written = write_to(link);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, link + " is not a regular file");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(AtomicFile, AFileAndALinkToOneAreReplaced) {
  const std::string file = write("file", {'o', 'l', 'd'});
  const std::string link = folder_ / "link";
  const std::string broken = folder_ / "broken";
  std::filesystem::create_symlink("file", link);
  std::filesystem::create_symlink("nowhere", broken);
  for (const auto& path : {link, broken, file}) {
    EXPECT_TRUE(write_to(path)) << path;
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(path)));
  }
}

TEST(UniqueFd, ClosesOnceAndMoves) {
  int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(raw, 0);
  {
    UniqueFd first(raw);
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what it is about
    EXPECT_EQ(second.get(), raw);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST(ScopeExit, RunsUnlessDismissed) {
  int runs = 0;
  {
    ScopeExit exit([&] { runs++; });
  }
  EXPECT_EQ(runs, 1);
  {
    ScopeExit exit([&] { runs++; });
    exit.dismiss();
  }
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace hailo
