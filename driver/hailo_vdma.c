// SPDX-License-Identifier: GPL-2.0-only
/*
 * vDMA channels: who has them, what is in flight, interrupts (chapter 2).
 *
 * Firmware starts and stops channels; the driver only moves num_avail.  What
 * the registers say is kept in memory, so that a launch (hailo_launch.c) costs
 * one write and a completion (hailo_wait.c) one read; whenever firmware may have
 * changed something, the generation steps and the next launch reads before it
 * writes.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_mem.h"
#include "hailo_queue.h"
#include "hailo_vdma.h"

/**
 * hailo_vdma_init() - an engine without enabled channels
 * @vdma: the engine, zeroed
 */
void hailo_vdma_init(struct hailo_vdma *vdma)
{
	unsigned int i;

	for (i = 0; i < HAILO_VDMA_CHANNELS; i++) {
		mutex_init(&vdma->channels[i].lock);
		vdma->channels[i].index = i;
		vdma->channels[i].host_side = HAILO_VDMA_HOST_SIDE(i);
	}
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

/**
 * hailo_vdma_gone() - has the device gone that a register of all ones speaks for
 * @hdev: the board, in use
 *
 * Return: false if it is there, and the register holds this value.
 */
bool hailo_vdma_gone(struct hailo_dev *hdev)
{
	if (hailo_hw_alive(&hdev->hw))
		return false;
	hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device disconnected");
	return true;
}

/* Queues */

/**
 * hailo_queue_retire() - the device is done with the oldest transfer
 * @queue: the queue, not empty, its list's lock held
 * @transfer: that one
 *
 * Descriptors become plain again, and buffers the CPU's.
 *
 * Return: the bytes it moved.
 */
u32 hailo_queue_retire(struct hailo_queue *queue, struct hailo_transfer *transfer)
{
	struct hailo_transfer_buffer *buffer = transfer->buffers;
	struct hailo_desc_ring *ring = &queue->list->ring;
	unsigned int i;
	u32 bytes = 0;

	lockdep_assert_held(&queue->list->lock);
	if (ring->descs)
		for (i = 0; i < transfer->dirty_count; i++)
			hailo_desc_restore(ring, transfer->dirty[i]);
	for (i = transfer->buffers_count; i; i--, buffer++) {
		hailo_map_sync_for_cpu(buffer->map, buffer->offset, buffer->size);
		hailo_map_put(buffer->map);
		bytes += buffer->size;
	}

	queue->descs -= transfer->descs;
	queue->proc = hailo_desc_wrap(ring, transfer->last + 1);
	queue->head = (queue->head + 1) % HAILO_MAX_ONGOING;
	queue->count--;
	return bytes;
}

/* Frees a queue whose transfers the device has finished or given up. */
static void hailo_queue_free(struct hailo_queue *queue)
{
	struct hailo_list *list = queue->list;

	if (list) {
		mutex_lock(&list->lock);
		while (queue->count)
			hailo_queue_retire(queue, &queue->ring[queue->head]);
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

	lockdep_assert_held(&hdev->irq_lock);
	for_each_set_bit(channel, &enabled, HAILO_VDMA_CHANNELS)
		mask |= BIT(HAILO_VDMA_SUMMARY_BIT(channel));
	return mask;
}

/* Called with irq_lock held; nothing is pending or measured on the others. */
static void hailo_vdma_set_enabled(struct hailo_vdma *vdma, u32 enabled)
{
	u32 group = BIT(HAILO_VDMA_SUMMARY_CHANNELS) - 1;

	vdma->enabled = enabled;
	vdma->pending &= enabled;
	vdma->stamped &= enabled;
	vdma->shared = 0;
	for (; group; group <<= HAILO_VDMA_SUMMARY_CHANNELS)
		if (enabled & group && !is_power_of_2(enabled & group))
			vdma->shared |= enabled & group;
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

	lockdep_assert_held(&hdev->rwsem);
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
	hailo_vdma_set_enabled(vdma, vdma->enabled | channels);
	vdma->pending &= ~channels;
	if (timestamps)
		vdma->stamped |= channels;
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

	lockdep_assert_held(&hdev->rwsem);
	lockdep_assert_held(&hdev->use_lock);
	spin_lock_irq(&hdev->irq_lock);
	channels &= file->channels;
	file->channels &= ~channels;
	hailo_vdma_set_enabled(vdma, vdma->enabled & ~channels);
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

	lockdep_assert_held_write(&hdev->rwsem);
	spin_lock_irq(&hdev->irq_lock);
	channels = vdma->enabled;
	hailo_vdma_set_enabled(vdma, 0);
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
static bool hailo_queue_over(struct hailo_dev *hdev, const struct hailo_channel *channel,
			     const struct hailo_queue *queue)
{
	u32 control = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA,
				    channel->host_side + HAILO_VDMA_CONTROL);
	u32 avail = FIELD_GET(HAILO_VDMA_CONTROL_AVAIL_MASK, control);
	u32 progress, proc;

	/* A link that is down says nothing about the device behind it. */
	if (control == HAILO_HW_ALL_ONES)
		return false;
	if (!(control & HAILO_VDMA_CONTROL_START) || avail != queue->avail)
		return true;
	progress = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA,
				 channel->host_side + HAILO_VDMA_PROGRESS);
	proc = FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK, progress);
	return progress != HAILO_HW_ALL_ONES &&
	       hailo_desc_wrap(&queue->list->ring, proc) == queue->avail;
}

/**
 * hailo_channel_reap() - as hailo_vdma_reap(), for one channel
 * @hdev: the board, rwsem held
 * @channel: the channel, its lock held
 * @stopped: all DMA has stopped for certain
 *
 * Return: false if the device may still use what was in flight.
 */
bool hailo_channel_reap(struct hailo_dev *hdev, struct hailo_channel *channel, bool stopped)
{
	struct hailo_queue *zombie = channel->zombie;

	lockdep_assert_held(&hdev->rwsem);
	lockdep_assert_held(&channel->lock);
	if (!zombie)
		return true;
	if (!stopped && !hailo_queue_over(hdev, channel, zombie))
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
		hailo_channel_reap(hdev, channel, stopped);
		mutex_unlock(&channel->lock);
	}
}

/* Interrupts */

/* All channels behind the 4 summary bits of one direction. */
static u32 hailo_vdma_expand(u32 summary)
{
	u32 first = (summary | summary << 3 | summary << 6 | summary << 9) & 0x1111;

	BUILD_BUG_ON(HAILO_VDMA_SUMMARY_CHANNELS != 4);
	return first * 0xf;
}

/*
 * Clears exactly what is taken for signalled: a bit that is set after it was
 * looked at announces something that nobody has seen yet.  Where a summary bit
 * means one channel its register tells nothing more.
 */
static __always_inline u32 hailo_vdma_irq_side(struct hailo_dev *hdev, u32 reg, u32 signalled)
{
	u32 channels = signalled & hdev->vdma.enabled;

	if (channels & hdev->vdma.shared)
		signalled &= hailo_hw_read(&hdev->hw, HAILO_BAR_CONFIG, reg);
	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, reg, signalled);
	return channels & signalled;
}

static void hailo_vdma_stamp(struct hailo_dev *hdev, const struct hailo_channel *channel)
{
	struct hailo_stamps *stamps = channel->stamps;
	unsigned int slot;

	if (stamps->count == HAILO_TIMESTAMP_SLOTS - 1)
		return;
	slot = (stamps->head + stamps->count++) % HAILO_TIMESTAMP_SLOTS;
	stamps->ns[slot] = ktime_get_ns();
	stamps->proc[slot] = FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK,
				       hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA,
						     channel->host_side + HAILO_VDMA_PROGRESS));
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
	u32 h2d = FIELD_GET(HAILO_INT_VDMA_H2D_MASK, summary);
	u32 d2h = FIELD_GET(HAILO_INT_VDMA_D2H_MASK, summary);
	struct hailo_vdma *vdma = &hdev->vdma;
	u32 channels = 0;
	u32 stamped;

	lockdep_assert_held(&hdev->irq_lock);
	if (h2d)
		channels = hailo_vdma_irq_side(hdev, HAILO_REG_ISTATUS_SRC,
					       hailo_vdma_expand(h2d));
	if (d2h)
		channels |= hailo_vdma_irq_side(hdev, HAILO_REG_ISTATUS_DST,
						hailo_vdma_expand(d2h) << HAILO_VDMA_FIRST_D2H);

	for (stamped = channels & vdma->stamped; stamped; stamped &= stamped - 1)
		hailo_vdma_stamp(hdev, &vdma->channels[__ffs(stamped)]);
	WRITE_ONCE(vdma->pending, vdma->pending | channels);
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
