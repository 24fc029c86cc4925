/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Between hailo-detect and a plugin that knows cameras of its own: a shared
 * object with a function hailo_get_camera_plugin(). Plain C, so that neither has to
 * be built with what the other was. Functions return 0 or more, or -errno with
 * a sentence in `why`. One thread at a time uses a plugin.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with everything below. */
#define HAILO_CAMERA_PLUGIN_ABI 1

struct hailo_camera; /* of the plugin's making */

struct hailo_camera_why {
  char text[256]; /* ends with a 0 */
};

/* Called for each camera; the strings are the plugin's. */
typedef void (*hailo_camera_found)(void *context, const char *id, const char *model);

struct hailo_camera_request {
  const char *id; /* empty: the first one that can be used */
  uint32_t width; /* the nearest size is taken */
  uint32_t height;
  uint32_t rate;   /* pictures a second */
  uint32_t fourcc; /* V4L2's; 0: the best one */
};

struct hailo_camera_format {
  char id[256]; /* end with a 0 */
  char model[64];
  uint32_t fourcc; /* V4L2's: MJPEG, YUYV, NV12, NV12M or RGB24 */
  uint32_t width;
  uint32_t height;
  uint32_t stride;
  uint32_t chroma_stride; /* of the second plane, if there is one */
};

struct hailo_camera_picture {
  uint32_t planes; /* 1, or 2 of NV12M */
  struct {
    const uint8_t *bytes;
    size_t size;
  } plane[2];
  int64_t age_ns;   /* since it was taken */
  uint32_t damaged; /* 1: there is nothing in it */
};

struct hailo_camera_plugin {
  uint32_t abi;        /* HAILO_CAMERA_PLUGIN_ABI; nothing else may be looked at before */
  const char *library; /* "libcamera 0.0.3" */

  int (*list)(hailo_camera_found found, void *context, struct hailo_camera_why *why);
  /* Starts it. */
  int (*open)(const struct hailo_camera_request *request, struct hailo_camera **camera,
              struct hailo_camera_format *format, struct hailo_camera_why *why);
  /* The newest picture, which stays until the next call: 1, or 0 if there is none in time. */
  int (*take)(struct hailo_camera *camera, uint32_t timeout_ms,
              struct hailo_camera_picture *picture, struct hailo_camera_why *why);
  void (*close)(struct hailo_camera *camera);
};

const struct hailo_camera_plugin *hailo_get_camera_plugin(void);

#ifdef __cplusplus
}
#endif
