// SPDX-License-Identifier: GPL-2.0-only
/* Must not compile with any kernel, see Makefile.probes. */
#include <linux/device.h>

int hailo_canary_fails(struct device *dev);

int hailo_canary_fails(struct device *dev)
{
	return hailo_no_kernel_has_this(dev);
}
