// SPDX-License-Identifier: MIT
#include "detect/infer/settings.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/hef/labels.h"

namespace hailo::detect {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxBytes = 1 << 20;
constexpr std::uint64_t kMaxFrames = 10000;  // of the temporal filter: minutes
constexpr std::size_t kMaxPath = 4096;

constexpr const char* kHef8 = "hef_file_8";
constexpr const char* kHef8l = "hef_file_8L";

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

/// The value of a key, if it is there, by one of the checks below.
template <typename T, typename Check>
Result<void> read_key(const json& object, const char* key, std::optional<T>& value, Check check) {
  const auto it = object.find(key);
  if (it == object.end()) return {};
  auto read = check(*it);
  if (!read) return refuse(std::string(key) + " is not " + read.error().message);
  value = static_cast<T>(*read);
  return {};
}

Result<std::string> path_of(const json& value) {
  if (!value.is_string()) return refuse("the name of a file");
  auto path = value.get<std::string>();
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string::npos)
    return refuse("the name of a file");
  return path;
}

Result<float> part_of_one(const json& value) {
  if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1)
    return refuse("a number from 0 to 1");
  return value.get<float>();
}

auto count(std::uint64_t least, std::uint64_t most) {
  return [=](const json& value) -> Result<std::uint64_t> {
    const auto bad = [&] {
      return refuse("a number from " + std::to_string(least) + " to " + std::to_string(most));
    };
    if (!value.is_number_unsigned()) return bad();
    const auto number = value.get<std::uint64_t>();
    if (number < least || number > most) return bad();
    return number;
  };
}

Result<TemporalOptions> temporal_of(const json& object) {
  if (!object.is_object()) return refuse("an object");
  std::optional<float> tolerance;
  std::optional<float> factor;
  std::optional<unsigned> visible;
  std::optional<unsigned> hidden;
  auto done = read_key(object, "tolerance", tolerance, part_of_one);
  if (done) done = read_key(object, "factor", factor, part_of_one);
  if (done) done = read_key(object, "visible_frames", visible, count(1, kMaxFrames));
  if (done) done = read_key(object, "hidden_frames", hidden, count(0, kMaxFrames));
  if (!done) return refuse("good: " + done.error().message);
  const TemporalOptions defaults;
  return TemporalOptions{tolerance.value_or(defaults.tolerance), factor.value_or(defaults.factor),
                         visible.value_or(defaults.visible_frames),
                         hidden.value_or(defaults.hidden_frames)};
}

bool names_hefs(const json& stage) {
  return stage.is_object() && (stage.contains(kHef8) || stage.contains(kHef8l));
}

/// The object itself or the one stage in it that names HEFs.
Result<const json*> find_stage(const json& file) {
  if (names_hefs(file)) return &file;
  const json* found = nullptr;
  for (const auto& stage : file) {
    if (!names_hefs(stage)) continue;
    if (found) return refuse("several stages name a HEF; one network can run");
    found = &stage;
  }
  if (!found) return refuse(std::string("no stage has ") + kHef8 + " or " + kHef8l);
  return found;
}

Result<void> read_files(const ModelRequest& request, const PostProcess& post,
                        ModelSettings& settings) {
  if (!request.hef.empty()) {
    settings.files = {request.hef, request.hef};
    return {};
  }
  settings.files = {post.hef_8.value_or(""), post.hef_8l.value_or("")};
  if (settings.files.hailo8.empty() && settings.files.hailo8l.empty())
    return refuse("no HEF is named");
  return {};
}

}  // namespace

Result<PostProcess> parse_post_process(std::string_view text) {
  const json file = json::parse(text, nullptr, false);
  if (!file.is_object()) return refuse("not a JSON object");
  const auto stage = find_stage(file);
  if (!stage) return std::unexpected(stage.error());
  PostProcess post;
  auto done = read_key(**stage, kHef8, post.hef_8, path_of);
  if (done) done = read_key(**stage, kHef8l, post.hef_8l, path_of);
  if (done)
    done = read_key(**stage, "max_detections", post.max_detections, count(1, max_boxes_limit));
  if (done) done = read_key(**stage, "threshold", post.threshold, part_of_one);
  if (done) done = read_key(**stage, "temporal_filter", post.temporal, temporal_of);
  if (!done) return std::unexpected(done.error());
  return post;
}

Result<PostProcess> read_post_process(const std::string& path) {
  const auto bytes = read_file(path, kMaxBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto post = parse_post_process({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!post) post.error().message = printable(path) + ": " + post.error().message;
  return post;
}

const std::string& ModelFiles::for_chip(bool is_hailo8l) const {
  const std::string& own = is_hailo8l ? hailo8l : hailo8;
  const std::string& other = is_hailo8l ? hailo8 : hailo8l;
  return own.empty() ? other : own;
}

Result<ModelSettings> read_settings(const ModelRequest& request) {
  ModelSettings settings;
  hef::Labels labels;
  if (!request.labels.empty()) {
    auto read = hef::read_labels(request.labels);
    if (!read) return std::unexpected(read.error());
    labels = std::move(*read);
  }
  PostProcess post;
  if (!request.post_process.empty()) {
    auto read = read_post_process(request.post_process);
    if (!read) return std::unexpected(read.error());
    post = std::move(*read);
  }
  if (auto done = read_files(request, post, settings); !done) return std::unexpected(done.error());
  settings.labels = std::move(labels.names);
  settings.temporal = post.temporal;

  const auto first = [](const auto& a, const auto& b, const auto& c, auto otherwise) {
    return a ? *a : b ? *b : c ? *c : otherwise;
  };
  auto& selection = settings.selection;
  selection.threshold =
      first(request.threshold, post.threshold, labels.threshold, selection.threshold);
  selection.max_boxes =
      std::min(first(request.max_boxes, post.max_detections, labels.max_boxes, selection.max_boxes),
               max_boxes_limit);
  return settings;
}

}  // namespace hailo::detect
