// SPDX-License-Identifier: MIT
#include "detect/capture/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"
#include "lib/image/files.h"

namespace hailo::detect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kMaxJpegBytes = 64 << 20;

Picture decoded(Image image, std::chrono::steady_clock::time_point started) {
  return {std::chrono::system_clock::now(), std::make_shared<const Image>(std::move(image)),
          std::chrono::steady_clock::now() - started};
}

class Pictures : public Source {
 public:
  Pictures(std::string name, std::vector<std::string> files)
      : name_(std::move(name)), files_(std::move(files)) {}

  std::string name() const override { return name_; }
  bool is_live() const override { return false; }

  Result<Picture> next(std::chrono::milliseconds /*timeout*/) override {
    const auto started = std::chrono::steady_clock::now();
    auto image = read_image(files_[next_]);
    next_ = (next_ + 1) % files_.size();
    // The next file may be a good one.
    if (!image) return fail(Error::Code::protocol, image.error().message);
    return decoded(std::move(*image), started);
  }

 private:
  std::string name_;
  std::vector<std::string> files_;
  std::size_t next_ = 0;
};

/// JPEGs one after the other in a file.
class JpegFile : public Source {
 public:
  static Result<std::unique_ptr<Source>> open(const std::string& path) {
    // Without O_NONBLOCK the open of a FIFO would wait for a writer.
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return fail_errno(errno, "cannot open " + printable(path));
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
      return fail_errno(errno, "cannot stat " + printable(path));
    if (!S_ISREG(status.st_mode))
      return fail(Error::Code::invalid_argument, printable(path) + " is not a regular file");
    auto source = std::make_unique<JpegFile>(path, std::move(file));
    if (auto first = source->next_jpeg(); !first) return std::unexpected(first.error());
    return source;
  }

  JpegFile(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string name() const override { return printable(path_); }
  bool is_live() const override { return false; }

  Result<Picture> next(std::chrono::milliseconds /*timeout*/) override {
    const auto size = next_jpeg();
    if (!size) return std::unexpected(size.error());
    const auto started = std::chrono::steady_clock::now();
    auto image = decode_image(ByteView(buffer_).subspan(0, *size));
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(*size));
    if (!image) {
      return fail(Error::Code::protocol, printable(path_) + ": " + image.error().message);
    }
    return decoded(std::move(*image), started);
  }

 private:
  /// Reads until a whole JPEG is at the start of the buffer.
  Result<std::size_t> next_jpeg() {
    for (;;) {
      const auto size = buffer_.empty() ? Result<std::size_t>(0) : jpeg_size(buffer_);
      if (!size) return at(size.error().message);
      if (*size > 0) return *size;
      if (buffer_.size() >= kMaxJpegBytes) return at("a picture does not end");
      const auto read = fill();
      if (!read) return std::unexpected(read.error());
      if (*read > 0) continue;
      if (!buffer_.empty() || offset_ == 0) return at("its last picture is cut off");
      offset_ = 0;  // over again
    }
  }

  Result<std::size_t> fill() {
    const std::size_t had = buffer_.size();
    buffer_.resize(had + kReadBytes);
    ssize_t n = 0;
    do {
      n = ::pread(file_.get(), buffer_.data() + had, kReadBytes, offset_);
    } while (n < 0 && errno == EINTR);
    const int error = errno;
    buffer_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0) return fail_errno(error, "cannot read " + printable(path_));
    offset_ += n;
    return static_cast<std::size_t>(n);
  }

  std::unexpected<Error> at(const std::string& what) const {
    return fail(Error::Code::invalid_argument, printable(path_) + ": " + what);
  }

  std::string path_;
  UniqueFd file_;
  off_t offset_ = 0;  ///< of what has not been read
  Bytes buffer_;      ///< of what has not been given out
};

}  // namespace

Result<std::size_t> jpeg_size(ByteView bytes) {
  constexpr std::uint8_t start_of_image = 0xd8;
  constexpr std::uint8_t end_of_image = 0xd9;
  constexpr std::uint8_t start_of_scan = 0xda;
  const auto is_restart = [](std::uint8_t marker) { return marker >= 0xd0 && marker <= 0xd7; };
  const auto none = [] { return fail(Error::Code::protocol, "no JPEG where one should begin"); };

  if ((!bytes.empty() && bytes[0] != 0xff) || (bytes.size() > 1 && bytes[1] != start_of_image))
    return none();
  std::size_t at = 2;
  while (at + 1 < bytes.size()) {
    if (bytes[at] != 0xff) return none();
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xff) {  // fill byte
      at++;
      continue;
    }
    at += 2;
    if (marker == end_of_image) return at;
    if (marker == 0x01 || is_restart(marker)) continue;  // without a length
    if (at + 1 >= bytes.size()) return 0;
    const std::size_t length = load_be16(bytes, at);
    if (length < 2) return none();
    at += length;
    if (marker != start_of_scan) continue;
    // Coded data: 0xff is followed by 0, or is a restart, or else ends it.
    while (at + 1 < bytes.size() &&
           !(bytes[at] == 0xff && bytes[at + 1] != 0 && !is_restart(bytes[at + 1])))
      at++;
  }
  return 0;
}

Result<std::unique_ptr<Source>> open_files(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    auto files = pictures_in(path);
    if (!files) return std::unexpected(files.error());
    if (files->empty())
      return fail(Error::Code::invalid_argument, printable(path) + " holds no PNG, JPEG or PPM");
    return std::make_unique<Pictures>(printable(path), std::move(*files));
  }
  if (!is_picture_name(path)) return JpegFile::open(path);
  if (const auto image = read_image(path); !image) return std::unexpected(image.error());
  return std::make_unique<Pictures>(printable(path), std::vector<std::string>{path});
}

}  // namespace hailo::detect
