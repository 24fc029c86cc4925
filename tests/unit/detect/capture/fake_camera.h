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
  std::size_t buffer_bytes = 1 << 20;
  /// The n-th call (from 0) of a command fails like this.
  std::map<std::pair<unsigned long, int>, int> faults;
  /// What each picture is filled with: bytes, and flags of the buffer.
  struct Shot {
    Bytes bytes;
    std::uint32_t flags = 0;
  };
  std::deque<Shot> shots;
  bool unplugged = false;

  // What came.
  std::map<unsigned long, int> calls;
  v4l2_pix_format set{};
  v4l2_fract interval{};
  bool streaming = false;
  bool open = false;
  std::size_t queued() const { return free_.size(); }
  std::vector<std::string> misuse;

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
      auto& memory = camera_.memory_.at(offset / 4096);
      if (length != memory.size()) camera_.misuse.push_back("maps another length");
      return ByteView(memory);
    }
    int wait(std::chrono::milliseconds) override {
      return camera_.unplugged || (!camera_.shots.empty() && !camera_.free_.empty()) ? 1 : 0;
    }

   private:
    FakeCamera& camera_;
  };

  const Format* find(std::uint32_t fourcc) const {
    const auto it = std::ranges::find(formats, fourcc, &Format::fourcc);
    return it == formats.end() ? nullptr : &*it;
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
        if (f.index >= formats.size()) return -EINVAL;
        f.pixelformat = formats[f.index].fourcc;
        return 0;
      }
      case VIDIOC_ENUM_FRAMESIZES:
        return sizes(*static_cast<v4l2_frmsizeenum*>(argument));
      case VIDIOC_ENUM_FRAMEINTERVALS:
        return intervals(*static_cast<v4l2_frmivalenum*>(argument));
      case VIDIOC_S_FMT:
        return format(static_cast<v4l2_format*>(argument)->fmt.pix);
      case VIDIOC_S_PARM:
        interval = static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe;
        return 0;
      case VIDIOC_REQBUFS: {
        auto& r = *static_cast<v4l2_requestbuffers*>(argument);
        r.count = std::min(r.count, buffer_count);
        memory_.assign(r.count, Bytes(buffer_bytes));
        return 0;
      }
      case VIDIOC_QUERYBUF: {
        auto& b = *static_cast<v4l2_buffer*>(argument);
        b.length = static_cast<std::uint32_t>(buffer_bytes);
        b.m.offset = b.index * 4096;
        return 0;
      }
      case VIDIOC_QBUF: {
        const auto index = static_cast<v4l2_buffer*>(argument)->index;
        if (index >= memory_.size() || std::ranges::count(free_, index) > 0)
          misuse.push_back("queues a buffer twice");
        free_.push_back(index);
        return 0;
      }
      case VIDIOC_DQBUF:
        return dequeue(*static_cast<v4l2_buffer*>(argument));
      case VIDIOC_STREAMON:
        streaming = true;
        return 0;
      case VIDIOC_STREAMOFF:
        streaming = false;
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

  int format(v4l2_pix_format& pix) {
    const unsigned bytes = pix.pixelformat == V4L2_PIX_FMT_RGB24  ? 3
                           : pix.pixelformat == V4L2_PIX_FMT_YUYV ? 2
                           : pix.pixelformat == V4L2_PIX_FMT_NV12 ? 1
                                                                  : 0;
    pix.bytesperline = pix.width * bytes + (bytes > 0 ? padding : 0);
    set = pix;
    return 0;
  }

  int dequeue(v4l2_buffer& b) {
    if (!streaming) misuse.push_back("dequeues while it does not stream");
    if (shots.empty() || free_.empty()) return -EAGAIN;
    b.index = free_.front();
    free_.pop_front();
    const auto shot = std::move(shots.front());
    shots.pop_front();
    auto& memory = memory_.at(b.index);
    std::ranges::copy_n(shot.bytes.begin(),
                        static_cast<std::ptrdiff_t>(std::min(shot.bytes.size(), memory.size())),
                        memory.begin());
    b.bytesused = static_cast<std::uint32_t>(shot.bytes.size());
    b.flags = shot.flags;
    return 0;
  }

  std::vector<Bytes> memory_;
  std::deque<std::uint32_t> free_;
};

}  // namespace hailo::test
