// SPDX-License-Identifier: MIT
// Plugins for the tests of their loader; they claim FAKE_ABI, have FAKE_ENTRY, and no
// cameras if FAKE_EMPTY. The id of a camera says how it behaves.
#include <linux/videodev2.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "detect/capture/camera_plugin.h"

struct hailo_camera {
  std::string_view kind;
  std::uint32_t taken = 0;
};

namespace {

constexpr const char* kKinds[] = {"good", "damaged", "short", "gone", "slow", "many"};

int failed(int result, const char* text, hailo_camera_why* why) {
  std::snprintf(why->text, sizeof(why->text), "%s", text);
  return result;
}

int list(hailo_camera_found found, void* context, hailo_camera_why* /*why*/) {
  for (const char* kind : kKinds)
    if (!FAKE_EMPTY) found(context, kind, "Fake\x1b Cam");
  return 0;
}

int open_camera(const hailo_camera_request* request, hailo_camera** camera,
                hailo_camera_format* format, hailo_camera_why* why) {
  if (FAKE_EMPTY) return failed(-ENODEV, "there is no camera", why);
  const std::string_view id = *request->id ? request->id : "good";
  for (const char* kind : kKinds) {
    if (id != kind) continue;
    *camera = new hailo_camera{kind};
    // Filled to the last byte, without a 0.
    std::memset(format->id, 'i', sizeof(format->id));
    std::snprintf(format->model, sizeof(format->model), "Fake Cam");
    format->fourcc = V4L2_PIX_FMT_NV12M;
    format->width = 2;
    format->height = 2;
    format->stride = 4;
    format->chroma_stride = 2;
    return 0;
  }
  return failed(-EBUSY, "it is used by another program", why);
}

int take(hailo_camera* camera, std::uint32_t /*timeout_ms*/, hailo_camera_picture* picture,
         hailo_camera_why* why) {
  static constexpr std::uint8_t kLuma[] = {16, 235, 0, 0, 235, 16};
  static constexpr std::uint8_t kChroma[] = {128, 128};
  camera->taken++;
  if (camera->kind == "slow") return 0;
  if (camera->kind == "gone" && camera->taken > 1) return failed(-ENODEV, "unplugged", why);
  picture->planes = camera->kind == "many" ? 7 : 2;
  picture->plane[0] = {kLuma, camera->kind == "short" ? 5 : sizeof(kLuma)};
  picture->plane[1] = {kChroma, sizeof(kChroma)};
  picture->age_ns = 1000000000;
  picture->damaged = camera->kind == "damaged";
  return 1;
}

void close_camera(hailo_camera* camera) { delete camera; }

}  // namespace

extern "C" const hailo_camera_plugin* FAKE_ENTRY() {
  static const hailo_camera_plugin functions = {FAKE_ABI,    "fake 1", list,
                                                open_camera, take,     close_camera};
  return &functions;
}
