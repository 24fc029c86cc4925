// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/model/device.h"
#include "emulator/vfu/bus.h"
#include "emulator/vfu/clock.h"
#include "emulator/vfu/control.h"
#include "emulator/vfu/listener.h"
#include "emulator/vfu/session.h"
#include "emulator/vfu/trace.h"
#include "lib/base/result.h"

namespace hailo::emu::vfu {

struct ServerOptions {
  std::string socket;   ///< path for vfio-user
  std::string control;  ///< path for the control protocol
  std::chrono::nanoseconds read_latency{0};
  std::string trace;           ///< file, empty for none
  NeuralCore* core = nullptr;  ///< runs networks; outlives the server
  int core_fd = -1;            ///< readable when the core has done something
};

/// The emulator process: one device, its clock, one vfio-user client at a
/// time, several control clients, in one thread.
class Server {
 public:
  /// Opens the sockets and blocks SIGTERM and SIGINT, which end run().
  static Result<std::unique_ptr<Server>> create(Config config, ServerOptions options);

  /// For what shall happen before the first client comes.
  Device& device() { return device_; }

  /// Serves until a signal or the control command `quit`.  Also fails if the
  /// trace is not complete then.
  Result<void> run();

 private:
  Server(Config config, ServerOptions options, Listener clients, Listener controls,
         UniqueFd signals, std::optional<Trace> trace);

  Result<void> serve();
  void accept_client();
  void serve_client(short events);
  bool serve_controls(const std::vector<short>& events);

  ServerOptions options_;
  Clock clock_;
  Bus bus_;
  Device device_;
  Listener client_listener_;
  Listener control_listener_;
  UniqueFd signals_;
  std::optional<Trace> trace_;
  std::optional<Session> session_;
  std::vector<std::unique_ptr<ControlSession>> controls_;
};

}  // namespace hailo::emu::vfu
