// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/model/actions.h"
#include "emulator/model/frame_engine.h"

namespace hailo::emu {

/// The context-switch firmware: the applications that the host has configured,
/// and the one that is active.  An application runs as a whole, its contexts
/// only tell what its channels are and where its configuration data lies.
class Network {
 public:
  static constexpr std::size_t kMaxApplications = 32;

  enum class Context : std::uint8_t { preliminary, dynamic, batch_switching, activation, count };

  /// `may_access` tells whether the function may access memory at the moment.
  Network(Vdma& vdma, NeuralCore* core, unsigned fps, std::function<bool()> may_access)
      : vdma_(vdma), core_(core), may_access_(std::move(may_access)), engine_(vdma, core, fps) {}

  // Controls. A context that is refused makes its application useless.

  Result<void> add_header(std::size_t size);
  Result<void> add_context(bool first, bool last, Context type, ByteView actions);
  /// Error::Code::busy: the configuration does not fit the device.
  Result<void> enable(unsigned application);
  /// Also what firmware does when the driver goes away.
  void reset();
  /// reset(), and all applications are forgotten.
  void clear();

  void doorbell() { engine_.doorbell(); }
  /// Takes what the neural core has done, and moves frames.
  void tick(Time now);
  /// Moves frames that are there already.
  void pump(Time now);
  std::optional<Time> deadline(Time now) const {
    return may_access_() ? engine_.deadline(now) : std::nullopt;
  }
  /// When a frame is due that is not yet.
  std::optional<Time> next_due() const { return may_access_() ? engine_.next_due() : std::nullopt; }

  struct RuntimeError {
    unsigned application;
    std::string message;
  };
  /// What went wrong since the last call, outside of controls.
  std::vector<RuntimeError> take_errors() { return std::exchange(errors_, {}); }

  std::size_t applications() const { return applications_.size(); }
  std::optional<unsigned> active() const { return active_; }
  std::uint64_t frames() const { return engine_.frames(); }
  double utilisation() { return engine_.utilisation(now_); }

  struct Configuration {
    std::uint64_t bytes = 0;
    std::uint32_t crc32 = 0;
    bool complete = true;  ///< false: longer than the device keeps, not all of it was read
  };
  /// What the active application was configured with.
  std::optional<Configuration> configuration() const;

 private:
  using ConfigStep = std::variant<ActivateConfig, FetchConfig, DeactivateConfig>;

  struct Application {
    ActionLayout layout;
    std::size_t context_bytes = 0;
    std::vector<OpenInput> inputs = {};
    std::vector<OpenOutput> outputs = {};
    std::array<std::optional<std::uint8_t>, HAILO_VDMA_CHANNELS> streams = {};
    std::vector<ConfigStep> preliminary = {};
    std::vector<ConfigStep> dynamic = {};
    std::vector<std::uint32_t> nms_frames = {};  ///< bytes of each NMS core's frame
    std::optional<Configuration> configuration = {};
    std::optional<NeuralCore::ModelId> model = {};
    bool broken = false;  ///< one of its contexts was refused
    bool failed = false;  ///< its model cannot run
  };

  static Result<void> take_actions(Application& application, Context type,
                                   const std::vector<Action>& actions);
  Result<void> close_context(Application& application);
  Result<void> configure(Application& application);
  Result<Bytes> collect(const Application& application, bool& complete);
  bool runs(const Application& application) const;
  Program program_of(const Application& application) const;
  void failed(NeuralCore::ModelId model, std::string message);
  void loaded(const NeuralCore::Outcome& outcome);

  Vdma& vdma_;
  NeuralCore* core_;
  std::function<bool()> may_access_;
  FrameEngine engine_;
  Time now_{0};
  std::vector<Application> applications_;
  std::optional<unsigned> active_;
  std::vector<RuntimeError> errors_;

  struct Open {
    Context type;
    Bytes actions;
  };
  std::optional<Open> open_;  ///< between a first and a last chunk
};

}  // namespace hailo::emu
