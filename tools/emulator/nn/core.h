// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <variant>
#include <vector>

#include "emulator/model/nn.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace hailo::emu::nn {

/// Runs the ONNX models of emulator HEFs with OpenCV, one frame at a time on a
/// thread of its own.
class OpenCvCore final : public NeuralCore {
 public:
  static constexpr std::size_t max_waiting = 32;  ///< frames, of all models

  static Result<std::unique_ptr<OpenCvCore>> create();
  /// Waits for the frame or the model that is being worked on.
  ~OpenCvCore() override;

  /// Readable while poll() has something to give.
  int fd() const { return event_.get(); }

  ModelId load(Bytes payload) override;
  void unload(ModelId model) override;
  bool submit(ModelId model, Token token, std::vector<Frame> inputs) override;
  void cancel() override;
  std::vector<Outcome> poll() override;

 private:
  struct Load {
    ModelId model;
    Bytes payload;
  };
  struct Run {
    ModelId model;
    Token token;
    std::vector<Frame> inputs;
  };
  struct Unload {
    ModelId model;
  };
  using Job = std::variant<Load, Run, Unload>;
  class Models;

  explicit OpenCvCore(UniqueFd event);
  void work(const std::stop_token& stop);
  void publish(Outcome outcome);

  UniqueFd event_;
  ModelId last_model_ = 0;  ///< of the caller's thread

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::size_t waiting_ = 0;  ///< frames in jobs_
  std::vector<Outcome> done_;
  /// done_ is not empty: so that poll() need not lock to find nothing.  Changes
  /// together with the state of event_, under mutex_.
  std::atomic<bool> ready_ = false;

  std::jthread worker_;  ///< last: it uses all of the above
};

}  // namespace hailo::emu::nn
