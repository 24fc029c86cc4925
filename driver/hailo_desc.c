// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors and the arithmetic of descriptor lists.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/scatterlist.h>

#include "hailo_desc.h"

/**
 * hailo_desc_pages() - descriptors that @size bytes take if no segment is short
 * @ring: the list
 * @size: bytes
 *
 * Return: the number, at most U32_MAX.
 */
u32 hailo_desc_pages(const struct hailo_desc_ring *ring, u64 size)
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
u32 hailo_desc_wrap(const struct hailo_desc_ring *ring, u64 index)
{
	if (ring->circular)
		return index & (ring->count - 1);
	return index < ring->count ? index : do_div(index, ring->count);
}

/**
 * hailo_desc_irq_flags() - control bits that ask for interrupts (section 5.1)
 * @domain: HAILO_DOMAIN_*, a bit set
 * @debug: have the status written, too
 *
 * Return: bits to add to the control word, 0 for no domain.
 */
u32 hailo_desc_irq_flags(u32 domain, bool debug)
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

static u32 hailo_desc_control(u32 size)
{
	return size << HAILO_DESC_CONTROL_SIZE_SHIFT | HAILO_DESC_CONTROL_STATUS_ERR;
}

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

/* Two stores a descriptor: this is the loop that a large frame spends its time in. */
static void hailo_desc_write(struct hailo_desc *desc, u64 addr, u32 size)
{
	__le64 *words = (__le64 *)desc;

	words[0] = cpu_to_le64(addr << 32 | hailo_desc_control(size));
	words[1] = cpu_to_le64(addr >> 32);
}

/* Writes the descriptors of one contiguous chunk, returns the next index. */
static u32 hailo_desc_write_chunk(const struct hailo_desc_ring *ring, u32 index, u64 addr,
				  u64 chunk, u32 full)
{
	u32 page = ring->page_size;

	while (chunk) {
		u32 room = ring->count - index;
		struct hailo_desc *desc = ring->descs + index;

		for (; chunk > page && room > 1; room--) {
			hailo_desc_write(desc++, addr, full);
			addr += page;
			chunk -= page;
		}
		hailo_desc_write(desc, addr, chunk < page ? chunk : full);
		addr += page;
		chunk -= min_t(u64, chunk, page);

		index = desc - ring->descs + 1;
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
	u32 to = hailo_desc_wrap(ring, (u64)start + ring->count - other_start);
	u32 from = hailo_desc_wrap(ring, (u64)other_start + ring->count - start);

	return count && other_count && (to < other_count || from < count);
}

/**
 * hailo_desc_room() - how many descriptors may be written
 * @ring: the list
 * @start: first descriptor, inside the list
 *
 * Return: the number from @start up to the first one that the device may be
 * using, or all.
 */
u32 hailo_desc_room(const struct hailo_desc_ring *ring, u32 start)
{
	if (!ring->busy_count)
		return ring->count;
	if (hailo_desc_overlap(ring, start, 1, ring->busy_start, ring->busy_count))
		return 0;
	return hailo_desc_wrap(ring, (u64)ring->busy_start + ring->count - start);
}

/* Descriptors are about to point elsewhere. */
static void hailo_desc_forget(struct hailo_desc_ring *ring, u32 start, u32 count)
{
	struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++)
		if (b->id && hailo_desc_overlap(ring, start, count, b->start, b->count))
			b->id = 0;
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
bool hailo_desc_bound(const struct hailo_desc_ring *ring, u64 id, u32 start, u32 count, u32 last)
{
	const struct hailo_binding *b;

	for (b = ring->bindings; b < ring->bindings + HAILO_DESC_BINDINGS; b++) {
		u32 rest = b->size - (u64)(b->count - 1) * ring->page_size;
		u64 end;

		if (b->id != id)
			continue;
		end = hailo_desc_wrap(ring, (u64)start + ring->count - b->start) + (u64)count;
		if (end < b->count || (end == b->count && last <= rest))
			return true;
		/* The whole ring: the run goes on at the start of the buffer. */
		if (b->count == ring->count && rest == ring->page_size)
			return true;
	}
	return false;
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
		hailo_desc_set_last(ring, hailo_desc_wrap(ring, (u64)b->start + b->count - 1),
				    b->size - (u64)(b->count - 1) * ring->page_size, 0);
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
 * hailo_desc_set_last() - size and interrupts of a transfer's last descriptor
 * @ring: the list
 * @index: which descriptor, inside the list
 * @size: bytes it moves
 * @flags: of hailo_desc_irq_flags()
 */
void hailo_desc_set_last(const struct hailo_desc_ring *ring, u32 index, u32 size, u32 flags)
{
	ring->descs[index].control = cpu_to_le32(hailo_desc_control(size) | flags);
	/* What the device wrote on the last lap would speak for this one. */
	ring->descs[index].status = 0;
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

/**
 * hailo_desc_add_flags() - ask for interrupts when a descriptor is done
 * @ring: the list
 * @index: which descriptor, inside the list
 * @flags: of hailo_desc_irq_flags()
 */
void hailo_desc_add_flags(const struct hailo_desc_ring *ring, u32 index, u32 flags)
{
	ring->descs[index].control |= cpu_to_le32(flags);
}

/**
 * hailo_desc_restore() - make a descriptor a plain full one again (section 10.3)
 * @ring: the list
 * @index: which descriptor, inside the list
 */
void hailo_desc_restore(const struct hailo_desc_ring *ring, u32 index)
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
bool hailo_desc_passed(u32 last, u32 from, u32 to, u32 available)
{
	if (to == available)
		return true;
	if (from <= to)
		return last >= from && last < to;
	return last >= from || last < to;
}
