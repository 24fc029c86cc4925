/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors and the arithmetic of descriptor lists.  Pure: no device, no
 * locks (chapter 2, sections 5, 8 and 10.1).
 */
#ifndef HAILO_DESC_H
#define HAILO_DESC_H

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
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
 * @last: bytes that the last one moves
 * @patched: sizes and interrupts in the middle of it were changed
 */
struct hailo_binding {
	u64 id;
	u64 offset;
	u64 size;
	u32 start;
	u32 count;
	u32 last;
	bool patched;
};

/**
 * struct hailo_desc_ring - a descriptor list as this file sees it
 * @descs: the descriptors
 * @count: how many, 2 to 65536; a power of two if @circular
 * @page_size: bytes a full descriptor moves, a power of two
 * @circular: indices wrap at @count
 * @next_binding: entry that is replaced next
 * @bindings: see struct hailo_binding
 */
struct hailo_desc_ring {
	struct hailo_desc *descs;
	u32 count;
	u32 page_size;
	bool circular;
	unsigned int next_binding;
	struct hailo_binding bindings[HAILO_DESC_BINDINGS];
};

/**
 * struct hailo_desc_run - what is to be programmed
 * @id: of the buffer, unique for ever
 * @sg: mapped segments of the buffer
 * @nents: how many
 * @align: segments start and end at multiples of it, but for the end of the last
 *	one, and @offset + @size is inside them; 0 if that is not known
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
	u32 align;
	u64 offset;
	u64 size;
	u32 start;
	u32 room;
	u32 stride;
};

/* Small, and many of them in each frame: inline. */

/**
 * hailo_desc_pages() - descriptors that @size bytes take if no segment is short
 * @ring: the list
 * @size: bytes
 *
 * Return: the number, at most U32_MAX.
 */
static inline u32 hailo_desc_pages(const struct hailo_desc_ring *ring, u64 size)
{
	return min_t(u64, (size + ring->page_size - 1) >> ilog2(ring->page_size), U32_MAX);
}

/**
 * hailo_desc_wrap() - an index, brought into the list
 * @ring: the list
 * @index: the index, not wrapped
 *
 * Return: @index modulo the number of descriptors.
 */
static inline u32 hailo_desc_wrap(const struct hailo_desc_ring *ring, u32 index)
{
	if (likely(index < ring->count))
		return index;
	return ring->circular ? index & (ring->count - 1) : index % ring->count;
}

/**
 * hailo_desc_irq_flags() - control bits that ask for interrupts (section 5.1)
 * @domain: HAILO_DOMAIN_*, a bit set
 * @debug: have the status written, too
 *
 * Return: bits to add to the control word, 0 for no domain.
 */
static inline u32 hailo_desc_irq_flags(u32 domain, bool debug)
{
	u32 flags = 0;

	if (domain & HAILO_DOMAIN_DEVICE)
		flags |= HAILO_DESC_CONTROL_IRQ_DEVICE;
	if (domain & HAILO_DOMAIN_HOST)
		flags |= HAILO_DESC_CONTROL_IRQ_HOST;
	if (!flags)
		return 0;
	flags |= HAILO_DESC_CONTROL_IRQ_DONE | HAILO_DESC_CONTROL_IRQ_ERR;
	if (debug)
		flags |= HAILO_DESC_CONTROL_STATUS_REQ | HAILO_DESC_CONTROL_STATUS_ERR;
	return flags;
}

/**
 * hailo_desc_control() - control word of a descriptor that asks for no interrupt
 * @size: bytes it moves
 *
 * Return: the word.
 */
static inline u32 hailo_desc_control(u32 size)
{
	return size << HAILO_DESC_CONTROL_SIZE_SHIFT | HAILO_DESC_CONTROL_STATUS_ERR;
}

/**
 * hailo_desc_set_last() - size and interrupts of a transfer's last descriptor
 * @ring: the list
 * @index: which descriptor, inside the list
 * @size: bytes it moves
 * @flags: of hailo_desc_irq_flags()
 */
static inline void hailo_desc_set_last(const struct hailo_desc_ring *ring, u32 index, u32 size,
				       u32 flags)
{
	ring->descs[index].control = cpu_to_le32(hailo_desc_control(size) | flags);
	/* What the device wrote on the last lap would speak for this one. */
	ring->descs[index].status = 0;
}

/**
 * hailo_desc_add_flags() - ask for interrupts when a descriptor is done
 * @ring: the list
 * @index: which descriptor, inside the list
 * @flags: of hailo_desc_irq_flags()
 */
static inline void hailo_desc_add_flags(const struct hailo_desc_ring *ring, u32 index, u32 flags)
{
	ring->descs[index].control |= cpu_to_le32(flags);
}

/**
 * hailo_desc_restore() - make a descriptor a plain full one again (section 10.3)
 * @ring: the list
 * @index: which descriptor, inside the list
 */
static inline void hailo_desc_restore(const struct hailo_desc_ring *ring, u32 index)
{
	ring->descs[index].control = cpu_to_le32(hailo_desc_control(ring->page_size));
}

/**
 * hailo_desc_passed() - has the engine passed a descriptor (section 10.1)
 * @last: the descriptor
 * @from: where the engine was when the last transfer was reported
 * @to: where it is now
 * @available: one past the last descriptor that was given to it
 *
 * All are indices inside the list.
 *
 * Return: true if @last lies in the circular interval from @from up to but not
 * including @to, or if everything given is done.
 */
static inline bool hailo_desc_passed(u32 last, u32 from, u32 to, u32 available)
{
	if (to == available)
		return true;
	if (from <= to)
		return last >= from && last < to;
	return last >= from || last < to;
}

/**
 * hailo_desc_bound() - do descriptors point at a buffer
 * @ring: the list
 * @id: of the buffer
 * @start: first descriptor, inside the list
 * @count: how many
 * @last: bytes that the last one is to move
 *
 * Return: true if they were bound to it, and none moves more than it was bound
 * to.
 */
static inline bool hailo_desc_bound(const struct hailo_desc_ring *ring, u64 id, u32 start,
				    u32 count, u32 last)
{
	const struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++) {
		u32 end;

		if (b->id != id)
			continue;
		end = hailo_desc_wrap(ring, start + ring->count - b->start) + count;
		if (end < b->count || (end == b->count && last <= b->last))
			return true;
		/* The whole ring: the run goes on at the start of the buffer. */
		if (b->count == ring->count && b->last == ring->page_size)
			return true;
	}
	return false;
}

u32 hailo_desc_alignment(struct scatterlist *sg, unsigned int nents);
int hailo_desc_bind(struct hailo_desc_ring *ring, const struct hailo_desc_run *run);
void hailo_desc_patch(struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags);
u32 hailo_desc_room(const struct hailo_desc_ring *ring, u32 start, u32 busy_start, u32 busy_count);

#endif /* HAILO_DESC_H */
