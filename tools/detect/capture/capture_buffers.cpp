// SPDX-License-Identifier: MIT
#include "detect/capture/capture_buffers.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace hailo::detect {
namespace {

constexpr unsigned kBuffers = 4;
constexpr unsigned kMinBuffers = 2;
constexpr std::size_t kMaxPlaneBytes = 256 << 20;

}  // namespace

class CaptureBuffers::Message {
 public:
  Message(const CaptureBuffers& buffers, std::uint32_t index) {
    buffer.index = index;
    buffer.type = buffers.type_;
    buffer.memory = buffers.memory_;
    if (!is_multi_planar()) return;
    buffer.m.planes = planes_.data();
    buffer.length = static_cast<std::uint32_t>(buffers.plane_bytes_.size());
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  struct Plane {
    std::uint32_t length;
    std::uint32_t offset;  ///< where it is mapped
    std::uint32_t begin;   ///< of its data
    std::uint32_t end;
  };

  Plane plane(std::size_t number) const {
    if (!is_multi_planar()) return {buffer.length, buffer.m.offset, 0, buffer.bytesused};
    const auto& plane = planes_.at(number);
    return {plane.length, plane.m.mem_offset, plane.data_offset, plane.bytesused};
  }

  void set(std::size_t number, const SharedMemory& memory) {
    const auto length = static_cast<std::uint32_t>(memory.bytes().size());
    if (is_multi_planar()) {
      planes_.at(number).m.fd = memory.descriptor();
      planes_.at(number).length = length;
    } else {
      buffer.m.fd = memory.descriptor();
      buffer.length = length;
    }
  }

  v4l2_buffer buffer{};

 private:
  bool is_multi_planar() const { return V4L2_TYPE_IS_MULTIPLANAR(buffer.type); }

  std::array<v4l2_plane, VIDEO_MAX_PLANES> planes_{};
};

CaptureBuffers::~CaptureBuffers() {
  int type = static_cast<int>(type_);
  if (streaming_) node_.ioctl(VIDIOC_STREAMOFF, &type);
}

std::unexpected<Error> CaptureBuffers::failed(int result, const char* what) const {
  return fail_errno(-result, path_ + " " + what);
}

Result<void> CaptureBuffers::start(const AllocateShared& heap) {
  if (heap) {
    if (start_with(V4L2_MEMORY_DMABUF, heap)) return {};
    // The node cannot reach that memory, or is of no use at all: then this fails, too.
    [[maybe_unused]] const auto none = request(0);
    buffers_.clear();
    shared_.clear();
  }
  return start_with(V4L2_MEMORY_MMAP, heap);
}

/// The count that the node agrees to.
Result<std::uint32_t> CaptureBuffers::request(std::uint32_t count) {
  v4l2_requestbuffers request{};
  request.count = count;
  request.type = type_;
  request.memory = memory_;
  if (const int result = node_.ioctl(VIDIOC_REQBUFS, &request); result < 0)
    return failed(result, result == -EBUSY ? "is used by another program" : "gives no buffers");
  return request.count;
}

Result<void> CaptureBuffers::start_with(v4l2_memory memory, const AllocateShared& heap) {
  memory_ = memory;
  const auto count = request(kBuffers);
  if (!count) return std::unexpected(count.error());
  if (*count < kMinBuffers || *count > VIDEO_MAX_FRAME)
    return fail(Error::Code::io, path_ + " gives " + std::to_string(*count) + " buffers");
  for (std::uint32_t i = 0; i < *count; i++)
    if (auto done = are_shared() ? share(heap) : map(i); !done) return done;
  for (std::uint32_t i = 0; i < *count; i++)
    if (auto done = enqueue(i); !done) return done;
  int type = static_cast<int>(type_);
  if (const int result = node_.ioctl(VIDIOC_STREAMON, &type); result < 0)
    return failed(result, "does not start");
  streaming_ = true;
  return {};
}

Result<void> CaptureBuffers::share(const AllocateShared& heap) {
  auto& planes = buffers_.emplace_back();
  auto& memory = shared_.emplace_back();
  for (const std::size_t bytes : plane_bytes_) {
    if (bytes == 0 || bytes > kMaxPlaneBytes)
      return fail(Error::Code::io, path_ + " wants buffers of " + std::to_string(bytes) + " bytes");
    auto allocated = heap(bytes);
    if (!allocated) return std::unexpected(allocated.error());
    planes.push_back((*allocated)->bytes());
    memory.push_back(std::move(*allocated));
  }
  return {};
}

Result<void> CaptureBuffers::map(std::uint32_t index) {
  Message message(*this, index);
  if (const int result = node_.ioctl(VIDIOC_QUERYBUF, &message.buffer); result < 0)
    return failed(result, "does not tell where its buffers are");
  auto& planes = buffers_.emplace_back();
  for (std::size_t i = 0; i < plane_bytes_.size(); i++) {
    const auto plane = message.plane(i);
    if (plane.length == 0 || plane.length > kMaxPlaneBytes)
      return fail(Error::Code::io,
                  path_ + " has a buffer of " + std::to_string(plane.length) + " bytes");
    auto memory = node_.map(plane.offset, plane.length);
    if (!memory) return std::unexpected(memory.error());
    planes.push_back(*memory);
  }
  return {};
}

Result<void> CaptureBuffers::enqueue(std::uint32_t index) {
  Message message(*this, index);
  if (are_shared())
    for (std::size_t i = 0; i < plane_bytes_.size(); i++) message.set(i, *shared_[index][i]);
  if (const int result = node_.ioctl(VIDIOC_QBUF, &message.buffer); result < 0)
    return failed(result, "does not take a buffer back");
  return {};
}

Result<CaptureBuffers::Filled> CaptureBuffers::take_newest() {
  std::optional<Filled> newest;
  for (std::size_t i = 0; i < buffers_.size(); i++) {
    Message message(*this, 0);
    const int result = node_.ioctl(VIDIOC_DQBUF, &message.buffer);
    if (result == -EAGAIN) break;
    if (result < 0) return failed(result, "gives no picture");
    const std::uint32_t index = message.buffer.index;
    if (index >= buffers_.size())
      return fail(Error::Code::io, path_ + " gives a buffer that it does not have");
    if (newest)
      if (auto done = enqueue(newest->index); !done) return std::unexpected(done.error());
    newest = Filled{index, message.buffer.flags, message.buffer.timestamp, {}};
    for (std::size_t number = 0; number < plane_bytes_.size(); number++) {
      const ByteView memory = buffers_[index][number];
      const auto plane = message.plane(number);
      const auto end = std::min<std::size_t>(plane.end, memory.size());
      const auto begin = std::min<std::size_t>(plane.begin, end);
      newest->planes.push_back(memory.subspan(begin, end - begin));
    }
  }
  if (!newest) return fail(Error::Code::timeout, path_ + " has no picture yet");
  if (are_shared())
    for (const auto& memory : shared_[newest->index])
      if (auto done = memory->begin_read(); !done) return std::unexpected(done.error());
  return std::move(*newest);
}

Result<void> CaptureBuffers::give_back(const Filled& filled) {
  if (are_shared())
    for (const auto& memory : shared_[filled.index])
      if (auto done = memory->end_read(); !done) return done;
  return enqueue(filled.index);
}

}  // namespace hailo::detect
