/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INTERRUPTS_WAIT, both generations.
 */
#ifndef HAILO_WAIT_H
#define HAILO_WAIT_H

struct hailo_file;

long hailo_ioctl_wait(struct hailo_file *file, void *arg);
long hailo_ioctl_wait_v420(struct hailo_file *file, void *arg);

#endif /* HAILO_WAIT_H */
