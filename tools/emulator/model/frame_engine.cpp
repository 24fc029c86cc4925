// SPDX-License-Identifier: MIT
#include "emulator/model/frame_engine.h"

#include <algorithm>

#include "emulator/model/pattern.h"

namespace hailo::emu {
namespace {

constexpr std::size_t kMaxFlights = 16;
// Inputs read ahead are memory of ours that the host makes us use.
constexpr std::size_t kMaxAheadBytes = std::size_t{64} << 20;
// Frames that one pump() moves; others want to be served as well.
constexpr unsigned kFramesPerPump = 64;

}  // namespace

FrameEngine::FrameEngine(Vdma& vdma, NeuralCore* core, unsigned fps)
    : vdma_(vdma), core_(core), period_(fps == 0 ? Time(0) : Time(std::chrono::seconds(1)) / fps) {}

void FrameEngine::run(Program program) {
  program_ = std::move(program);
  refused_ = false;
  std::size_t frame_bytes = 1;
  for (const Boundary& input : program_.inputs) frame_bytes += input.frame_bytes;
  max_flights_ = std::clamp<std::size_t>(kMaxAheadBytes / frame_bytes, 1, kMaxFlights);
}

void FrameEngine::stop(Time now) {
  program_ = {};
  refused_ = false;
  pending_ = false;
  wake_.reset();
  if (!flights_.empty() && core_ != nullptr) core_->cancel();
  flights_.clear();
  utilisation_.set_busy(false, now);
}

void FrameEngine::abort() {
  for (const auto* side : {&program_.inputs, &program_.outputs})
    for (const Boundary& boundary : *side)
      if (vdma_.running(boundary.channel)) vdma_.abort(boundary.channel);
}

Time FrameEngine::due(const Flight& flight) const {
  return std::max(flight.since, last_completion_) + period_;
}

void FrameEngine::pump(Time now) {
  pending_ = false;
  wake_.reset();
  for (unsigned moves = 0;; ++moves) {
    if (moves == kFramesPerPump) {
      pending_ = true;
      break;
    }
    const bool completed = complete_front(now);
    if (!admit(now) && !completed) break;
  }
  // One that is due waits for room, which comes with a doorbell.
  if (!flights_.empty() && flights_.front().outputs && due(flights_.front()) > now)
    wake_ = due(flights_.front());
  utilisation_.set_busy(!flights_.empty(), now);
}

bool FrameEngine::admit(Time now) {
  if (program_.inputs.empty() || flights_.size() >= max_flights_) return false;
  Flight flight{.token = ++last_token_, .since = now, .inputs = {}};
  for (const Boundary& input : program_.inputs) {
    std::optional<Transfer> transfer = vdma_.next(input.channel, input.frame_bytes);
    if (!transfer) return false;
    flight.inputs.push_back(std::move(*transfer));
  }
  if (refused_) {
    abort();
    return false;
  }
  std::vector<Bytes> frames;
  for (std::size_t i = 0; i < program_.inputs.size(); ++i) {
    const Boundary& input = program_.inputs[i];
    Bytes& frame = frames.emplace_back(input.frame_bytes);
    if (!vdma_.gather(input.channel, flight.inputs[i], frame)) return false;
  }
  if (!submit(flight, std::move(frames))) return false;
  for (std::size_t i = 0; i < program_.inputs.size(); ++i)
    vdma_.accept(program_.inputs[i].channel, flight.inputs[i]);
  flights_.push_back(std::move(flight));
  if (flights_.size() == 1) begin_front();
  return true;
}

bool FrameEngine::submit(Flight& flight, std::vector<Bytes> inputs) {
  if (!program_.model) {
    std::uint32_t crc = 0;
    for (const Bytes& frame : inputs) crc = add_crc32(crc, frame);
    flight.outputs.emplace();
    for (const Boundary& output : program_.outputs)
      flight.outputs->push_back(pattern_frame(output.frame_bytes, crc, output.nms));
    return true;
  }
  std::vector<NeuralCore::Frame> frames;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    frames.push_back({program_.inputs[i].stream.value_or(0), std::move(inputs[i])});
  return core_->submit(*program_.model, flight.token, std::move(frames));
}

/// The first transfer of a channel may announce its parts before all is done.
void FrameEngine::begin_front() {
  for (std::size_t i = 0; i < program_.inputs.size(); ++i)
    vdma_.begin(program_.inputs[i].channel, flights_.front().inputs[i]);
}

bool FrameEngine::complete_front(Time now) {
  if (flights_.empty() || !flights_.front().outputs || now < due(flights_.front())) return false;
  Flight& flight = flights_.front();
  std::vector<Transfer> outputs;
  for (const Boundary& output : program_.outputs) {
    std::optional<Transfer> transfer = vdma_.next(output.channel, output.frame_bytes);
    if (!transfer) return false;
    outputs.push_back(std::move(*transfer));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!vdma_.scatter(program_.outputs[i].channel, outputs[i], (*flight.outputs)[i])) return false;

  for (std::size_t i = 0; i < program_.inputs.size(); ++i)
    vdma_.complete(program_.inputs[i].channel, flight.inputs[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    vdma_.accept(program_.outputs[i].channel, outputs[i]);
    vdma_.complete(program_.outputs[i].channel, outputs[i]);
  }
  flights_.pop_front();
  ++frames_;
  last_completion_ = now;
  if (!flights_.empty()) begin_front();
  return true;
}

Result<std::vector<Bytes>> FrameEngine::sort_outputs(std::vector<NeuralCore::Frame> frames) const {
  std::vector<Bytes> sorted;
  for (const Boundary& output : program_.outputs) {
    const std::string channel = "channel " + std::to_string(output.channel);
    const auto frame = std::ranges::find_if(
        frames, [&](const NeuralCore::Frame& f) { return f.stream == output.stream; });
    if (frame == frames.end())
      return fail(Error::Code::protocol, "the network has no output for " + channel);
    if (frame->bytes.size() != output.frame_bytes)
      return fail(Error::Code::protocol, "the network's frame for " + channel + " has " +
                                             std::to_string(frame->bytes.size()) +
                                             " bytes, the host takes " +
                                             std::to_string(output.frame_bytes));
    sorted.push_back(std::move(frame->bytes));
  }
  return sorted;
}

Result<void> FrameEngine::finished(NeuralCore::Outcome outcome) {
  const auto flight = std::ranges::find(flights_, outcome.token, &Flight::token);
  if (flight == flights_.end()) return {};  // of an activation that is over
  pending_ = true;
  Result<std::vector<Bytes>> outputs = outcome.error.empty()
                                           ? sort_outputs(std::move(outcome.outputs))
                                           : fail(Error::Code::io, std::move(outcome.error));
  if (!outputs) {
    abort();
    return std::unexpected(outputs.error());
  }
  flight->outputs = std::move(*outputs);
  return {};
}

}  // namespace hailo::emu
