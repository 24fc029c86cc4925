// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detect/capture/camera.h"
#include "detect/capture/camera_plugin.h"
#include "detect/capture/source.h"

namespace hailo::detect {

/// A camera that a plugin knows.
struct PluginCamera {
  std::string id;
  std::string model;
};

/// A loaded plugin; stays loaded as long as this or a source of it is there.
class CameraPlugin {
 public:
  /// Error::Code::not_found if there is no such file; Error::Code::unsupported if
  /// it is no plugin, or one of another ABI.
  static Result<CameraPlugin> load(const std::string& file);

  /// "libcamera 0.0.3"
  std::string library() const;

  Result<std::vector<PluginCamera>> list() const;

  /// Starts a camera; without an id the first one that can be used.
  Result<std::unique_ptr<Source>> open(const std::string& id, const CameraRequest& request) const;

 private:
  CameraPlugin(std::shared_ptr<void> object, const hailo_camera_plugin* functions)
      : object_(std::move(object)), functions_(functions) {}

  std::shared_ptr<void> object_;  ///< dlopen's
  const hailo_camera_plugin* functions_;
};

/// Where the plugin for libcamera is: beside the program, as after a build, or
/// else in ../lib/hailo-detect from there, as after `make install`.
std::string libcamera_plugin_path();

/// Starts the camera that libcamera calls so, or else its first one.
Result<std::unique_ptr<Source>> open_libcamera(const std::string& plugin, const std::string& id,
                                               const CameraRequest& request);

/// The first of what a plugin knows if `camera` (of V4L2) is none and there is a
/// plugin; else what `camera` is.
Result<std::unique_ptr<Source>> or_libcamera(Result<std::unique_ptr<Source>> camera,
                                             const std::string& plugin,
                                             const CameraRequest& request);

}  // namespace hailo::detect
