// SPDX-License-Identifier: GPL-2.0-only
/* get_unaligned_le32() and friends in <linux/unaligned.h>: 6.12. */
#include <linux/types.h>
#include <linux/unaligned.h>

u32 hailo_probe_linux_unaligned(const void *p);

u32 hailo_probe_linux_unaligned(const void *p)
{
	return get_unaligned_le32(p);
}
