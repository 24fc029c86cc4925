/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors and the arithmetic of descriptor lists.  Pure: no device, no
 * locks (chapter 2, sections 5, 8 and 10.1).
 */
#ifndef HAILO_DESC_H
#define HAILO_DESC_H

#include <linux/types.h>

#include "abi/hailo_vdma.h"

struct scatterlist;

/**
 * struct hailo_desc_ring - a descriptor list as this file sees it
 * @descs: the descriptors
 * @count: how many, 2 to 65536; a power of two if @circular
 * @page_size: bytes a full descriptor moves, a power of two
 * @circular: indices wrap at @count
 */
struct hailo_desc_ring {
	struct hailo_desc *descs;
	u32 count;
	u32 page_size;
	bool circular;
};

/**
 * struct hailo_desc_run - what is to be programmed
 * @sg: mapped segments of the buffer
 * @nents: how many
 * @offset: first byte, from the start of @sg
 * @size: bytes, more than 0
 * @start: first descriptor
 * @stride: bytes moved by each descriptor, 0 for the page size
 */
struct hailo_desc_run {
	struct scatterlist *sg;
	unsigned int nents;
	u64 offset;
	u64 size;
	u32 start;
	u32 stride;
};

u32 hailo_desc_pages(const struct hailo_desc_ring *ring, u64 size);
u32 hailo_desc_wrap(const struct hailo_desc_ring *ring, u64 index);
u32 hailo_desc_irq_flags(u32 domain, bool debug);

int hailo_desc_bind(const struct hailo_desc_ring *ring, const struct hailo_desc_run *run,
		    bool *uniform);
void hailo_desc_set_last(const struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags);
void hailo_desc_add_flags(const struct hailo_desc_ring *ring, u32 index, u32 flags);
void hailo_desc_restore(const struct hailo_desc_ring *ring, u32 index);

bool hailo_desc_passed(u32 last, u32 from, u32 to, u32 available);

#endif /* HAILO_DESC_H */
