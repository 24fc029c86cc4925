// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "detect/capture/camera.h"
#include "detect/capture/plugin_camera.h"
#include "lib/hef/hef.h"

namespace hailo::detect {

/// A model's chip, networks, inputs and outputs, for people.
std::string describe(const std::string& file, const hef::Hef& hef);

/// Cameras with their formats, for people.
std::string describe(const std::vector<CameraInfo>& cameras);
std::string describe(const std::vector<PluginCamera>& cameras, const std::string& library);

}  // namespace hailo::detect
