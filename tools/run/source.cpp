// SPDX-License-Identifier: MIT
#include "run/source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/image/files.h"
#include "lib/image/wire.h"

namespace hailo::run {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_raw_bytes = 1 << 30;
/// 65536 descriptors of 4096 bytes.
constexpr std::uint32_t max_frame_bytes = 1U << 28;

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

std::string raw_name(const std::string& folder, std::size_t input) {
  return (fs::path(folder) / ("in" + std::to_string(input) + ".raw")).string();
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
  for (const auto& stream : inputs)
    if (stream.frame_bytes > max_frame_bytes)
      return refuse("a frame of input " + printable(stream.name) + " has " +
                    std::to_string(stream.frame_bytes) + " bytes, a board takes at most " +
                    std::to_string(max_frame_bytes));
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
    if (files->empty())
      return refuse(printable(input) + " holds no PNG, JPEG or PPM, and no in0.raw");
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
  if (!takes_pictures(inputs_))
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
  auto image = read_image(file);
  if (!image) return std::unexpected(image.error());
  const auto& input = inputs_.front();
  Frame frame{file, place(image->width, image->height, input.shape.width, input.shape.height), {}};
  Bytes bytes(input.frame_bytes);
  write_pixels(*image, frame.placement, input, bytes);
  frame.inputs.push_back(std::move(bytes));
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
