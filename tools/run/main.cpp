// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/hailo/board_failure.h"
#include "lib/hailo/device.h"
#include "lib/hef/hef.h"
#include "lib/hef/labels.h"
#include "lib/runtime/board.h"
#include "lib/runtime/network.h"
#include "lib/sys/root.h"
#include "run/runner.h"
#include "run/source.h"

namespace {

using hailo::Board;
using hailo::Error;
using hailo::Exit;
using hailo::Outcome;
using hailo::printable;
using hailo::stop;

namespace hef = hailo::hef;
namespace run = hailo::run;
namespace runtime = hailo::runtime;
namespace sys = hailo::sys;

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

struct Options {
  std::string root = "/";
  std::string hef;
  std::string input;
  std::string device;
  std::string labels;
  std::uint16_t batch = 1;
  unsigned timeout_ms = 10000;
  run::RunOptions run;
};

std::vector<hef::Stream> inputs_of(const hef::Variant& variant) {
  std::vector<hef::Stream> streams;
  for (const auto& stream : variant.streams)
    if (stream.direction == hef::Direction::input) streams.push_back(stream);
  return streams;
}

Outcome<void> run_on(const Options& options, const sys::Root& root, const Board& board,
                     const hef::Hef& hef, const run::Source& source) {
  const auto of_board = [&](const Error& error) {
    return std::unexpected(hailo::board_failure(root, board, error));
  };
  auto device = hailo::Device::open(root.outside(board.node));
  if (!device) return of_board(device.error());
  const auto facts = runtime::ask_board(*device, kControlTimeout);
  if (!facts) return of_board(facts.error());
  if (const auto fits = runtime::choose_variant(hef, *facts); !fits)
    return stop(Exit::wrong_board,
                printable(options.hef) + " on " + board.node + ": " + fits.error().message,
                runtime::other_model_hint(*facts));

  auto network = runtime::Network::configure(
      std::move(*device), *facts, hef,
      {.frames_in_flight = options.run.streams, .batch_size = options.batch});
  if (!network) return of_board(network.error());
  run::Runner runner(options.run, source, **network, stdout);
  const auto done = runner.run();
  const auto closed = (*network)->close();
  if (runner.board_error()) return of_board(*runner.board_error());
  if (done && !closed) return of_board(closed.error());
  return done;
}

Outcome<void> run_all(Options& options) {
  const auto hef = hef::Hef::open(options.hef);
  if (!hef) return stop(Exit::bad_hef, hef.error().message);
  const auto source =
      run::Source::open(options.input, inputs_of(hef->groups().front().reference()));
  if (!source) return stop(Exit::bad_input, source.error().message);
  if (!options.labels.empty()) {
    auto labels = hef::read_labels(options.labels);
    if (!labels) return stop(Exit::bad_input, labels.error().message);
    options.run.labels = std::move(labels->names);
  }
  options.run.timeout = std::chrono::milliseconds(options.timeout_ms);

  const sys::Root root(options.root);
  const auto board = hailo::choose_board(root, options.device);
  if (!board) return std::unexpected(board.error());
  return run_on(options, root, *board, *hef, *source);
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
  app.add_option("--frames", options.run.frames,
                 "frames to run; default: all there are, 1 of synthetic, 100 with --bench")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32));
  app.add_option("--batch", options.batch, "batch size told to the firmware")
      ->check(CLI::Range(std::uint16_t{1}, runtime::max_batch_size))
      ->capture_default_str();
  app.add_option("--streams", options.run.streams, "frames in flight")
      ->check(CLI::Range(1U, runtime::max_frames_in_flight))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_ms, "longest wait for a result, in ms")
      ->check(CLI::Range(1U, 3600000U))
      ->capture_default_str();
  app.add_option("--labels", options.labels,
                 "names of the classes: one a line, or the customary JSON");
  app.add_option("--raw-out", options.run.raw_out,
                 "folder for the bytes of all frames as on the wire: inN.raw, outN.raw");
  app.add_flag("--json", options.run.json, "one JSON object per line");
  app.add_flag("--bench", options.run.bench, "print rate and latency, not results");
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
  return hailo::finish("hailo-run", done);
}
