// SPDX-License-Identifier: GPL-2.0-only
/*
 * vDMA channels: launch, completion, interrupts (chapter 2).
 *
 * Firmware starts and stops channels; the driver only moves num_avail.  What
 * the registers say is kept in memory, so that a launch costs one write and a
 * completion one read; whenever firmware may have changed something, the
 * generation steps and the next launch reads before it writes.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_mem.h"
#include "hailo_trace.h"
#include "hailo_vdma.h"

/* Look this often for an interrupt that did not arrive. */
#define HAILO_VDMA_POLL_MS	1000

/**
 * hailo_vdma_init() - an engine without enabled channels
 * @vdma: the engine, zeroed
 */
void hailo_vdma_init(struct hailo_vdma *vdma)
{
	unsigned int i;

	for (i = 0; i < HAILO_VDMA_CHANNELS; i++)
		mutex_init(&vdma->channels[i].lock);
	init_waitqueue_head(&vdma->wq);
}

/**
 * hailo_vdma_changed() - firmware may have started or stopped channels
 * @vdma: the engine; any context
 */
void hailo_vdma_changed(struct hailo_vdma *vdma)
{
	atomic_inc(&vdma->generation);
}

/**
 * hailo_vdma_unsettle() - firmware may start or stop channels from now on
 * @vdma: the engine
 */
void hailo_vdma_unsettle(struct hailo_vdma *vdma)
{
	atomic_inc(&vdma->unsettled);
	/* Who sees the new generation sees that nothing is settled, too. */
	smp_mb__before_atomic();
	hailo_vdma_changed(vdma);
}

/**
 * hailo_vdma_settle() - undo hailo_vdma_unsettle()
 * @vdma: the engine
 */
void hailo_vdma_settle(struct hailo_vdma *vdma)
{
	hailo_vdma_changed(vdma);
	/* Likewise: who sees that all is settled sees the new generation. */
	smp_mb__after_atomic();
	atomic_dec(&vdma->unsettled);
}

static u32 hailo_vdma_read(struct hailo_dev *hdev, u32 offset)
{
	return hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA, offset);
}

/* An answer of all ones may be nobody's. */
static bool hailo_vdma_gone(struct hailo_dev *hdev, u32 value)
{
	if (value != HAILO_HW_ALL_ONES || hailo_hw_alive(&hdev->hw))
		return false;
	hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device disconnected");
	return true;
}

/* Queues */

/* The device is done with a transfer; called with the list's lock held. */
static void hailo_transfer_finish(struct hailo_queue *queue, struct hailo_transfer *transfer)
{
	struct hailo_desc_ring *ring = &queue->list->ring;
	unsigned int i;

	if (ring->descs)
		for (i = 0; i < transfer->dirty_count; i++)
			hailo_desc_restore(ring, transfer->dirty[i]);
	for (i = 0; i < transfer->buffers_count; i++) {
		struct hailo_transfer_buffer *buffer = &transfer->buffers[i];

		hailo_map_sync_for_cpu(buffer->map, buffer->offset, buffer->size);
		hailo_map_put(buffer->map);
	}
}

static struct hailo_transfer *hailo_queue_oldest(struct hailo_queue *queue)
{
	return queue->count ? &queue->ring[queue->head] : NULL;
}

/* What the device may be using ends where num_avail stands. */
static void hailo_queue_push(struct hailo_queue *queue, u32 start, u32 next, u32 descs)
{
	struct hailo_desc_ring *ring = &queue->list->ring;

	if (!queue->count++)
		ring->busy_start = start;
	queue->avail = next;
	queue->descs += descs;
	ring->busy_count = queue->descs;
}

static void hailo_queue_pop(struct hailo_queue *queue)
{
	struct hailo_desc_ring *ring = &queue->list->ring;
	struct hailo_transfer *transfer = &queue->ring[queue->head];

	queue->descs -= transfer->descs;
	queue->proc = hailo_desc_wrap(ring, transfer->last + 1);
	queue->head = (queue->head + 1) % HAILO_MAX_ONGOING;
	queue->count--;
	ring->busy_start = queue->proc;
	ring->busy_count = queue->descs;
}

/* Frees a queue whose transfers the device has finished or given up. */
static void hailo_queue_free(struct hailo_queue *queue)
{
	struct hailo_list *list = queue->list;
	struct hailo_transfer *transfer;

	if (list) {
		mutex_lock(&list->lock);
		while ((transfer = hailo_queue_oldest(queue))) {
			hailo_transfer_finish(queue, transfer);
			hailo_queue_pop(queue);
		}
		list->queue = NULL;
		mutex_unlock(&list->lock);
		hailo_list_put(list);
	}
	kvfree(queue);
}

/* Enable and disable */

/**
 * hailo_vdma_irq_mask() - vDMA bits of the mask register
 * @hdev: the board; the caller holds irq_lock
 *
 * Return: the summary bits of all enabled channels.
 */
u32 hailo_vdma_irq_mask(struct hailo_dev *hdev)
{
	unsigned long enabled = hdev->vdma.enabled;
	unsigned int channel;
	u32 mask = 0;

	for_each_set_bit(channel, &enabled, HAILO_VDMA_CHANNELS)
		mask |= BIT(HAILO_VDMA_SUMMARY_BIT(channel));
	return mask;
}

static int hailo_vdma_enable_one(struct hailo_channel *channel, struct hailo_file *file,
				 struct hailo_stamps *stamps)
{
	struct hailo_queue *queue;

	queue = kvzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return -ENOMEM;

	mutex_lock(&channel->lock);
	channel->queue = queue;
	channel->owner = file;
	channel->known = false;
	channel->stamps = stamps;
	mutex_unlock(&channel->lock);
	return 0;
}

/* Returns the measured times, to be freed once no interrupt can see them. */
static struct hailo_stamps *hailo_vdma_disable_one(struct hailo_channel *channel)
{
	struct hailo_stamps *stamps;
	struct hailo_queue *queue;

	mutex_lock(&channel->lock);
	queue = channel->queue;
	stamps = channel->stamps;
	channel->queue = NULL;
	channel->owner = NULL;
	channel->stamps = NULL;
	/* The device may still use what is in flight: hailo_vdma_reap(). */
	if (queue && queue->count) {
		channel->zombie = queue;
		queue = NULL;
	}
	mutex_unlock(&channel->lock);

	if (queue)
		hailo_queue_free(queue);
	return stamps;
}

/*
 * Of channels that are not enabled, or not yet: interrupts that saw them enabled
 * held irq_lock, and are over.
 */
static void hailo_vdma_drop(struct hailo_vdma *vdma, u32 channels)
{
	unsigned long todo = channels;
	unsigned int channel;

	for_each_set_bit(channel, &todo, HAILO_VDMA_CHANNELS)
		kvfree(hailo_vdma_disable_one(&vdma->channels[channel]));
}

/**
 * hailo_vdma_enable() - let a file use channels
 * @hdev: the board, in use, rwsem held for reading, use_lock held
 * @file: the file
 * @channels: bitmap
 * @timestamps: measure the time of each interrupt
 *
 * Whoever has channels owns the board from now on: firmware is told when it
 * closes.
 *
 * Return: 0, -EINVAL if one of them is enabled already, -EBUSY if another file
 * owns the board, -ENOMEM.  Either all are enabled or none.
 */
int hailo_vdma_enable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels,
		      bool timestamps)
{
	struct hailo_vdma *vdma = &hdev->vdma;
	unsigned long todo = channels;
	struct hailo_stamps *stamps = NULL;
	unsigned int channel;
	u32 done = 0;
	int ret = 0;

	lockdep_assert_held(&hdev->use_lock);
	if (!channels)
		return 0;
	if (vdma->enabled & channels)
		return -EINVAL;
	if (hdev->owner && hdev->owner != file)
		return -EBUSY;

	for_each_set_bit(channel, &todo, HAILO_VDMA_CHANNELS) {
		if (timestamps) {
			stamps = kvzalloc(sizeof(*stamps), GFP_KERNEL_ACCOUNT);
			ret = stamps ? 0 : -ENOMEM;
		}
		if (!ret)
			ret = hailo_vdma_enable_one(&vdma->channels[channel], file, stamps);
		if (ret) {
			kvfree(stamps);
			break;
		}
		done |= BIT(channel);
	}
	if (ret) {
		hailo_vdma_drop(vdma, done);
		return ret;
	}

	spin_lock_irq(&hdev->irq_lock);
	vdma->enabled |= channels;
	vdma->pending &= ~channels;
	file->channels |= channels;
	hailo_irq_update_mask(hdev);
	spin_unlock_irq(&hdev->irq_lock);
	hdev->owner = file;
	return 0;
}

/**
 * hailo_vdma_disable() - take channels away from a file again
 * @hdev: the board, rwsem and use_lock held
 * @file: the file, valid or its board removed
 * @channels: bitmap; those of others are ignored
 *
 * Drops the file's interest in what is in flight and wakes its waiters.  It
 * does not stop the channels: firmware does, by a control.
 */
void hailo_vdma_disable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels)
{
	struct hailo_vdma *vdma = &hdev->vdma;

	lockdep_assert_held(&hdev->use_lock);
	spin_lock_irq(&hdev->irq_lock);
	channels &= file->channels;
	file->channels &= ~channels;
	vdma->enabled &= ~channels;
	vdma->pending &= ~channels;
	hailo_irq_update_mask(hdev);
	spin_unlock_irq(&hdev->irq_lock);

	hailo_vdma_drop(vdma, channels);
	hailo_vdma_wake(vdma, channels);
}

/**
 * hailo_vdma_stop() - take the channels away from all files
 * @hdev: the board, rwsem held for writing
 *
 * Files keep believing that they have them, until they are told otherwise.
 */
void hailo_vdma_stop(struct hailo_dev *hdev)
{
	struct hailo_vdma *vdma = &hdev->vdma;
	u32 channels;

	spin_lock_irq(&hdev->irq_lock);
	channels = vdma->enabled;
	vdma->enabled = 0;
	vdma->pending = 0;
	hailo_irq_update_mask(hdev);
	spin_unlock_irq(&hdev->irq_lock);

	hailo_vdma_drop(vdma, channels);
	hailo_vdma_wake(vdma, U32_MAX);
}

/*
 * Will the device not touch what the queue holds any more?  So if its channel
 * has stopped, stands where it has nothing left to do, or has been started
 * anew, with num_avail 0.
 */
static bool hailo_queue_over(struct hailo_dev *hdev, unsigned int channel,
			     const struct hailo_queue *queue)
{
	u32 side = HAILO_VDMA_HOST_SIDE(channel);
	u32 control = hailo_vdma_read(hdev, side + HAILO_VDMA_CONTROL);
	u32 avail = FIELD_GET(HAILO_VDMA_CONTROL_AVAIL_MASK, control);
	u32 progress, proc;

	/* A link that is down says nothing about the device behind it. */
	if (control == HAILO_HW_ALL_ONES)
		return false;
	if (!(control & HAILO_VDMA_CONTROL_START) || avail != queue->avail)
		return true;
	progress = hailo_vdma_read(hdev, side + HAILO_VDMA_PROGRESS);
	proc = FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK, progress);
	return progress != HAILO_HW_ALL_ONES &&
	       hailo_desc_wrap(&queue->list->ring, proc) == queue->avail;
}

/* With the channel's lock held; returns false if the device may still use it. */
static bool hailo_channel_reap(struct hailo_dev *hdev, unsigned int index,
			       struct hailo_channel *channel, bool stopped)
{
	struct hailo_queue *zombie = channel->zombie;

	if (!zombie)
		return true;
	if (!stopped && !hailo_queue_over(hdev, index, zombie))
		return false;
	channel->zombie = NULL;
	hailo_queue_free(zombie);
	return true;
}

/**
 * hailo_vdma_reap() - let go of what was in flight on disabled channels
 * @hdev: the board, rwsem held
 * @stopped: all DMA has stopped for certain; else each channel is asked
 *
 * Until then mappings and lists stay, whatever user space unmaps: a device
 * that has not heard of it must not write to memory of somebody else.
 */
void hailo_vdma_reap(struct hailo_dev *hdev, bool stopped)
{
	unsigned int i;

	for (i = 0; i < HAILO_VDMA_CHANNELS; i++) {
		struct hailo_channel *channel = &hdev->vdma.channels[i];

		if (!READ_ONCE(channel->zombie))
			continue;
		mutex_lock(&channel->lock);
		hailo_channel_reap(hdev, i, channel, stopped);
		mutex_unlock(&channel->lock);
	}
}

/* Launch */

/* Looks at the channel if firmware may have changed it since the last look. */
static int hailo_launch_check(struct hailo_dev *hdev, unsigned int index,
			      struct hailo_channel *channel)
{
	int generation = atomic_read(&hdev->vdma.generation);
	u32 control, avail;

	if (likely(channel->known && channel->generation == generation))
		return 0;

	control = hailo_vdma_read(hdev, HAILO_VDMA_HOST_SIDE(index) + HAILO_VDMA_CONTROL);
	if (hailo_vdma_gone(hdev, control))
		return -ENODEV;
	if (!(control & HAILO_VDMA_CONTROL_START))
		return -ECONNRESET;
	avail = FIELD_GET(HAILO_VDMA_CONTROL_AVAIL_MASK, control);
	if (avail != channel->queue->avail) {
		hailo_err_ratelimited(hdev,
				      "Channel %u hw state out of sync. num available is %u, expected %u\n",
				      index, avail, channel->queue->avail);
		return -EFAULT;
	}
	channel->control = control & ~HAILO_VDMA_CONTROL_AVAIL_MASK;
	channel->generation = generation;
	/* A pause ends without a word to us, and must not come back with a doorbell. */
	channel->known = !(control & HAILO_VDMA_CONTROL_PAUSE) &&
			 !atomic_read(&hdev->vdma.unsettled);
	return 0;
}

/* The descriptors of one buffer, as hailo_launch_buffer(), pointed at it. */
static int hailo_launch_bind(struct hailo_desc_ring *ring,
			     const struct hailo_transfer_buffer *buffer, u32 start, u32 room,
			     u32 flags, u32 *last)
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
static int hailo_launch_buffer(struct hailo_desc_ring *ring,
			       const struct hailo_transfer_buffer *buffer, u32 start, u32 room,
			       u32 flags, u32 *last)
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
static noinline int hailo_launch_buffers(const struct hailo_launch *launch,
					 struct hailo_transfer *transfer, u32 free)
{
	struct hailo_desc_ring *ring = &launch->list->ring;
	u32 start = launch->start;
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < launch->buffers_count; i++) {
		bool final = i + 1 == launch->buffers_count;
		u32 flags = hailo_desc_irq_flags(final ? launch->last_domain : HAILO_DOMAIN_NONE,
						 launch->debug);
		int count = launch->bind ?
			    hailo_launch_bind(ring, &launch->buffers[i], start, free - total, flags,
					      &transfer->last) :
			    hailo_launch_buffer(ring, &launch->buffers[i], start, free - total,
						flags, &transfer->last);

		if (count < 0)
			return count;
		transfer->dirty[transfer->dirty_count++] = transfer->last;
		total += count;
		start = hailo_desc_wrap(ring, start + count);
	}

	if (launch->first_domain) {
		hailo_desc_add_flags(ring, launch->start,
				     hailo_desc_irq_flags(launch->first_domain, launch->debug));
		transfer->dirty[transfer->dirty_count++] = launch->start;
	}
	return total;
}

/* As above; what most launches are, one buffer bound before, goes straight through. */
static int hailo_launch_program(const struct hailo_launch *launch, struct hailo_transfer *transfer,
				u32 free)
{
	struct hailo_desc_ring *ring = &launch->list->ring;
	unsigned int i;
	int count;

	transfer->dirty_count = 0;
	if (likely(launch->buffers_count == 1 && !launch->bind && !launch->first_domain)) {
		u32 flags = hailo_desc_irq_flags(launch->last_domain, launch->debug);

		count = hailo_launch_buffer(ring, &launch->buffers[0], launch->start, free, flags,
					    &transfer->last);
		if (count < 0)
			return count;
		transfer->dirty[transfer->dirty_count++] = transfer->last;
	} else {
		count = hailo_launch_buffers(launch, transfer, free);
	}
	/* The engine wraps at a power of two only. */
	if (count > 0 && transfer->last + 1 == ring->count && !is_power_of_2(ring->count))
		count = -ERANGE;
	if (count < 0)
		for (i = 0; i < transfer->dirty_count; i++)
			hailo_desc_restore(ring, transfer->dirty[i]);
	return count;
}

/* A channel uses one list from its first launch on, and a list one channel. */
static int hailo_launch_adopt(struct hailo_queue *queue, struct hailo_list *list)
{
	if (queue->list)
		return queue->list == list ? 0 : -EINVAL;
	if (list->queue)
		return -EINVAL;
	hailo_list_get(list);
	queue->list = list;
	list->queue = queue;
	return 0;
}

/* The launch itself, with the channel's and the list's lock held. */
static int hailo_launch_locked(struct hailo_dev *hdev, struct hailo_channel *channel,
			       struct hailo_launch *launch)
{
	struct hailo_queue *queue = channel->queue;
	struct hailo_desc_ring *ring = &launch->list->ring;
	struct hailo_transfer *transfer;
	unsigned int i;
	u32 next;
	int count;

	if (launch->start >= ring->count)
		return -EINVAL;
	count = hailo_launch_adopt(queue, launch->list);
	if (!count)
		count = hailo_launch_check(hdev, launch->channel, channel);
	if (count)
		return count;
	if (launch->start != queue->avail || queue->count == HAILO_MAX_ONGOING - 1)
		return -EFAULT;

	transfer = &queue->ring[(queue->head + queue->count) % HAILO_MAX_ONGOING];
	count = hailo_launch_program(launch, transfer, ring->count - 1 - queue->descs);
	if (count < 0)
		return count;

	transfer->debug = launch->debug;
	transfer->descs = count;
	transfer->buffers_count = launch->buffers_count;
	transfer->buffers[0] = launch->buffers[0];
	for (i = 1; i < launch->buffers_count; i++)
		transfer->buffers[i] = launch->buffers[i];
	launch->buffers_count = 0;
	next = hailo_desc_wrap(ring, transfer->last + 1);
	hailo_queue_push(queue, launch->start, next, count);

	/* writel() has the descriptors in memory before the device hears of them. */
	hailo_hw_write(&hdev->hw, HAILO_BAR_VDMA,
		       HAILO_VDMA_HOST_SIDE(launch->channel) + HAILO_VDMA_CONTROL,
		       channel->control | FIELD_PREP(HAILO_VDMA_CONTROL_AVAIL_MASK, next));
	return count;
}

/**
 * hailo_vdma_launch() - hand a transfer to a channel (section 9)
 * @hdev: the board, in use, rwsem held for reading
 * @file: the file that asks
 * @launch: the transfer, its numbers inside their ranges
 *
 * Nothing reaches the device unless everything is in order.  The transfer takes
 * over the buffers' references: on success @launch has none left.
 *
 * Return: number of descriptors; -ENODEV if no firmware runs; -ECONNRESET if the
 * channel is not enabled or does not run; -EINVAL for somebody else's channel,
 * another list than the first one or bad numbers; -EFAULT if @launch->start is
 * not where the channel stands, 127 transfers are in flight, or descriptors that
 * are not to be bound do not point at the buffer; -ERANGE if there is no room in
 * the list.
 */
int hailo_vdma_launch(struct hailo_dev *hdev, struct hailo_file *file,
		      struct hailo_launch *launch)
{
	struct hailo_channel *channel = &hdev->vdma.channels[launch->channel];
	unsigned int i;
	int ret = hailo_dev_state_error(hdev);

	if (ret)
		return ret;
	for (i = 0; i < launch->buffers_count; i++) {
		struct hailo_transfer_buffer *buffer = &launch->buffers[i];

		hailo_map_sync_for_device(buffer->map, buffer->offset, buffer->size);
	}

	mutex_lock(&channel->lock);
	if (!channel->queue) {
		ret = -ECONNRESET;
	} else if (channel->owner != file) {
		ret = -EINVAL;
	} else if (!hailo_channel_reap(hdev, launch->channel, channel, false)) {
		ret = -EFAULT;
	} else {
		mutex_lock(&launch->list->lock);
		ret = hailo_launch_locked(hdev, channel, launch);
		mutex_unlock(&launch->list->lock);
	}
	mutex_unlock(&channel->lock);
	return ret;
}

/* Completion */

/*
 * Where the engine is.  A device that claims to have done more than it was
 * given is not believed.
 *
 * Return: false if there is nothing to be learned.
 */
static bool hailo_queue_progress(struct hailo_dev *hdev, unsigned int channel,
				 struct hailo_queue *queue, u32 *proc)
{
	u32 progress = hailo_vdma_read(hdev, HAILO_VDMA_HOST_SIDE(channel) + HAILO_VDMA_PROGRESS);
	struct hailo_desc_ring *ring = &queue->list->ring;

	if (hailo_vdma_gone(hdev, progress))
		return false;
	*proc = hailo_desc_wrap(ring, FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK, progress));
	if (hailo_desc_wrap(ring, *proc + ring->count - queue->proc) <= queue->descs)
		return true;
	hailo_err_ratelimited(hdev, "Channel %u reports descriptor %u, which it was not given\n",
			      channel, *proc);
	hailo_vdma_changed(&hdev->vdma);
	return false;
}

static bool hailo_transfer_valid(struct hailo_queue *queue, struct hailo_transfer *transfer)
{
	u32 status;

	if (!transfer->debug || !queue->list->ring.descs)
		return true;
	status = le32_to_cpu(READ_ONCE(queue->list->ring.descs[transfer->last].status));
	return (status & HAILO_DESC_STATUS_DONE) && !(status & HAILO_DESC_STATUS_ERROR);
}

/* Retires what is done, with the channel's lock held. */
static void hailo_complete_queue(struct hailo_dev *hdev, struct hailo_queue *queue,
				 struct hailo_completion *result)
{
	struct hailo_transfer *transfer;
	u32 proc;

	if (!hailo_queue_progress(hdev, result->channel, queue, &proc))
		return;

	mutex_lock(&queue->list->lock);
	while ((transfer = hailo_queue_oldest(queue)) &&
	       hailo_desc_passed(transfer->last, queue->proc, proc, queue->avail)) {
		if (!hailo_transfer_valid(queue, transfer))
			result->valid = false;
		hailo_transfer_finish(queue, transfer);
		hailo_queue_pop(queue);
		result->completed++;
	}
	mutex_unlock(&queue->list->lock);
}

static u8 hailo_complete_error(struct hailo_dev *hdev, u32 side)
{
	u32 error = hailo_vdma_read(hdev, side + HAILO_VDMA_ERROR);

	return FIELD_GET(HAILO_VDMA_ERROR_CODE_MASK, error);
}

static bool hailo_complete_active(struct hailo_dev *hdev, u32 side)
{
	u32 control = hailo_vdma_read(hdev, side + HAILO_VDMA_CONTROL);

	return control != HAILO_HW_ALL_ONES && (control & HAILO_VDMA_CONTROL_START);
}

/* Return: false if there is nothing to say about the channel. */
static bool hailo_complete_channel(struct hailo_dev *hdev, struct hailo_file *file,
				   unsigned int index, bool both_sides,
				   struct hailo_completion *result)
{
	struct hailo_channel *channel = &hdev->vdma.channels[index];
	u32 host = HAILO_VDMA_HOST_SIDE(index);
	u32 device = HAILO_VDMA_DEVICE_SIDE(index);
	bool known, left = false;

	*result = (struct hailo_completion) { .channel = index, .active = true, .valid = true };

	mutex_lock(&channel->lock);
	known = channel->owner == file && channel->queue && channel->queue->list;
	if (known) {
		hailo_complete_queue(hdev, channel->queue, result);
		left = channel->queue->count;
	}
	mutex_unlock(&channel->lock);
	if (!known)
		return false;

	/*
	 * A channel that has done all it was given runs; one that interrupts with
	 * work left may have been stopped.
	 */
	if (!result->completed || left) {
		result->active = hailo_complete_active(hdev, host) &&
				 (!both_sides || hailo_complete_active(hdev, device));
		if (!result->active)
			hailo_vdma_changed(&hdev->vdma);
	}
	if (both_sides) {
		result->host_error = hailo_complete_error(hdev, host);
		result->device_error = hailo_complete_error(hdev, device);
	}
	return true;
}

/**
 * hailo_vdma_ready() - would a wait for these channels end now
 * @hdev: the board
 * @file: the file that waits
 * @channels: bitmap
 *
 * Return: true if one of them has an interrupt pending or is not enabled by
 * @file.
 */
bool hailo_vdma_ready(struct hailo_dev *hdev, struct hailo_file *file, u32 channels)
{
	return READ_ONCE(hdev->vdma.pending) & channels || channels & ~READ_ONCE(file->channels);
}

/**
 * hailo_vdma_complete() - collect what the pending interrupts announced
 * @hdev: the board, in use, rwsem held for reading
 * @file: the file that asks
 * @channels: bitmap
 * @both_sides: look at the device side and at the error registers, too
 * @results: room for HAILO_VDMA_CHANNELS
 *
 * Return: number of results, by ascending channel.
 */
unsigned int hailo_vdma_complete(struct hailo_dev *hdev, struct hailo_file *file, u32 channels,
				 bool both_sides, struct hailo_completion *results)
{
	struct hailo_vdma *vdma = &hdev->vdma;
	unsigned int count = 0;
	unsigned long todo;
	unsigned int channel;

	spin_lock_irq(&hdev->irq_lock);
	todo = vdma->pending & channels & file->channels;
	vdma->pending &= ~(u32)todo;
	spin_unlock_irq(&hdev->irq_lock);

	for_each_set_bit(channel, &todo, HAILO_VDMA_CHANNELS)
		if (hailo_complete_channel(hdev, file, channel, both_sides, &results[count]))
			count++;
	return count;
}

/* Interrupts */

/* All channels behind the summary bits of one direction. */
static u32 hailo_vdma_expand(u32 summary)
{
	u32 channels = 0;
	unsigned int i;

	for (; summary; summary &= summary - 1) {
		i = __ffs(summary);
		channels |= (BIT(HAILO_VDMA_SUMMARY_CHANNELS) - 1) <<
			    (i * HAILO_VDMA_SUMMARY_CHANNELS);
	}
	return channels;
}

/* True if a summary bit means one channel: then its register tells nothing more. */
static bool hailo_vdma_unambiguous(u32 channels)
{
	while (channels) {
		u32 group = channels & (0xf << (__ffs(channels) & ~3u));

		if (!is_power_of_2(group))
			return false;
		channels &= ~group;
	}
	return true;
}

/*
 * Clears exactly what is taken for signalled: a bit that is set after it was
 * looked at announces something that nobody has seen yet.
 */
static u32 hailo_vdma_irq_side(struct hailo_dev *hdev, u32 reg, u32 signalled)
{
	u32 channels = signalled & hdev->vdma.enabled;

	if (!hailo_vdma_unambiguous(channels))
		signalled = hailo_hw_read(&hdev->hw, HAILO_BAR_CONFIG, reg);
	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, reg, signalled);
	return channels & signalled;
}

static void hailo_vdma_stamp(struct hailo_dev *hdev, unsigned int index)
{
	struct hailo_stamps *stamps = hdev->vdma.channels[index].stamps;
	unsigned int slot;

	if (!stamps || stamps->count == HAILO_TIMESTAMP_SLOTS - 1)
		return;
	slot = (stamps->head + stamps->count++) % HAILO_TIMESTAMP_SLOTS;
	stamps->ns[slot] = ktime_get_ns();
	stamps->proc[slot] = FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK,
				       hailo_vdma_read(hdev, HAILO_VDMA_HOST_SIDE(index) +
						       HAILO_VDMA_PROGRESS));
}

/**
 * hailo_vdma_irq() - handle vDMA bits of the interrupt status
 * @hdev: the board; the caller holds irq_lock
 * @summary: the status, already cleared in the register
 *
 * Return: bitmap of channels whose waiters are to be woken.
 */
u32 hailo_vdma_irq(struct hailo_dev *hdev, u32 summary)
{
	u32 h2d = hailo_vdma_expand(FIELD_GET(HAILO_INT_VDMA_SRC_MASK, summary)) &
		  HAILO_VDMA_H2D_CHANNELS_MASK;
	u32 d2h = hailo_vdma_expand(FIELD_GET(HAILO_INT_VDMA_DST_MASK, summary)) &
		  HAILO_VDMA_D2H_CHANNELS_MASK;
	unsigned long stamped;
	unsigned int channel;
	u32 channels = 0;

	if (h2d)
		channels |= hailo_vdma_irq_side(hdev, HAILO_REG_ISTATUS_SRC, h2d);
	if (d2h)
		channels |= hailo_vdma_irq_side(hdev, HAILO_REG_ISTATUS_DST, d2h);

	stamped = channels;
	for_each_set_bit(channel, &stamped, HAILO_VDMA_CHANNELS)
		hailo_vdma_stamp(hdev, channel);
	WRITE_ONCE(hdev->vdma.pending, hdev->vdma.pending | channels);
	return channels;
}

/**
 * hailo_vdma_read_stamps() - take the measured times of a channel
 * @hdev: the board
 * @channel: channel number
 * @stamps: filled, oldest first from index 0
 *
 * Return: how many; their descriptor numbers are inside the list.
 */
u32 hailo_vdma_read_stamps(struct hailo_dev *hdev, unsigned int channel,
			   struct hailo_stamps *stamps)
{
	struct hailo_channel *ch = &hdev->vdma.channels[channel];
	struct hailo_stamps *from;
	u32 count = 0;
	u32 mask = U32_MAX;

	mutex_lock(&ch->lock);
	if (ch->queue && ch->queue->list)
		mask = roundup_pow_of_two(ch->queue->list->ring.count) - 1;
	spin_lock_irq(&hdev->irq_lock);
	from = ch->stamps;
	for (; from && from->count; from->count--, count++) {
		stamps->ns[count] = from->ns[from->head];
		stamps->proc[count] = from->proc[from->head] & mask;
		from->head = (from->head + 1) % HAILO_TIMESTAMP_SLOTS;
	}
	spin_unlock_irq(&hdev->irq_lock);
	mutex_unlock(&ch->lock);
	return count;
}

/* Waiting */

struct hailo_waiter {
	struct wait_queue_entry entry;
	u32 channels;
};

static int hailo_vdma_wake_one(struct wait_queue_entry *entry, unsigned int mode, int flags,
			       void *key)
{
	struct hailo_waiter *waiter = container_of(entry, struct hailo_waiter, entry);

	if (!(waiter->channels & (unsigned long)key))
		return 0;
	return autoremove_wake_function(entry, mode, flags, key);
}

/**
 * hailo_vdma_wake() - wake those who wait for one of the channels
 * @vdma: the engine
 * @channels: bitmap; any context
 */
void hailo_vdma_wake(struct hailo_vdma *vdma, u32 channels)
{
	if (channels)
		__wake_up(&vdma->wq, TASK_NORMAL, 0, (void *)(unsigned long)channels);
}

/**
 * hailo_vdma_lost() - can no interrupt come any more
 * @file: the file that waits
 *
 * Return: true if the file is invalid, or its board is dead or removed.
 */
bool hailo_vdma_lost(struct hailo_file *file)
{
	return hailo_file_over(file) || hailo_dev_state(file->hdev) == HAILO_STATE_DEAD;
}

/* Who has been told waits for the channels to be disabled; an invalid file cannot do that. */
static bool hailo_vdma_wait_over(struct hailo_dev *hdev, struct hailo_file *file, u32 channels)
{
	if (hailo_vdma_ready(hdev, file, channels))
		return true;
	if (!hailo_vdma_lost(file))
		return false;
	return !READ_ONCE(file->told_lost) ||
	       (!hailo_file_valid(file) && hailo_dev_state(hdev) != HAILO_STATE_REMOVED);
}

/**
 * hailo_vdma_wait() - sleep until hailo_vdma_ready() or the file is lost
 * @hdev: the board; no lock is held
 * @file: the file that waits
 * @channels: bitmap
 *
 * Return: 0 or -ERESTARTSYS.
 */
long hailo_vdma_wait(struct hailo_dev *hdev, struct hailo_file *file, u32 channels)
{
	struct hailo_waiter waiter = { .channels = channels };
	long ret = 0;

	init_wait_entry(&waiter.entry, 0);
	waiter.entry.func = hailo_vdma_wake_one;

	for (;;) {
		ret = prepare_to_wait_event(&hdev->vdma.wq, &waiter.entry, TASK_INTERRUPTIBLE);
		if (hailo_vdma_wait_over(hdev, file, channels)) {
			ret = 0;
			break;
		}
		if (ret)
			break;
		/* An interrupt that got lost costs a while, not the client's patience. */
		if (!schedule_timeout(msecs_to_jiffies(HAILO_VDMA_POLL_MS)) &&
		    hailo_irq_poll(hdev))
			hailo_warn_ratelimited(hdev, "Interrupt lost, found by polling\n");
	}
	finish_wait(&hdev->vdma.wq, &waiter.entry);
	return ret;
}
