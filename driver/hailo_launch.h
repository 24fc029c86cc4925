/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LAUNCH_TRANSFER, both generations.
 */
#ifndef HAILO_LAUNCH_H
#define HAILO_LAUNCH_H

struct hailo_file;

long hailo_ioctl_launch(struct hailo_file *file, void *arg);
long hailo_ioctl_launch_v420(struct hailo_file *file, void *arg);

#endif /* HAILO_LAUNCH_H */
