// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long-term pins for reading break copy-on-write: 6.2.  That changed no API;
 * FOLL_PCI_P2PDMA came with the same release.
 */
#include <linux/mm.h>

unsigned int hailo_probe_reliable_read_pin(void);

unsigned int hailo_probe_reliable_read_pin(void)
{
	return FOLL_PCI_P2PDMA;
}
