// SPDX-License-Identifier: MIT
#pragma once

#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detect/capture/dma_heap.h"
#include "detect/capture/pixels.h"
#include "detect/capture/video_node.h"

namespace hailo::test {

/// A camera in memory, behind the system calls. `misuse` tells what no right
/// client does.
class FakeCamera {
 public:
  struct Size {
    std::uint32_t width;
    std::uint32_t height;
    unsigned rate;
  };
  struct Format {
    std::uint32_t fourcc;
    std::vector<Size> sizes;  ///< empty: any, in steps
  };

  std::string card = "Fake Cam";
  std::uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  std::vector<Format> formats;
  std::uint32_t padding = 0;       ///< bytes behind each row
  std::uint32_t buffer_count = 4;  ///< that it gives at most
  std::uint32_t data_offset = 0;   ///< bytes before the data of each plane; only multi-planar
  std::size_t buffer_bytes = 1 << 20;
  /// The n-th call (from 0) of a command fails like this.
  std::map<std::pair<unsigned long, int>, int> faults;
  /// What each picture is filled with: bytes of the planes, and flags of the buffer.
  struct Shot {
    Bytes bytes;
    std::uint32_t flags = 0;
    Bytes chroma{};  ///< of a second plane
  };
  std::deque<Shot> shots;
  bool unplugged = false;
  bool imports = false;  ///< takes memory of a heap

  // What came.
  std::map<unsigned long, int> calls;
  detect::PixelFormat set{};  ///< without strides
  v4l2_fract interval{};
  bool streaming = false;
  bool open = false;
  std::size_t queued() const { return free_.size(); }
  std::size_t shared() const { return shared_.size(); }  ///< pieces of the heap's in being
  int reading = 0;                                       ///< those that are being read
  std::vector<std::string> misuse;

  /// Memory that this camera can be given.
  detect::AllocateShared heap() {
    return [this](std::size_t bytes) -> Result<std::unique_ptr<detect::SharedMemory>> {
      return std::make_unique<Shared>(*this, bytes);
    };
  }

  std::unique_ptr<detect::VideoNode> node() {
    open = true;
    return std::make_unique<Node>(*this);
  }

 private:
  class Node : public detect::VideoNode {
   public:
    explicit Node(FakeCamera& camera) : camera_(camera) {}
    ~Node() override {
      if (camera_.streaming) camera_.misuse.push_back("closed while it streams");
      if (camera_.reading != 0) camera_.misuse.push_back("leaves memory being read");
      camera_.open = false;
      camera_.free_.clear();
    }
    int ioctl(unsigned long command, void* argument) override {
      const int nth = camera_.calls[command]++;
      if (const auto fault = camera_.faults.find({command, nth}); fault != camera_.faults.end())
        return -fault->second;
      if (camera_.unplugged) {
        if (command == VIDIOC_STREAMOFF) camera_.streaming = false;
        return -ENODEV;
      }
      return camera_.ioctl(command, argument);
    }
    Result<ByteView> map(std::uint32_t offset, std::size_t length) override {
      auto& memory = camera_.memory_.at(offset / kSpacing);
      if (length != memory.size()) camera_.misuse.push_back("maps another length");
      return ByteView(memory);
    }
    int wait(std::chrono::milliseconds) override {
      return camera_.unplugged || (!camera_.shots.empty() && !camera_.free_.empty()) ? 1 : 0;
    }

   private:
    FakeCamera& camera_;
  };

  class Shared : public detect::SharedMemory {
   public:
    Shared(FakeCamera& camera, std::size_t bytes)
        : camera_(camera), descriptor_(camera.next_descriptor_++) {
      camera_.shared_[descriptor_] = Bytes(bytes);
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() override {
      if (camera_.streaming) camera_.misuse.push_back("takes memory away while it streams");
      camera_.shared_.erase(descriptor_);
    }
    int descriptor() const override { return descriptor_; }
    ByteView bytes() const override { return camera_.shared_.at(descriptor_); }
    Result<void> begin_read() override {
      camera_.reading++;
      return {};
    }
    Result<void> end_read() override {
      camera_.reading--;
      return {};
    }

   private:
    FakeCamera& camera_;
    int descriptor_;
  };

  const Format* find(std::uint32_t fourcc) const {
    const auto it = std::ranges::find(formats, fourcc, &Format::fourcc);
    return it == formats.end() ? nullptr : &*it;
  }

  bool is_multi_planar() const { return !(capabilities & V4L2_CAP_VIDEO_CAPTURE); }

  /// Of all that a client passes; another one is a mistake.
  void check_type(std::uint32_t type) {
    if (type !=
        (is_multi_planar() ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE))
      misuse.push_back("buffers of type " + std::to_string(type));
  }

  void check_buffer(const v4l2_buffer& b) {
    check_type(b.type);
    if (is_multi_planar() && b.length != planes_)
      misuse.push_back(std::to_string(b.length) + " planes");
  }

  int ioctl(unsigned long command, void* argument) {
    switch (command) {
      case VIDIOC_QUERYCAP: {
        auto& c = *static_cast<v4l2_capability*>(argument);
        c = {};
        std::memcpy(c.card, card.data(), std::min(card.size(), sizeof(c.card)));
        std::memcpy(c.driver, "fake", 4);
        c.capabilities = capabilities | V4L2_CAP_DEVICE_CAPS | V4L2_CAP_META_CAPTURE;
        c.device_caps = capabilities;
        return 0;
      }
      case VIDIOC_ENUM_FMT: {
        auto& f = *static_cast<v4l2_fmtdesc*>(argument);
        check_type(f.type);
        if (f.index >= formats.size()) return -EINVAL;
        f.pixelformat = formats[f.index].fourcc;
        return 0;
      }
      case VIDIOC_ENUM_FRAMESIZES:
        return sizes(*static_cast<v4l2_frmsizeenum*>(argument));
      case VIDIOC_ENUM_FRAMEINTERVALS:
        return intervals(*static_cast<v4l2_frmivalenum*>(argument));
      case VIDIOC_S_FMT:
        return format(*static_cast<v4l2_format*>(argument));
      case VIDIOC_S_PARM: {
        const auto& parameters = *static_cast<v4l2_streamparm*>(argument);
        check_type(parameters.type);
        interval = parameters.parm.capture.timeperframe;
        return 0;
      }
      case VIDIOC_REQBUFS: {
        auto& r = *static_cast<v4l2_requestbuffers*>(argument);
        check_type(r.type);
        free_.clear();
        memory_kind_ = r.memory;
        if (r.memory == V4L2_MEMORY_DMABUF && !imports) return -EINVAL;
        r.count = std::min(r.count, buffer_count);
        descriptors_.assign(std::size_t{r.count} * planes_, -1);
        memory_.assign(std::size_t{r.count} * planes_, Bytes(buffer_bytes));
        return 0;
      }
      case VIDIOC_QUERYBUF: {
        auto& b = *static_cast<v4l2_buffer*>(argument);
        check_buffer(b);
        const auto length = static_cast<std::uint32_t>(buffer_bytes);
        if (!is_multi_planar()) {
          b.length = length;
          b.m.offset = b.index * kSpacing;
          return 0;
        }
        for (std::uint32_t plane = 0; plane < planes_; plane++) {
          b.m.planes[plane].length = length;
          b.m.planes[plane].m.mem_offset = (b.index * planes_ + plane) * kSpacing;
        }
        return 0;
      }
      case VIDIOC_QBUF: {
        const auto& b = *static_cast<v4l2_buffer*>(argument);
        check_buffer(b);
        if (b.index * planes_ >= memory_.size() || std::ranges::count(free_, b.index) > 0)
          misuse.push_back("queues a buffer twice");
        if (b.memory != memory_kind_) misuse.push_back("queues memory of another kind");
        for (std::uint32_t i = 0; i < planes_ && b.memory == V4L2_MEMORY_DMABUF; i++)
          descriptors_.at(b.index * planes_ + i) = is_multi_planar() ? b.m.planes[i].m.fd : b.m.fd;
        free_.push_back(b.index);
        return 0;
      }
      case VIDIOC_DQBUF:
        return dequeue(*static_cast<v4l2_buffer*>(argument));
      case VIDIOC_STREAMON:
      case VIDIOC_STREAMOFF:
        check_type(static_cast<std::uint32_t>(*static_cast<int*>(argument)));
        streaming = command == VIDIOC_STREAMON;
        return 0;
      default:
        return -ENOTTY;
    }
  }

  int sizes(v4l2_frmsizeenum& s) const {
    const auto* f = find(s.pixel_format);
    if (!f) return -EINVAL;
    if (f->sizes.empty()) {
      if (s.index > 0) return -EINVAL;
      s.type = V4L2_FRMSIZE_TYPE_STEPWISE;
      s.stepwise = {16, 1920, 2, 16, 1080, 2};
      return 0;
    }
    if (s.index >= f->sizes.size()) return -EINVAL;
    s.type = V4L2_FRMSIZE_TYPE_DISCRETE;
    s.discrete = {f->sizes[s.index].width, f->sizes[s.index].height};
    return 0;
  }

  int intervals(v4l2_frmivalenum& i) const {
    const auto* f = find(i.pixel_format);
    if (!f || i.index > 0) return -EINVAL;
    for (const auto& size : f->sizes) {
      if (size.width != i.width || size.height != i.height) continue;
      i.type = V4L2_FRMIVAL_TYPE_DISCRETE;
      i.discrete = {1, size.rate};
      return 0;
    }
    return -EINVAL;
  }

  int format(v4l2_format& f) {
    check_type(f.type);
    auto& pix = f.fmt.pix;
    auto& multi = f.fmt.pix_mp;
    // Both have the size and the format first.
    set = {pix.pixelformat, pix.width, pix.height};
    const unsigned bytes = set.fourcc == V4L2_PIX_FMT_RGB24   ? 3
                           : set.fourcc == V4L2_PIX_FMT_YUYV  ? 2
                           : set.fourcc == V4L2_PIX_FMT_NV12  ? 1
                           : set.fourcc == V4L2_PIX_FMT_NV12M ? 1
                                                              : 0;
    const unsigned stride = set.width * bytes + (bytes > 0 ? padding : 0);
    planes_ = set.fourcc == V4L2_PIX_FMT_NV12M ? 2 : 1;
    if (!is_multi_planar()) {
      pix.bytesperline = stride;
      pix.sizeimage = static_cast<std::uint32_t>(buffer_bytes);
      return 0;
    }
    multi.num_planes = static_cast<std::uint8_t>(planes_);
    for (std::uint32_t i = 0; i < planes_; i++)
      multi.plane_fmt[i] = {static_cast<std::uint32_t>(buffer_bytes), stride, {}};
    return 0;
  }

  /// Bytes of the plane in use.
  std::uint32_t fill(std::size_t at, const Bytes& bytes, std::uint32_t offset) {
    if (reading > 0) misuse.push_back("reads while it fills");
    auto& memory =
        memory_kind_ == V4L2_MEMORY_DMABUF ? shared_.at(descriptors_.at(at)) : memory_.at(at);
    const auto begin = std::min<std::size_t>(offset, memory.size());
    const auto fits = std::min(bytes.size(), memory.size() - begin);
    std::ranges::copy_n(bytes.begin(), static_cast<std::ptrdiff_t>(fits),
                        memory.begin() + static_cast<std::ptrdiff_t>(begin));
    return static_cast<std::uint32_t>(offset + bytes.size());
  }

  int dequeue(v4l2_buffer& b) {
    check_buffer(b);
    if (!streaming) misuse.push_back("dequeues while it does not stream");
    if (shots.empty() || free_.empty()) return -EAGAIN;
    b.index = free_.front();
    free_.pop_front();
    const auto shot = std::move(shots.front());
    shots.pop_front();
    b.flags = shot.flags;
    if (!is_multi_planar()) {
      b.bytesused = fill(b.index, shot.bytes, 0);
      return 0;
    }
    for (std::uint32_t i = 0; i < planes_; i++) {
      b.m.planes[i].data_offset = data_offset;
      b.m.planes[i].bytesused =
          fill(std::size_t{b.index} * planes_ + i, i == 0 ? shot.bytes : shot.chroma, data_offset);
    }
    return 0;
  }

  static constexpr std::uint32_t kSpacing = 4096;  ///< of offsets to be mapped
  std::uint32_t planes_ = 1;
  std::vector<Bytes> memory_;     ///< by buffer and plane
  std::vector<int> descriptors_;  ///< likewise, of memory of a heap
  std::map<int, Bytes> shared_;   ///< by descriptor
  int next_descriptor_ = 1000;
  std::uint32_t memory_kind_ = V4L2_MEMORY_MMAP;
  std::deque<std::uint32_t> free_;
};

}  // namespace hailo::test
