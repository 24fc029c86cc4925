/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, the only place that knows them.  The driver
 * speaks the newest upstream API; a shim fills in for older kernels and says
 * when it can go.  HAILO_HAVE_... come from Makefile.probes.
 */
#ifndef HAILO_COMPAT_H
#define HAILO_COMPAT_H

#include <linux/device.h>
#include <linux/module.h>

/* Goes when the oldest supported kernel is 6.12. */
#ifdef HAILO_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * Goes when the oldest supported kernel is 6.4.  The old class_create() is a
 * macro with one lock class key per call site; the driver has one call site.
 */
#ifndef HAILO_HAVE_CLASS_CREATE_NAME
static inline struct class *hailo_class_create_owner(const char *name)
{
	return class_create(THIS_MODULE, name);
}

#undef class_create

static inline struct class *class_create(const char *name)
{
	return hailo_class_create_owner(name);
}
#endif

#endif /* HAILO_COMPAT_H */
