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

/* Runs of descriptors whose addresses are remembered, per list. */
#define HAILO_DESC_BINDINGS	32

/**
 * struct hailo_binding - descriptors that still point where they were bound
 * @id: what they point at, 0 for an unused entry
 * @offset: first byte in it
 * @size: bytes
 * @start: first descriptor
 * @count: how many; all but the last move a full page
 * @patched: sizes and interrupts in the middle of it were changed
 */
struct hailo_binding {
	u64 id;
	u64 offset;
	u64 size;
	u32 start;
	u32 count;
	bool patched;
};

/**
 * struct hailo_desc_ring - a descriptor list as this file sees it
 * @descs: the descriptors
 * @count: how many, 2 to 65536; a power of two if @circular
 * @page_size: bytes a full descriptor moves, a power of two
 * @circular: indices wrap at @count
 * @busy_start: first descriptor that the device may be using
 * @busy_count: how many; they are not to be written
 * @next_binding: entry that is replaced next
 * @bindings: see struct hailo_binding
 */
struct hailo_desc_ring {
	struct hailo_desc *descs;
	u32 count;
	u32 page_size;
	bool circular;
	u32 busy_start;
	u32 busy_count;
	unsigned int next_binding;
	struct hailo_binding bindings[HAILO_DESC_BINDINGS];
};

/**
 * struct hailo_desc_run - what is to be programmed
 * @id: of the buffer, unique for ever
 * @sg: mapped segments of the buffer
 * @nents: how many
 * @offset: first byte, from the start of @sg
 * @size: bytes, more than 0
 * @start: first descriptor
 * @room: descriptors that may be written from there on, at most the whole list
 * @stride: bytes moved by each descriptor, 0 for the page size
 */
struct hailo_desc_run {
	u64 id;
	struct scatterlist *sg;
	unsigned int nents;
	u64 offset;
	u64 size;
	u32 start;
	u32 room;
	u32 stride;
};

u32 hailo_desc_pages(const struct hailo_desc_ring *ring, u64 size);
u32 hailo_desc_wrap(const struct hailo_desc_ring *ring, u64 index);
u32 hailo_desc_irq_flags(u32 domain, bool debug);

int hailo_desc_bind(struct hailo_desc_ring *ring, const struct hailo_desc_run *run);
bool hailo_desc_bound(const struct hailo_desc_ring *ring, u64 id, u32 start, u32 count, u32 last);
void hailo_desc_patch(struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags);
u32 hailo_desc_room(const struct hailo_desc_ring *ring, u32 start);
void hailo_desc_set_last(const struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags);
void hailo_desc_add_flags(const struct hailo_desc_ring *ring, u32 index, u32 flags);
void hailo_desc_restore(const struct hailo_desc_ring *ring, u32 index);

bool hailo_desc_passed(u32 last, u32 from, u32 to, u32 available);

#endif /* HAILO_DESC_H */
