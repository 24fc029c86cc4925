// SPDX-License-Identifier: MIT
#include "detect/capture/video_node.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <span>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"

namespace hailo::detect {
namespace {

class Node : public VideoNode {
 public:
  explicit Node(UniqueFd file) : file_(std::move(file)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() override {
    for (const auto& memory : mapped_) ::munmap(memory.data(), memory.size());
  }

  int ioctl(unsigned long command, void* argument) override {
    int result = 0;
    do {
      result = ::ioctl(file_.get(), command, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
  }

  Result<ByteView> map(std::uint32_t offset, std::size_t length) override {
    void* memory = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, file_.get(), offset);
    if (memory == MAP_FAILED) return fail_errno(errno, "cannot map a buffer of the camera");
    mapped_.emplace_back(static_cast<std::uint8_t*>(memory), length);
    return mapped_.back();
  }

  int wait(std::chrono::milliseconds timeout) override {
    pollfd entry{file_.get(), POLLIN, 0};
    const int result = ::poll(&entry, 1, static_cast<int>(timeout.count()));
    if (result < 0) return errno == EINTR ? 0 : -errno;
    return result;
  }

 private:
  UniqueFd file_;
  std::vector<std::span<std::uint8_t>> mapped_;
};

}  // namespace

Result<std::unique_ptr<VideoNode>> open_video_node(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail_errno(errno, "cannot open " + printable(path));
  return std::make_unique<Node>(std::move(file));
}

}  // namespace hailo::detect
