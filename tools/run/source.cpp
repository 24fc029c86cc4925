// SPDX-License-Identifier: MIT
#include "run/source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/image/image.h"

namespace hailo::run {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_picture_bytes = 1 << 28;
constexpr std::uint64_t max_raw_bytes = 1 << 30;
constexpr std::uint32_t kColours = 3;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

bool is_picture(const fs::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" || extension == ".ppm";
}

Result<std::vector<std::string>> pictures_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (is_picture(it->path())) files.push_back(it->path().string());
  if (error) return fail_errno(error.value(), "cannot list " + printable(folder));
  if (files.empty())
    return refuse(printable(folder) + " holds no PNG, JPEG or PPM, and no in0.raw");
  std::ranges::sort(files);
  return files;
}

std::string raw_name(const std::string& folder, std::size_t input) {
  return (fs::path(folder) / ("in" + std::to_string(input) + ".raw")).string();
}

/// Pixels as the stream has its elements; padding is zero.
Bytes wire_bytes(const Image& image, const hef::Stream& stream) {
  Bytes out(stream.frame_bytes);
  const std::size_t columns = stream.padded.width;
  const std::size_t features = stream.padded.features;
  const bool rows_of_columns = stream.order == hef::WireOrder::nhcw;
  std::size_t at = 0;
  for (std::size_t y = 0; y < image.height; y++) {
    for (std::size_t x = 0; x < image.width; x++) {
      for (std::size_t c = 0; c < kColours; c++) {
        const std::size_t in_row = rows_of_columns ? c * columns + x : x * features + c;
        out[(y * columns * features + in_row) * stream.data_bytes] = image.rgb[at++];
      }
    }
  }
  return out;
}

/// A byte for a place: cheap, and without a period that a network could miss.
std::uint8_t pattern(std::size_t frame, std::size_t input, std::size_t at) {
  std::uint64_t x = (std::uint64_t{frame} << 40) + (std::uint64_t{input} << 32) + at;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
  return static_cast<std::uint8_t>(x >> 56);
}

}  // namespace

Result<Source> Source::open(const std::string& input, std::vector<hef::Stream> inputs) {
  Source source(std::move(inputs));
  if (input == "synthetic") return source;
  std::error_code error;
  const bool is_folder = fs::is_directory(input, error);
  Result<void> opened;
  if (is_folder && fs::exists(raw_name(input, 0), error)) {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < source.inputs_.size(); i++) files.push_back(raw_name(input, i));
    opened = source.open_raw(files);
  } else if (is_folder) {
    auto files = pictures_in(input);
    if (!files) return std::unexpected(files.error());
    opened = source.open_pictures(std::move(*files));
  } else if (lower_extension(input) == ".raw") {
    opened = source.open_raw({input});
  } else {
    opened = source.open_pictures({input});
  }
  if (!opened) return std::unexpected(opened.error());
  return source;
}

Result<void> Source::open_raw(const std::vector<std::string>& files) {
  if (files.size() != inputs_.size())
    return refuse("the network has " + std::to_string(inputs_.size()) +
                  " inputs: give a folder with in0.raw, in1.raw and so on");
  for (std::size_t i = 0; i < files.size(); i++) {
    auto bytes = read_file(files[i], max_raw_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    const std::size_t frame = inputs_[i].frame_bytes;
    if (bytes->empty() || bytes->size() % frame != 0)
      return refuse(printable(files[i]) + " has " + std::to_string(bytes->size()) +
                    " bytes, a frame of input " + printable(inputs_[i].name) + " has " +
                    std::to_string(frame));
    const std::size_t frames = bytes->size() / frame;
    if (i > 0 && frames != frames_)
      return refuse(printable(files[i]) + " has " + std::to_string(frames) + " frames, " +
                    printable(files[0]) + " has " + std::to_string(frames_));
    frames_ = frames;
    raw_.push_back(std::move(*bytes));
  }
  kind_ = Kind::raw;
  files_ = files;
  return {};
}

Result<void> Source::open_pictures(std::vector<std::string> files) {
  const auto& first = inputs_.front();
  const bool takes_pictures =
      inputs_.size() == 1 && first.shape.features == kColours && !first.transposed &&
      (first.order == hef::WireOrder::nhwc || first.order == hef::WireOrder::nhcw);
  if (!takes_pictures)
    return refuse(
        "the network does not take pictures (one input, three features, NHWC or NHCW): "
        "give raw frames");
  kind_ = Kind::pictures;
  files_ = std::move(files);
  frames_ = files_.size();
  // A file that is not there or no picture should be told before the board is
  // claimed; the others are read when their turn comes.
  auto decoded = picture(files_.front());
  if (!decoded) return std::unexpected(decoded.error());
  return {};
}

Placement Source::whole() const {
  const auto& shape = inputs_.front().shape;
  return place(shape.width, shape.height, shape.width, shape.height);
}

Result<Frame> Source::picture(const std::string& file) const {
  auto bytes = read_file(file, max_picture_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto image = decode_image(*bytes);
  if (!image) {
    image.error().message = printable(file) + ": " + image.error().message;
    return std::unexpected(image.error());
  }
  const auto& input = inputs_.front();
  Frame frame{file, place(image->width, image->height, input.shape.width, input.shape.height), {}};
  frame.inputs.push_back(wire_bytes(letterbox(*image, frame.placement), input));
  return frame;
}

Result<Frame> Source::frame(std::size_t number) const {
  if (kind_ == Kind::pictures) return picture(files_[number % frames_]);
  Frame frame{kind_ == Kind::raw ? files_.front() : "synthetic", whole(), {}};
  for (std::size_t i = 0; i < inputs_.size(); i++) {
    const std::size_t size = inputs_[i].frame_bytes;
    Bytes bytes(size);
    if (kind_ == Kind::raw) {
      const auto from = ByteView(raw_[i]).subspan(number % frames_ * size, size);
      std::ranges::copy(from, bytes.begin());
    } else {
      for (std::size_t at = 0; at < size; at++) bytes[at] = pattern(number, i, at);
    }
    frame.inputs.push_back(std::move(bytes));
  }
  return frame;
}

}  // namespace hailo::run
