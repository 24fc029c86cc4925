// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/hailo/device.h"
#include "lib/hailo/discovery.h"
#include "lib/hef/hef.h"
#include "lib/runtime/board.h"
#include "lib/runtime/network.h"
#include "lib/sys/processes.h"
#include "lib/sys/root.h"
#include "run/report.h"
#include "run/source.h"

namespace {

using hailo::Board;
using hailo::Error;
using hailo::printable;
using hailo::Result;
using Clock = std::chrono::steady_clock;

namespace hef = hailo::hef;
namespace run = hailo::run;
namespace runtime = hailo::runtime;
namespace sys = hailo::sys;

// Documented in hailo-run(1): scripts act on them. Up to 8 as hailo-fwtool has them.
enum class Exit {
  ok = 0,
  failure = 1,
  usage = 2,
  no_device = 3,
  no_permission = 4,
  busy = 5,
  dead = 6,
  protocol = 7,
  removed = 8,
  bad_hef = 9,
  wrong_board = 10,
  bad_input = 11,
};

constexpr const char* kFooter =
    "Exit codes:\n"
    "  0  success\n"
    "  1  another failure\n"
    "  2  wrong usage\n"
    "  3  no device, or its node is missing\n"
    "  4  no permission\n"
    "  5  the device is busy\n"
    "  6  the device is dead: no answer, no result, or no firmware running\n"
    "  7  a malformed answer, or a driver that does not know the request\n"
    "  8  the device has been removed\n"
    "  9  the HEF cannot be read, or is damaged\n"
    " 10  the HEF is not for this board\n"
    " 11  the input cannot be used\n";

constexpr std::chrono::milliseconds kControlTimeout{1000};
constexpr std::size_t kBenchFrames = 100;  ///< unless --frames says otherwise
constexpr std::size_t kPreparedFrames = 16;
constexpr std::uint64_t kMaxLabelBytes = 1 << 20;

struct Options {
  std::string root = "/";
  std::string hef;
  std::string input;
  std::string device;
  std::optional<std::size_t> frames;
  std::uint16_t batch = 1;
  unsigned streams = 4;
  unsigned timeout_ms = 10000;
  std::string raw_out;
  std::string labels;
  bool json = false;
  bool bench = false;
};

/// What stopped the program, and what to do next if that is known.
struct Failure {
  Exit exit;
  std::string what;
  std::string next;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

std::unexpected<Failure> fail(Exit exit, std::string what, std::string next = "") {
  return std::unexpected(Failure{exit, std::move(what), std::move(next)});
}

Exit exit_of(Error::Code code) {
  switch (code) {
    case Error::Code::not_found:
      return Exit::no_device;
    case Error::Code::permission:
      return Exit::no_permission;
    case Error::Code::busy:
      return Exit::busy;
    case Error::Code::dead:
    case Error::Code::timeout:
      return Exit::dead;
    case Error::Code::protocol:
    case Error::Code::unsupported:
      return Exit::protocol;
    case Error::Code::gone:
      return Exit::removed;
    case Error::Code::invalid_argument:
    case Error::Code::io:
      return Exit::failure;
  }
  return Exit::failure;
}

std::string holders(const sys::Root& root, const Board& board) {
  auto found = sys::holders_of(root, board.node, board.number);
  std::string text;
  if (found)
    for (const auto& process : found->processes)
      text += (text.empty() ? "" : ", ") + std::to_string(process.pid) + " (" +
              printable(process.comm) + ")";
  if (!text.empty()) return "held by " + text + "; stop the holder, or wait for it";
  return "who holds it is not visible to this user; `hailo-fwtool status` as root shows it";
}

/// An error of a board, with what the driver says of the board now: it may
/// have given it up because of what failed.
Failure board_failure(const sys::Root& root, const Board& board, const Error& error) {
  Failure failure{exit_of(error.code), board.node + ": " + error.message, ""};
  if (error.code == Error::Code::busy) failure.next = holders(root, board);
  if (error.code == Error::Code::permission || error.code == Error::Code::busy) return failure;

  auto boards = hailo::discover(root);
  const Board* now = boards ? hailo::find_board(root, *boards, board.name) : nullptr;
  const std::string state = now ? now->state.value_or("") : "removed";
  if (state == "removed") failure.exit = Exit::removed;
  if (state == "dead") failure.exit = Exit::dead;
  if (state == "removed" || state == "dead") {
    failure.what += "; the driver calls the board " + state;
    if (now && now->state_reason && *now->state_reason != "none")
      failure.what += ": " + printable(*now->state_reason);
  }
  failure.next = "`hailo-fwtool status` and `dmesg | grep hailo` tell more";
  return failure;
}

Outcome<Board> find_board(const sys::Root& root, const std::string& wanted) {
  auto boards = hailo::discover(root);
  if (!boards) return fail(Exit::failure, boards.error().message);
  if (boards->empty())
    return fail(Exit::no_device, "there is no board", "`hailo-fwtool identify` tells why");
  const Board* board = wanted.empty() ? &boards->front() : hailo::find_board(root, *boards, wanted);
  if (board) return *board;
  std::string known;
  for (const auto& b : *boards) known += (known.empty() ? "" : ", ") + b.name;
  return fail(Exit::no_device, "no board is called " + printable(wanted), "name one of: " + known);
}

Outcome<hef::Hef> open_hef(const std::string& path) {
  auto hef = hef::Hef::open(path);
  if (!hef) return fail(Exit::bad_hef, hef.error().message);
  return std::move(*hef);
}

std::vector<hef::Stream> streams_of(const hef::Variant& variant, hef::Direction direction) {
  std::vector<hef::Stream> streams;
  for (const auto& stream : variant.streams)
    if (stream.direction == direction) streams.push_back(stream);
  return streams;
}

Outcome<std::vector<std::string>> read_labels(const std::string& path) {
  std::vector<std::string> labels;
  if (path.empty()) return labels;
  const auto bytes = hailo::read_file(path, kMaxLabelBytes);
  if (!bytes) return fail(Exit::bad_input, bytes.error().message);
  std::string line;
  for (const auto byte : *bytes) {
    if (byte != '\n') {
      line += static_cast<char>(byte);
      continue;
    }
    labels.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) labels.push_back(line);
  return labels;
}

/// The frames of every stream as on the wire, one file per stream.
class RawFiles {
 public:
  static Outcome<RawFiles> create(const std::string& folder, std::size_t inputs,
                                  std::size_t outputs) {
    RawFiles files;
    if (folder.empty()) return files;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const auto& [prefix, count] : {std::pair{"in", inputs}, std::pair{"out", outputs}}) {
      for (std::size_t i = 0; i < count; i++) {
        const std::string path = folder + "/" + prefix + std::to_string(i) + ".raw";
        File file(std::fopen(path.c_str(), "wbe"), std::fclose);
        if (!file)
          return fail(Exit::failure,
                      "cannot write " + printable(path) + ": " + std::strerror(errno));
        files.files_.push_back({path, std::move(file)});
      }
    }
    return files;
  }

  /// `index` counts inputs, then outputs.
  Outcome<void> write(std::size_t index, hailo::ByteView bytes) {
    if (files_.empty()) return {};
    auto& [path, file] = files_[index];
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size()) return {};
    return fail(Exit::failure, "cannot write " + printable(path) + ": " + std::strerror(errno));
  }

  Outcome<void> close() {
    for (auto& [path, file] : files_)
      if (std::fclose(file.release()) != 0)
        return fail(Exit::failure, "cannot write " + printable(path) + ": " + std::strerror(errno));
    files_.clear();
    return {};
  }

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  std::vector<std::pair<std::string, File>> files_;
};

/// A frame on the way.
struct Pending {
  std::size_t number;
  std::string input;
  run::Placement placement;
  Clock::time_point submitted;
};

/// Moves all frames through a network and reports them.
class Runner {
 public:
  Runner(const Options& options, const run::Source& source, runtime::Network& network,
         std::vector<std::string> labels, RawFiles& raw)
      : options_(options),
        source_(source),
        network_(network),
        labels_(std::move(labels)),
        raw_(raw),
        outputs_(network.outputs()),
        inputs_(network.inputs().size()) {
    const std::size_t by_source = source.is_synthetic() ? 1 : source.frames();
    frames_ = options.frames.value_or(options.bench ? kBenchFrames : by_source);
  }

  /// A failure with Exit::failure and an Error beside is the board's.
  Outcome<void> run() {
    if (options_.bench)
      if (auto prepared = prepare(); !prepared) return prepared;
    const auto start = Clock::now();
    for (std::size_t next = 0; next < frames_ || network_.in_flight() > 0;) {
      const bool room = network_.in_flight() < options_.streams;
      auto done = next < frames_ && room ? submit(next++) : collect();
      if (!done) return done;
    }
    if (!options_.bench) return {};
    bench_.network = network_.name();
    bench_.in_flight = options_.streams;
    bench_.duration = Clock::now() - start;
    print(options_.json ? bench_json(bench_) : bench_text(bench_));
    return {};
  }

  /// Of a failure that the board is behind.
  const std::optional<Error>& board_error() const { return board_error_; }

 private:
  std::unexpected<Failure> board(const Error& error) {
    board_error_ = error;
    return fail(exit_of(error.code), error.message);
  }

  /// Decodes before measuring; different frames, but not without end.
  Outcome<void> prepare() {
    const std::size_t different =
        source_.is_synthetic() ? kPreparedFrames : std::min(source_.frames(), kPreparedFrames);
    for (std::size_t i = 0; i < std::min(different, frames_); i++) {
      auto frame = source_.frame(i);
      if (!frame) return fail(Exit::bad_input, frame.error().message);
      prepared_.push_back(std::move(*frame));
    }
    bench_.latencies.reserve(frames_);
    return {};
  }

  Outcome<void> submit(std::size_t number) {
    run::Frame read;
    if (prepared_.empty()) {
      auto frame = source_.frame(number);
      if (!frame) return fail(Exit::bad_input, frame.error().message);
      read = std::move(*frame);
    }
    const run::Frame& frame = prepared_.empty() ? read : prepared_[number % prepared_.size()];
    auto buffers = network_.begin();
    if (!buffers) return board(buffers.error());
    for (std::size_t i = 0; i < buffers->size(); i++) {
      std::ranges::copy(frame.inputs[i], (*buffers)[i].begin());
      if (auto written = raw_.write(i, frame.inputs[i]); !written) return written;
    }
    pending_.push_back({number, frame.name, frame.placement, Clock::now()});
    if (auto submitted = network_.submit(); !submitted) return board(submitted.error());
    return {};
  }

  Outcome<void> collect() {
    auto results = network_.wait(std::chrono::milliseconds(options_.timeout_ms));
    if (!results) return board(results.error());
    const Pending pending = pending_.front();
    pending_.pop_front();
    if (options_.bench) bench_.latencies.push_back(Clock::now() - pending.submitted);
    for (std::size_t i = 0; i < results->size(); i++)
      if (auto written = raw_.write(inputs_ + i, (*results)[i]); !written) return written;
    if (!options_.bench)
      if (auto reported = report(pending, *results); !reported) return reported;
    network_.release();
    return {};
  }

  Outcome<void> report(const Pending& pending, const std::vector<hailo::ByteView>& results) {
    run::FrameReport report{pending.number,
                            pending.input,
                            pending.placement.image_width,
                            pending.placement.image_height,
                            {}};
    for (std::size_t i = 0; i < results.size(); i++) {
      auto output = run::read_output(outputs_[i], results[i], pending.placement);
      if (!output)
        return fail(Exit::protocol, printable(outputs_[i].name) + ": " + output.error().message);
      report.outputs.push_back(std::move(*output));
    }
    print(options_.json ? frame_json(report, labels_) : frame_text(report, labels_));
    return {};
  }

  static void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

  const Options& options_;
  const run::Source& source_;
  runtime::Network& network_;
  std::vector<std::string> labels_;
  RawFiles& raw_;
  std::vector<hef::Stream> outputs_;
  std::size_t inputs_;
  std::size_t frames_ = 0;
  std::vector<run::Frame> prepared_;
  std::deque<Pending> pending_;
  run::Bench bench_;
  std::optional<Error> board_error_;
};

Outcome<void> run_on(const Options& options, const sys::Root& root, const Board& board,
                     const hef::Hef& hef, const run::Source& source,
                     std::vector<std::string> labels) {
  const auto of_board = [&](const Error& error) {
    return std::unexpected(board_failure(root, board, error));
  };
  auto device = hailo::Device::open(root.outside(board.node));
  if (!device) return of_board(device.error());
  auto facts = runtime::ask_board(*device, kControlTimeout);
  if (!facts) return of_board(facts.error());
  if (auto fits = runtime::choose_variant(hef, *facts); !fits)
    return fail(Exit::wrong_board,
                printable(options.hef) + " on " + board.node + ": " + fits.error().message);

  auto network = runtime::Network::configure(
      std::move(*device), *facts, hef,
      {.frames_in_flight = options.streams, .batch_size = options.batch});
  if (!network) return of_board(network.error());
  auto raw =
      RawFiles::create(options.raw_out, (*network)->inputs().size(), (*network)->outputs().size());
  if (!raw) return std::unexpected(raw.error());
  Runner runner(options, source, **network, std::move(labels), *raw);
  auto done = runner.run();
  const auto closed = (*network)->close();
  if (!done && runner.board_error()) return of_board(*runner.board_error());
  if (!done) return done;
  if (!closed) return of_board(closed.error());
  return raw->close();
}

Outcome<void> run_all(const Options& options) {
  const sys::Root root(options.root);
  const auto hef = open_hef(options.hef);
  if (!hef) return std::unexpected(hef.error());
  const auto& streams = hef->groups().front().reference();
  const auto source = run::Source::open(options.input, streams_of(streams, hef::Direction::input));
  if (!source) return fail(Exit::bad_input, source.error().message);
  auto labels = read_labels(options.labels);
  if (!labels) return std::unexpected(labels.error());
  const auto board = find_board(root, options.device);
  if (!board) return std::unexpected(board.error());
  return run_on(options, root, *board, *hef, *source, std::move(*labels));
}

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "hailo-run " HAILO_VERSION);
  app.footer(kFooter);
  // For tests; the empty group hides it.
  app.add_option("--root", options.root)->envname("HAILO_ROOT")->group("");
  app.add_option("MODEL", options.hef, "HEF to run")->required();
  app.add_option("--input", options.input,
                 "picture (PNG, JPEG, PPM), FILE.raw, folder of either, or synthetic")
      ->required();
  app.add_option("--device", options.device, "node, name or PCI address; default: the first board");
  app.add_option("--frames", options.frames,
                 "frames to run; default: all there are, 1 of synthetic, 100 with --bench")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32));
  app.add_option("--batch", options.batch, "batch size told to the firmware")
      ->check(CLI::Range(std::uint16_t{1}, runtime::max_batch_size))
      ->capture_default_str();
  app.add_option("--streams", options.streams, "frames in flight")
      ->check(CLI::Range(1U, runtime::max_frames_in_flight))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_ms, "longest wait for a result, in ms")
      ->check(CLI::Range(1U, 3600000U))
      ->capture_default_str();
  app.add_option("--labels", options.labels, "file with the name of a class on each line");
  app.add_option("--raw-out", options.raw_out,
                 "folder for the bytes of all frames as on the wire: inN.raw, outN.raw");
  app.add_flag("--json", options.json, "one JSON object per line");
  app.add_flag("--bench", options.bench, "print rate and latency, not results");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs a network on a Hailo-8 board.", "hailo-run");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return static_cast<int>(Exit::usage);
  }

  const auto done = run_all(options);
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!done) {
    std::fprintf(stderr, "hailo-run: %s\n", done.error().what.c_str());
    if (!done.error().next.empty())
      std::fprintf(stderr, "hailo-run: next: %s\n", done.error().next.c_str());
    return static_cast<int>(done.error().exit);
  }
  if (!written) {
    std::fprintf(stderr, "hailo-run: cannot write to standard output\n");
    return static_cast<int>(Exit::failure);
  }
  return 0;
}
