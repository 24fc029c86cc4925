// SPDX-License-Identifier: MIT
#include "detect/capture/camera.h"

#include <linux/videodev2.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "detect/capture/capture_buffers.h"
#include "detect/capture/pixels.h"
#include "lib/base/text.h"
#include "lib/sys/devices.h"

namespace hailo::detect {
namespace {

// What a driver lists; more would be a broken one.
constexpr std::uint32_t kMaxListed = 256;

/// Those that cost least to turn into pixels come first.
constexpr std::array<std::uint32_t, 5> kFormats = {V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_NV12,
                                                   V4L2_PIX_FMT_NV12M, V4L2_PIX_FMT_YUYV,
                                                   V4L2_PIX_FMT_MJPEG};

template <std::size_t N>
std::string text_of(const __u8 (&bytes)[N]) {
  const auto* text = reinterpret_cast<const char*>(bytes);
  return printable({text, ::strnlen(text, N)});
}

double rate_of(const v4l2_fract& interval) {
  return interval.numerator == 0
             ? 0
             : static_cast<double>(interval.denominator) / static_cast<double>(interval.numerator);
}

/// Most pictures a second; 0 if the camera does not say.
double best_rate(VideoNode& node, std::uint32_t fourcc, std::uint32_t width, std::uint32_t height) {
  double best = 0;
  for (std::uint32_t i = 0; i < kMaxListed; i++) {
    v4l2_frmivalenum interval{};
    interval.index = i;
    interval.pixel_format = fourcc;
    interval.width = width;
    interval.height = height;
    if (node.ioctl(VIDIOC_ENUM_FRAMEINTERVALS, &interval) < 0) break;
    if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE) return rate_of(interval.stepwise.min);
    best = std::max(best, rate_of(interval.discrete));
  }
  return best;
}

std::vector<CameraSize> sizes_of(VideoNode& node, std::uint32_t fourcc) {
  std::vector<CameraSize> sizes;
  const auto add = [&](std::uint32_t width, std::uint32_t height) {
    sizes.push_back({width, height, best_rate(node, fourcc, width, height)});
  };
  for (std::uint32_t i = 0; i < kMaxListed; i++) {
    v4l2_frmsizeenum size{};
    size.index = i;
    size.pixel_format = fourcc;
    if (node.ioctl(VIDIOC_ENUM_FRAMESIZES, &size) < 0) break;
    if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
      add(size.stepwise.min_width, size.stepwise.min_height);
      add(size.stepwise.max_width, size.stepwise.max_height);
      break;
    }
    add(size.discrete.width, size.discrete.height);
  }
  return sizes;
}

struct Choice {
  std::uint32_t fourcc = 0;
  CameraSize size{};
};

/// Nearest size first, then the rate as far as it is wanted, then what is cheapest.
std::optional<Choice> choose(VideoNode& node, const CameraInfo& info,
                             const CameraRequest& request) {
  std::optional<Choice> best;
  std::tuple<double, double, std::size_t> best_rank;
  const auto consider = [&](std::size_t preference, const CameraSize& size) {
    const double area = static_cast<double>(size.width) * size.height;
    const double wanted = static_cast<double>(request.width) * request.height;
    const double rate = size.rate > 0 ? std::min<double>(size.rate, request.rate) : request.rate;
    const std::tuple rank(std::abs(area - wanted), -rate, preference);
    if (best && rank >= best_rank) return;
    best = Choice{kFormats[preference], size};
    best_rank = rank;
  };
  for (std::size_t preference = 0; preference < kFormats.size(); preference++) {
    const auto format =
        std::ranges::find(info.formats, kFormats[preference], &CameraFormat::fourcc);
    if (format == info.formats.end()) continue;
    if (request.fourcc != 0 && format->fourcc != request.fourcc) continue;
    v4l2_frmsizeenum first{};
    first.pixel_format = format->fourcc;
    const bool listed = node.ioctl(VIDIOC_ENUM_FRAMESIZES, &first) >= 0;
    if (listed && first.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
      for (const auto& size : format->sizes) consider(preference, size);
      continue;
    }
    CameraSize size{request.width, request.height, 0};
    if (listed) {
      const auto& range = first.stepwise;
      size.width =
          std::clamp(size.width, range.min_width, std::max(range.min_width, range.max_width));
      size.height =
          std::clamp(size.height, range.min_height, std::max(range.min_height, range.max_height));
    }
    size.rate = best_rate(node, format->fourcc, size.width, size.height);
    consider(preference, size);
  }
  return best;
}

/// A size and a way to lie in memory that a node has agreed to.
struct Agreed {
  PixelFormat format{};
  std::vector<std::size_t> plane_bytes{};  ///< that the pieces of memory need
};

v4l2_buf_type type_of(const CameraInfo& info) {
  return info.multi_planar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

Result<Agreed> set_format(VideoNode& node, const CameraInfo& info, const Choice& choice) {
  v4l2_format format{};
  format.type = type_of(info);
  auto& single = format.fmt.pix;
  auto& multi = format.fmt.pix_mp;
  if (info.multi_planar) {
    multi.width = choice.size.width;
    multi.height = choice.size.height;
    multi.pixelformat = choice.fourcc;
    multi.field = V4L2_FIELD_ANY;
  } else {
    single.width = choice.size.width;
    single.height = choice.size.height;
    single.pixelformat = choice.fourcc;
    single.field = V4L2_FIELD_ANY;
  }
  if (const int result = node.ioctl(VIDIOC_S_FMT, &format); result < 0)
    return fail_errno(-result, printable(info.node) + " does not take a format");

  Agreed agreed;
  auto& got = agreed.format;
  if (info.multi_planar) {
    got = {multi.pixelformat, multi.width, multi.height, multi.plane_fmt[0].bytesperline,
           multi.plane_fmt[1].bytesperline};
    for (unsigned i = 0; i < std::min<unsigned>(multi.num_planes, VIDEO_MAX_PLANES); i++)
      agreed.plane_bytes.push_back(multi.plane_fmt[i].sizeimage);
  } else {
    got = {single.pixelformat, single.width, single.height, single.bytesperline};
    agreed.plane_bytes.push_back(single.sizeimage);
  }
  const std::size_t planes = agreed.plane_bytes.size();
  const auto refused = [&](const std::string& what) {
    return fail(Error::Code::unsupported, printable(info.node) + " gives " + what);
  };
  if (got.fourcc != choice.fourcc)
    return refused(fourcc_name(got.fourcc) + " where " + fourcc_name(choice.fourcc) +
                   " was asked for");
  if (planes != planes_of(got.fourcc))
    return refused(fourcc_name(got.fourcc) + " in " + std::to_string(planes) + " planes");
  const std::uint64_t pixels = std::uint64_t{got.width} * got.height;
  if (pixels == 0 || pixels > max_image_pixels)
    return refused("pictures of " + std::to_string(got.width) + "x" + std::to_string(got.height));
  // Old drivers leave them 0.
  const std::size_t least = row_bytes(got.fourcc, got.width);
  got.stride = std::max(got.stride, least);
  if (planes > 1) got.chroma_stride = std::max(got.chroma_stride, least);
  return agreed;
}

/// Not all cameras have a choice.
void set_rate(VideoNode& node, const CameraInfo& info, unsigned rate) {
  v4l2_streamparm parameters{};
  parameters.type = type_of(info);
  parameters.parm.capture.timeperframe = {1, rate};
  node.ioctl(VIDIOC_S_PARM, &parameters);
}

/// A camera that streams.
class Camera : public Source {
 public:
  Camera(std::unique_ptr<VideoNode> node, const CameraInfo& info, const Agreed& agreed)
      : node_(std::move(node)),
        path_(printable(info.node)),
        card_(info.card),
        format_(agreed.format),
        buffers_(*node_, path_, type_of(info), agreed.plane_bytes) {}

  Result<void> start(const AllocateShared& heap) { return buffers_.start(heap); }

  std::string name() const override {
    return path_ + ", " + card_ + ", " + std::to_string(format_.width) + "x" +
           std::to_string(format_.height) + " " + fourcc_name(format_.fourcc) +
           (buffers_.are_shared() ? ", dma-buf" : "");
  }
  bool is_live() const override { return true; }

  Result<Picture> next(std::chrono::milliseconds timeout) override {
    const int ready = node_->wait(timeout);
    if (ready < 0) return fail_errno(-ready, path_ + " cannot be waited for");
    if (ready == 0) return fail(Error::Code::timeout, path_ + " has no picture yet");
    const auto newest = buffers_.take_newest();
    if (!newest) return std::unexpected(newest.error());
    const auto started = std::chrono::steady_clock::now();
    auto image = read(*newest);
    const auto decode = std::chrono::steady_clock::now() - started;
    // Bytes have been read, so the buffer may be filled again.
    if (auto done = buffers_.give_back(*newest); !done) return std::unexpected(done.error());
    if (!image) return std::unexpected(image.error());
    return Picture{time_of(*newest), std::make_shared<const Image>(std::move(*image)), decode};
  }

 private:
  Result<Image> read(const CaptureBuffers::Filled& buffer) const {
    if (buffer.flags & V4L2_BUF_FLAG_ERROR)
      return fail(Error::Code::protocol, path_ + " gives a damaged picture");
    auto image = to_image(buffer.planes, format_);
    if (!image) image.error().message = path_ + " gives " + image.error().message;
    return image;
  }

  /// The driver's time, on the clock that viewers have; now if it tells none
  /// that can be true.
  static std::chrono::system_clock::time_point time_of(const CaptureBuffers::Filled& buffer) {
    using std::chrono::duration_cast;
    const auto now = std::chrono::system_clock::now();
    if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
      return now;
    const auto taken = std::chrono::seconds(buffer.timestamp.tv_sec) +
                       std::chrono::microseconds(buffer.timestamp.tv_usec);
    timespec clock{};
    ::clock_gettime(CLOCK_MONOTONIC, &clock);
    const auto age =
        std::chrono::seconds(clock.tv_sec) + std::chrono::nanoseconds(clock.tv_nsec) - taken;
    if (age < std::chrono::seconds(0) || age > std::chrono::seconds(10)) return now;
    return now - duration_cast<std::chrono::system_clock::duration>(age);
  }

  std::unique_ptr<VideoNode> node_;
  std::string path_;
  std::string card_;
  PixelFormat format_;
  CaptureBuffers buffers_;  ///< goes before its node
};

}  // namespace

std::span<const std::uint32_t> readable_formats() { return kFormats; }

Result<CameraInfo> describe_camera(VideoNode& node, const std::string& path) {
  v4l2_capability capability{};
  if (const int result = node.ioctl(VIDIOC_QUERYCAP, &capability); result < 0)
    return fail_errno(-result, printable(path) + " is no video node");
  const std::uint32_t can = capability.capabilities & V4L2_CAP_DEVICE_CAPS
                                ? capability.device_caps
                                : capability.capabilities;
  CameraInfo info{path, text_of(capability.card), text_of(capability.driver), false, false, {}};
  info.multi_planar = !(can & V4L2_CAP_VIDEO_CAPTURE);
  info.captures = (can & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)) &&
                  (can & V4L2_CAP_STREAMING);
  if (!info.captures) return info;
  for (std::uint32_t i = 0; i < kMaxListed; i++) {
    v4l2_fmtdesc format{};
    format.index = i;
    format.type = type_of(info);
    if (node.ioctl(VIDIOC_ENUM_FMT, &format) < 0) break;
    if (std::ranges::find(kFormats, format.pixelformat) == kFormats.end()) continue;
    info.formats.push_back({format.pixelformat, sizes_of(node, format.pixelformat)});
  }
  return info;
}

Result<std::vector<CameraInfo>> list_cameras(const sys::Root& root, const OpenVideoNode& open) {
  auto devices = sys::class_devices(root, "video4linux");
  if (!devices) return std::unexpected(devices.error());
  std::vector<CameraInfo> cameras;
  for (const auto& device : *devices) {
    auto node = open(root.outside(device.node));
    if (!node) continue;
    auto info = describe_camera(**node, device.node);
    if (info && !info->formats.empty()) cameras.push_back(std::move(*info));
  }
  return cameras;
}

Result<std::unique_ptr<Source>> open_camera(std::unique_ptr<VideoNode> node,
                                            const std::string& path, const CameraRequest& request,
                                            const AllocateShared& heap) {
  auto info = describe_camera(*node, path);
  if (!info) return std::unexpected(info.error());
  if (!info->captures)
    return fail(Error::Code::unsupported,
                printable(path) + " (" + info->card + ") captures no pictures");
  const auto choice = choose(*node, *info, request);
  if (!choice)
    return fail(Error::Code::unsupported,
                printable(path) + " (" + info->card + ") has " +
                    (request.fourcc != 0 ? "no " + fourcc_name(request.fourcc)
                                         : "none of MJPEG, YUYV, NV12, NV12M and RGB24"));
  const auto agreed = set_format(*node, *info, *choice);
  if (!agreed) return std::unexpected(agreed.error());
  set_rate(*node, *info, request.rate);
  auto camera = std::make_unique<Camera>(std::move(node), *info, *agreed);
  if (auto done = camera->start(heap); !done) return std::unexpected(done.error());
  return camera;
}

Result<std::unique_ptr<Source>> open_first_camera(const sys::Root& root, const OpenVideoNode& open,
                                                  const CameraRequest& request,
                                                  const AllocateShared& heap) {
  auto devices = sys::class_devices(root, "video4linux");
  if (!devices) return std::unexpected(devices.error());
  // What a node of another kind says (a scaler's, an encoder's) is of no interest.
  Error why{Error::Code::not_found, "no camera is plugged in"};
  const auto note = [&](const Error& error) {
    if (error.code != Error::Code::unsupported) why = error;
  };
  for (const auto& device : *devices) {
    auto node = open(root.outside(device.node));
    if (!node) {
      note(node.error());
      continue;
    }
    auto camera = open_camera(std::move(*node), device.node, request, heap);
    if (camera) return camera;
    note(camera.error());
  }
  return std::unexpected(why);
}

}  // namespace hailo::detect
