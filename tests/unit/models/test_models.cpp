// SPDX-License-Identifier: MIT
// The networks of models/, as hailo-hefgen packs them and the emulated chip
// runs them.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <stdexcept>

#include "emulator/nn/core.h"
#include "lib/base/read_file.h"
#include "lib/hef/emulator_payload.h"
#include "lib/hef/hef.h"
#include "lib/hef/nms.h"
#include "lib/image/image.h"

namespace hailo::emu::nn {
namespace {

using hef::Direction;
using nlohmann::json;
using Frames = std::vector<NeuralCore::Frame>;

constexpr int patience_ms = 60'000;

/// A HEF of models/, loaded into a core.
class Loaded {
 public:
  explicit Loaded(const std::string& name) {
    auto opened = hef::Hef::open(std::string(HEF_FOLDER) + "/" + name + ".hef");
    if (!opened) throw std::runtime_error(opened.error().message);
    hef_.emplace(std::move(*opened));
    core_ = std::move(OpenCvCore::create().value());
    Bytes config;
    for (const auto& operation : variant().preliminary) {
      for (const auto& action : operation.actions) {
        const auto* group = std::get_if<hef::ConfigGroup>(&action);
        if (group == nullptr) continue;
        for (const ByteView burst : group->bursts) {
          config.insert(config.end(), burst.begin(), burst.end());
        }
      }
    }
    model_ = core_->load(std::move(config));
    const auto outcome = next();
    if (!outcome.error.empty()) throw std::runtime_error(outcome.error);
  }

  const hef::Hef& hef() const { return *hef_; }

  std::vector<hef::Stream> streams(Direction direction) const {
    std::vector<hef::Stream> result;
    for (const auto& stream : variant().streams) {
      if (stream.direction == direction) result.push_back(stream);
    }
    return result;
  }

  Frames run(Frames inputs) {
    EXPECT_TRUE(core_->submit(model_, ++token_, std::move(inputs)));
    auto outcome = next();
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.token, token_);
    return outcome.outputs;
  }

 private:
  const hef::Variant& variant() const { return hef_->groups().front().reference(); }

  NeuralCore::Outcome next() {
    pollfd fd{core_->fd(), POLLIN, 0};
    if (::poll(&fd, 1, patience_ms) != 1) throw std::runtime_error("nothing was done");
    return std::move(core_->poll().at(0));
  }

  std::optional<hef::Hef> hef_;
  std::unique_ptr<OpenCvCore> core_;
  NeuralCore::ModelId model_ = 0;
  NeuralCore::Token token_ = 0;
};

class EveryModel : public testing::TestWithParam<std::string> {};

TEST_P(EveryModel, IsAnEmulatorHefWhoseAnswersDependOnItsInputs) {
  Loaded model(GetParam());
  EXPECT_TRUE(hef::is_emulator_hef(model.hef()));
  const bool is_8l = GetParam().ends_with("_hailo8l");
  EXPECT_EQ(model.hef().architecture(),
            is_8l ? hef::Architecture::hailo8l : hef::Architecture::hailo8p);

  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same frames each time
  constexpr std::size_t rounds = 4;
  std::map<std::uint8_t, Bytes> before;
  for (std::size_t round = 0; round < rounds; ++round) {
    Frames inputs;
    for (const auto& stream : model.streams(Direction::input)) {
      Bytes frame(stream.frame_bytes);
      for (auto& byte : frame) byte = static_cast<std::uint8_t>(random());
      inputs.push_back({stream.sys_index, std::move(frame)});
    }
    const Frames outputs = model.run(std::move(inputs));
    const auto expected = model.streams(Direction::output);
    ASSERT_EQ(outputs.size(), expected.size());
    for (const auto& stream : expected) {
      const auto frame = std::ranges::find(outputs, stream.sys_index, &NeuralCore::Frame::stream);
      ASSERT_NE(frame, outputs.end()) << stream.name;
      EXPECT_EQ(frame->bytes.size(), stream.frame_bytes) << stream.name;
      // Of noise a detector may rightly say nothing, each time.
      if (!stream.nms) {
        EXPECT_NE(frame->bytes, before[stream.sys_index]) << stream.name;
      }
      before[stream.sys_index] = frame->bytes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, EveryModel,
                         testing::Values("shapes", "shapes_hailo8l", "shapes_raw",
                                         "shapes_raw_hailo8l", "tiny", "tiny_hailo8l", "odd",
                                         "odd_hailo8l"),
                         [](const auto& test) { return test.param; });

/// The numbers of a box, as multiples of 1/4095.
using Levels = std::array<long, 5>;

Levels levels(const hef::Box& box) {
  const auto level = [](float real) { return std::lround(real * hef::nms_levels); };
  return {level(box.y_min), level(box.x_min), level(box.y_max), level(box.x_max), level(box.score)};
}

/// Processors differ in the last bits of a sum, of which rounding may make a level.
constexpr long tolerance = 2;

bool close(const Levels& a, const Levels& b) {
  return std::ranges::equal(a, b, [](long x, long y) { return std::abs(x - y) <= tolerance; });
}

json parsed(const std::string& file) {
  std::ifstream text(std::string(MODEL_FOLDER) + "/" + file);
  return json::parse(text);
}

TEST(Shapes, FindsInTheTestImagesWhatTheReferenceFound) {
  Loaded model("shapes");
  const auto input = model.streams(Direction::input).at(0);
  const auto output = model.streams(Direction::output).at(0);
  const json expected = parsed("images/expected.json");
  ASSERT_EQ(expected["images"].size(), 8U);
  for (const auto& image : expected["images"]) {
    const auto file = image["file"].get<std::string>();
    SCOPED_TRACE(file);
    const auto bytes = read_file(std::string(MODEL_FOLDER) + "/images/" + file, 1 << 20);
    ASSERT_TRUE(bytes) << bytes.error().message;
    auto picture = decode_image(*bytes);
    ASSERT_TRUE(picture) << picture.error().message;
    ASSERT_EQ(picture->rgb.size(), input.frame_bytes);
    Frames inputs;
    inputs.push_back({input.sys_index, std::move(picture->rgb)});
    const Frames outputs = model.run(std::move(inputs));
    ASSERT_EQ(outputs.size(), 1U);
    const auto found = hef::unpack_nms_frame(outputs[0].bytes, *output.nms, output.quantisation);
    ASSERT_TRUE(found) << found.error().message;

    std::size_t wanted = 0;
    std::size_t count = 0;
    for (std::size_t label = 0; label < found->size(); ++label) {
      const auto name = expected["classes"][label].get<std::string>();
      count += (*found)[label].size();
      for (const auto& detection : image["detections"]) {
        if (detection["class"] != name) continue;
        ++wanted;
        const auto box = detection["box"].get<std::array<long, 4>>();
        const Levels want{box[0], box[1], box[2], box[3], detection["score"].get<long>()};
        EXPECT_TRUE(std::ranges::any_of((*found)[label],
                                        [&](const hef::Box& b) { return close(levels(b), want); }))
            << "no " << name << " as in " << detection;
      }
    }
    EXPECT_EQ(wanted, image["detections"].size());
    EXPECT_EQ(count, wanted);
  }
}

/// Calls `element(position on the wire)` in the order height, width, features.
template <typename Element>
void for_each_element(const hef::Stream& stream, Element element) {
  const bool columns_last = stream.order == hef::WireOrder::nhcw;
  for (std::size_t y = 0; y < stream.shape.height; ++y) {
    for (std::size_t x = 0; x < stream.shape.width; ++x) {
      for (std::size_t f = 0; f < stream.shape.features; ++f) {
        const std::size_t at = columns_last
                                   ? (y * stream.padded.features + f) * stream.padded.width + x
                                   : (y * stream.padded.width + x) * stream.padded.features + f;
        element(at * stream.data_bytes);
      }
    }
  }
}

/// As pattern() in models/make_expected.py.
Bytes pattern(const hef::Stream& stream, std::size_t number) {
  Bytes frame(stream.frame_bytes);
  std::size_t i = 0;
  for_each_element(stream, [&](std::size_t at) {
    const std::size_t raw = i++ * 7919 + number * 104729;
    frame[at] = static_cast<std::uint8_t>(raw);
    if (stream.data_bytes == 2) frame[at + 1] = static_cast<std::uint8_t>(raw >> 8);
  });
  return frame;
}

std::vector<long> elements(const hef::Stream& stream, const Bytes& frame) {
  std::vector<long> result;
  for_each_element(stream, [&](std::size_t at) {
    result.push_back(stream.data_bytes == 2 ? frame[at] | frame[at + 1] << 8 : frame[at]);
  });
  return result;
}

class SmallModel : public testing::TestWithParam<std::string> {};

TEST_P(SmallModel, AnswersWhatTheReferenceAnswers) {
  Loaded model(GetParam());
  const json expected = parsed("small_expected.json")[GetParam()];
  ASSERT_EQ(expected.size(), 3U);
  for (std::size_t number = 0; number < expected.size(); ++number) {
    SCOPED_TRACE(number);
    Frames inputs;
    for (const auto& stream : model.streams(Direction::input)) {
      inputs.push_back({stream.sys_index, pattern(stream, number)});
    }
    const Frames outputs = model.run(std::move(inputs));
    for (const auto& stream : model.streams(Direction::output)) {
      const auto frame = std::ranges::find(outputs, stream.sys_index, &NeuralCore::Frame::stream);
      ASSERT_NE(frame, outputs.end()) << stream.name;
      const auto got = elements(stream, frame->bytes);
      const auto want = expected[number][stream.name].get<std::vector<long>>();
      ASSERT_EQ(got.size(), want.size()) << stream.name;
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_NEAR(got[i], want[i], tolerance) << stream.name << ", element " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, SmallModel, testing::Values("tiny", "odd"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hailo::emu::nn
