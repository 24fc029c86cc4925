/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_DEBUGFS_H
#define HAILO_DEBUGFS_H

#include <linux/kconfig.h>

struct hailo_dev;

#if IS_ENABLED(CONFIG_DEBUG_FS)
int hailo_debugfs_init(void);
void hailo_debugfs_exit(void);
void hailo_debugfs_add(struct hailo_dev *hdev);
void hailo_debugfs_del(struct hailo_dev *hdev);
#else
static inline int hailo_debugfs_init(void) { return 0; }
static inline void hailo_debugfs_exit(void) { }
static inline void hailo_debugfs_add(struct hailo_dev *hdev) { }
static inline void hailo_debugfs_del(struct hailo_dev *hdev) { }
#endif

#endif /* HAILO_DEBUGFS_H */
