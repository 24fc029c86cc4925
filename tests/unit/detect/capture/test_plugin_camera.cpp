// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <chrono>

#include "detect/capture/plugin_camera.h"
#include "detect/describe.h"

namespace hailo::detect {
namespace {

constexpr CameraRequest kRequest{640, 480, 30};
constexpr std::chrono::milliseconds kNoTime{0};

Result<CameraPlugin> load(const std::string& name) {
  return CameraPlugin::load(FAKE_PLUGINS "/fake_plugin_" + name + ".so");
}

Result<Picture> first_picture(const std::string& id) {
  auto source = load("good").value().open(id, kRequest);
  if (!source) return std::unexpected(source.error());
  return (*source)->next(kNoTime);
}

TEST(CameraPlugins, WhatIsNoneIsRefused) {
  const auto missing = load("missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Error::Code::not_found);
  const std::pair<const char*, const char*> bad[] = {
      {"old", "has ABI 0, not 1; build both from one source"},
      {"new", "has ABI 2, not 1; build both from one source"},
      {"without_entry", "has no hailo_get_camera_plugin()"}};
  for (const auto& [name, why] : bad) {
    const auto plugin = load(name);
    ASSERT_FALSE(plugin) << name;
    EXPECT_EQ(plugin.error().code, Error::Code::unsupported);
    EXPECT_TRUE(plugin.error().message.ends_with(why)) << plugin.error().message;
  }
  const auto no_object = CameraPlugin::load("/proc/self/cmdline");
  ASSERT_FALSE(no_object);
  EXPECT_EQ(no_object.error().code, Error::Code::unsupported);
  EXPECT_NE(no_object.error().message.find("does not load: "), std::string::npos);
}

TEST(CameraPlugins, CamerasAreListed) {
  const auto plugin = load("good").value();
  const auto cameras = plugin.list();
  ASSERT_TRUE(cameras) << cameras.error().message;
  ASSERT_EQ(cameras->size(), 6U);
  EXPECT_EQ(describe({cameras->front()}, plugin.library()),
            "libcamera:good: Fake\\x1b Cam (fake 1)\n");
}

TEST(CameraPlugins, WithoutACamera) {
  const auto plugin = load("empty").value();
  EXPECT_TRUE(plugin.list().value().empty());
  const auto source = plugin.open("", kRequest);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Error::Code::gone);
  EXPECT_EQ(source.error().message, "there is no camera");
}

TEST(CameraPlugins, PicturesComeAlsoWhenTheLoaderIsGone) {
  std::unique_ptr<Source> source;
  {
    const auto plugin = load("good").value();
    source = plugin.open("", kRequest).value();
  }
  EXPECT_TRUE(source->is_live());
  EXPECT_EQ(source->name(), "fake 1, Fake Cam (" + std::string(256, 'i') + "), 2x2 NV12M");
  const auto picture = source->next(kNoTime);
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->image->rgb, (Bytes{0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0}));
  EXPECT_LE(picture->captured, std::chrono::system_clock::now() - std::chrono::seconds(1));
}

TEST(CameraPlugins, WhatGoesWrongIsTold) {
  EXPECT_EQ(first_picture("slow").error().code, Error::Code::timeout);
  EXPECT_EQ(first_picture("damaged").error().code, Error::Code::protocol);
  const auto cut = first_picture("short");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Error::Code::protocol);
  EXPECT_EQ(cut.error().message, "Fake Cam gives a picture of 5 bytes, 6 are needed");
  EXPECT_TRUE(first_picture("many")) << "more planes than there can be are not looked at";
  const auto busy = first_picture("other");
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Error::Code::busy);
  EXPECT_EQ(busy.error().message, "it is used by another program");

  const auto source = load("good").value().open("gone", kRequest).value();
  EXPECT_TRUE(source->next(kNoTime));
  EXPECT_EQ(source->next(kNoTime).error().code, Error::Code::gone);
}

TEST(CameraPlugins, TheyComeAfterV4l2) {
  const auto name = [](Error::Code code, const std::string& plugin) {
    const auto source =
        or_libcamera(fail(code, "V4L2's"), FAKE_PLUGINS "/fake_plugin_" + plugin + ".so", kRequest);
    return source ? (*source)->name().substr(0, 6) : source.error().message;
  };
  EXPECT_EQ(name(Error::Code::not_found, "good"), "fake 1");
  EXPECT_EQ(name(Error::Code::busy, "good"), "fake 1");
  EXPECT_EQ(name(Error::Code::not_found, "missing"), "V4L2's");
  EXPECT_EQ(name(Error::Code::busy, "empty"), "V4L2's");
  EXPECT_EQ(name(Error::Code::not_found, "empty"), "V4L2's");
  EXPECT_TRUE(name(Error::Code::not_found, "old").ends_with("build both from one source"));
}

}  // namespace
}  // namespace hailo::detect
