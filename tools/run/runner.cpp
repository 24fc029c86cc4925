// SPDX-License-Identifier: MIT
#include "run/runner.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "lib/base/text.h"

namespace hailo::run {
namespace {

constexpr std::size_t kBenchFrames = 100;
constexpr std::size_t kPreparedFrames = 16;
constexpr std::size_t kReservedLatencies = 1 << 16;

std::unexpected<Failure> cannot_write(const std::string& path) {
  return stop(Exit::failure, "cannot write " + printable(path) + ": " + std::strerror(errno),
              "name another folder with --raw-out, or make room (`df -h`)");
}

/// A file may have other streams for another layout of clusters.
bool fit(const std::vector<Bytes>& inputs, const std::vector<std::span<std::uint8_t>>& buffers) {
  return std::ranges::equal(inputs, buffers, {}, &Bytes::size, &std::span<std::uint8_t>::size);
}

std::size_t frames_of(const RunOptions& options, const Source& source) {
  if (options.frames) return *options.frames;
  if (options.bench) return kBenchFrames;
  return source.frames();
}

}  // namespace

Outcome<RawFiles> RawFiles::create(const std::string& folder, std::size_t inputs,
                                   std::size_t outputs) {
  RawFiles files;
  if (folder.empty()) return files;
  // If this fails, so does opening a file in it, and that tells more.
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  for (const auto& [prefix, count] : {std::pair{"in", inputs}, std::pair{"out", outputs}}) {
    for (std::size_t i = 0; i < count; i++) {
      const std::string path = folder + "/" + prefix + std::to_string(i) + ".raw";
      File file(std::fopen(path.c_str(), "wbe"), std::fclose);
      if (!file) return cannot_write(path);
      files.files_.emplace_back(path, std::move(file));
    }
  }
  return files;
}

Outcome<void> RawFiles::write(std::size_t index, ByteView bytes) {
  if (files_.empty()) return {};
  auto& [path, file] = files_[index];
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size()) return {};
  return cannot_write(path);
}

Outcome<void> RawFiles::close() {
  for (auto& [path, file] : files_)
    if (std::fclose(file.release()) != 0) return cannot_write(path);
  files_.clear();
  return {};
}

Runner::Runner(const RunOptions& options, const Source& source, runtime::Network& network,
               std::FILE* out)
    : options_(options),
      source_(source),
      network_(network),
      out_(out),
      outputs_(network.outputs()),
      inputs_(network.inputs().size()),
      frames_(frames_of(options, source)) {}

Outcome<void> Runner::run() {
  auto raw = RawFiles::create(options_.raw_out, inputs_, outputs_.size());
  if (!raw) return std::unexpected(raw.error());
  raw_ = std::move(*raw);
  if (options_.bench)
    if (auto prepared = prepare(); !prepared) return prepared;
  if (auto done = run_frames(); !done) return done;
  return raw_.close();
}

Outcome<void> Runner::run_frames() {
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

std::unexpected<Failure> Runner::board(const Error& error) {
  board_error_ = error;
  return stop(Exit::failure, error.message);
}

/// Decodes before measuring: different frames, but not without end.
Outcome<void> Runner::prepare() {
  const std::size_t different =
      source_.is_synthetic() ? kPreparedFrames : std::min(source_.frames(), kPreparedFrames);
  for (std::size_t i = 0; i < std::min(different, frames_); i++) {
    auto frame = source_.frame(i);
    if (!frame) return stop(Exit::bad_input, frame.error().message);
    prepared_.push_back(std::move(*frame));
  }
  bench_.latencies.reserve(std::min(frames_, kReservedLatencies));
  return {};
}

Outcome<void> Runner::submit(std::size_t number) {
  Frame read;
  if (!options_.bench) {
    auto frame = source_.frame(number);
    if (!frame) return stop(Exit::bad_input, frame.error().message);
    read = std::move(*frame);
  }
  const Frame& frame = options_.bench ? prepared_[number % prepared_.size()] : read;
  auto buffers = network_.begin();
  if (!buffers) return board(buffers.error());
  if (!fit(frame.inputs, *buffers))
    return stop(Exit::bad_hef,
                "the network's inputs for this board are not those of the file's first layout");
  for (std::size_t i = 0; i < buffers->size(); i++) {
    std::ranges::copy(frame.inputs[i], (*buffers)[i].begin());
    if (auto written = raw_.write(i, frame.inputs[i]); !written) return written;
  }
  pending_.push_back({number, frame.name, frame.placement, Clock::now()});
  if (auto submitted = network_.submit(); !submitted) return board(submitted.error());
  return {};
}

Outcome<void> Runner::collect() {
  auto results = network_.wait(options_.timeout);
  if (!results) return board(results.error());
  const Pending pending = std::move(pending_.front());
  pending_.pop_front();
  if (options_.bench) bench_.latencies.push_back(Clock::now() - pending.submitted);
  for (std::size_t i = 0; i < results->size(); i++)
    if (auto written = raw_.write(inputs_ + i, (*results)[i]); !written) return written;
  if (!options_.bench)
    if (auto reported = report(pending, *results); !reported) return reported;
  network_.release();
  return {};
}

Outcome<void> Runner::report(const Pending& pending, const std::vector<ByteView>& results) {
  FrameReport report{pending.number,
                     pending.input,
                     pending.placement.image_width,
                     pending.placement.image_height,
                     {}};
  for (std::size_t i = 0; i < results.size(); i++) {
    auto output = read_output(outputs_[i], results[i], pending.placement);
    if (!output)
      return stop(Exit::protocol, printable(outputs_[i].name) + ": " + output.error().message);
    report.outputs.push_back(std::move(*output));
  }
  print(options_.json ? frame_json(report, options_.labels) : frame_text(report, options_.labels));
  return {};
}

}  // namespace hailo::run
