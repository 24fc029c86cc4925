// SPDX-License-Identifier: MIT
// hailo-detect-libcamera.so: cameras that libcamera knows.
#include <fcntl.h>
#include <libcamera/libcamera.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detect/capture/camera_plugin.h"

namespace {

namespace lc = libcamera;

/// libcamera's names are DRM's, which count a pixel's bytes from the other end.
/// Those that cost least to turn into pixels come first.
const std::array<std::pair<lc::PixelFormat, std::uint32_t>, 4> kFormats = {{
    {lc::formats::BGR888, V4L2_PIX_FMT_RGB24},
    {lc::formats::NV12, V4L2_PIX_FMT_NV12M},
    {lc::formats::YUYV, V4L2_PIX_FMT_YUYV},
    {lc::formats::MJPEG, V4L2_PIX_FMT_MJPEG},
}};
constexpr unsigned kBuffers = 4;
constexpr unsigned kVideoMajor = 81;  // of video nodes, since ever

int failed(int result, const std::string& what, hailo_camera_why& why) {
  std::snprintf(why.text, sizeof(why.text), "%s: %s", what.c_str(), std::strerror(-result));
  return result;
}

template <std::size_t N>
void copy_text(const std::string& text, char (&to)[N]) {
  std::snprintf(to, N, "%s", text.c_str());
}

std::string model_of(const lc::Camera& camera) {
  const auto model = camera.properties().get(lc::properties::Model);
  return model ? std::string(*model) : "camera";
}

/// A process may have one at a time; it learns of cameras when it starts.
std::unique_ptr<lc::CameraManager> start_manager(int& result) {
  // What fails is told by our caller; the rest is for who asks for it.
  if (!std::getenv("LIBCAMERA_LOG_LEVELS")) lc::logSetTarget(lc::LoggingTargetNone);
  auto manager = std::make_unique<lc::CameraManager>();
  result = manager->start();
  return manager;
}

/// Whether a video node that this process has open is gone.
bool has_lost_node() {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", none)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    struct stat status{};
    if (::fstat(fd, &status) < 0 || !S_ISCHR(status.st_mode) ||
        major(status.st_rdev) != kVideoMajor)
      continue;
    v4l2_capability ignored{};
    if (::ioctl(fd, VIDIOC_QUERYCAP, &ignored) < 0 && errno == ENODEV) return true;
  }
  return false;
}

/// Memory of a buffer, mapped for reading.
class Mapping {
 public:
  explicit Mapping(int fd) : fd_(fd) {}
  Mapping(Mapping&& other) noexcept
      : fd_(other.fd_), memory_(std::exchange(other.memory_, nullptr)), size_(other.size_) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() {
    if (memory_) ::munmap(memory_, size_);
  }

  int map(std::size_t size) {
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_, 0);
    if (memory == MAP_FAILED) return -errno;
    memory_ = memory;
    size_ = size;
    return 0;
  }
  const std::uint8_t* bytes() const { return static_cast<const std::uint8_t*>(memory_); }
  std::size_t size() const { return size_; }
  /// DMA_BUF_SYNC_START or DMA_BUF_SYNC_END of reading; memory without a cache needs none.
  void sync(std::uint64_t flags) const {
    dma_buf_sync request{flags | DMA_BUF_SYNC_READ};
    ::ioctl(fd_, DMA_BUF_IOCTL_SYNC, &request);
  }

 private:
  int fd_;
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct hailo_camera {
 public:
  ~hailo_camera() {
    // Only udev tells libcamera that a camera has gone, in a container thus nobody. Then
    // it cannot stop it and ends the program; left as it is, the camera can be dropped.
    if (started_ && (is_gone() || !has_lost_node())) camera_->stop();
    requests_.clear();
    mapped_.clear();
    allocator_.reset();
    if (camera_) {
      camera_->requestCompleted.disconnect(this);
      camera_->disconnected.disconnect(this);
      camera_->release();
      camera_.reset();
    }
    manager_->stop();
  }

  explicit hailo_camera(std::unique_ptr<lc::CameraManager> manager)
      : manager_(std::move(manager)) {}

  int start(const hailo_camera_request& wanted, hailo_camera_format& format,
            hailo_camera_why& why) {
    const auto cameras = manager_->cameras();
    for (const auto& camera : cameras)
      if (*wanted.id == '\0' || camera->id() == wanted.id) {
        camera_ = camera;
        break;
      }
    if (!camera_)
      return failed(-ENODEV,
                    *wanted.id ? std::string("libcamera knows no camera ") + wanted.id
                               : "libcamera knows no camera",
                    why);
    name_ = camera_->id();
    if (const int result = camera_->acquire(); result < 0) {
      camera_.reset();
      return failed(result, name_ + " is used by another program", why);
    }
    if (const int result = configure(wanted, format); result < 0)
      return failed(result, name_ + " has no format that can be read", why);
    if (const int result = allocate(); result < 0)
      return failed(result, name_ + " gives no buffers", why);
    camera_->requestCompleted.connect(this, &hailo_camera::completed);
    camera_->disconnected.connect(this, &hailo_camera::unplugged);
    lc::ControlList controls(camera_->controls());
    if (wanted.rate > 0 && camera_->controls().count(&lc::controls::FrameDurationLimits)) {
      const std::int64_t period_us = 1000000 / wanted.rate;
      controls.set(lc::controls::FrameDurationLimits,
                   lc::Span<const std::int64_t, 2>({period_us, period_us}));
    }
    if (const int result = camera_->start(&controls); result < 0)
      return failed(result, name_ + " does not start", why);
    started_ = true;
    for (const auto& request : requests_)
      if (const int result = camera_->queueRequest(request.get()); result < 0)
        return failed(result, name_ + " takes no buffer", why);
    return 0;
  }

  int take(std::uint32_t timeout_ms, hailo_camera_picture& picture, hailo_camera_why& why) {
    if (const int result = give_back(); result < 0) return refused(result, why);
    std::vector<lc::Request*> done;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                        [this] { return gone_ || !done_.empty(); });
      if (gone_) return refused(-ENODEV, why);
      done.assign(done_.begin(), done_.end());
      done_.clear();
    }
    if (done.empty()) return 0;
    for (auto* older : done) {
      if (older == done.back()) break;
      reading_ = older;
      if (const int result = give_back(); result < 0) return refused(result, why);
    }
    reading_ = done.back();
    return fill(picture);
  }

 private:
  int configure(const hailo_camera_request& wanted, hailo_camera_format& format) {
    const std::vector<lc::StreamRole> roles{lc::StreamRole::Viewfinder};
    configuration_ = camera_->generateConfiguration(roles);
    if (!configuration_ || configuration_->empty()) return -EINVAL;
    auto& stream = configuration_->at(0);
    const auto offered = stream.formats().pixelformats();
    for (const auto& [theirs, ours] : kFormats) {
      // NV12 comes in two pieces here, whichever of the two is asked for.
      const bool asked = ours == wanted.fourcc ||
                         (ours == V4L2_PIX_FMT_NV12M && wanted.fourcc == V4L2_PIX_FMT_NV12);
      if (wanted.fourcc != 0 && !asked) continue;
      if (std::find(offered.begin(), offered.end(), theirs) == offered.end()) continue;
      stream.pixelFormat = theirs;
      stream.size = {wanted.width, wanted.height};
      stream.bufferCount = kBuffers;
      if (configuration_->validate() == lc::CameraConfiguration::Invalid) continue;
      if (stream.pixelFormat != theirs) continue;
      if (const int result = camera_->configure(configuration_.get()); result < 0) return result;
      copy_text(camera_->id(), format.id);
      copy_text(model_of(*camera_), format.model);
      format.fourcc = ours;
      format.width = stream.size.width;
      format.height = stream.size.height;
      format.stride = ours == V4L2_PIX_FMT_MJPEG ? 0 : stream.stride;
      format.chroma_stride = ours == V4L2_PIX_FMT_NV12M ? stream.stride : 0;
      return 0;
    }
    return -EINVAL;
  }

  int allocate() {
    allocator_ = std::make_unique<lc::FrameBufferAllocator>(camera_);
    auto* stream = configuration_->at(0).stream();
    if (const int result = allocator_->allocate(stream); result < 0) return result;
    for (const auto& buffer : allocator_->buffers(stream)) {
      std::map<int, std::size_t> ends;  // several planes may share a descriptor
      for (const auto& plane : buffer->planes()) {
        auto& end = ends[plane.fd.get()];
        end = std::max<std::size_t>(end, std::size_t{plane.offset} + plane.length);
      }
      for (const auto& [fd, end] : ends) {
        Mapping mapping(fd);
        if (const int result = mapping.map(end); result < 0) return result;
        mapped_.emplace(std::pair(buffer.get(), fd), std::move(mapping));
      }
      auto request = camera_->createRequest();
      if (!request) return -ENOMEM;
      if (const int result = request->addBuffer(stream, buffer.get()); result < 0) return result;
      requests_.push_back(std::move(request));
    }
    return 0;
  }

  void sync(const lc::FrameBuffer* buffer, std::uint64_t flags) const {
    for (const auto& [key, mapping] : mapped_)
      if (key.first == buffer) mapping.sync(flags);
  }

  int fill(hailo_camera_picture& picture) {
    const auto* buffer = reading_->buffers().begin()->second;
    sync(buffer, DMA_BUF_SYNC_START);
    const auto& metadata = buffer->metadata();
    picture.damaged = metadata.status == lc::FrameMetadata::FrameSuccess ? 0 : 1;
    const auto& planes = buffer->planes();
    picture.planes = static_cast<std::uint32_t>(std::min<std::size_t>(planes.size(), 2));
    for (std::uint32_t i = 0; i < picture.planes; i++) {
      const auto& mapping = mapped_.at({buffer, planes[i].fd.get()});
      const std::size_t used = metadata.planes()[i].bytesused;
      picture.plane[i].bytes = mapping.bytes() + planes[i].offset;
      picture.plane[i].size = std::min<std::size_t>(used, planes[i].length);
    }
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    picture.age_ns = std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec -
                     static_cast<std::int64_t>(metadata.timestamp);
    return 1;
  }

  int refused(int result, hailo_camera_why& why) const {
    const bool unplugged = result == -ENODEV;
    return failed(result, name_ + (unplugged ? " has been unplugged" : " takes no buffer back"),
                  why);
  }

  /// What has been read is filled again.
  int give_back() {
    auto* request = std::exchange(reading_, nullptr);
    if (!request) return 0;
    sync(request->buffers().begin()->second, DMA_BUF_SYNC_END);
    request->reuse(lc::Request::ReuseBuffers);
    return camera_->queueRequest(request);
  }

  // These two are called by libcamera's thread.
  void completed(lc::Request* request) {
    if (request->status() == lc::Request::RequestCancelled) return;
    const std::lock_guard lock(mutex_);
    done_.push_back(request);
    changed_.notify_one();
  }
  void unplugged() {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_one();
  }

  bool is_gone() {
    const std::lock_guard lock(mutex_);
    return gone_;
  }

  std::unique_ptr<lc::CameraManager> manager_;
  std::shared_ptr<lc::Camera> camera_;
  std::string name_;
  std::unique_ptr<lc::CameraConfiguration> configuration_;
  std::unique_ptr<lc::FrameBufferAllocator> allocator_;
  std::map<std::pair<const lc::FrameBuffer*, int>, Mapping> mapped_;
  std::vector<std::unique_ptr<lc::Request>> requests_;
  lc::Request* reading_ = nullptr;
  bool started_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<lc::Request*> done_;  ///< under mutex_
  bool gone_ = false;              ///< under mutex_
};

namespace {

int list(hailo_camera_found found, void* context, hailo_camera_why* why) {
  int result = 0;
  const auto manager = start_manager(result);
  if (result < 0) return failed(result, "libcamera does not start", *why);
  for (const auto& camera : manager->cameras())
    found(context, camera->id().c_str(), model_of(*camera).c_str());
  manager->stop();
  return 0;
}

int open_camera(const hailo_camera_request* request, hailo_camera** camera,
                hailo_camera_format* format, hailo_camera_why* why) {
  int result = 0;
  auto manager = start_manager(result);
  if (result < 0) return failed(result, "libcamera does not start", *why);
  auto opened = std::make_unique<hailo_camera>(std::move(manager));
  result = opened->start(*request, *format, *why);
  if (result < 0) return result;
  *camera = opened.release();
  return 0;
}

int take(hailo_camera* camera, std::uint32_t timeout_ms, hailo_camera_picture* picture,
         hailo_camera_why* why) {
  return camera->take(timeout_ms, *picture, *why);
}

void close_camera(hailo_camera* camera) { delete camera; }

const std::string& library() {
  static const std::string name = "libcamera " + std::to_string(LIBCAMERA_VERSION_MAJOR) + "." +
                                  std::to_string(LIBCAMERA_VERSION_MINOR) + "." +
                                  std::to_string(LIBCAMERA_VERSION_PATCH);
  return name;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const hailo_camera_plugin*
hailo_get_camera_plugin() {
  static const hailo_camera_plugin functions = {
      HAILO_CAMERA_PLUGIN_ABI, library().c_str(), list, open_camera, take, close_camera};
  return &functions;
}
