// SPDX-License-Identifier: MIT
#include "lib/image/files.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "lib/base/read_file.h"
#include "lib/base/text.h"

namespace hailo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxPictureBytes = 1 << 28;

}  // namespace

std::string lower_extension(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

bool is_picture_name(const std::string& path) {
  const std::string extension = lower_extension(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" || extension == ".ppm";
}

Result<std::vector<std::string>> pictures_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (is_picture_name(it->path().string())) files.push_back(it->path().string());
  if (error) return fail_errno(error.value(), "cannot list " + printable(folder));
  std::ranges::sort(files);
  return files;
}

Result<Image> read_image(const std::string& file) {
  auto bytes = read_file(file, kMaxPictureBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto image = decode_image(*bytes);
  if (!image) image.error().message = printable(file) + ": " + image.error().message;
  return image;
}

}  // namespace hailo
