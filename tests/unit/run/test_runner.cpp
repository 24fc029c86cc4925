// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/base/read_file.h"
#include "run/runner.h"
#include "support/fake_board.h"
#include "support/networks.h"
#include "support/temp_folder.h"

namespace hailo::run {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using runtime::Network;
using test::FakeBoard;

/// The board gives each input's first bytes back.
std::vector<Bytes> heads(const std::vector<Bytes>& inputs) {
  return {Bytes(inputs.at(0).begin(), inputs.at(0).begin() + 8)};
}

class Runners : public test::WithFolder {
 protected:
  Runners() { board_.model = heads; }
  /// What a run prints. Frames are those of `streams`, if they are given, not of the network.
  Outcome<std::string> run(const RunOptions& options, const std::string& input = "synthetic",
                           std::vector<hef::Stream> streams = {}) {
    Device device = board_.device();
    const auto facts = runtime::ask_board(device, 100ms).value();
    auto network = Network::configure(std::move(device), facts, runtime::echo_hef(),
                                      {.frames_in_flight = options.streams})
                       .value();
    if (streams.empty()) streams = network->inputs();
    const auto source = Source::open(input, streams).value();
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* out = open_memstream(&text, &size);
    Runner runner(options, source, *network, out);
    const auto done = runner.run();
    board_error_ = runner.board_error();
    std::fclose(out);
    std::string printed(text, size);
    std::free(text);
    if (!done) return std::unexpected(done.error());
    return printed;
  }

  Bytes file(const std::string& name) {
    return read_file((folder_ / name).string(), 1 << 20).value();
  }

  FakeBoard board_;
  std::optional<Error> board_error_;
};

TEST_F(Runners, FramesAreReportedInOrder) {
  const auto printed = run({.frames = 20, .streams = 3, .json = true});
  ASSERT_TRUE(printed) << printed.error().what;
  std::istringstream lines(*printed);
  std::string line;
  int number = 0;
  while (std::getline(lines, line)) EXPECT_EQ(json::parse(line).at("frame"), number++);
  EXPECT_EQ(number, 20);
}

TEST_F(Runners, RawFilesHoldWhatWentOverTheWire) {
  const auto printed = run({.frames = 5, .streams = 2, .raw_out = folder_ / "deep/er"});
  ASSERT_TRUE(printed) << printed.error().what;
  const Bytes in = file("deep/er/in0.raw");
  const Bytes out = file("deep/er/out0.raw");
  ASSERT_EQ(in.size(), 5U * 192);
  ASSERT_EQ(out.size(), 5U * 8);
  for (std::size_t i = 0; i < 5; i++)
    EXPECT_TRUE(std::equal(out.begin() + static_cast<std::ptrdiff_t>(i * 8),
                           out.begin() + static_cast<std::ptrdiff_t>(i * 8 + 8),
                           in.begin() + static_cast<std::ptrdiff_t>(i * 192)))
        << i;

  // And they can be fed again.
  const auto again =
      run({.streams = 4, .raw_out = folder_ / "again"}, (folder_ / "deep/er").string());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(file("again/in0.raw"), in);
  EXPECT_EQ(file("again/out0.raw"), out);
}

TEST_F(Runners, BenchPrintsOneObject) {
  const auto printed = run({.streams = 4, .json = true, .bench = true});
  ASSERT_TRUE(printed) << printed.error().what;
  const auto bench = json::parse(*printed);
  EXPECT_EQ(bench.at("frames"), 100);
  EXPECT_EQ(bench.at("in_flight"), 4);
  EXPECT_EQ(bench.at("network"), "net");
}

TEST_F(Runners, AFolderThatCannotBeWritten) {
  const auto printed = run({.raw_out = "/dev/null/folder"});
  ASSERT_FALSE(printed);
  EXPECT_EQ(printed.error().exit, Exit::failure);
  EXPECT_NE(printed.error().what.find("cannot write /dev/null/folder/in0.raw"), std::string::npos);
  EXPECT_EQ(printed.error().next, "name another folder with --raw-out, or make room (`df -h`)");
  EXPECT_FALSE(board_error_);
}

TEST_F(Runners, FramesOfAnotherFormOfTheNetworkAreNotWrittenOverItsBuffers) {
  const auto more = runtime::echo_hef({.inputs = {{8, 8, 6}}});
  const auto fewer = runtime::echo_hef({.inputs = {{8, 8, 3}, {8, 8, 3}}});
  for (const auto* other : {&more, &fewer}) {
    std::vector<hef::Stream> streams = other->groups().front().variants.front().streams;
    std::erase_if(streams, [](const auto& s) { return s.direction == hef::Direction::output; });
    for (const bool bench : {false, true}) {
      const auto printed = run({.bench = bench}, "synthetic", streams);
      ASSERT_FALSE(printed);
      EXPECT_EQ(printed.error().exit, Exit::bad_hef);
      EXPECT_EQ(printed.error().what,
                "the network's inputs for this board are not those of the file's first layout");
    }
  }
}

TEST_F(Runners, ABenchOfManyFramesTakesMemoryAsTheyCome) {
  board_.hold = true;
  const auto printed =
      run({.frames = std::size_t{1} << 50, .streams = 1, .timeout = 1ms, .bench = true});
  ASSERT_FALSE(printed);
  ASSERT_TRUE(board_error_);
  EXPECT_EQ(board_error_->code, Error::Code::timeout);
}

TEST_F(Runners, ABoardThatGivesNothingIsTheBoardsError) {
  board_.hold = true;
  const auto printed = run({.timeout = 1ms});
  ASSERT_FALSE(printed);
  ASSERT_TRUE(board_error_);
  EXPECT_EQ(board_error_->code, Error::Code::timeout);
}

}  // namespace
}  // namespace hailo::run
