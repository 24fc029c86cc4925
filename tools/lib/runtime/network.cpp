// SPDX-License-Identifier: MIT
#include "lib/runtime/network.h"

#include <hailo_mailbox.h>
#include <hailo_vdma.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "lib/base/text.h"

namespace hailo::runtime {
namespace {

constexpr std::uint8_t kFirstInput = 1;  // channel 0 is for configuration
constexpr std::uint8_t kFirstOutput = HAILO_VDMA_FIRST_D2H;
constexpr std::size_t kMaxInputs = HAILO_VDMA_FIRST_D2H - kFirstInput;
constexpr std::size_t kMaxOutputs = HAILO_VDMA_CHANNELS - kFirstOutput;

// context_type of SET_CONTEXT_INFO, state of CHANGE_CONTEXT_SWITCH_STATUS.
enum : std::uint8_t { kPreliminary = 0, kDynamic = 1, kBatchSwitching = 2, kActivation = 3 };
enum : std::uint8_t { kReset = 0, kEnabled = 1 };
constexpr std::uint8_t kAllApplications = 255;
constexpr std::uint8_t kApplication = 0;

Result<void> check_options(const Options& options) {
  const auto within = [](unsigned value, unsigned most, const char* what) -> Result<void> {
    if (value >= 1 && value <= most) return {};
    return fail(Error::Code::invalid_argument,
                std::to_string(value) + what + ", 1 to " + std::to_string(most) + " are possible");
  };
  if (auto good = within(options.frames_in_flight, max_frames_in_flight, " frames in flight");
      !good)
    return good;
  return within(options.batch_size, max_batch_size, " frames in a batch");
}

/// Keeps the first failure of several steps that are all to be done.
void keep(Result<void>& first, const Result<void>& step) {
  if (first && !step) first = step;
}

}  // namespace

Result<std::unique_ptr<Network>> Network::configure(Device device, const BoardFacts& facts,
                                                    const hef::Hef& hef, const Options& options) {
  if (auto good = check_options(options); !good) return std::unexpected(good.error());
  std::unique_ptr<Network> network(new Network(std::move(device), options));
  if (auto opened = network->open(facts, hef); !opened) return std::unexpected(opened.error());
  return network;
}

Network::~Network() { [[maybe_unused]] const auto nobody_to_tell = close(); }

Result<void> Network::close() {
  Result<void> done;
  watcher_.request_stop();
  // This wakes the watcher; a board that is gone has woken it already.
  if (std::exchange(enabled_, false)) keep(done, vdma_->disable(channel_bitmap()));
  if (watcher_.joinable()) watcher_.join();
  // After the answer no DMA happens any more and the memory may go.
  if (claimed_) keep(done, set_state(kReset, kAllApplications));
  for (auto* channels : {&inputs_, &outputs_}) {
    for (auto& channel : *channels) keep(done, channel.ring.close());
    channels->clear();
  }
  if (config_memory_) keep(done, config_memory_->close());
  config_memory_.reset();
  if (std::exchange(claimed_, false)) keep(done, control(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {}));
  return done;
}

Result<void> Network::open(const BoardFacts& facts, const hef::Hef& hef) {
  auto variant = choose_variant(hef, facts);
  if (!variant) return std::unexpected(variant.error());
  name_ = hef.groups().front().name;
  vdma_.emplace(device_.io(), facts.driver_abi());

  if (auto marked = device_.mark_in_use(); !marked) return marked;
  claimed_ = true;
  const std::uint16_t max_page = facts.properties.desc_max_page_size;
  auto done = set_state(kReset, kAllApplications);
  if (done) done = control(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {});
  if (done) done = add_streams(**variant, max_page);
  if (!done) return done;

  auto config = ConfigMemory::create(*vdma_, **variant, max_page);
  if (!config) return std::unexpected(config.error());
  config_memory_.emplace(std::move(*config));
  plan_.config = config_memory_->channel();
  done = send_contexts(facts.firmware_abi());
  if (done) done = start();
  return done;
}

Result<void> Network::add_streams(const hef::Variant& variant, std::uint16_t max_page_size) {
  for (const auto& stream : variant.streams) {
    const bool input = stream.direction == hef::Direction::input;
    auto& channels = input ? inputs_ : outputs_;
    auto& planned = input ? plan_.inputs : plan_.outputs;
    if (channels.size() == (input ? kMaxInputs : kMaxOutputs))
      return fail(Error::Code::unsupported, "the network has more streams than the board channels");
    if (stream.nms && (stream.nms->chunks != 1 || stream.nms->burst_size == 0))
      return fail(Error::Code::unsupported,
                  "stream " + printable(stream.name) + " sends its boxes in several transfers");

    const auto channel =
        static_cast<std::uint8_t>((input ? kFirstInput : kFirstOutput) + channels.size());
    auto shape = ring_shape(stream.frame_bytes, options_.frames_in_flight, max_page_size);
    if (!shape) return std::unexpected(shape.error());
    auto unit = hef::transfer_unit(stream, hef::default_shmifo_size, shape->page_size);
    if (!unit) return std::unexpected(unit.error());
    auto ring = FrameRing::create(*vdma_, channel, stream.frame_bytes, *shape,
                                  input ? DmaDirection::to_device : DmaDirection::from_device);
    if (!ring) return std::unexpected(ring.error());
    planned.push_back({stream, channel, ring->list(), *unit});
    channels.push_back({std::move(*ring)});
  }
  if (inputs_.empty() || outputs_.empty())
    return fail(Error::Code::unsupported, "the network needs an input and an output");
  return {};
}

Result<void> Network::send_contexts(Abi firmware) {
  auto sent = control(HAILO_OPCODE_SET_NETWORK_GROUP_HEADER,
                      {application_header(firmware, options_.batch_size)});
  if (sent) sent = send_context(kActivation, activation_context(plan_));
  if (sent) sent = send_context(kBatchSwitching, batch_switching_context(plan_));
  if (sent) sent = send_context(kPreliminary, preliminary_context(plan_));
  if (sent) sent = send_context(kDynamic, dynamic_context(plan_, firmware));
  return sent;
}

Result<void> Network::send_context(std::uint8_t type, const ActionList& actions) {
  const auto pieces = chunks(actions);
  for (std::size_t i = 0; i < pieces.size(); i++) {
    const Bytes first = {i == 0};
    const Bytes last = {i + 1 == pieces.size()};
    if (auto sent = control(HAILO_OPCODE_SET_CONTEXT_INFO, {first, last, {type}, pieces[i]}); !sent)
      return sent;
  }
  return {};
}

Result<void> Network::start() {
  if (auto enabled = set_state(kEnabled, kApplication); !enabled) return enabled;
  if (auto enabled = vdma_->enable(channel_bitmap()); !enabled) return enabled;
  enabled_ = true;
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  return {};
}

Result<void> Network::control(std::uint32_t opcode, const std::vector<Bytes>& parameters) {
  auto answer =
      device_.control(Cpu::core, encode_request(opcode, parameters), options_.control_timeout);
  if (!answer) return std::unexpected(answer.error());
  if (auto parsed = parse_response(*answer, opcode); !parsed)
    return std::unexpected(parsed.error());
  return {};
}

Result<void> Network::set_state(std::uint8_t state, std::uint8_t application) {
  const Bytes configured_batch = {0, 0};
  const Bytes endless = {0, 0};
  return control(HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS,
                 {{state}, {application}, configured_batch, endless});
}

std::uint32_t Network::channel_bitmap() const {
  std::uint32_t channels = 0;
  for (const auto& c : plan_.inputs) channels |= 1U << c.channel;
  for (const auto& c : plan_.outputs) channels |= 1U << c.channel;
  return channels;
}

std::vector<hef::Stream> Network::inputs() const {
  std::vector<hef::Stream> streams;
  for (const auto& c : plan_.inputs) streams.push_back(c.stream);
  return streams;
}

std::vector<hef::Stream> Network::outputs() const {
  std::vector<hef::Stream> streams;
  for (const auto& c : plan_.outputs) streams.push_back(c.stream);
  return streams;
}

void Network::fail_with(Error error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(error);
  changed_.notify_all();
}

void Network::note(const ChannelEvent& event) {
  if (!event.active) return fail_with({Error::Code::dead, "the board has stopped the network", 0});
  if (event.failed)
    return fail_with({Error::Code::io,
                      "transfers of channel " + std::to_string(event.channel) + " have failed", 0});
  const std::lock_guard lock(mutex_);
  for (auto* channels : {&inputs_, &outputs_})
    for (auto& channel : *channels)
      if (channel.ring.channel() == event.channel) channel.completed += event.completed;
  changed_.notify_all();
}

/// Ends when channels are disabled, or with the first error: the driver would
/// give the same answer again and again.
void Network::watch(const std::stop_token& stop) {
  const std::uint32_t channels = channel_bitmap();
  while (!stop.stop_requested()) {
    auto events = vdma_->wait(channels);
    if (!events) return fail_with(events.error());
    for (const auto& event : *events) note(event);
    const std::lock_guard lock(mutex_);
    if (failure_) return;
  }
}

std::uint64_t Network::frames_done() const {
  std::uint64_t done = std::numeric_limits<std::uint64_t>::max();
  for (const auto* channels : {&inputs_, &outputs_})
    for (const auto& channel : *channels) done = std::min(done, channel.completed);
  return done;
}

Result<std::vector<std::span<std::uint8_t>>> Network::begin() {
  if (in_flight() >= options_.frames_in_flight)
    return fail(Error::Code::busy, "all frames in flight wait to be released");
  begun_ = true;
  std::vector<std::span<std::uint8_t>> buffers;
  for (const auto& channel : inputs_) buffers.push_back(channel.ring.next());
  return buffers;
}

Result<void> Network::submit() {
  if (!begun_) return fail(Error::Code::invalid_argument, "submit() without begin()");
  begun_ = false;
  // Outputs first: a frame that arrives must find room for its results.
  for (auto* channels : {&outputs_, &inputs_}) {
    for (auto& channel : *channels) {
      auto launched = channel.ring.launch();
      if (launched) continue;
      if (launched.error().sys_errno == ECONNRESET)
        launched = fail(Error::Code::dead, "the board has stopped the network");
      fail_with(launched.error());
      return launched;
    }
  }
  submitted_++;
  return {};
}

Result<void> Network::check() {
  const std::lock_guard lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  return {};
}

Result<std::vector<ByteView>> Network::wait(std::chrono::milliseconds timeout) {
  if (in_flight() == 0) return fail(Error::Code::invalid_argument, "no frame is on the way");
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return frames_done() > released_ || failure_; });
  if (frames_done() <= released_) {
    if (failure_) return std::unexpected(*failure_);
    return fail(Error::Code::timeout,
                "the board gave no result within " + std::to_string(timeout.count()) + " ms");
  }
  std::vector<ByteView> results;
  for (const auto& channel : outputs_) results.push_back(channel.ring.oldest());
  return results;
}

void Network::release() {
  for (auto* channels : {&inputs_, &outputs_})
    for (auto& channel : *channels) channel.ring.retire();
  released_++;
}

}  // namespace hailo::runtime
