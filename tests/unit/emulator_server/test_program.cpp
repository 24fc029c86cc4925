// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client.h"

namespace hailo::emu::vfu {
namespace {

using test::Bytes;
using test::bytes_of;
using test::message;
using test::receive_reply;
using test::Reply;
using test::send_bytes;
using test::version_payload;
using namespace std::chrono_literals;
using wire::Command;
namespace fs = std::filesystem;

/// A running hailo8-emu, killed at the end of the test.
class Emulator {
 public:
  explicit Emulator(std::vector<std::string> options) {
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) return;
    output_ = UniqueFd(out[0]);
    const UniqueFd write_end(out[1]);
    options.insert(options.begin(), HAILO8_EMU);
    std::vector<char*> argv;
    for (auto& option : options) argv.push_back(option.data());
    argv.push_back(nullptr);

    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(write_end.get(), STDOUT_FILENO);
      ::dup2(write_end.get(), STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  ~Emulator() {
    if (pid_ > 0) {
      kill(SIGKILL);
      wait();
    }
  }

  /// The next line on stdout or stderr; what there is at its end or after 20 s.
  std::string line() {
    std::string text;
    char c = 0;
    pollfd ready{output_.get(), POLLIN, 0};
    while (c != '\n' && ::poll(&ready, 1, 20'000) == 1 && ::read(output_.get(), &c, 1) == 1) {
      text += c;
    }
    return text;
  }
  void kill(int signal) { ::kill(pid_, signal); }

  /// Exit code, or minus the signal's number.
  int wait() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) return -1000;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  UniqueFd output_;
};

/// Connects, with a bound on every wait for an answer.
UniqueFd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{20, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.reset();
  }
  return fd;
}

/// The next line from a socket, without the newline; empty at the end.
std::string read_line(int fd) {
  std::string text;
  for (char c; ::recv(fd, &c, 1, 0) == 1;) {
    if (c == '\n') return text;
    text += c;
  }
  return "";
}

bool send_text(int fd, std::string_view text) {
  return send_bytes(fd, std::as_bytes(std::span(text)));
}

class EmulatorProgram : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "emu.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    socket_ = folder_ / "vfu";
    control_ = folder_ / "ctl";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> options(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--socket", socket_, "--control", control_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string ask(std::string_view line) const {
    const UniqueFd fd = connect_to(control_);
    send_text(fd.get(), std::string(line) + "\n");
    return read_line(fd.get());
  }
  std::optional<Reply> exchange(int fd, const Bytes& bytes) const {
    if (!send_bytes(fd, bytes)) return std::nullopt;
    return receive_reply(fd, 0);
  }

  fs::path folder_;
  std::string socket_;
  std::string control_;
};

TEST_F(EmulatorProgram, ServesUntilQuit) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  for (const auto& path : {socket_, control_}) {
    struct stat st;
    ASSERT_EQ(::stat(path.c_str(), &st), 0);
    EXPECT_TRUE(S_ISSOCK(st.st_mode));
    EXPECT_EQ(st.st_mode & 0777, 0600u) << path;
  }
  EXPECT_EQ(ask("ping"), R"({"ok":true})");
  EXPECT_EQ(ask("quit"), R"({"ok":true})");
  EXPECT_EQ(emulator.wait(), 0);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EmulatorProgram, SignalsEndItCleanly) {
  for (int signal : {SIGTERM, SIGINT}) {
    Emulator emulator(options());
    ASSERT_EQ(emulator.line(), "ready\n");
    emulator.kill(signal);
    EXPECT_EQ(emulator.wait(), 0) << signal;
    EXPECT_TRUE(fs::is_empty(folder_)) << signal;
  }
}

TEST_F(EmulatorProgram, TellsABusySocketFromAStaleOne) {
  Emulator first(options());
  ASSERT_EQ(first.line(), "ready\n");

  Emulator second(options());
  EXPECT_NE(second.line().find("in use by a running server"), std::string::npos);
  EXPECT_EQ(second.wait(), 4);
  EXPECT_EQ(ask("ping"), R"({"ok":true})") << "the first one must not notice";

  first.kill(SIGKILL);
  EXPECT_EQ(first.wait(), -SIGKILL);
  ASSERT_TRUE(fs::exists(socket_));
  Emulator third(options());
  EXPECT_EQ(third.line(), "ready\n");
  EXPECT_EQ(ask("ping"), R"({"ok":true})");
}

TEST_F(EmulatorProgram, ABusyControlSocketLeavesNoSocketBehind) {
  Emulator first(options());
  ASSERT_EQ(first.line(), "ready\n");
  const std::string other = folder_ / "other";
  Emulator second({"--socket", other, "--control", control_});
  EXPECT_EQ(second.wait(), 4);
  EXPECT_FALSE(fs::exists(other));
}

TEST_F(EmulatorProgram, RefusesPathsThatCannotBeUsed) {
  const std::string file = folder_ / "file";
  std::ofstream(file) << "precious";
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--socket", folder_ / std::string(108, 'x'), "--control", control_}, "1 to 107 bytes"},
      {{"--socket", file, "--control", control_}, "not a socket"},
      {{"--socket", folder_ / "no/dir", "--control", control_}, "cannot bind"},
      {options({"--trace", folder_ / "no/trace"}), "cannot write trace"},
      {options({"--scenario", folder_ / "none"}), "cannot read scenario"},
      {options({"--scenario", folder_}), "cannot read scenario"},
  };
  for (const auto& [arguments, text] : cases) {
    Emulator emulator(arguments);
    const std::string line = emulator.line();
    EXPECT_NE(line.find(text), std::string::npos) << line;
    EXPECT_EQ(emulator.wait(), 3) << text;
  }
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  EXPECT_EQ(content.str(), "precious");
}

TEST_F(EmulatorProgram, RefusesWrongOptions) {
  const std::vector<std::string> cases[] = {
      {},
      {"--socket", socket_},
      options({"--board", "hailo9"}),
      options({"--boot-time", "soon"}),
      options({"--boot-time", "-1"}),
      options({"--read-latency", "1000001"}),
      options({"--fps", "-1"}),
      options({"--fps", "many"}),
      options({"--frobnicate"}),
      options({"extra"}),
  };
  for (const auto& arguments : cases) {
    Emulator emulator(arguments);
    EXPECT_EQ(emulator.wait(), 2);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EmulatorProgram, ABadScenarioIsRefusedWithItsPlace) {
  const std::string file = folder_ / "scenario";
  std::ofstream(file) << "# fine\nfault no-boot\nfrobnicate\n";
  Emulator emulator(options({"--scenario", file}));
  const std::string line = emulator.line();
  EXPECT_NE(line.find(file), std::string::npos) << line;
  EXPECT_NE(line.find('3'), std::string::npos) << line;
  EXPECT_EQ(emulator.wait(), 3);
}

TEST_F(EmulatorProgram, PrintsHelpAndVersion) {
  Emulator help({"--help"});
  EXPECT_EQ(help.wait(), 0);
  Emulator version({"--version"});
  EXPECT_EQ(version.line().rfind("hailo8-emu ", 0), 0u);
  EXPECT_EQ(version.wait(), 0);
}

TEST_F(EmulatorProgram, ControlLinesInAnyPieces) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd first = connect_to(control_);
  const UniqueFd second = connect_to(control_);
  ASSERT_TRUE(send_text(first.get(), "pi"));
  ASSERT_TRUE(send_text(second.get(), "ping\nping\n"));
  EXPECT_EQ(read_line(second.get()), R"({"ok":true})");
  EXPECT_EQ(read_line(second.get()), R"({"ok":true})");
  ASSERT_TRUE(send_text(first.get(), "ng\nfrobnicate\n"));
  EXPECT_EQ(read_line(first.get()), R"({"ok":true})");
  const auto refusal = nlohmann::json::parse(read_line(first.get()), nullptr, false);
  EXPECT_EQ(refusal.value("ok", true), false);
  EXPECT_TRUE(refusal.contains("error"));

  ASSERT_TRUE(send_text(first.get(), std::string(10'000, 'x')));
  EXPECT_NE(read_line(first.get()).find("too long"), std::string::npos);
  EXPECT_EQ(read_line(first.get()), "") << "and the connection ends";
  EXPECT_EQ(ask("ping"), R"({"ok":true})");
}

TEST_F(EmulatorProgram, ManyControlClientsAreServedInTheEnd) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 36; ++i) clients.push_back(connect_to(control_));
  ASSERT_TRUE(send_text(clients.back().get(), "ping\n"));
  clients.erase(clients.begin(), clients.begin() + 8);
  EXPECT_EQ(read_line(clients.back().get()), R"({"ok":true})");
}

TEST_F(EmulatorProgram, OneClientAtATimeAndThenTheNext) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  UniqueFd first = connect_to(socket_);
  ASSERT_TRUE(exchange(first.get(), message(Command::version, version_payload("{}"))));

  const UniqueFd second = connect_to(socket_);
  char c;
  EXPECT_EQ(::recv(second.get(), &c, 1, 0), 0) << "closed at once";
  EXPECT_NE(emulator.line().find("refused a second client"), std::string::npos);
  EXPECT_TRUE(exchange(first.get(), message(Command::device_reset, {})));

  // Unread requests of a client that died must not keep the next one out.
  for (std::uint16_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(send_bytes(first.get(), message(Command::device_reset, {}, i)));
  }
  first.reset();
  const UniqueFd third = connect_to(socket_);
  const auto reply = exchange(third.get(), message(Command::version, version_payload("{}")));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error(), 0);
  EXPECT_EQ(ask("quit"), R"({"ok":true})");
  EXPECT_EQ(emulator.wait(), 0);
}

TEST_F(EmulatorProgram, AClientInTheMiddleOfAMessageStallsNobody) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd client = connect_to(socket_);
  ASSERT_TRUE(send_bytes(client.get(), Bytes(7)));
  EXPECT_EQ(ask("ping"), R"({"ok":true})");
}

TEST_F(EmulatorProgram, TraceNamesEachBarAccess) {
  const std::string trace = folder_ / "trace";
  Emulator emulator(options({"--trace", trace}));
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd client = connect_to(socket_);
  ASSERT_TRUE(exchange(client.get(), message(Command::version, version_payload("{}"))));
  ASSERT_TRUE(exchange(
      client.get(), message(Command::region_write,
                            bytes_of(wire::RegionAccess{4, 7, 2}) + bytes_of(std::uint16_t{6}))));
  ASSERT_TRUE(exchange(client.get(),
                       message(Command::region_write, bytes_of(wire::RegionAccess{0x188, 0, 4}) +
                                                          bytes_of(std::uint32_t{0xff00ffff}))));
  ASSERT_TRUE(exchange(client.get(),
                       message(Command::region_read, bytes_of(wire::RegionAccess{0x98, 0, 4}))));
  std::ifstream file(trace);
  double first_time = 0;
  double second_time = 0;
  std::string direction;
  std::string place;
  std::string value;
  std::string name;
  ASSERT_TRUE(file >> first_time >> direction >> place >> value >> name);
  EXPECT_EQ(direction + " " + place + " " + value, "W bar0+0x0188 0xff00ffff");
  EXPECT_FALSE(name.empty());
  ASSERT_TRUE(file >> second_time >> direction >> place >> value >> name);
  EXPECT_EQ(direction + " " + place + " " + value, "R bar0+0x0098 0x28641e60");
  EXPECT_GE(second_time, first_time);
  EXPECT_FALSE(file >> direction) << "configuration space is not traced";
}

TEST_F(EmulatorProgram, ATraceThatIsNotCompleteIsAFailure) {
  Emulator emulator(options({"--trace", "/dev/full"}));
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd client = connect_to(socket_);
  ASSERT_TRUE(exchange(client.get(), message(Command::version, version_payload("{}"))));
  ASSERT_TRUE(exchange(client.get(),
                       message(Command::region_read, bytes_of(wire::RegionAccess{0x98, 0, 4}))));
  EXPECT_EQ(ask("quit"), R"({"ok":true})");
  const std::string line = emulator.line();
  EXPECT_NE(line.find("cannot write trace /dev/full"), std::string::npos) << line;
  EXPECT_EQ(emulator.wait(), 1);
}

TEST_F(EmulatorProgram, ReadLatencyDelaysBarReads) {
  Emulator emulator(options({"--read-latency", "1000000"}));
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd client = connect_to(socket_);
  ASSERT_TRUE(exchange(client.get(), message(Command::version, version_payload("{}"))));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(exchange(client.get(),
                         message(Command::region_read, bytes_of(wire::RegionAccess{0x98, 0, 4}))));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST_F(EmulatorProgram, TheModelsTimePassesWithoutRequests) {
  Emulator emulator(options());
  ASSERT_EQ(emulator.line(), "ready\n");
  const UniqueFd client = connect_to(socket_);
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  ASSERT_TRUE(exchange(client.get(), message(Command::version, version_payload("{}"))));
  const auto write_config = [&](std::uint64_t offset, std::uint16_t value) {
    return exchange(client.get(),
                    message(Command::region_write,
                            bytes_of(wire::RegionAccess{offset, 7, 2}) + bytes_of(value)));
  };
  ASSERT_TRUE(write_config(4, 6));
  ASSERT_TRUE(write_config(0xe2, 1));
  ASSERT_TRUE(send_bytes(
      client.get(), message(Command::device_set_irqs, bytes_of(wire::SetIrqs{20, 0x24, 1, 0, 1})),
      {event.get()}));
  ASSERT_TRUE(receive_reply(client.get(), 0));
  ASSERT_EQ(ask("after 300 spurious-msi"), R"({"ok":true})");
  // From here on nobody says anything that would wake the server.
  pollfd ready{event.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  EXPECT_EQ(::poll(&ready, 1, 20'000), 1);
}

}  // namespace
}  // namespace hailo::emu::vfu
