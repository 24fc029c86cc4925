// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors and the arithmetic of descriptor lists.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "hailo_desc.h"

/* Segments after the first @offset bytes, one piece of the run each. */
struct hailo_desc_walk {
	struct scatterlist *sg;
	unsigned int left;
	u64 skip;
	u64 size;
	u64 addr;
	u64 chunk;
};

static void hailo_desc_walk_start(struct hailo_desc_walk *walk, const struct hailo_desc_run *run)
{
	walk->sg = run->sg;
	walk->left = run->nents;
	walk->skip = run->offset;
	walk->size = run->size;
}

static bool hailo_desc_walk_next(struct hailo_desc_walk *walk)
{
	while (walk->size && walk->left) {
		u64 len = sg_dma_len(walk->sg);
		u64 addr = sg_dma_address(walk->sg);

		walk->sg = sg_next(walk->sg);
		walk->left--;
		if (walk->skip >= len) {
			walk->skip -= len;
			continue;
		}
		walk->addr = addr + walk->skip;
		walk->chunk = min(walk->size, len - walk->skip);
		walk->skip = 0;
		walk->size -= walk->chunk;
		return true;
	}
	return false;
}

/**
 * hailo_desc_alignment() - what segments start and end at multiples of
 * @sg: mapped segments of a buffer
 * @nents: how many
 *
 * The end of the last one may be anywhere.
 *
 * Return: a power of two, at most 2^31.
 */
u32 hailo_desc_alignment(struct scatterlist *sg, unsigned int nents)
{
	u64 bits = 0;

	for (; nents; nents--, sg = sg_next(sg)) {
		bits |= sg_dma_address(sg);
		if (nents > 1)
			bits |= sg_dma_len(sg);
	}
	return bits ? BIT(min(__ffs64(bits), 31ul)) : BIT(31);
}

/*
 * How many descriptors the run takes.  *uniform is false if one before the
 * last is not full.
 */
static int hailo_desc_count(const struct hailo_desc_ring *ring, const struct hailo_desc_run *run,
			    bool *uniform)
{
	u64 limit = ring->circular ? run->room : min(run->room, ring->count - run->start);
	struct hailo_desc_walk walk;
	u64 count = 0;

	*uniform = true;
	if (run->align >= ring->page_size) {
		count = hailo_desc_pages(ring, run->size);
		return count <= limit ? count : -ERANGE;
	}
	hailo_desc_walk_start(&walk, run);
	while (hailo_desc_walk_next(&walk)) {
		if (walk.addr % HAILO_DESC_ADDR_ALIGN)
			return -EINVAL;
		if (walk.size && walk.chunk % ring->page_size)
			*uniform = false;
		count += hailo_desc_pages(ring, walk.chunk);
		if (count > limit)
			return -ERANGE;
	}
	return walk.size ? -EFAULT : count;
}

/*
 * Full descriptors of one contiguous chunk that crosses neither 4 GiB nor the
 * end of the list: two stores each, this is the loop that a large frame spends
 * its time in.
 */
static void hailo_desc_write_full(struct hailo_desc *desc, u32 count, u64 addr, u32 page, u32 full)
{
	u64 low = addr << 32 | hailo_desc_control(full);
	__le64 high = cpu_to_le64(addr >> 32);
	__le64 *word = (__le64 *)desc;
	__le64 *end = word + 2 * (size_t)count;

	for (; word < end; word += 2, low += (u64)page << 32) {
		word[0] = cpu_to_le64(low);
		word[1] = high;
	}
}

/* Writes the descriptors of one contiguous chunk, returns the next index. */
static u32 hailo_desc_write_chunk(const struct hailo_desc_ring *ring, u32 index, u64 addr,
				  u64 chunk, u32 full)
{
	u32 page = ring->page_size;
	unsigned int shift = ilog2(page);

	while (chunk) {
		/* Up to here the upper half of the address stays as it is. */
		u64 same = SZ_4G - lower_32_bits(addr);
		u32 count = min_t(u64, (min(chunk, same) + page - 1) >> shift, ring->count - index);
		u64 size = min(chunk, (u64)count << shift);
		u32 last = size - ((u64)(count - 1) << shift);

		hailo_desc_write_full(ring->descs + index, count - 1, addr, page, full);
		hailo_desc_write_full(ring->descs + index + count - 1, 1,
				      addr + ((u64)(count - 1) << shift), page,
				      last < page ? last : full);
		addr += size;
		chunk -= size;
		index += count;
		if (index == ring->count)
			index = 0;
	}
	return index;
}

/* Do two runs of descriptors have one in common? */
static bool hailo_desc_overlap(const struct hailo_desc_ring *ring, u32 start, u32 count,
			       u32 other_start, u32 other_count)
{
	/* Distances on the ring: wrapping around its end changes nothing. */
	u32 to = hailo_desc_wrap(ring, start + ring->count - other_start);
	u32 from = hailo_desc_wrap(ring, other_start + ring->count - start);

	return count && other_count && (to < other_count || from < count);
}

/**
 * hailo_desc_room() - how many descriptors may be written
 * @ring: the list
 * @start: first descriptor, inside the list
 * @busy_start: first descriptor that the device may be using
 * @busy_count: how many
 *
 * Return: the number from @start up to the first one in use, or all.
 */
u32 hailo_desc_room(const struct hailo_desc_ring *ring, u32 start, u32 busy_start, u32 busy_count)
{
	if (!busy_count)
		return ring->count;
	if (hailo_desc_overlap(ring, start, 1, busy_start, busy_count))
		return 0;
	return hailo_desc_wrap(ring, busy_start + ring->count - start);
}

/* Descriptors are about to point elsewhere. */
static void hailo_desc_forget(struct hailo_desc_ring *ring, u32 start, u32 count)
{
	struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++)
		if (b->id && hailo_desc_overlap(ring, start, count, b->start, b->count))
			b->id = 0;
}

static struct hailo_binding *hailo_desc_find(struct hailo_desc_ring *ring,
					     const struct hailo_desc_run *run)
{
	struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++)
		if (b->id == run->id && b->start == run->start && b->offset == run->offset &&
		    b->size == run->size && !b->patched)
			return b;
	return NULL;
}

static void hailo_desc_remember(struct hailo_desc_ring *ring, const struct hailo_desc_run *run,
				u32 count)
{
	ring->bindings[ring->next_binding] = (struct hailo_binding) {
		.id = run->id,
		.offset = run->offset,
		.size = run->size,
		.start = run->start,
		.count = count,
		.last = run->size - (u64)(count - 1) * ring->page_size,
	};
	ring->next_binding = (ring->next_binding + 1) % HAILO_DESC_BINDINGS;
}

/**
 * hailo_desc_bind() - point descriptors at a buffer (section 8.1)
 * @ring: the list
 * @run: which bytes, which descriptors
 *
 * Nothing is written unless everything fits.  If the same bytes are bound to
 * the same descriptors already only the last one is written: its size is all
 * that completion has changed.
 *
 * Return: number of descriptors; -EINVAL for a start outside the list, an
 * offset that is not page aligned, a bad stride or a misaligned segment;
 * -ERANGE if the list or the room in it is too short; -EFAULT if the buffer is.
 */
int hailo_desc_bind(struct hailo_desc_ring *ring, const struct hailo_desc_run *run)
{
	u32 stride = run->stride & (ring->page_size - 1);
	struct hailo_desc_walk walk;
	struct hailo_binding *b;
	u32 index = run->start;
	bool uniform;
	int count;

	if (run->start >= ring->count || run->offset & (ring->page_size - 1) || !run->size)
		return -EINVAL;
	if (stride && (run->size & (ring->page_size - 1) || run->stride > ring->page_size))
		return -EINVAL;

	b = stride ? NULL : hailo_desc_find(ring, run);
	if (b && b->count <= run->room) {
		hailo_desc_set_last(ring, hailo_desc_wrap(ring, b->start + b->count - 1), b->last,
				    0);
		return b->count;
	}

	count = hailo_desc_count(ring, run, &uniform);
	if (count < 0)
		return count;

	hailo_desc_forget(ring, run->start, count);
	hailo_desc_walk_start(&walk, run);
	while (hailo_desc_walk_next(&walk))
		index = hailo_desc_write_chunk(ring, index, walk.addr, walk.chunk,
					       stride ? stride : ring->page_size);
	if (uniform && !stride)
		hailo_desc_remember(ring, run, count);
	return count;
}

/**
 * hailo_desc_patch() - change a descriptor for good
 * @ring: the list
 * @index: which descriptor, inside the list
 * @size: bytes it moves
 * @flags: of hailo_desc_irq_flags()
 *
 * As hailo_desc_set_last(), but nobody restores it: the run of descriptors it
 * belongs to is not what it was bound as any more.
 */
void hailo_desc_patch(struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags)
{
	struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++)
		if (b->id && hailo_desc_overlap(ring, index, 1, b->start, b->count))
			b->patched = true;
	hailo_desc_set_last(ring, index, size, flags);
}
