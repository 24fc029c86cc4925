// SPDX-License-Identifier: MIT
#include "lib/runtime/network.h"

#include <hailo_mailbox.h>
#include <hailo_vdma.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "lib/hef/emulator_payload.h"
#include "lib/hef/names.h"

namespace hailo::runtime {
namespace {

constexpr std::uint8_t kConfigChannel = 0;
constexpr std::uint8_t kFirstInput = 1;
constexpr std::uint8_t kFirstOutput = HAILO_VDMA_FIRST_D2H;
constexpr std::size_t kMaxInputs = HAILO_VDMA_FIRST_D2H - kFirstInput;
constexpr std::size_t kMaxOutputs = HAILO_VDMA_CHANNELS - kFirstOutput;
constexpr unsigned kMaxFramesInFlight = 63;

constexpr std::uint16_t kConfigPage = 512;
constexpr std::uint16_t kBatchSize = 1;
/// SET_CONTEXT_INFO: what of an action list fits one control.
constexpr std::size_t kChunkBytes = 1461;

// context_type of SET_CONTEXT_INFO, state of CHANGE_CONTEXT_SWITCH_STATUS.
enum : std::uint8_t { kPreliminary = 0, kDynamic = 1, kBatchSwitching = 2, kActivation = 3 };
enum : std::uint8_t { kReset = 0, kEnabled = 1 };
constexpr std::uint8_t kAllApplications = 255;

bool has_chip_code(const hef::Variant& variant) {
  auto chip_code = [](const hef::Operation& operation) {
    return operation.trigger != hef::Trigger::none ||
           std::ranges::any_of(operation.actions, [](const hef::Action& action) {
             const auto* other = std::get_if<hef::OtherAction>(&action);
             return other != nullptr && other->name != "none";
           });
  };
  if (std::ranges::any_of(variant.preliminary, chip_code)) return true;
  return std::ranges::any_of(variant.contexts, [&](const hef::Context& context) {
    return !context.inner_streams.empty() || std::ranges::any_of(context.operations, chip_code);
  });
}

std::vector<const hef::ConfigGroup*> config_groups(const hef::Variant& variant) {
  std::vector<const hef::ConfigGroup*> groups;
  for (const auto& operation : variant.preliminary)
    for (const auto& action : operation.actions)
      if (const auto* group = std::get_if<hef::ConfigGroup>(&action); group && group->bytes() > 0)
        groups.push_back(group);
  return groups;
}

std::uint64_t descriptors_for(const std::vector<const hef::ConfigGroup*>& groups,
                              std::uint32_t page) {
  std::uint64_t total = 1;
  for (const auto* group : groups) total += (group->bytes() + page - 1) / page;
  return total;
}

}  // namespace

/// Configuration data, mapped and bound; firmware fetches it when the network
/// is activated.
class Network::ConfigMemory {
 public:
  static Result<std::unique_ptr<ConfigMemory>> create(Vdma& vdma, std::size_t size) {
    void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
      return fail_errno(errno, "allocating " + std::to_string(size) + " bytes of configuration");
    return std::unique_ptr<ConfigMemory>(
        new ConfigMemory(vdma, static_cast<std::uint8_t*>(data), size));
  }
  ConfigMemory(const ConfigMemory&) = delete;
  ConfigMemory& operator=(const ConfigMemory&) = delete;
  ~ConfigMemory() {
    if (list_.handle) (void)vdma_.release_list(list_);
    if (mapping_) (void)vdma_.unmap(mapping_);
    munmap(data_, size_);
  }

  std::uint8_t* data() const { return data_; }
  const DescriptorList& list() const { return list_; }

  Result<void> map(std::uint32_t descriptors, std::uint16_t page) {
    auto mapping = vdma_.map(data_, size_, DmaDirection::to_device);
    if (!mapping) return std::unexpected(mapping.error());
    mapping_ = *mapping;
    auto list = vdma_.create_list(descriptors, page, false);
    if (!list) return std::unexpected(list.error());
    list_ = *list;
    return {};
  }
  /// Binds `size` bytes at `offset` from descriptor `start` on; the firmware is
  /// told when they have been fetched.
  Result<std::uint32_t> bind(std::size_t offset, std::uint32_t size, std::uint32_t start) {
    return vdma_.program(list_, {mapping_, offset, data_ + offset, size}, start, true,
                         Domain::device);
  }

 private:
  ConfigMemory(Vdma& vdma, std::uint8_t* data, std::size_t size)
      : vdma_(vdma), data_(data), size_(size) {}

  Vdma& vdma_;
  std::uint8_t* data_;
  std::size_t size_;
  DescriptorList list_{};
  std::uint64_t mapping_ = 0;  ///< 0: none
};

Result<std::unique_ptr<Network>> Network::configure(Device device, const hef::Hef& hef,
                                                    const Options& options) {
  if (options.frames_in_flight == 0 || options.frames_in_flight > kMaxFramesInFlight)
    return fail(Error::Code::invalid_argument,
                std::to_string(options.frames_in_flight) + " frames in flight, 1 to " +
                    std::to_string(kMaxFramesInFlight) + " are possible");
  std::unique_ptr<Network> network(new Network(std::move(device), options));
  if (auto opened = network->open(hef); !opened) return std::unexpected(opened.error());
  return network;
}

Network::~Network() {
  watcher_.request_stop();
  // This wakes the watcher; a board that is gone has woken it already.
  if (enabled_) (void)vdma_->disable(channel_bitmap());
  if (watcher_.joinable()) watcher_.join();
  // After the answer no DMA happens any more and the memory may go.
  if (claimed_) (void)set_state(kReset, kAllApplications);
  inputs_.clear();
  outputs_.clear();
  config_memory_.reset();
  if (claimed_) (void)control(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {});
}

Result<void> Network::open(const hef::Hef& hef) {
  auto release = device_.release();
  if (!release) return std::unexpected(release.error());
  vdma_.emplace(device_.io(),
                release->major == 4 && release->minor <= 20 ? Abi::v420 : Abi::v421);
  auto properties = device_.properties();
  if (!properties) return std::unexpected(properties.error());
  if (!properties->firmware_loaded)
    return fail(Error::Code::dead, "no firmware is running on the board");

  auto board = device_.identify(options_.control_timeout);
  if (!board) return std::unexpected(board.error());
  board_ = std::move(*board);
  auto answer = device_.control(Cpu::app, encode_request(HAILO_OPCODE_GET_DEVICE_INFORMATION),
                                options_.control_timeout);
  if (!answer) return std::unexpected(answer.error());
  auto information = parse_device_information(*answer);
  if (!information) return std::unexpected(information.error());
  auto variant = choose(hef, *information);
  if (!variant) return std::unexpected(variant.error());

  if (auto marked = device_.mark_in_use(); !marked) return marked;
  claimed_ = true;
  auto done = set_state(kReset, kAllApplications);
  if (done) done = control(HAILO_OPCODE_CLEAR_CONFIGURED_APPS, {});
  if (done) done = add_streams(**variant, properties->desc_max_page_size);
  if (done) done = load_config(**variant, properties->desc_max_page_size);
  if (done) done = send_contexts();
  if (done) done = start();
  return done;
}

Result<const hef::Variant*> Network::choose(const hef::Hef& hef,
                                            const DeviceInformation& information) {
  if (hef::is_emulator_hef(hef) && !information.emulated)
    return fail(Error::Code::unsupported,
                "the file carries a model for the emulated board; a real one would take it for "
                "register writes");
  const auto& group = hef.groups().front();
  const auto chip = board_.device_architecture == HAILO_ARCH_HAILO8L ? hef::Chip::hailo8l
                                                                     : hef::Chip::hailo8;
  auto variant = hef.select(group, chip, information.layout);
  if (!variant) return variant;
  if (has_chip_code(**variant))
    return fail(Error::Code::unsupported,
                "the network is made of code for the chip, which this runtime does not send; use "
                "HailoRT");
  name_ = group.name;
  return variant;
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
                  "stream " + stream.name + " sends its boxes in several transfers");

    const auto channel = static_cast<std::uint8_t>((input ? kFirstInput : kFirstOutput) +
                                                   channels.size());
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

Result<void> Network::load_config(const hef::Variant& variant, std::uint16_t max_page_size) {
  const auto groups = config_groups(variant);
  if (groups.empty()) return {};
  if (std::ranges::any_of(groups, [](const auto* g) { return g->channel != kConfigChannel; }))
    return fail(Error::Code::unsupported, "the network has more than one configuration channel");

  std::uint16_t page = std::min(kConfigPage, max_page_size);
  while (descriptors_for(groups, page) > HAILO_DESC_LIST_MAX && page < max_page_size) page *= 2;
  const std::uint64_t descriptors = descriptors_for(groups, page);
  if (descriptors > HAILO_DESC_LIST_MAX)
    return fail(Error::Code::unsupported, "the network's configuration data is too large");

  auto memory = ConfigMemory::create(*vdma_, (descriptors - 1) * page);
  if (!memory) return std::unexpected(memory.error());
  config_memory_ = std::move(*memory);
  // Each group starts at a page; what is behind it is never fetched.
  std::size_t offset = 0;
  for (const auto* group : groups) {
    std::size_t at = offset;
    for (const auto burst : group->bursts) {
      std::ranges::copy(burst, config_memory_->data() + at);
      at += burst.size();
    }
    offset += (group->bytes() + page - 1) / page * page;
  }

  if (auto mapped = config_memory_->map(static_cast<std::uint32_t>(descriptors), page); !mapped)
    return mapped;
  plan_.config = {kConfigChannel, config_memory_->list(), {}};
  std::uint32_t start = 0;
  for (const auto* group : groups) {
    auto bound = config_memory_->bind(std::size_t{start} * page,
                                      static_cast<std::uint32_t>(group->bytes()), start);
    if (!bound) return std::unexpected(bound.error());
    plan_.config.fetches.push_back(static_cast<std::uint16_t>(*bound));
    start += *bound;
  }
  return {};
}

Result<void> Network::send_contexts() {
  auto sent = control(HAILO_OPCODE_SET_NETWORK_GROUP_HEADER,
                      {application_header(vdma_->abi(), kBatchSize)});
  if (sent) sent = send_context(kActivation, activation_context(plan_));
  if (sent) sent = send_context(kBatchSwitching, batch_switching_context(plan_));
  if (sent) sent = send_context(kPreliminary, preliminary_context(plan_));
  if (sent) sent = send_context(kDynamic, dynamic_context(plan_, vdma_->abi()));
  return sent;
}

/// An action never spans two controls, and the largest one is far below a
/// chunk; lists of ours that exceed a chunk would need to be cut at actions.
Result<void> Network::send_context(std::uint8_t type, const Bytes& actions) {
  if (actions.size() > kChunkBytes)
    return fail(Error::Code::unsupported, "the network has too many streams for one context");
  const Bytes yes = {1};
  return control(HAILO_OPCODE_SET_CONTEXT_INFO, {yes, yes, {type}, actions});
}

Result<void> Network::start() {
  if (auto enabled = set_state(kEnabled, 0); !enabled) return enabled;
  if (auto enabled = vdma_->enable(channel_bitmap()); !enabled) return enabled;
  enabled_ = true;
  watcher_ = std::jthread([this](std::stop_token stop) { watch(std::move(stop)); });
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
  if (!event.active)
    return fail_with({Error::Code::io, "the board has stopped the network", 0});
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
void Network::watch(std::stop_token stop) {
  const std::uint32_t channels = channel_bitmap();
  while (!stop.stop_requested()) {
    auto events = vdma_->wait(channels);
    if (!events) {
      if (events.error().sys_errno == EINTR) continue;
      return fail_with(events.error());
    }
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

Result<void> Network::wait_until(std::chrono::milliseconds timeout, std::uint64_t frames,
                                 std::string_view what) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout,
                    [&] { return frames_done() >= frames || failure_.has_value(); });
  if (frames_done() >= frames) return {};
  if (failure_) return std::unexpected(*failure_);
  return fail(Error::Code::timeout,
              std::string(what) + ": nothing within " + std::to_string(timeout.count()) + " ms");
}

Result<std::vector<std::span<std::uint8_t>>> Network::begin(std::chrono::milliseconds timeout) {
  if (in_flight() >= options_.frames_in_flight)
    return fail(Error::Code::busy, "all frames in flight wait to be released");
  // The ring has room for frames_in_flight; those before have been collected.
  if (auto waited = wait_until(timeout, released_, "waiting for a free buffer"); !waited)
    return std::unexpected(waited.error());
  begun_ = true;
  std::vector<std::span<std::uint8_t>> buffers;
  for (const auto& channel : inputs_) buffers.push_back(channel.ring.next());
  return buffers;
}

Result<void> Network::submit() {
  if (!begun_) return fail(Error::Code::invalid_argument, "submit() without begin()");
  begun_ = false;
  for (auto* channels : {&outputs_, &inputs_}) {
    for (auto& channel : *channels) {
      if (auto launched = channel.ring.launch(); !launched) {
        fail_with(launched.error());
        return launched;
      }
    }
  }
  submitted_++;
  return {};
}

Result<std::vector<ByteView>> Network::wait(std::chrono::milliseconds timeout) {
  if (in_flight() == 0) return fail(Error::Code::invalid_argument, "no frame is on the way");
  if (auto waited = wait_until(timeout, released_ + 1, "waiting for a frame"); !waited)
    return std::unexpected(waited.error());
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
