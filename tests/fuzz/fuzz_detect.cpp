// SPDX-License-Identifier: MIT
// What hailo-detect reads that others wrote: configuration, labels, films,
// boxes. The first byte says as what the rest is taken.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "detect/capture/files.h"
#include "detect/infer/detections.h"
#include "detect/infer/settings.h"
#include "detect/infer/temporal_filter.h"
#include "lib/hef/labels.h"
#include "lib/hef/nms.h"
#include "mutations.h"

namespace {

using hailo::ByteView;

constexpr hailo::hef::NmsInfo kNms{
    .classes = 2, .max_boxes_per_class = 4, .chunks = 1, .burst_size = 5, .burst_type = 1};

void boxes(ByteView bytes) {
  hailo::hef::Quantisation quantisation;
  quantisation.scale = hailo::hef::nms_scale;
  const auto found = hailo::hef::unpack_nms_frame(bytes, kNms, quantisation);
  if (!found) return;
  const auto shown = hailo::detect::select(*found, {});
  hailo::detect::TemporalFilter filter({.hidden_frames = 0});
  if (filter.next(shown).size() != shown.size()) std::abort();
  for (const auto& detection : filter.next(shown)) {
    const auto& b = detection.box;
    if (!(b.x_min >= 0 && b.x_min < b.x_max && b.x_max <= 1)) std::abort();
    if (!(b.y_min >= 0 && b.y_min < b.y_max && b.y_max <= 1)) std::abort();
  }
}

hailo::Bytes as(char kind, std::string_view text) {
  hailo::Bytes bytes(text.begin(), text.end());
  bytes.insert(bytes.begin(), static_cast<std::uint8_t>(kind));
  return bytes;
}

}  // namespace

std::vector<hailo::Bytes> hailo::test::fuzz_seeds() {
  using namespace std::string_view_literals;
  hailo::Bytes frame =
      hailo::hef::pack_nms_frame(
          {{{0.25F, 0.25F, 0.75F, 0.75F, 0.5F}}, {{0, 0, 1, 1, 0.9F}, {0.5F, 0, 1, 0.5F, 1}}}, kNms)
          .value();
  frame.insert(frame.begin(), '3');
  return {as('0', R"({"rpicam-apps": {"lores": {"width": 640}}, "hailo_yolo_inference": {
              "hef_file_8L": "8l.hef", "hef_file_8": "8.hef", "max_detections": 12,
              "threshold": 0.6, "temporal_filter": {"tolerance": 0.1, "factor": 0.75,
              "visible_frames": 6, "hidden_frames": 3}}})"),
          as('0', R"({"hef_file_8L":"l.hef","temporal_filter":{}})"),
          as('1', "person\nbicycle\n\ncar\r\n"),
          as('1', R"({"detection_threshold":0.5,"max_boxes":20,"labels":["unlabeled","dog"]})"),
          as('2', "\xff\xd8\xff\xe0\0\4ab\xff\xda\0\2scan\xff\0more\xff\xd9"sv),
          frame};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (data[0] % 4) {
    case 0: {
      const auto post = hailo::detect::parse_post_process(text);
      // Whoever refuses must say why.
      if (!post && post.error().message.empty()) std::abort();
      break;
    }
    case 1: {
      const auto labels = hailo::hef::parse_labels(text);
      if (!labels && labels.error().message.empty()) std::abort();
      break;
    }
    case 2: {
      const auto end = hailo::detect::jpeg_size(bytes);
      if (end && *end > bytes.size()) std::abort();
      break;
    }
    default:
      boxes(bytes);
  }
  return 0;
}
