// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "detect/capture/camera.h"
#include "detect/capture/pixels.h"
#include "fake_camera.h"
#include "support/fake_root.h"
#include "support/pictures.h"

namespace hailo::detect {
namespace {

using test::FakeCamera;
constexpr std::chrono::milliseconds kNoTime{0};
constexpr CameraRequest kRequest{640, 480, 30};

Result<std::unique_ptr<Source>> start(FakeCamera& camera, const CameraRequest& request = kRequest) {
  return open_camera(camera.node(), "/dev/video0", request);
}

/// What is agreed: "640x480 YUYV".
std::string agreed(FakeCamera& camera, const CameraRequest& request = kRequest) {
  const auto source = start(camera, request);
  if (!source) return source.error().message;
  return std::to_string(camera.set.width) + "x" + std::to_string(camera.set.height) + " " +
         fourcc_name(camera.set.fourcc);
}

FakeCamera tiny(std::uint32_t fourcc = V4L2_PIX_FMT_RGB24) {
  FakeCamera camera;
  camera.formats = {{fourcc, {{4, 2, 30}}}};
  return camera;
}

/// A picture of the tiny camera, all of one value.
FakeCamera::Shot shot(std::uint8_t value, std::uint32_t flags = 0) {
  return {Bytes(4 * 2 * 3, value), flags};
}

TEST(CameraFormats, TheNearestSizeWins) {
  FakeCamera camera;
  camera.formats = {{V4L2_PIX_FMT_YUYV, {{320, 240, 30}, {640, 480, 30}, {1280, 720, 10}}}};
  EXPECT_EQ(agreed(camera), "640x480 YUYV");
  EXPECT_EQ(agreed(camera, {1000, 700, 30}), "1280x720 YUYV");
  EXPECT_EQ(agreed(camera, {1, 1, 30}), "320x240 YUYV");
}

TEST(CameraFormats, ARawFormatThatIsTooSlowLosesToMjpeg) {
  FakeCamera camera;
  camera.formats = {{V4L2_PIX_FMT_MJPEG, {{640, 480, 30}, {1280, 720, 30}}},
                    {V4L2_PIX_FMT_YUYV, {{640, 480, 30}, {1280, 720, 10}}}};
  EXPECT_EQ(agreed(camera), "640x480 YUYV");
  EXPECT_EQ(agreed(camera, {1280, 720, 30}), "1280x720 MJPEG");
  EXPECT_EQ(agreed(camera, {1280, 720, 10}), "1280x720 YUYV");
}

TEST(CameraFormats, RangesAndUnknownOnes) {
  FakeCamera camera;
  camera.formats = {{v4l2_fourcc('H', '2', '6', '4'), {{640, 480, 60}}}, {V4L2_PIX_FMT_NV12, {}}};
  EXPECT_EQ(agreed(camera), "640x480 NV12");
  EXPECT_EQ(agreed(camera, {4000, 3000, 30}), "1920x1080 NV12");
  camera.formats.pop_back();
  EXPECT_EQ(agreed(camera),
            "/dev/video0 (Fake Cam) has none of MJPEG, YUYV, NV12, NV12M and RGB24");
}

TEST(CameraFormats, OneMayBeAskedFor) {
  FakeCamera camera;
  camera.formats = {{V4L2_PIX_FMT_MJPEG, {{1280, 720, 10}}}, {V4L2_PIX_FMT_YUYV, {{640, 480, 30}}}};
  EXPECT_EQ(agreed(camera, {640, 480, 30, V4L2_PIX_FMT_MJPEG}), "1280x720 MJPEG");
  EXPECT_EQ(agreed(camera, {640, 480, 30, V4L2_PIX_FMT_NV12M}),
            "/dev/video0 (Fake Cam) has no NV12M");
}

TEST(CameraFormats, TheRateIsAskedFor) {
  auto camera = tiny();
  ASSERT_TRUE(start(camera, {4, 2, 15}));
  EXPECT_EQ(camera.interval.numerator, 1U);
  EXPECT_EQ(camera.interval.denominator, 15U);
}

TEST(Cameras, PicturesComeAndBuffersGoBack) {
  auto camera = tiny();
  camera.padding = 5;
  auto source = start(camera).value();
  EXPECT_TRUE(source->is_live());
  EXPECT_EQ(source->name(), "/dev/video0, Fake Cam, 4x2 RGB24");
  EXPECT_EQ(source->next(kNoTime).error().code, Error::Code::timeout);
  for (std::uint8_t i = 1; i < 20; i++) {
    camera.shots.push_back({Bytes(2 * 17, i)});
    const auto picture = source->next(kNoTime);
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(picture->image->rgb, Bytes(4 * 2 * 3, i));
    EXPECT_EQ(camera.queued(), 4U);
  }
  source.reset();
  EXPECT_FALSE(camera.open);
  EXPECT_EQ(camera.misuse, std::vector<std::string>());
}

TEST(Cameras, OfSeveralPicturesTheNewestIsTaken) {
  auto camera = tiny();
  auto source = start(camera).value();
  for (const std::uint8_t value : {1, 2, 3}) camera.shots.push_back(shot(value));
  EXPECT_EQ(source->next(kNoTime)->image->rgb[0], 3);
  EXPECT_EQ(camera.queued(), 4U);
  EXPECT_EQ(source->next(kNoTime).error().code, Error::Code::timeout);
}

TEST(Cameras, ADamagedPictureIsOneLess) {
  auto camera = tiny();
  auto source = start(camera).value();
  camera.shots.push_back(shot(1, V4L2_BUF_FLAG_ERROR));
  EXPECT_EQ(source->next(kNoTime).error().code, Error::Code::protocol);
  camera.shots.push_back({Bytes(5)});
  const auto shorter = source->next(kNoTime);
  ASSERT_FALSE(shorter);
  EXPECT_EQ(shorter.error().code, Error::Code::protocol);
  EXPECT_EQ(shorter.error().message, "/dev/video0 gives a picture of 5 bytes, 24 are needed");
  camera.shots.push_back(shot(7));
  EXPECT_EQ(source->next(kNoTime)->image->rgb[0], 7);
  EXPECT_EQ(camera.queued(), 4U);
}

TEST(Cameras, ABufferThatClaimsMoreThanItHas) {
  auto camera = tiny();
  camera.buffer_bytes = 20;
  auto source = start(camera).value();
  camera.shots.push_back({Bytes(100, 3)});
  EXPECT_EQ(source->next(kNoTime).error().message,
            "/dev/video0 gives a picture of 20 bytes, 24 are needed");
}

TEST(Cameras, UnpluggedIsTheEnd) {
  auto camera = tiny();
  auto source = start(camera).value();
  camera.unplugged = true;
  const auto picture = source->next(kNoTime);
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code, Error::Code::gone);
  EXPECT_EQ(picture.error().message, "/dev/video0 gives no picture: No such device");
}

TEST(Cameras, EachStepThatFailsIsTold) {
  const std::pair<unsigned long, const char*> steps[] = {
      {VIDIOC_QUERYCAP, "is no video node"},          {VIDIOC_S_FMT, "does not take a format"},
      {VIDIOC_REQBUFS, "is used by another program"}, {VIDIOC_QUERYBUF, "does not tell"},
      {VIDIOC_QBUF, "does not take a buffer"},        {VIDIOC_STREAMON, "does not start"}};
  for (const auto& [command, text] : steps) {
    auto camera = tiny();
    camera.faults[{command, 0}] = EBUSY;
    const auto source = start(camera);
    ASSERT_FALSE(source) << text;
    EXPECT_NE(source.error().message.find(text), std::string::npos) << source.error().message;
    EXPECT_FALSE(camera.open);
    EXPECT_EQ(camera.misuse, std::vector<std::string>());
  }
  auto camera = tiny();
  camera.faults[{VIDIOC_S_PARM, 0}] = ENOTTY;
  EXPECT_TRUE(start(camera)) << "a camera without a choice of rates";
  camera = tiny();
  camera.buffer_count = 1;
  EXPECT_FALSE(start(camera)) << "too few buffers";
  camera = tiny();
  camera.buffer_bytes = 0;
  EXPECT_FALSE(start(camera)) << "buffers without bytes";
  camera = tiny();
  camera.capabilities = V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_STREAMING;
  EXPECT_EQ(start(camera).error().message, "/dev/video0 (Fake Cam) captures no pictures");
}

FakeCamera multi_planar(std::uint32_t fourcc) {
  auto camera = tiny(fourcc);
  camera.capabilities = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
  return camera;
}

TEST(MultiPlanarCameras, OnePlane) {
  auto camera = multi_planar(V4L2_PIX_FMT_RGB24);
  camera.padding = 5;
  camera.data_offset = 7;
  auto source = start(camera).value();
  EXPECT_EQ(source->name(), "/dev/video0, Fake Cam, 4x2 RGB24");
  for (std::uint8_t i = 1; i < 10; i++) {
    camera.shots.push_back({Bytes(2 * 17, i)});
    const auto picture = source->next(kNoTime);
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(picture->image->rgb, Bytes(4 * 2 * 3, i)) << "what is before the data is left out";
    EXPECT_EQ(camera.queued(), 4U);
  }
  source.reset();
  EXPECT_FALSE(camera.open);
  EXPECT_EQ(camera.misuse, std::vector<std::string>());
}

TEST(MultiPlanarCameras, TwoPlanes) {
  auto camera = multi_planar(V4L2_PIX_FMT_NV12M);
  camera.padding = 1;
  auto source = start(camera).value();
  EXPECT_EQ(source->name(), "/dev/video0, Fake Cam, 4x2 NV12M");
  const auto grey = [](std::uint8_t level) {
    return FakeCamera::Shot{Bytes(2 * 5, level), 0, Bytes(5, 128)};
  };
  camera.shots = {grey(16), grey(235)};
  EXPECT_EQ(source->next(kNoTime)->image->rgb, Bytes(4 * 2 * 3, 255)) << "the newest one";
  EXPECT_EQ(camera.queued(), 4U);
  auto cut = grey(16);
  cut.chroma.resize(3);
  camera.shots = {cut};
  EXPECT_EQ(source->next(kNoTime).error().message,
            "/dev/video0 gives a picture of 3 bytes, 4 are needed");
  source.reset();
  EXPECT_EQ(camera.misuse, std::vector<std::string>());
}

TEST(MultiPlanarCameras, ADataOffsetThatCannotBe) {
  auto camera = multi_planar(V4L2_PIX_FMT_RGB24);
  camera.buffer_bytes = 30;
  camera.data_offset = 31;
  auto source = start(camera).value();
  camera.shots = {shot(1)};
  EXPECT_EQ(source->next(kNoTime).error().message,
            "/dev/video0 gives a picture of 0 bytes, 24 are needed");
}

TEST(MultiPlanarCameras, OfBothKindsOnePlaneIsAskedFor) {
  auto camera = tiny();
  camera.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
  EXPECT_EQ(agreed(camera, {4, 2, 30}), "4x2 RGB24");
  EXPECT_EQ(camera.misuse, std::vector<std::string>());
}

TEST(SharedBuffers, APictureComesInMemoryOfTheHeap) {
  for (const std::uint32_t fourcc : {V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_NV12M}) {
    const bool two_planes = fourcc == V4L2_PIX_FMT_NV12M;
    auto camera = two_planes ? multi_planar(fourcc) : tiny(fourcc);
    camera.imports = true;
    auto source = open_camera(camera.node(), "/dev/video0", kRequest, camera.heap()).value();
    EXPECT_TRUE(source->name().ends_with(", dma-buf")) << source->name();
    EXPECT_EQ(camera.shared(), two_planes ? 8U : 4U);
    for (std::uint8_t i = 1; i < 10; i++) {
      camera.shots.push_back({Bytes(4 * 2 * 3, 16), 0, Bytes(4, 128)});
      camera.shots.push_back({Bytes(4 * 2 * 3, 235), 0, Bytes(4, 128)});
      const auto picture = source->next(kNoTime);
      ASSERT_TRUE(picture) << picture.error().message;
      EXPECT_EQ(picture->image->rgb[0], two_planes ? 255 : 235);
      EXPECT_EQ(camera.queued(), 4U);
      EXPECT_EQ(camera.reading, 0);
    }
    source.reset();
    EXPECT_EQ(camera.shared(), 0U);
    EXPECT_EQ(camera.misuse, std::vector<std::string>());
  }
}

TEST(SharedBuffers, ACameraThatDoesNotTakeThemUsesItsOwn) {
  struct Case {
    unsigned long command;
    int nth;
    int error;
  };
  for (const Case& c : {Case{VIDIOC_REQBUFS, 0, EINVAL}, Case{VIDIOC_QBUF, 0, EFAULT},
                        Case{VIDIOC_QBUF, 2, EFAULT}, Case{VIDIOC_STREAMON, 0, EIO}}) {
    auto camera = tiny();
    camera.imports = true;
    camera.faults[{c.command, c.nth}] = c.error;
    auto source = open_camera(camera.node(), "/dev/video0", kRequest, camera.heap());
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ((*source)->name(), "/dev/video0, Fake Cam, 4x2 RGB24");
    EXPECT_EQ(camera.shared(), 0U);
    camera.shots.push_back(shot(7));
    EXPECT_EQ((*source)->next(kNoTime)->image->rgb[0], 7);
    source->reset();
    EXPECT_EQ(camera.misuse, std::vector<std::string>());
  }
  auto camera = tiny();
  camera.imports = true;
  const AllocateShared empty = [](std::size_t) { return fail_errno(ENOMEM, "no memory"); };
  const auto source = open_camera(camera.node(), "/dev/video0", kRequest, empty);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->name(), "/dev/video0, Fake Cam, 4x2 RGB24");
}

TEST(SharedBuffers, WithoutAHeapThereIsNone) {
  EXPECT_FALSE(open_dma_heap("/dev/null/none"));
  // Something that opens, but is no heap.
  const auto heap = open_dma_heap("/dev/null");
  ASSERT_TRUE(heap);
  EXPECT_FALSE(heap(4096));
}

TEST(CameraLists, WhatIsNoCameraIsLeftOut) {
  test::FakeRoot root;
  for (const char* name : {"video0", "video1", "video2"}) {
    root.folder("/sys/class/video4linux/" + std::string(name));
    root.file("/sys/class/video4linux/" + std::string(name) + "/dev", "81:0\n");
  }
  FakeCamera scaler = tiny();
  scaler.capabilities = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
  FakeCamera camera = tiny();
  camera.card = "Good\x1b[2J Cam";
  const OpenVideoNode open = [&](const std::string& path) -> Result<std::unique_ptr<VideoNode>> {
    if (path.ends_with("video0")) return scaler.node();
    if (path.ends_with("video1")) return camera.node();
    return fail_errno(EACCES, "cannot open " + path);
  };
  const auto cameras = list_cameras(root.root(), open);
  ASSERT_TRUE(cameras) << cameras.error().message;
  ASSERT_EQ(cameras->size(), 1U);
  EXPECT_EQ(cameras->front().node, "/dev/video1");
  EXPECT_EQ(cameras->front().card, "Good\\x1b[2J Cam");
  ASSERT_EQ(cameras->front().formats.size(), 1U);
  EXPECT_EQ(cameras->front().formats[0].sizes[0].rate, 30);

  const auto first = open_first_camera(root.root(), open, kRequest);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->name().substr(0, 11), "/dev/video1");
}

TEST(CameraLists, WithoutACameraTheReasonIsTold) {
  test::FakeRoot root;
  const OpenVideoNode busy = [](const std::string&) -> Result<std::unique_ptr<VideoNode>> {
    return fail_errno(EACCES, "cannot open /dev/video0");
  };
  EXPECT_EQ(open_first_camera(root.root(), busy, kRequest).error().message,
            "no camera is plugged in");
  root.file("/sys/class/video4linux/video0/dev", "81:0\n");
  EXPECT_EQ(open_first_camera(root.root(), busy, kRequest).error().message,
            "cannot open /dev/video0: Permission denied");
}

}  // namespace
}  // namespace hailo::detect
