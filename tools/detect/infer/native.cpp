// SPDX-License-Identifier: MIT
#include "detect/infer/native.h"

#include <hailo_mailbox.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/hailo/board_failure.h"
#include "lib/image/letterbox.h"
#include "lib/image/wire.h"
#include "lib/runtime/network.h"

namespace hailo::detect {
namespace {

EngineFacts facts_of(const runtime::BoardFacts& board, const std::string& name,
                     const hef::Stream& input, const std::string& location) {
  EngineFacts facts;
  facts.engine = "native";
  facts.network = printable(name) + " " + std::to_string(input.shape.width) + "x" +
                  std::to_string(input.shape.height);
  facts.board = architecture_name(board.identity.device_architecture);
  if (!location.empty()) facts.board += " " + location;
  facts.location = location;
  const auto& driver = board.driver;
  facts.driver_version = std::to_string(driver.major) + "." + std::to_string(driver.minor) + "." +
                         std::to_string(driver.revision);
  facts.firmware_version = board.identity.firmware_version.number();
  return facts;
}

class Native : public Engine {
 public:
  Native(std::unique_ptr<runtime::Network> network, EngineFacts facts, unsigned capacity,
         std::size_t boxes_at)
      : network_(std::move(network)),
        facts_(std::move(facts)),
        capacity_(capacity),
        input_(network_->inputs().front()),
        boxes_(network_->outputs().at(boxes_at)),
        boxes_at_(boxes_at) {}

  const EngineFacts& facts() const override { return facts_; }
  unsigned capacity() const override { return capacity_; }

  Result<void> submit(const Image& picture) override {
    auto buffers = network_->begin();
    if (!buffers) return std::unexpected(buffers.error());
    const Placement placement =
        place(picture.width, picture.height, input_.shape.width, input_.shape.height);
    write_pixels(picture, placement, input_, buffers->front());
    {
      const std::lock_guard lock(mutex_);
      placements_.push_back(placement);
    }
    return network_->submit();
  }

  Result<hef::BoxesByClass> collect(std::chrono::milliseconds timeout) override {
    auto results = network_->wait(timeout);
    if (!results) return std::unexpected(results.error());
    auto boxes = hef::unpack_nms_frame(results->at(boxes_at_), *boxes_.nms, boxes_.quantisation);
    network_->release();
    Placement placement;
    {
      const std::lock_guard lock(mutex_);
      placement = placements_.front();
      placements_.pop_front();
    }
    if (!boxes) return boxes;
    for (auto& of_class : *boxes)
      for (auto& box : of_class) box = in_parts(to_image(box, placement), placement);
    return boxes;
  }

  Result<void> check() override { return network_->check(); }
  Result<void> close() override { return network_->close(); }

 private:
  static hef::Box in_parts(const hef::Box& box, const Placement& p) {
    const auto width = static_cast<float>(p.image_width);
    const auto height = static_cast<float>(p.image_height);
    return {box.y_min / height, box.x_min / width, box.y_max / height, box.x_max / width,
            box.score};
  }

  std::unique_ptr<runtime::Network> network_;
  EngineFacts facts_;
  unsigned capacity_;
  hef::Stream input_;
  hef::Stream boxes_;
  std::size_t boxes_at_;  ///< among the outputs
  std::mutex mutex_;
  std::deque<Placement> placements_;  ///< of what is on the way; under mutex_
};

/// The place of the output with detections among the outputs.
Result<std::size_t> find_boxes(const hef::Variant& variant) {
  std::vector<hef::Stream> inputs;
  std::vector<hef::Stream> outputs;
  for (const auto& stream : variant.streams)
    (stream.direction == hef::Direction::input ? inputs : outputs).push_back(stream);
  if (!takes_pictures(inputs))
    return fail(Error::Code::invalid_argument,
                "the network does not take pictures (one input of three features, NHWC or NHCW)");
  const auto found = std::ranges::find_if(outputs, [](const auto& s) { return s.nms.has_value(); });
  if (found == outputs.end())
    return fail(Error::Code::invalid_argument,
                "the network gives no detections (no output with NMS on the chip)");
  return static_cast<std::size_t>(found - outputs.begin());
}

}  // namespace

Result<std::unique_ptr<Engine>> start_native(Device device, const runtime::BoardFacts& facts,
                                             const hef::Hef& hef, const std::string& location,
                                             const NativeOptions& options) {
  const auto variant = runtime::choose_variant(hef, facts);
  if (!variant) return std::unexpected(variant.error());
  const auto boxes_at = find_boxes(**variant);
  if (!boxes_at) return std::unexpected(boxes_at.error());
  auto network = runtime::Network::configure(
      std::move(device), facts, hef,
      {.frames_in_flight = options.frames_in_flight, .control_timeout = options.control_timeout});
  if (!network) return std::unexpected(network.error());
  auto known = facts_of(facts, (*network)->name(), (*network)->inputs().front(), location);
  return std::make_unique<Native>(std::move(*network), std::move(known), options.frames_in_flight,
                                  *boxes_at);
}

Outcome<std::unique_ptr<Engine>> open_native(const sys::Root& root, const ModelFiles& files,
                                             const NativeOptions& options) {
  const auto board = choose_board(root, options.device);
  if (!board) return std::unexpected(board.error());
  const auto of_board = [&](const Error& error) {
    return std::unexpected(board_failure(root, *board, error));
  };
  auto device = Device::open(root.outside(board->node));
  if (!device) return of_board(device.error());
  const auto facts = runtime::ask_board(*device, options.control_timeout);
  if (!facts) return of_board(facts.error());

  const auto architecture = facts->identity.device_architecture;
  const std::string& path = files.for_chip(architecture == HAILO_ARCH_HAILO8L);
  const auto hef = hef::Hef::open(path);
  if (!hef) return stop(Exit::bad_hef, hef.error().message);
  const auto variant = runtime::choose_variant(*hef, *facts);
  if (!variant)
    return stop(Exit::wrong_board,
                printable(path) + " on " + board->node + ": " + variant.error().message,
                runtime::other_model_hint(*facts));
  if (const auto usable = find_boxes(**variant); !usable)
    return stop(
        Exit::bad_hef, printable(path) + ": " + usable.error().message,
        "`hailo-detect --describe` shows inputs and outputs; hailo-run runs other networks");
  auto engine =
      start_native(std::move(*device), *facts, *hef, board->location.value_or(""), options);
  if (!engine) return of_board(engine.error());
  return std::move(*engine);
}

}  // namespace hailo::detect
