/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_HWMON_H
#define HAILO_HWMON_H

#include <linux/kconfig.h>

struct hailo_dev;

#if IS_ENABLED(CONFIG_HWMON)
void hailo_hwmon_add(struct hailo_dev *hdev);
void hailo_hwmon_del(struct hailo_dev *hdev);
#else
static inline void hailo_hwmon_add(struct hailo_dev *hdev) { }
static inline void hailo_hwmon_del(struct hailo_dev *hdev) { }
#endif

#endif /* HAILO_HWMON_H */
