// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/image/image.h"

namespace hailo {

/// Whether a file of this name should be a picture: PNG, JPEG or PPM.
bool is_picture_name(const std::string& path);

/// The pictures in a folder, told by their names' ends, in the order of their
/// names; maybe none.
Result<std::vector<std::string>> pictures_in(const std::string& folder);

/// ".jpg" of "a/B.JPG"
std::string lower_extension(const std::string& path);

/// A picture from a file; an error names it.
Result<Image> read_image(const std::string& file);

}  // namespace hailo
