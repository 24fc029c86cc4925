// SPDX-License-Identifier: GPL-2.0-only
/* dma_buf_map_attachment_unlocked(): 6.2. */
#include <linux/dma-buf.h>

struct sg_table *hailo_probe_dma_buf_map(struct dma_buf_attachment *attachment);

struct sg_table *hailo_probe_dma_buf_map(struct dma_buf_attachment *attachment)
{
	return dma_buf_map_attachment_unlocked(attachment, DMA_TO_DEVICE);
}
