/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which HailoRT release a board speaks.  Pure: no device, no locks.
 */
#ifndef HAILO_RELEASE_H
#define HAILO_RELEASE_H

#include <linux/types.h>

/**
 * struct hailo_release - version triple of HailoRT or of a firmware
 * @major: first number
 * @minor: second number
 * @revision: third number; raw from a device or image it also carries the
 *	flags outside %HAILO_FW_REVISION_MASK
 */
struct hailo_release {
	u32 major;
	u32 minor;
	u32 revision;
};

/**
 * enum hailo_release_source - why a board reports the release it reports
 * @HAILO_RELEASE_FROM_PIN: the board's sysfs attribute
 * @HAILO_RELEASE_FROM_PARAM: the module parameter
 * @HAILO_RELEASE_FROM_FW: the loaded or running firmware
 * @HAILO_RELEASE_FROM_DEFAULT: newest known one; there is no firmware, or it
 *	is of a release this driver does not know
 */
enum hailo_release_source {
	HAILO_RELEASE_FROM_PIN,
	HAILO_RELEASE_FROM_PARAM,
	HAILO_RELEASE_FROM_FW,
	HAILO_RELEASE_FROM_DEFAULT,
};

bool hailo_release_equal(const struct hailo_release *a,
			 const struct hailo_release *b);
bool hailo_release_same_major_minor(const struct hailo_release *a,
				    const struct hailo_release *b);
bool hailo_release_supported(const struct hailo_release *release);
bool hailo_release_has_memory_transfer(const struct hailo_release *release);
const struct hailo_release *hailo_release_newest(void);
int hailo_release_parse(const char *text, struct hailo_release *release);
int hailo_release_from_fw(const struct hailo_release *fw,
			  struct hailo_release *release);
enum hailo_release_source
hailo_release_select(const struct hailo_release *pin,
		     const struct hailo_release *param,
		     const struct hailo_release *fw,
		     struct hailo_release *release);

#endif /* HAILO_RELEASE_H */
