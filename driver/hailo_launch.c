// SPDX-License-Identifier: GPL-2.0-only
/*
 * LAUNCH_TRANSFER, from a client's numbers to the doorbell (chapter 2, section
 * 9; chapter 3, 7.17 and 7.18).
 *
 * What each frame runs through: buffers are looked up straight into the slot of
 * the transfer, and only the first launch of a channel counts references of the
 * list.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/dma-buf.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/xarray.h>

#include <hailo/hailo_ioctl.h>

#include "compat/hailo_compat.h"
#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_launch.h"
#include "hailo_mem.h"
#include "hailo_queue.h"
#include "hailo_vdma.h"

/*
 * What LAUNCH_TRANSFER begins and ends with in both layouts; the buffers lie in between,
 * each kind at its own length.  A copy into one layout would cost more than it saves.
 */
struct hailo_launch_head {
	u8 engine_index;
	u8 channel_index;
	u64 desc_handle;
	u32 starting_desc;
	u8 should_bind;
	u8 buffers_count;
} __packed;

struct hailo_launch_tail {
	u32 first_interrupts_domain;
	u32 last_interrupts_domain;
	u8 is_debug;
} __packed;

#define HAILO_LAUNCH_TAIL(params)								\
	((const struct hailo_launch_tail *)&(params)->first_interrupts_domain)
#define HAILO_LAUNCH_ALIKE(type)								\
	(offsetof(type, channel_index) == offsetof(struct hailo_launch_head, channel_index) &&	\
	 offsetof(type, desc_handle) == offsetof(struct hailo_launch_head, desc_handle) &&	\
	 offsetof(type, starting_desc) == offsetof(struct hailo_launch_head, starting_desc) &&	\
	 offsetof(type, should_bind) == offsetof(struct hailo_launch_head, should_bind) &&	\
	 offsetof(type, buffers_count) == offsetof(struct hailo_launch_head, buffers_count) &&	\
	 offsetof(type, buffers) == sizeof(struct hailo_launch_head) &&			\
	 offsetof(type, last_interrupts_domain) - offsetof(type, first_interrupts_domain) ==	\
	 offsetof(struct hailo_launch_tail, last_interrupts_domain) &&			\
	 offsetof(type, is_debug) - offsetof(type, first_interrupts_domain) ==			\
	 offsetof(struct hailo_launch_tail, is_debug))
static_assert(HAILO_LAUNCH_ALIKE(struct hailo_vdma_launch_transfer_params));
static_assert(HAILO_LAUNCH_ALIKE(struct hailo_vdma_launch_transfer_params_v420));

/* Buffers */

/* By fd, newest first; called with mem_lock held. */
static struct hailo_map *hailo_launch_find_fd(struct hailo_file *file, u64 fd, u32 size,
					      enum dma_data_direction direction)
{
	struct dma_buf *dmabuf = fd <= INT_MAX ? dma_buf_get(fd) : ERR_PTR(-EBADF);
	struct hailo_map *found = NULL;
	struct hailo_map *map;

	if (IS_ERR(dmabuf))
		return NULL;
	list_for_each_entry(map, &file->map_fds, node) {
		/* The number alone may by now mean another buffer. */
		if (map->addr == fd && map->dmabuf == dmabuf && map->size >= size &&
		    hailo_map_allows(map, direction)) {
			found = map;
			break;
		}
	}
	dma_buf_put(dmabuf);
	return found;
}

static void hailo_launch_add(struct hailo_transfer *transfer, struct hailo_map *map, u32 offset,
			     u32 size)
{
	struct hailo_transfer_buffer *buffer = &transfer->buffers[transfer->buffers_count++];

	hailo_map_get(map);
	buffer->map = map;
	buffer->offset = offset;
	buffer->size = size;
}

/* By address or fd; called with mem_lock held. */
static __always_inline int hailo_launch_find(struct hailo_file *file,
					     struct hailo_transfer *transfer,
					     const struct hailo_vdma_transfer_buffer *from,
					     enum dma_data_direction direction)
{
	struct hailo_map *map = NULL;
	u32 offset = 0;

	if (!from->size)
		return -EINVAL;
	if (from->buffer_type == HAILO_BUFFER_USER_PTR) {
		map = hailo_map_tree_find(&file->map_tree, from->addr_or_fd, from->size,
					  direction);
		if (map)
			offset = from->addr_or_fd - map->addr;
	} else if (from->buffer_type == HAILO_BUFFER_DMABUF) {
		map = hailo_launch_find_fd(file, from->addr_or_fd, from->size, direction);
	}
	if (!map)
		return -EFAULT;
	hailo_launch_add(transfer, map, offset, from->size);
	return 0;
}

/* By handle and offset; called with mem_lock held. */
static __always_inline int
hailo_launch_find_v420(struct hailo_file *file, struct hailo_transfer *transfer,
		       const struct hailo_vdma_transfer_buffer_v420 *from,
		       enum dma_data_direction direction, bool bind)
{
	struct hailo_map *map = NULL;

	if (from->mapped_buffer_handle <= INT_MAX)
		map = xa_load(&file->maps, from->mapped_buffer_handle);
	if (!map || !hailo_map_allows(map, direction))
		return -EFAULT;
	if (!from->size || from->size > map->size || from->offset > map->size)
		return -EINVAL;
	/* Only a circular buffer, bound before, may wrap around its end. */
	if (bind && from->size > map->size - from->offset)
		return -EFAULT;
	hailo_launch_add(transfer, map, from->offset, from->size);
	return 0;
}

/* Descriptors */

/* The descriptors of one buffer, as hailo_launch_buffer(), pointed at it. */
static int hailo_launch_bind(struct hailo_desc_ring *ring,
			     const struct hailo_transfer_buffer *buffer, u32 start, u32 room,
			     u32 flags, u16 *last)
{
	struct hailo_desc_run run = {
		.offset = buffer->offset,
		.size = buffer->size,
		.start = start,
		.room = room,
	};
	int count;

	hailo_map_run(buffer->map, &run);
	count = hailo_desc_bind(ring, &run);
	if (count < 0)
		return count;
	*last = hailo_desc_wrap(ring, start + count - 1);
	hailo_desc_add_flags(ring, *last, flags);
	return count;
}

/*
 * The descriptors of one buffer, which are free and point at it already.
 * Returns how many they are, with *last the index of the last one.
 */
static __always_inline int hailo_launch_buffer(struct hailo_desc_ring *ring,
					       const struct hailo_transfer_buffer *buffer,
					       u32 start, u32 room, u32 flags, u16 *last)
{
	u32 count, rest;

	count = hailo_desc_pages(ring, buffer->size);
	if (count > room || (!ring->circular && start + count > ring->count))
		return -ERANGE;
	rest = buffer->size - (count - 1) * ring->page_size;
	if (!hailo_desc_bound(ring, buffer->map->id, start, count, rest))
		return -EFAULT;
	*last = hailo_desc_wrap(ring, start + count - 1);
	hailo_desc_set_last(ring, *last, rest, flags);
	return count;
}

/*
 * Writes the descriptors of all buffers.  Nothing is given to the device yet.
 * Returns the number of descriptors.
 */
static noinline int hailo_launch_buffers(struct hailo_desc_ring *ring,
					 struct hailo_transfer *transfer,
					 const struct hailo_launch_head *head,
					 const struct hailo_launch_tail *tail, u32 free)
{
	u32 start = head->starting_desc;
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < transfer->buffers_count; i++) {
		struct hailo_transfer_buffer *buffer = &transfer->buffers[i];
		bool final = i + 1 == transfer->buffers_count;
		u32 domain = final ? tail->last_interrupts_domain : HAILO_DOMAIN_NONE;
		u32 flags = hailo_desc_irq_flags(domain, tail->is_debug);
		int count;

		if (head->should_bind)
			count = hailo_launch_bind(ring, buffer, start, free - total, flags,
						  &transfer->last);
		else
			count = hailo_launch_buffer(ring, buffer, start, free - total, flags,
						    &transfer->last);
		if (count < 0)
			return count;
		transfer->dirty[transfer->dirty_count++] = transfer->last;
		total += count;
		start = hailo_desc_wrap(ring, start + count);
	}

	if (tail->first_interrupts_domain) {
		hailo_desc_add_flags(ring, head->starting_desc,
				     hailo_desc_irq_flags(tail->first_interrupts_domain,
							  tail->is_debug));
		transfer->dirty[transfer->dirty_count++] = head->starting_desc;
	}
	return total;
}

/* As above; what most launches are, one buffer bound before, goes straight through. */
static __always_inline int
hailo_launch_program(struct hailo_desc_ring *ring, struct hailo_transfer *transfer,
		     const struct hailo_launch_head *head, const struct hailo_launch_tail *tail,
		     u32 free)
{
	unsigned int i;
	int count;

	transfer->dirty_count = 0;
	if (likely(transfer->buffers_count == 1 && !head->should_bind &&
		   !tail->first_interrupts_domain)) {
		u32 flags = hailo_desc_irq_flags(tail->last_interrupts_domain,
						 tail->is_debug);

		count = hailo_launch_buffer(ring, &transfer->buffers[0], head->starting_desc,
					    free, flags, &transfer->last);
		if (count < 0)
			return count;
		transfer->dirty[0] = transfer->last;
		transfer->dirty_count = 1;
	} else {
		count = hailo_launch_buffers(ring, transfer, head, tail, free);
	}
	/* The engine wraps at a power of two only. */
	if (count > 0 && transfer->last + 1 == ring->count && !is_power_of_2(ring->count))
		count = -ERANGE;
	if (unlikely(count < 0))
		for (i = 0; i < transfer->dirty_count; i++)
			hailo_desc_restore(ring, transfer->dirty[i]);
	return count;
}

/* The launch */

/* Looks at the channel if firmware may have changed it since the last look. */
static noinline int hailo_launch_look(struct hailo_dev *hdev, struct hailo_channel *channel,
				      int generation)
{
	u32 control = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA,
				    channel->host_side + HAILO_VDMA_CONTROL);
	u32 avail = FIELD_GET(HAILO_VDMA_CONTROL_AVAIL_MASK, control);

	if (control == HAILO_HW_ALL_ONES && hailo_vdma_gone(hdev))
		return -ENODEV;
	if (!(control & HAILO_VDMA_CONTROL_START))
		return -ECONNRESET;
	if (avail != channel->queue->avail) {
		hailo_err_ratelimited(hdev,
				      "Channel %u hw state out of sync. num available is %u, expected %u\n",
				      channel->index, avail, channel->queue->avail);
		return -EFAULT;
	}
	channel->control = control & ~HAILO_VDMA_CONTROL_AVAIL_MASK;
	channel->generation = generation;
	/* A pause ends without a word to us, and must not come back with a doorbell. */
	channel->known = !(control & HAILO_VDMA_CONTROL_PAUSE) &&
			 !atomic_read(&hdev->vdma.unsettled);
	return 0;
}

static __always_inline int hailo_launch_check(struct hailo_dev *hdev,
					      struct hailo_channel *channel)
{
	int generation = atomic_read(&hdev->vdma.generation);

	if (likely(channel->known && channel->generation == generation))
		return 0;
	return hailo_launch_look(hdev, channel, generation);
}

/*
 * The second half, with the channel's lock held: nothing reaches the device
 * unless everything is in order.  Returns the number of descriptors.
 */
static __always_inline long
hailo_launch_commit(struct hailo_dev *hdev, struct hailo_channel *channel,
		    struct hailo_transfer *transfer, const struct hailo_launch_head *head,
		    const struct hailo_launch_tail *tail)
{
	const struct hailo_transfer_buffer *buffer = transfer->buffers;
	struct hailo_queue *queue = channel->queue;
	struct hailo_list *list = queue->list;
	struct hailo_desc_ring *ring = &list->ring;
	unsigned int i;
	u32 next;
	int ret;

	for (i = transfer->buffers_count; i; i--, buffer++)
		hailo_map_sync_for_device(buffer->map, buffer->offset, buffer->size);

	mutex_lock(&list->lock);
	ret = hailo_launch_check(hdev, channel);
	if (unlikely(ret))
		goto unlock;
	ret = -EFAULT;
	if (head->starting_desc != queue->avail || queue->count == HAILO_MAX_ONGOING - 1)
		goto unlock;
	ret = hailo_launch_program(ring, transfer, head, tail,
				   ring->count - 1 - queue->descs);
	if (unlikely(ret < 0))
		goto unlock;

	transfer->debug = tail->is_debug;
	transfer->descs = ret;
	next = hailo_desc_wrap(ring, transfer->last + 1);
	queue->count++;
	queue->avail = next;
	queue->descs += ret;

	/* writel() has the descriptors in memory before the device hears of them. */
	hailo_hw_write(&hdev->hw, HAILO_BAR_VDMA, channel->host_side + HAILO_VDMA_CONTROL,
		       channel->control | FIELD_PREP(HAILO_VDMA_CONTROL_AVAIL_MASK, next));
unlock:
	mutex_unlock(&list->lock);
	return ret;
}

/* With the channel's lock held: may the file launch on it? */
static __always_inline int hailo_launch_allowed(struct hailo_file *file,
						struct hailo_channel *channel)
{
	if (!channel->queue)
		return -ECONNRESET;
	if (channel->owner != file)
		return -EINVAL;
	if (unlikely(channel->zombie) && !hailo_channel_reap(file->hdev, channel, false))
		return -EFAULT;
	return 0;
}

/*
 * A channel uses one list from its first launch on, and a list one channel.
 * Called with mem_lock held, which keeps the list until the queue does.
 */
static noinline int hailo_launch_adopt(struct hailo_queue *queue, struct hailo_list *list)
{
	int ret = -EINVAL;

	if (queue->list)
		return ret;
	mutex_lock(&list->lock);
	if (!list->queue) {
		hailo_list_get(list);
		queue->list = list;
		list->queue = queue;
		ret = 0;
	}
	mutex_unlock(&list->lock);
	return ret;
}

/*
 * Looks up what the client names, with the channel's lock held: the buffers,
 * referenced, are in @transfer then, and the list is the channel's.  Returns 0
 * or errno.
 */
static __always_inline int
hailo_launch_look_up(struct hailo_file *file, struct hailo_channel *channel,
		     struct hailo_transfer *transfer,
		     const struct hailo_launch_head *head, bool v420)
{
	enum dma_data_direction direction =
		head->channel_index < HAILO_VDMA_FIRST_D2H ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	const struct hailo_vdma_transfer_buffer *buffers = (const void *)(head + 1);
	const struct hailo_vdma_transfer_buffer_v420 *old = (const void *)(head + 1);
	struct hailo_list *list;
	int ret = -EFAULT;
	unsigned int i;

	transfer->buffers_count = 0;
	mutex_lock(&file->mem_lock);
	list = hailo_object_find(file, head->desc_handle, HAILO_TAG_LIST);
	if (!list)
		goto unlock;
	ret = -EINVAL;
	if (head->starting_desc >= list->ring.count)
		goto unlock;
	for (i = 0; i < head->buffers_count; i++) {
		if (unlikely(v420))
			ret = hailo_launch_find_v420(file, transfer, &old[i], direction,
						     head->should_bind);
		else
			ret = hailo_launch_find(file, transfer, &buffers[i], direction);
		if (ret)
			goto unlock;
	}
	if (unlikely(channel->queue->list != list))
		ret = hailo_launch_adopt(channel->queue, list);
unlock:
	mutex_unlock(&file->mem_lock);
	return ret;
}

/*
 * Both generations: the buffers after @head are in the layout that @v420 says.
 * Returns the number of descriptors.
 */
static long hailo_launch(struct hailo_file *file, const struct hailo_launch_head *head,
			 const struct hailo_launch_tail *tail, bool v420)
{
	struct hailo_dev *hdev = file->hdev;
	struct hailo_transfer *transfer;
	struct hailo_channel *channel;
	struct hailo_queue *queue;
	unsigned int index;
	long ret;

	if (head->engine_index || head->channel_index >= HAILO_VDMA_CHANNELS ||
	    !head->buffers_count || head->buffers_count > HAILO_VDMA_MAX_BUFFERS)
		return -EINVAL;
	ret = hailo_dev_state_error(hdev);
	if (ret)
		return ret;

	/* As array_index_nospec(), in one instruction: hidden, the mask does not look needless. */
	index = head->channel_index;
	OPTIMIZER_HIDE_VAR(index);
	BUILD_BUG_ON_NOT_POWER_OF_2(HAILO_VDMA_CHANNELS);
	/* Hidden: else each use computes the two addresses anew from their indices. */
	channel = &hdev->vdma.channels[index & (HAILO_VDMA_CHANNELS - 1)];
	OPTIMIZER_HIDE_VAR(channel);
	mutex_lock(&channel->lock);
	ret = hailo_launch_allowed(file, channel);
	if (unlikely(ret))
		goto unlock;
	/* One slot more than transfers can be in flight. */
	queue = channel->queue;
	transfer = &queue->ring[(queue->head + queue->count) % HAILO_MAX_ONGOING];
	OPTIMIZER_HIDE_VAR(transfer);
	ret = hailo_launch_look_up(file, channel, transfer, head, v420);
	if (!ret)
		ret = hailo_launch_commit(hdev, channel, transfer, head, tail);
	if (unlikely(ret < 0))
		while (transfer->buffers_count)
			hailo_map_put(transfer->buffers[--transfer->buffers_count].map);
unlock:
	mutex_unlock(&channel->lock);
	return ret;
}

/**
 * hailo_ioctl_launch() - LAUNCH_TRANSFER since 4.21
 * @file: the file, valid, rwsem held for reading
 * @arg: struct hailo_vdma_launch_transfer_params
 *
 * Return: number of descriptors; -ENODEV if no firmware runs; -ECONNRESET if the
 * channel is not enabled or does not run; -EINVAL for somebody else's channel,
 * another list than the first one or bad numbers; -EFAULT for an unknown list or
 * buffer, if the start is not where the channel stands, 127 transfers are in
 * flight, or descriptors that are not to be bound do not point at the buffer;
 * -ERANGE if there is no room in the list.
 */
long hailo_ioctl_launch(struct hailo_file *file, void *arg)
{
	const struct hailo_vdma_launch_transfer_params *params = arg;

	return hailo_launch(file, arg, HAILO_LAUNCH_TAIL(params), false);
}

/**
 * hailo_ioctl_launch_v420() - LAUNCH_TRANSFER of 4.20
 * @file: the file, valid, rwsem held for reading
 * @arg: struct hailo_vdma_launch_transfer_params_v420; its outputs are set in
 *	any case
 *
 * Return: 0, or an errno of hailo_ioctl_launch().
 */
long hailo_ioctl_launch_v420(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_launch_transfer_params_v420 *old = arg;
	long ret = -EINVAL;

	if (old->buffers_count <= HAILO_VDMA_MAX_BUFFERS_V420)
		ret = hailo_launch(file, arg, HAILO_LAUNCH_TAIL(old), true);

	old->descs_programed = max(ret, 0L);
	old->launch_transfer_status = min(ret, 0L);
	return min(ret, 0L);
}
