/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_BOOT_H
#define HAILO_BOOT_H

#include "hailo_release.h"

struct hailo_dev;

/* Module parameters; set before the first probe, then constant. */
extern bool hailo_support_soft_reset;
extern char *hailo_firmware_name;
extern struct hailo_release hailo_release_param;	/* major 0 = not given */

int hailo_boot(struct hailo_dev *hdev);

#endif /* HAILO_BOOT_H */
