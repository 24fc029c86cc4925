// SPDX-License-Identifier: GPL-2.0-only
/* sg_alloc_table_from_pages_segment(): 5.15. */
#include <linux/scatterlist.h>

int hailo_probe_sg_alloc_segment(struct sg_table *sgt, struct page **pages);

int hailo_probe_sg_alloc_segment(struct sg_table *sgt, struct page **pages)
{
	return sg_alloc_table_from_pages_segment(sgt, pages, 1, 0, 1, PAGE_SIZE, GFP_KERNEL);
}
