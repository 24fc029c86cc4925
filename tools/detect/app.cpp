// SPDX-License-Identifier: MIT
#include "detect/app.h"

#include <utility>

namespace hailo::detect {
namespace {

// One is on its way while the network has another: enough to keep it busy, and
// never older than that.
constexpr std::size_t kQueued = 1;
constexpr std::chrono::seconds kRateSpan{5};
constexpr std::chrono::seconds kTemperaturePause{5};

}  // namespace

App::App(const AppOptions& options, OpenSource open_source, OpenEngine open_engine,
         InferenceLoop::GiveUp give_up, ReadTemperature temperature)
    : labels_(options.labels),
      temperature_(std::move(temperature)),
      queue_(kQueued),
      capture_(std::move(open_source), queue_, options.capture),
      inference_(
          std::move(open_engine), queue_, options.inference,
          [this](Frame frame) { publish(std::move(frame)); }, std::move(give_up)) {}

App::~App() { [[maybe_unused]] const auto nobody_to_tell = stop(); }

void App::start(std::function<void()> on_end) {
  inference_thread_ = std::jthread([this, on_end = std::move(on_end)](const std::stop_token& stop) {
    outcome_ = inference_.run(stop);
    on_end();
  });
  capture_thread_ = std::jthread([this](const std::stop_token& stop) { capture_.run(stop); });
  temperature_thread_ =
      std::jthread([this](const std::stop_token& stop) { watch_temperature(stop); });
}

Outcome<void> App::stop() {
  for (auto* thread : {&temperature_thread_, &capture_thread_, &inference_thread_}) {
    if (thread == &inference_thread_) queue_.close();  // nobody captures any more
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
  return outcome_;
}

void App::publish(Frame frame) {
  {
    const std::lock_guard lock(mutex_);
    frame.number = ++frames_;
    const auto now = Clock::now();
    recent_.push_back(now);
    while (recent_.front() < now - kRateSpan) recent_.pop_front();
  }
  const auto shared = std::make_shared<const Frame>(std::move(frame));
  for (const auto& subscriber : subscribers_) subscriber(shared);
}

/// Beside the chain, since reading it may take as long as a control.
void App::watch_temperature(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<float> temperature;
    const auto facts = inference_.facts();
    if (facts && inference_.status().ready) temperature = temperature_(*facts);
    {
      const std::lock_guard lock(mutex_);
      last_temperature_ = temperature;
    }
    sleep_for(facts ? std::chrono::milliseconds(kTemperaturePause) : std::chrono::milliseconds(500),
              stop);
  }
}

Status App::status() const {
  Status status;
  status.camera = capture_.status();
  status.chip = inference_.status();
  status.labels = labels_;
  if (const auto facts = inference_.facts()) {
    status.network = facts->network;
    status.engine = facts->engine;
    if (status.chip.ready) {
      status.board = facts->board;
      status.driver_version = facts->driver_version;
      status.firmware_version = facts->firmware_version;
    }
  }
  status.dropped = queue_.dropped() + inference_.lost();
  const std::lock_guard lock(mutex_);
  status.frames = frames_;
  status.temperature = last_temperature_;
  const auto since = Clock::now() - kRateSpan;
  std::size_t counted = 0;
  for (auto it = recent_.rbegin(); it != recent_.rend() && *it >= since; ++it) counted++;
  status.frames_per_second =
      static_cast<double>(counted) / std::chrono::duration<double>(kRateSpan).count();
  return status;
}

}  // namespace hailo::detect
