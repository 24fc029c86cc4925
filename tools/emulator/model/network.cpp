// SPDX-License-Identifier: MIT
#include "emulator/model/network.h"

#include <algorithm>
#include <map>

#include "emulator/model/pattern.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::emu {
namespace {

// Of all contexts of an application; real ones have some hundred KiB.
constexpr std::size_t kMaxContextBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxConfiguration = std::size_t{64} << 20;
constexpr std::uint32_t kMaxFrame = 64U << 20;
constexpr std::size_t kPayloadMagic = 8;
constexpr std::uint32_t kNmsRecord = 8;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

DescriptorList list_of(const HostBuffer& buffer) {
  return {buffer.address, buffer.count, buffer.page_size};
}

Result<void> check_list(unsigned channel, const HostBuffer& buffer) {
  const std::string where = "channel " + std::to_string(channel) + ": ";
  if (channel >= HAILO_VDMA_CHANNELS) return refuse(where + "no such channel");
  if (buffer.type != 0) return refuse(where + "buffer type " + std::to_string(buffer.type));
  if (const std::string defect = list_of(buffer).defect(); !defect.empty())
    return refuse(where + defect);
  return {};
}

Result<void> check_boundary(unsigned channel, bool input, const HostBuffer& buffer) {
  if (const auto good = check_list(channel, buffer); !good) return good;
  const std::string where = "channel " + std::to_string(channel) + ": ";
  if (input != (channel < HAILO_VDMA_FIRST_D2H)) return refuse(where + "wrong direction");
  // One descriptor of a list stays free.
  if (buffer.bytes == 0 || buffer.bytes > kMaxFrame ||
      buffer.bytes > std::uint64_t{buffer.count - 1} * buffer.page_size)
    return refuse(where + "frames of " + std::to_string(buffer.bytes) + " bytes");
  return {};
}

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace

Result<void> Network::add_header(std::size_t size) {
  const std::optional<ActionLayout> layout = action_layout(size);
  if (!layout) return refuse("application header of " + std::to_string(size) + " bytes");
  // One host speaks one release.
  if (!applications_.empty() && applications_.front().layout != *layout)
    return refuse("application header of another release than the first");
  if (open_) return refuse("application header inside of a context");
  if (applications_.size() == kMaxApplications) return refuse("too many applications");
  applications_.push_back({.layout = *layout});
  return {};
}

Result<void> Network::add_context(bool first, bool last, Context type, ByteView actions) {
  if (applications_.empty()) return refuse("context without an application");
  if (type >= Context::count) return refuse("context type");
  if (first == open_.has_value()) return refuse("chunks of a context out of order");
  if (first) open_ = Open{type, {}};
  Application& application = applications_.back();
  application.context_bytes += actions.size();
  Result<void> good{};
  if (application.context_bytes > kMaxContextBytes)
    good = fail(Error::Code::busy,
                "contexts of more than " + std::to_string(kMaxContextBytes) + " bytes");
  else if (open_->type != type)
    good = refuse("chunks of a context differ in type");
  open_->actions.insert(open_->actions.end(), actions.begin(), actions.end());
  if (good && last) good = close_context(application);
  if (last || !good) open_.reset();
  application.broken |= !good;
  return good;
}

Result<void> Network::close_context(Application& application) {
  const auto parsed = parse_actions(open_->actions, application.layout);
  if (!parsed) return std::unexpected(parsed.error());
  return take_actions(application, open_->type, *parsed);
}

Result<void> Network::take_actions(Application& application, Context type,
                                   const std::vector<Action>& actions) {
  const auto open = [&](auto& list, const auto& action, bool input) -> Result<void> {
    if (std::ranges::count(list, action.channel, [](const auto& a) { return a.channel; }) != 0)
      return refuse("channel " + std::to_string(action.channel) + " is opened twice");
    list.push_back(action);
    return check_boundary(action.channel, input, action.list);
  };
  auto& steps = type == Context::dynamic ? application.dynamic : application.preliminary;
  const auto take = Overloaded{
      [&](const OpenInput& action) { return open(application.inputs, action, true); },
      [&](const OpenOutput& action) { return open(application.outputs, action, false); },
      [&](const MapStream& map) -> Result<void> {
        if (map.channel >= HAILO_VDMA_CHANNELS)
          return refuse("stream on channel " + std::to_string(map.channel));
        application.streams[map.channel] = map.stream;
        return {};
      },
      [&](const ActivateConfig& activate) -> Result<void> {
        steps.push_back(activate);
        return check_list(activate.channel, activate.list);
      },
      [&](const FetchConfig& fetch) -> Result<void> {
        steps.push_back(fetch);
        return {};
      },
      [&](const DeactivateConfig& deactivate) -> Result<void> {
        steps.push_back(deactivate);
        return {};
      },
      [&](const EnableNms& nms) -> Result<void> {
        application.nms_frames.push_back(std::uint32_t{nms.classes} * nms.burst_size * kNmsRecord);
        return {};
      }};
  for (const Action& action : actions)
    if (const Result<void> good = std::visit(take, action); !good) return good;
  return {};
}

/// The configuration data as the host's library has put it into buffers: each
/// FETCH goes on where the one before has ended.
Result<Bytes> Network::collect(const Application& application, bool& complete) {
  struct Channel {
    DescriptorList list;
    std::uint32_t next = 0;
  };
  std::map<unsigned, Channel> channels;
  Bytes bytes;
  complete = true;
  const auto fetch = [&](const FetchConfig& step) -> Result<void> {
    if (step.descriptors == 0) return {};
    const auto channel = channels.find(step.channel);
    if (channel == channels.end())
      return refuse("fetch from channel " + std::to_string(step.channel) + ", which is not active");
    auto& [list, next] = channel->second;
    if (step.descriptors > list.count - next)
      return refuse("fetch of " + std::to_string(step.descriptors) +
                    " descriptors beyond the list");
    // The first descriptor alone: it tells whose data this is.
    const std::uint32_t end = next + step.descriptors;
    while (next < end && complete) {
      const std::uint32_t count = bytes.size() < kPayloadMagic ? 1 : end - next;
      const auto good = vdma_.fetch(list, next, count, kMaxConfiguration, bytes);
      next += count;
      if (good) continue;
      if (good.error().code != Error::Code::unsupported) return good;
      if (hef::is_emulator_payload(bytes)) return fail(Error::Code::busy, good.error().message);
      // Nobody will look at it.
      complete = false;
    }
    return {};
  };
  const auto execute = Overloaded{[&](const ActivateConfig& step) -> Result<void> {
                                    channels[step.channel] = {list_of(step.list)};
                                    return {};
                                  },
                                  [&](const DeactivateConfig& step) -> Result<void> {
                                    channels.erase(step.channel);
                                    return {};
                                  },
                                  fetch};
  for (const auto* steps : {&application.preliminary, &application.dynamic})
    for (const ConfigStep& step : *steps) {
      if (!complete) return bytes;
      if (const Result<void> good = std::visit(execute, step); !good)
        return std::unexpected(good.error());
    }
  return bytes;
}

Result<void> Network::configure(Application& application) {
  if (application.configuration) return {};
  if (!may_access_()) return refuse("the function may not access memory");
  bool complete = false;
  Result<Bytes> bytes = collect(application, complete);
  if (!bytes) return std::unexpected(bytes.error());
  application.configuration = {bytes->size(), add_crc32(0, *bytes), complete};
  if (!hef::is_emulator_payload(*bytes)) return {};
  if (core_ != nullptr) {
    application.model = core_->load(std::move(*bytes));
    return {};
  }
  application.failed = true;
  errors_.push_back({static_cast<unsigned>(&application - applications_.data()),
                     "this device has no neural core"});
  return {};
}

bool Network::runs(const Application& application) const {
  const auto running = [this](const auto& open) { return vdma_.running(open.channel); };
  return std::ranges::all_of(application.inputs, running) &&
         std::ranges::all_of(application.outputs, running);
}

Program Network::program_of(const Application& application) const {
  Program program{.inputs = {}, .outputs = {}, .model = application.model};
  for (const OpenInput& open : application.inputs)
    program.inputs.push_back(
        {.channel = open.channel, .frame_bytes = open.list.bytes, .stream = open.stream});
  for (const OpenOutput& open : application.outputs) {
    const bool nms = std::ranges::count(application.nms_frames, open.list.bytes) != 0;
    program.outputs.push_back({.channel = open.channel,
                               .frame_bytes = open.list.bytes,
                               .stream = application.streams[open.channel],
                               .nms = nms});
  }
  return program;
}

Result<void> Network::enable(unsigned number) {
  if (number >= applications_.size()) return refuse("no application " + std::to_string(number));
  if (open_) return refuse("a context is not complete");
  Application& application = applications_[number];
  if (application.broken) return refuse("a context of the application was refused");
  // The same again only changes the batch size: transfers are queued already.
  if (active_ == number && runs(application)) return {};
  reset();
  if (const auto good = configure(application); !good) return good;
  for (const OpenInput& open : application.inputs) vdma_.start(open.channel, list_of(open.list));
  for (const OpenOutput& open : application.outputs) vdma_.start(open.channel, list_of(open.list));
  engine_.run(program_of(application));
  if (application.failed) engine_.refuse();
  active_ = number;
  return {};
}

void Network::reset() {
  engine_.stop(now_);
  for (unsigned channel = 0; channel < HAILO_VDMA_CHANNELS; ++channel) vdma_.stop(channel);
  active_.reset();
}

void Network::clear() {
  reset();
  for (const Application& application : applications_)
    if (application.model) core_->unload(*application.model);
  applications_.clear();
  open_.reset();
  errors_.clear();
}

void Network::failed(NeuralCore::ModelId model, std::string message) {
  const auto application =
      std::ranges::find(applications_, std::optional(model), &Application::model);
  if (application == applications_.end()) return;
  errors_.push_back(
      {static_cast<unsigned>(application - applications_.begin()), std::move(message)});
}

void Network::loaded(const NeuralCore::Outcome& outcome) {
  if (outcome.error.empty()) return;
  for (Application& application : applications_)
    if (application.model == outcome.model) application.failed = true;
  failed(outcome.model, outcome.error);
  if (active_ && applications_[*active_].failed) {
    engine_.refuse();
    engine_.doorbell();
  }
}

void Network::tick(Time now) {
  now_ = now;
  if (core_ != nullptr)
    for (NeuralCore::Outcome& outcome : core_->poll()) {
      if (outcome.token == NeuralCore::kLoaded) {
        loaded(outcome);
        continue;
      }
      const NeuralCore::ModelId model = outcome.model;
      if (const auto good = engine_.finished(std::move(outcome)); !good)
        failed(model, good.error().message);
    }
  pump(now);
}

void Network::pump(Time now) {
  const std::optional<Time> next = deadline(now);
  if (next && *next <= now) engine_.pump(now);
}

std::optional<Network::Configuration> Network::configuration() const {
  return active_ ? applications_[*active_].configuration : std::nullopt;
}

}  // namespace hailo::emu
