/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HAILO_SYSFS_H
#define HAILO_SYSFS_H

struct attribute_group;

/* Attributes of the class device. */
extern const struct attribute_group *hailo_sysfs_groups[];

#endif /* HAILO_SYSFS_H */
