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
	u64 limit = ring->circular ? ring->count : ring->count - run->start;
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

/**
 * hailo_desc_bind() - point descriptors at a buffer (section 8.1)
 * @ring: the list
 * @run: which bytes, which descriptors
 * @uniform: set to whether all descriptors but the last move a full page
 *
 * Nothing is written unless everything fits.
 *
 * Return: number of descriptors; -EINVAL for a start outside the list, an
 * offset that is not page aligned, a bad stride or a misaligned segment;
 * -ERANGE if the list is too short; -EFAULT if the buffer is.
 */
int hailo_desc_bind(const struct hailo_desc_ring *ring, const struct hailo_desc_run *run,
		    bool *uniform)
{
	u32 stride = run->stride & (ring->page_size - 1);
	struct hailo_desc_walk walk;
	u32 index = run->start;
	int count;

	if (run->start >= ring->count || run->offset & (ring->page_size - 1) || !run->size)
		return -EINVAL;
	if (stride && (run->size & (ring->page_size - 1) || run->stride > ring->page_size))
		return -EINVAL;

	count = hailo_desc_count(ring, run, uniform);
	if (count < 0)
		return count;

	hailo_desc_walk_start(&walk, run);
	while (hailo_desc_walk_next(&walk))
		index = hailo_desc_write_chunk(ring, index, walk.addr, walk.chunk,
					       stride ? stride : ring->page_size);
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
