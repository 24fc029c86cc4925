// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/model/wire.h"

namespace hailo::emu {

/// What runs the networks of emulator HEFs (lib/hef/emulator_payload.h).  The
/// device hands work over and asks for what is done; whatever threads there
/// are belong to the implementation.  No call blocks.
class NeuralCore {
 public:
  using ModelId = std::uint64_t;
  using Token = std::uint64_t;
  /// Of an outcome that is about loading, not about a frame.
  static constexpr Token kLoaded = 0;

  /// One frame of one stream, as it is on the wire.
  struct Frame {
    std::uint8_t stream;  ///< the HEF's sys_index
    Bytes bytes;
  };

  struct Outcome {
    ModelId model;
    Token token;
    std::string error;  ///< empty: it worked
    std::vector<Frame> outputs;
  };

  virtual ~NeuralCore() = default;

  /// Starts to load configuration data; the outcome comes with token kLoaded.
  virtual ModelId load(Bytes payload) = 0;
  /// Forgets a model and everything submitted to it.
  virtual void unload(ModelId model) = 0;

  /// Hands over the inputs of one frame; frames may be submitted before their
  /// model is loaded, and are done in order.  False if too many wait already.
  virtual bool submit(ModelId model, Token token, std::vector<Frame> inputs) = 0;
  /// Forgets the frames that wait; of one that runs an outcome may still come.
  virtual void cancel() = 0;

  /// What has been done since the last call.
  virtual std::vector<Outcome> poll() = 0;
};

}  // namespace hailo::emu
