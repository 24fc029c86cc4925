// SPDX-License-Identifier: MIT
#include <drm.h>
#include <drm_mode.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>

#include "guest.h"

namespace guest {
namespace {

template <typename T>
std::uint64_t address(std::vector<T>& items) {
  return reinterpret_cast<std::uintptr_t>(items.data());
}

}  // namespace

// scanout CARD [X Y]...: what the card's first lit screen shows: its size, and the
// colours of these pixels.
int scanout(int fd, Args args) {
  drm_mode_card_res resources{};
  if (const int error = call(fd, DRM_IOCTL_MODE_GETRESOURCES, &resources)) return report(error);
  std::vector<std::uint32_t> crtcs(resources.count_crtcs);
  resources = {};
  resources.count_crtcs = static_cast<std::uint32_t>(crtcs.size());
  resources.crtc_id_ptr = address(crtcs);
  if (const int error = call(fd, DRM_IOCTL_MODE_GETRESOURCES, &resources)) return report(error);
  drm_mode_crtc lit{};
  for (const std::uint32_t id : crtcs) {
    drm_mode_crtc crtc{};
    crtc.crtc_id = id;
    if (const int error = call(fd, DRM_IOCTL_MODE_GETCRTC, &crtc)) return report(error);
    if (crtc.mode_valid && crtc.fb_id != 0 && lit.fb_id == 0) lit = crtc;
  }
  if (lit.fb_id == 0) return report(ENOENT);
  // The handle is given to root alone.
  drm_mode_fb_cmd buffer{};
  buffer.fb_id = lit.fb_id;
  if (const int error = call(fd, DRM_IOCTL_MODE_GETFB, &buffer)) return report(error);
  if (buffer.bpp != 32) return report(EPROTO);
  drm_mode_map_dumb map{};
  map.handle = buffer.handle;
  if (const int error = call(fd, DRM_IOCTL_MODE_MAP_DUMB, &map)) return report(error);
  const std::size_t size = std::size_t{buffer.pitch} * buffer.height;
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(map.offset));
  if (memory == MAP_FAILED) return report(errno);
  std::printf("%ux%u\n", static_cast<unsigned>(lit.mode.hdisplay),
              static_cast<unsigned>(lit.mode.vdisplay));
  for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
    const auto x = numeric(args, i, "X");
    const auto y = numeric(args, i + 1, "Y");
    if (x >= buffer.width || y >= buffer.height) usage("no such pixel");
    const auto* pixel = static_cast<const std::uint8_t*>(memory) + y * buffer.pitch + x * 4;
    std::printf("%02x%02x%02x\n", static_cast<unsigned>(pixel[2]), static_cast<unsigned>(pixel[1]),
                static_cast<unsigned>(pixel[0]));
  }
  ::munmap(memory, size);
  return 0;
}

}  // namespace guest
