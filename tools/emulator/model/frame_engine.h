// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "emulator/model/host.h"
#include "emulator/model/nn.h"
#include "emulator/model/utilisation.h"
#include "emulator/model/vdma.h"
#include "lib/base/result.h"

namespace hailo::emu {

/// A stream between the host and the network.
struct Boundary {
  unsigned channel = 0;
  std::uint32_t frame_bytes = 0;
  std::optional<std::uint8_t> stream = {};  ///< the network's number for it
  bool nms = false;                         ///< carries boxes in bursts
};

/// What runs while an application is active.
struct Program {
  std::vector<Boundary> inputs;
  std::vector<Boundary> outputs;
  std::optional<NeuralCore::ModelId> model = {};  ///< none: outputs are pattern_frame()s
};

/// Moves frames between the channels and the network.  The inputs of a frame
/// are read as soon as they are complete, a few frames ahead; its inputs and
/// outputs complete together, when there is room for all outputs.
class FrameEngine {
 public:
  /// `core` may be null: then nothing with a model runs.  `fps` 0: no limit.
  FrameEngine(Vdma& vdma, NeuralCore* core, unsigned fps);

  /// The channels of `program` must be started.
  void run(Program program);
  /// Forgets everything in flight; memory of the host is left alone from here on.
  void stop(Time now);
  /// The network cannot run: its channels are aborted as soon as a frame comes.
  void refuse() { refused_ = true; }

  /// Channels may have new descriptors.
  void doorbell() { pending_ = true; }
  /// Takes the outcome of a frame.  The error tells why it failed, which
  /// aborts the channels.
  Result<void> finished(NeuralCore::Outcome outcome);
  /// Moves what can be moved now.
  void pump(Time now);
  /// When pump() wants to be called, outcomes apart.
  std::optional<Time> deadline(Time now) const { return pending_ ? now : wake_; }
  /// The same without what can be moved already.
  std::optional<Time> next_due() const { return wake_; }

  std::uint64_t frames() const { return frames_; }
  double utilisation(Time now) { return utilisation_.share(now); }

 private:
  struct Flight {
    NeuralCore::Token token;
    Time since;
    std::vector<Transfer> inputs;
    std::optional<std::vector<Bytes>> outputs = {};
  };

  bool admit(Time now);
  bool submit(Flight& flight, std::vector<Bytes> inputs);
  bool complete_front(Time now);
  void begin_front();
  void abort();
  Result<std::vector<Bytes>> sort_outputs(std::vector<NeuralCore::Frame> frames) const;
  Time due(const Flight& flight) const;

  Vdma& vdma_;
  NeuralCore* core_;
  const Time period_;
  Program program_;
  std::size_t max_flights_ = 1;
  std::deque<Flight> flights_;
  NeuralCore::Token last_token_ = NeuralCore::kLoaded;
  Time last_completion_{0};
  bool pending_ = false;
  std::optional<Time> wake_;  ///< when the first frame is due
  bool refused_ = false;
  std::uint64_t frames_ = 0;
  Utilisation utilisation_;
};

}  // namespace hailo::emu
