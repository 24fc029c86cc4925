// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/hailo/failure.h"
#include "lib/hef/stream.h"
#include "lib/runtime/network.h"
#include "run/report.h"
#include "run/source.h"

namespace hailo::run {

struct RunOptions {
  std::optional<std::size_t> frames{};  ///< else what the source has
  unsigned streams = 4;                 ///< frames in flight
  std::chrono::milliseconds timeout{10000};
  std::string raw_out{};              ///< folder, empty for none
  std::vector<std::string> labels{};  ///< lines of UTF-8, as read_labels() gives them
  bool json = false;
  bool bench = false;
};

/// The frames of every stream as on the wire, one file per stream.
class RawFiles {
 public:
  /// Writes nothing if `folder` is empty.
  static Outcome<RawFiles> create(const std::string& folder, std::size_t inputs,
                                  std::size_t outputs);

  /// `index` counts inputs, then outputs.
  Outcome<void> write(std::size_t index, ByteView bytes);
  Outcome<void> close();

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  std::vector<std::pair<std::string, File>> files_;
};

/// Moves the frames of a source through a network and prints what comes back.
class Runner {
 public:
  Runner(const RunOptions& options, const Source& source, runtime::Network& network,
         std::FILE* out);

  Outcome<void> run();

  /// The error behind a failure of run() that is the board's.
  const std::optional<Error>& board_error() const { return board_error_; }

 private:
  using Clock = std::chrono::steady_clock;

  /// A frame on the way.
  struct Pending {
    std::size_t number;
    std::string input;
    Placement placement;
    Clock::time_point submitted;
  };

  std::unexpected<Failure> board(const Error& error);
  Outcome<void> prepare();
  Outcome<void> run_frames();
  Outcome<void> submit(std::size_t number);
  Outcome<void> collect();
  Outcome<void> report(const Pending& pending, const std::vector<ByteView>& results);
  void print(const std::string& text) { std::fputs(text.c_str(), out_); }

  const RunOptions& options_;
  const Source& source_;
  runtime::Network& network_;
  std::FILE* out_;
  std::vector<hef::Stream> outputs_;
  std::size_t inputs_;
  std::size_t frames_;
  RawFiles raw_;
  std::vector<Frame> prepared_;
  std::deque<Pending> pending_;
  Bench bench_;
  std::optional<Error> board_error_;
};

}  // namespace hailo::run
