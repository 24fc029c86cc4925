// SPDX-License-Identifier: MIT
#include "detect/capture/plugin_camera.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "detect/capture/pixels.h"
#include "lib/base/text.h"

namespace hailo::detect {
namespace {

constexpr const char* kLibcameraPlugin = "hailo-detect-libcamera.so";

std::unexpected<Error> failed(int result, const hailo_camera_why& why) {
  Error error = Error::from_errno(-result, "");
  error.message = printable({why.text, ::strnlen(why.text, sizeof(why.text))});
  return std::unexpected(std::move(error));
}

template <std::size_t N>
std::string text_of(const char (&text)[N]) {
  return printable({text, ::strnlen(text, N)});
}

class Camera : public Source {
 public:
  Camera(std::shared_ptr<void> object, const hailo_camera_plugin& functions, hailo_camera* camera,
         const hailo_camera_format& format)
      : object_(std::move(object)),
        functions_(functions),
        camera_(camera),
        id_(text_of(format.id)),
        model_(text_of(format.model)),
        format_{format.fourcc, format.width, format.height,
                std::max<std::size_t>(format.stride, row_bytes(format.fourcc, format.width)),
                format.chroma_stride} {}
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;
  ~Camera() override { functions_.close(camera_); }

  std::string name() const override {
    return std::string(functions_.library) + ", " + model_ + " (" + id_ + "), " +
           std::to_string(format_.width) + "x" + std::to_string(format_.height) + " " +
           fourcc_name(format_.fourcc);
  }
  bool is_live() const override { return true; }

  Result<Picture> next(std::chrono::milliseconds timeout) override {
    hailo_camera_picture picture{};
    hailo_camera_why why{};
    const int got =
        functions_.take(camera_, static_cast<std::uint32_t>(timeout.count()), &picture, &why);
    if (got < 0) return failed(got, why);
    if (got == 0) return fail(Error::Code::timeout, model_ + " has no picture yet");
    if (picture.damaged) return fail(Error::Code::protocol, model_ + " gives a damaged picture");
    const auto started = std::chrono::steady_clock::now();
    std::array<ByteView, 2> planes;
    const auto count = std::min<std::size_t>(picture.planes, planes.size());
    for (std::size_t i = 0; i < count; i++)
      planes[i] = {picture.plane[i].bytes, picture.plane[i].size};
    auto image = to_image(std::span(planes).first(count), format_);
    if (!image) {
      image.error().message = model_ + " gives " + image.error().message;
      return std::unexpected(image.error());
    }
    const auto age = std::chrono::nanoseconds(std::max<std::int64_t>(picture.age_ns, 0));
    return Picture{std::chrono::system_clock::now() -
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(age),
                   std::make_shared<const Image>(std::move(*image)),
                   std::chrono::steady_clock::now() - started};
  }

 private:
  std::shared_ptr<void> object_;  ///< goes last
  const hailo_camera_plugin& functions_;
  hailo_camera* camera_;
  std::string id_;
  std::string model_;
  PixelFormat format_;
};

}  // namespace

Result<CameraPlugin> CameraPlugin::load(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(Error::Code::not_found, "there is no plugin " + printable(file));
  const auto refused = [&](const std::string& why) {
    return fail(Error::Code::unsupported, "the plugin " + printable(file) + " " + why);
  };
  // Never unloaded: libraries of C++ leave threads and destructors behind.
  std::shared_ptr<void> object(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
                               [](void* handle) {
                                 if (handle) ::dlclose(handle);
                               });
  if (!object) return refused("does not load: " + printable(::dlerror()));
  const auto entry = reinterpret_cast<decltype(&hailo_get_camera_plugin)>(
      ::dlsym(object.get(), "hailo_get_camera_plugin"));
  if (!entry) return refused("has no hailo_get_camera_plugin()");
  const auto* functions = entry();
  if (!functions) return refused("gives nothing");
  if (functions->abi != HAILO_CAMERA_PLUGIN_ABI)
    return refused("has ABI " + std::to_string(functions->abi) + ", not " +
                   std::to_string(HAILO_CAMERA_PLUGIN_ABI) + "; build both from one source");
  return CameraPlugin(std::move(object), functions);
}

std::string CameraPlugin::library() const { return printable(functions_->library); }

Result<std::vector<PluginCamera>> CameraPlugin::list() const {
  std::vector<PluginCamera> cameras;
  hailo_camera_why why{};
  const int result = functions_->list(
      [](void* context, const char* id, const char* model) {
        static_cast<std::vector<PluginCamera>*>(context)->push_back(
            {printable(id), printable(model)});
      },
      &cameras, &why);
  if (result < 0) return failed(result, why);
  return cameras;
}

Result<std::unique_ptr<Source>> CameraPlugin::open(const std::string& id,
                                                   const CameraRequest& request) const {
  const hailo_camera_request wanted{id.c_str(), request.width, request.height, request.rate,
                                    request.fourcc};
  hailo_camera* camera = nullptr;
  hailo_camera_format format{};
  hailo_camera_why why{};
  const int result = functions_->open(&wanted, &camera, &format, &why);
  if (result < 0) return failed(result, why);
  return std::make_unique<Camera>(object_, *functions_, camera, format);
}

Result<std::unique_ptr<Source>> open_libcamera(const std::string& plugin, const std::string& id,
                                               const CameraRequest& request) {
  const auto loaded = CameraPlugin::load(plugin);
  if (!loaded) return std::unexpected(loaded.error());
  return loaded->open(id, request);
}

Result<std::unique_ptr<Source>> or_libcamera(Result<std::unique_ptr<Source>> camera,
                                             const std::string& plugin,
                                             const CameraRequest& request) {
  if (camera) return camera;
  auto other = open_libcamera(plugin, "", request);
  // What is wrong with a camera says more than that there is no other one.
  const auto is_none = [](const Error& error) {
    return error.code == Error::Code::not_found || error.code == Error::Code::gone;
  };
  if (other || (is_none(camera.error()) && !is_none(other.error()))) return other;
  return camera;
}

std::string libcamera_plugin_path() {
  std::error_code unreadable;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", unreadable).parent_path();
  std::error_code missing;
  if (std::filesystem::exists(beside / kLibcameraPlugin, missing))
    return (beside / kLibcameraPlugin).string();
  return (beside.parent_path() / "lib/hailo-detect" / kLibcameraPlugin).string();
}

}  // namespace hailo::detect
