// SPDX-License-Identifier: MIT
#include "detect/display/kms_screen.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"
#include "lib/sys/devices.h"

namespace hailo::detect {
namespace {

/// A flip takes as long as a picture of the screen does; this is a dead one.
constexpr int kFlipPatienceMs = 1000;

template <auto free>
struct Free {
  void operator()(auto* what) const { free(what); }
};
using Resources = std::unique_ptr<drmModeRes, Free<drmModeFreeResources>>;
using Connector = std::unique_ptr<drmModeConnector, Free<drmModeFreeConnector>>;
using Encoder = std::unique_ptr<drmModeEncoder, Free<drmModeFreeEncoder>>;

std::string name_of(const drmModeConnector& connector) {
  const char* type = drmModeGetConnectorTypeName(connector.connector_type);
  return (type ? type : "unknown") + ("-" + std::to_string(connector.connector_type_id));
}

/// A piece of memory that a screen shows.
class Framebuffer {
 public:
  /// `card` outlives this.
  static Result<std::unique_ptr<Framebuffer>> create(int card, std::uint32_t width,
                                                     std::uint32_t height) {
    auto buffer = std::make_unique<Framebuffer>(card, height);
    std::uint64_t size = 0;
    if (drmModeCreateDumbBuffer(card, width, height, 32, 0, &buffer->handle_, &buffer->pitch_,
                                &size) != 0)
      return fail_errno(errno, "no memory for the screen");
    const std::array<std::uint32_t, 4> handles{buffer->handle_};
    const std::array<std::uint32_t, 4> pitches{buffer->pitch_};
    constexpr std::array<std::uint32_t, 4> offsets{};
    if (drmModeAddFB2(card, width, height, DRM_FORMAT_XRGB8888, handles.data(), pitches.data(),
                      offsets.data(), &buffer->id_, 0) != 0)
      return fail_errno(errno, "the screen takes no pictures of XRGB8888");
    std::uint64_t offset = 0;
    if (drmModeMapDumbBuffer(card, buffer->handle_, &offset) != 0)
      return fail_errno(errno, "memory of the screen cannot be mapped");
    void* memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, card, static_cast<off_t>(offset));
    if (memory == MAP_FAILED) return fail_errno(errno, "memory of the screen cannot be mapped");
    buffer->memory_ = {static_cast<std::uint8_t*>(memory), size};
    std::ranges::fill(buffer->memory_, 0);
    return buffer;
  }

  Framebuffer(int card, std::uint32_t height) : card_(card), height_(height) {}
  Framebuffer(const Framebuffer&) = delete;
  Framebuffer& operator=(const Framebuffer&) = delete;
  ~Framebuffer() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
    if (id_ != 0) drmModeRmFB(card_, id_);
    if (handle_ != 0) drmModeDestroyDumbBuffer(card_, handle_);
  }

  std::uint32_t id() const { return id_; }

  /// Row by row and forwards: this memory is slow to read and to jump about in.
  void fill(const Image& image) {
    const std::uint8_t* in = image.rgb.data();
    for (std::uint32_t y = 0; y < std::min(image.height, height_); y++) {
      std::uint8_t* out = memory_.data() + std::size_t{y} * pitch_;
      for (std::uint32_t x = 0; x < image.width; x++, in += 3, out += 4) {
        out[0] = in[2];
        out[1] = in[1];
        out[2] = in[0];
        out[3] = 0;
      }
    }
  }

 private:
  int card_;
  std::uint32_t height_;
  std::uint32_t handle_ = 0;
  std::uint32_t pitch_ = 0;
  std::uint32_t id_ = 0;
  std::span<std::uint8_t> memory_;
};

/// Shows one of two buffers while the other is filled. The kernel puts the console
/// back when the card is closed.
class KmsScreen : public Screen {
 public:
  KmsScreen(UniqueFd card, std::string name, std::uint32_t connector, const drmModeModeInfo& mode,
            std::uint32_t crtc)
      : card_(std::move(card)),
        connector_name_(std::move(name)),
        connector_(connector),
        mode_(mode),
        crtc_(crtc) {}

  Result<void> start() {
    for (auto& buffer : buffers_) {
      auto made = Framebuffer::create(card_.get(), width(), height());
      if (!made) return std::unexpected(made.error());
      buffer = std::move(*made);
    }
    if (drmModeSetCrtc(card_.get(), crtc_, buffers_[0]->id(), 0, 0, &connector_, 1, &mode_) != 0)
      return failed("does not take its mode " + std::to_string(width()) + "x" +
                    std::to_string(height()));
    return {};
  }

  std::string name() const override {
    return connector_name_ + ", " + std::to_string(width()) + "x" + std::to_string(height());
  }
  std::uint32_t width() const override { return mode_.hdisplay; }
  std::uint32_t height() const override { return mode_.vdisplay; }

  Result<void> show(const Image& image) override {
    if (auto done = wait_for_flip(); !done) return done;
    auto& buffer = *buffers_[1 - shown_];
    buffer.fill(image);
    if (drmModePageFlip(card_.get(), crtc_, buffer.id(), DRM_MODE_PAGE_FLIP_EVENT, this) != 0)
      return failed("shows no picture");
    flipping_ = true;
    shown_ = 1 - shown_;
    return {};
  }

  Result<void> check() override {
    const Connector connector(drmModeGetConnectorCurrent(card_.get(), connector_));
    if (!connector || connector->connection == DRM_MODE_DISCONNECTED)
      return fail(Error::Code::gone, connector_name_ + " has no screen any more");
    return {};
  }

 private:
  std::unexpected<Error> failed(const std::string& what) const {
    return fail_errno(errno, connector_name_ + " " + what);
  }

  Result<void> wait_for_flip() {
    while (flipping_) {
      pollfd entry{card_.get(), POLLIN, 0};
      const int ready = ::poll(&entry, 1, kFlipPatienceMs);
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) return failed("cannot be waited for");
      if (ready == 0)
        return fail(Error::Code::timeout, connector_name_ + " does not change its picture");
      drmEventContext events{};
      events.version = 2;
      events.page_flip_handler = [](int, unsigned, unsigned, unsigned, void* screen) {
        static_cast<KmsScreen*>(screen)->flipping_ = false;
      };
      if (drmHandleEvent(card_.get(), &events) != 0) return failed("cannot be waited for");
    }
    return {};
  }

  UniqueFd card_;  ///< goes after the buffers
  std::string connector_name_;
  std::uint32_t connector_;
  drmModeModeInfo mode_;
  std::uint32_t crtc_;
  std::array<std::unique_ptr<Framebuffer>, 2> buffers_;
  std::size_t shown_ = 0;
  bool flipping_ = false;
};

/// The one that it has, or the first that it can have.
std::uint32_t crtc_for(int card, const drmModeRes& resources, const drmModeConnector& connector) {
  const Encoder current(connector.encoder_id ? drmModeGetEncoder(card, connector.encoder_id)
                                             : nullptr);
  if (current && current->crtc_id) return current->crtc_id;
  std::set<std::uint32_t> taken;  // by other connectors: this one has none
  for (const auto id : std::span(resources.encoders, resources.count_encoders))
    if (const Encoder encoder(drmModeGetEncoder(card, id)); encoder) taken.insert(encoder->crtc_id);
  for (const auto id : std::span(connector.encoders, connector.count_encoders)) {
    const Encoder encoder(drmModeGetEncoder(card, id));
    for (int i = 0; encoder && i < resources.count_crtcs; i++)
      if (encoder->possible_crtcs >> i & 1 && !taken.contains(resources.crtcs[i]))
        return resources.crtcs[i];
  }
  return 0;
}

/// Error::Code::not_found if the card has no such screen.
Result<std::unique_ptr<Screen>> open_card(const std::string& path, const std::string& wanted) {
  const auto none = [&](const std::string& why) { return fail(Error::Code::not_found, why); };
  UniqueFd card(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!card) return fail_errno(errno, "cannot open " + printable(path));
  const Resources resources(drmModeGetResources(card.get()));
  if (!resources) return none(printable(path) + " has no screens");
  std::string empty;
  for (const auto id : std::span(resources->connectors, resources->count_connectors)) {
    const Connector connector(drmModeGetConnector(card.get(), id));
    if (!connector) continue;
    const std::string name = name_of(*connector);
    if (!wanted.empty() && name != wanted) continue;
    if (connector->connection == DRM_MODE_DISCONNECTED || connector->count_modes == 0) {
      empty += (empty.empty() ? "" : ", ") + name;
      continue;
    }
    const std::span modes(connector->modes, connector->count_modes);
    const auto preferred = std::ranges::find_if(
        modes, [](const auto& mode) { return mode.type & DRM_MODE_TYPE_PREFERRED; });
    const auto& mode = preferred == modes.end() ? modes.front() : *preferred;
    const std::uint32_t crtc = crtc_for(card.get(), *resources, *connector);
    if (crtc == 0) return fail(Error::Code::busy, name + ": the card drives other screens already");
    // Whoever opens a card that nobody has becomes its master.
    if (drmSetMaster(card.get()) != 0)
      return fail(Error::Code::busy,
                  name + " belongs to another program (a desktop?) that has " + printable(path));
    auto screen = std::make_unique<KmsScreen>(std::move(card), name, id, mode, crtc);
    if (auto done = screen->start(); !done) return std::unexpected(done.error());
    return screen;
  }
  if (empty.empty())
    return none(wanted.empty() ? printable(path) + " has no screens"
                               : "there is no connector " + printable(wanted));
  return none("no screen is plugged in (" + empty + ")");
}

/// "card0", but not "card0-HDMI-A-1".
bool is_card(const std::string& name) {
  return name.starts_with("card") && name.size() > 4 &&
         std::ranges::all_of(name.substr(4), [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

bool has_kms() { return true; }

Result<std::unique_ptr<Screen>> open_kms_screen(const sys::Root& root,
                                                const std::string& connector) {
  auto devices = sys::class_devices(root, "drm");
  if (!devices) return std::unexpected(devices.error());
  Error why{Error::Code::not_found, "there is no card with screens"};
  for (const auto& device : *devices) {
    if (!is_card(device.name)) continue;
    auto screen = open_card(root.outside(device.node), connector);
    if (screen) return screen;
    // A card without screens beside one whose screen is busy is of no interest.
    if (screen.error().code != Error::Code::not_found || why.code == Error::Code::not_found)
      why = screen.error();
  }
  return std::unexpected(why);
}

}  // namespace hailo::detect
