// SPDX-License-Identifier: GPL-2.0-only
/*
 * INTERRUPTS_WAIT: sleep until channels have something to report, and report it
 * (chapter 2, sections 10 and 11; chapter 3, 7.6).
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include <hailo/hailo_ioctl.h>

#include "compat/hailo_compat.h"
#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_mem.h"
#include "hailo_queue.h"
#include "hailo_vdma.h"
#include "hailo_wait.h"

/* Look this often for an interrupt that did not arrive. */
#define HAILO_WAIT_POLL_MS	1000

/*
 * What a channel has to report.
 *
 * @active: it runs
 * @valid: no error in the status of a transfer that was launched with debug
 * @completed: transfers done since the last report
 * @host_error: error register of the host side
 * @device_error: error register of the device side
 */
struct hailo_completion {
	bool active;
	bool valid;
	u8 completed;
	u8 host_error;
	u8 device_error;
};

/* Sleeping */

struct hailo_waiter {
	struct wait_queue_entry entry;
	u32 channels;
};

static int hailo_waiter_wake(struct wait_queue_entry *entry, unsigned int mode, int flags,
			     void *key)
{
	struct hailo_waiter *waiter = container_of(entry, struct hailo_waiter, entry);

	if (!(waiter->channels & (unsigned long)key))
		return 0;
	return autoremove_wake_function(entry, mode, flags, key);
}

/* Can no interrupt come any more? */
static bool hailo_wait_lost(struct hailo_file *file)
{
	return hailo_file_over(file) || hailo_dev_state(file->hdev) == HAILO_STATE_DEAD;
}

/* Is there something to say: an interrupt, a channel that is not enabled, a lost file? */
static bool hailo_wait_over(struct hailo_file *file, u32 channels)
{
	struct hailo_dev *hdev = file->hdev;

	if (READ_ONCE(hdev->vdma.pending) & channels || channels & ~READ_ONCE(file->channels))
		return true;
	if (likely(!hailo_wait_lost(file)))
		return false;
	/* Who has been told waits for the channels to be disabled; an invalid file cannot. */
	return !READ_ONCE(file->told_lost) ||
	       (!hailo_file_valid(file) && hailo_dev_state(hdev) != HAILO_STATE_REMOVED);
}

/* No lock is held.  Returns 0 or -ERESTARTSYS. */
static __always_inline long hailo_wait_sleep(struct hailo_file *file, u32 channels)
{
	struct hailo_dev *hdev = file->hdev;
	struct hailo_waiter waiter __uninitialized;
	long ret;

	init_wait_entry(&waiter.entry, 0);
	waiter.entry.func = hailo_waiter_wake;
	waiter.channels = channels;

	for (;;) {
		ret = prepare_to_wait_event(&hdev->vdma.wq, &waiter.entry, TASK_INTERRUPTIBLE);
		if (hailo_wait_over(file, channels)) {
			ret = 0;
			break;
		}
		if (ret)
			break;
		/* An interrupt that got lost costs a while, not the client's patience. */
		if (!schedule_timeout(msecs_to_jiffies(HAILO_WAIT_POLL_MS)) &&
		    hailo_irq_poll(hdev))
			hailo_warn_ratelimited(hdev, "Interrupt lost, found by polling\n");
	}
	finish_wait(&hdev->vdma.wq, &waiter.entry);
	return ret;
}

/* Completion */

/*
 * Where the engine is.  A device that claims to have done more than it was
 * given is not believed.
 *
 * Return: false if there is nothing to be learned.
 */
static __always_inline bool hailo_queue_progress(struct hailo_dev *hdev,
						 struct hailo_channel *channel, u32 *proc)
{
	u32 progress = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA,
				     channel->host_side + HAILO_VDMA_PROGRESS);
	struct hailo_queue *queue = channel->queue;
	struct hailo_desc_ring *ring = &queue->list->ring;

	if (progress == HAILO_HW_ALL_ONES && hailo_vdma_gone(hdev))
		return false;
	*proc = hailo_desc_wrap(ring, FIELD_GET(HAILO_VDMA_PROGRESS_PROC_MASK, progress));
	if (likely(hailo_desc_wrap(ring, *proc + ring->count - queue->proc) <= queue->descs))
		return true;
	hailo_err_ratelimited(hdev, "Channel %u reports descriptor %u, which it was not given\n",
			      channel->index, *proc);
	hailo_vdma_changed(&hdev->vdma);
	return false;
}

static bool hailo_transfer_valid(const struct hailo_desc_ring *ring,
				 const struct hailo_transfer *transfer)
{
	u32 status;

	if (!transfer->debug || !ring->descs)
		return true;
	status = le32_to_cpu(READ_ONCE(ring->descs[transfer->last].status));
	return (status & HAILO_DESC_STATUS_DONE) && !(status & HAILO_DESC_STATUS_ERROR);
}

/* Retires what is done, with the channel's lock held. */
static __always_inline void hailo_complete_queue(struct hailo_dev *hdev,
						 struct hailo_channel *channel,
						 struct hailo_completion *result)
{
	struct hailo_queue *queue = channel->queue;
	struct hailo_list *list = queue->list;
	u32 proc;

	if (!hailo_queue_progress(hdev, channel, &proc))
		return;

	mutex_lock(&list->lock);
	while (queue->count) {
		struct hailo_transfer *transfer = &queue->ring[queue->head];

		if (!hailo_desc_passed(transfer->last, queue->proc, proc, queue->avail))
			break;
		if (!hailo_transfer_valid(&list->ring, transfer))
			result->valid = false;
		channel->bytes += hailo_queue_retire(queue, transfer);
		channel->transfers++;
		result->completed++;
	}
	mutex_unlock(&list->lock);
}

static u8 hailo_complete_error(struct hailo_dev *hdev, u32 side)
{
	u32 error = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA, side + HAILO_VDMA_ERROR);

	return FIELD_GET(HAILO_VDMA_ERROR_CODE_MASK, error);
}

static bool hailo_complete_active(struct hailo_dev *hdev, u32 side)
{
	u32 control = hailo_hw_read(&hdev->hw, HAILO_BAR_VDMA, side + HAILO_VDMA_CONTROL);

	return control != HAILO_HW_ALL_ONES && (control & HAILO_VDMA_CONTROL_START);
}

/* Clients of 4.20 hear of the device side and of errors, too; they are for the others' logs. */
static __always_inline bool hailo_complete_channel(struct hailo_file *file,
						   struct hailo_channel *channel, bool both_sides,
						   struct hailo_completion *result)
{
	u32 other_side = HAILO_VDMA_OTHER_SIDE(channel->host_side);
	struct hailo_dev *hdev = file->hdev;
	bool known, left = false;

	*result = (struct hailo_completion) { .active = true, .valid = true };

	mutex_lock(&channel->lock);
	known = channel->owner == file && channel->queue && channel->queue->list;
	if (known) {
		hailo_complete_queue(hdev, channel, result);
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
		result->active = hailo_complete_active(hdev, channel->host_side) &&
				 (!both_sides || hailo_complete_active(hdev, other_side));
		if (!result->active)
			hailo_vdma_changed(&hdev->vdma);
	}
	if (both_sides) {
		result->host_error = hailo_complete_error(hdev, channel->host_side);
		result->device_error = hailo_complete_error(hdev, other_side);
	}
	return true;
}

/* Reporting */

static __always_inline void hailo_report(struct hailo_vdma_irq_data *entry, unsigned int index,
					 const struct hailo_completion *result)
{
	entry->engine_index = 0;
	entry->channel_index = index;
	if (!result->active)
		entry->data = HAILO_VDMA_DATA_NOT_ACTIVE;
	else if (!result->valid)
		entry->data = HAILO_VDMA_DATA_ERROR;
	else
		entry->data = result->completed;
}

static __always_inline void hailo_report_v420(struct hailo_vdma_irq_data_v420 *entry,
					      unsigned int index,
					      const struct hailo_completion *result)
{
	*entry = (struct hailo_vdma_irq_data_v420) {
		.channel_index = index,
		.is_active = result->active,
		.transfers_completed = result->completed,
		.host_error = result->host_error,
		.device_error = result->device_error,
		.validation_success = result->valid,
	};
}

static __always_inline void hailo_report_any(bool v420, void *entries, unsigned int n,
					     unsigned int index,
					     const struct hailo_completion *result)
{
	if (v420)
		hailo_report_v420((struct hailo_vdma_irq_data_v420 *)entries + n, index, result);
	else
		hailo_report((struct hailo_vdma_irq_data *)entries + n, index, result);
}

/* What the pending interrupts announced, by ascending channel; returns how many entries. */
static __always_inline unsigned int hailo_wait_collect(struct hailo_file *file, u32 channels,
						       bool v420, void *entries)
{
	struct hailo_dev *hdev = file->hdev;
	struct hailo_vdma *vdma = &hdev->vdma;
	struct hailo_completion result;
	unsigned int count = 0;
	u32 todo;

	spin_lock_irq(&hdev->irq_lock);
	todo = vdma->pending & channels & file->channels;
	vdma->pending &= ~todo;
	spin_unlock_irq(&hdev->irq_lock);

	for (; todo; todo &= todo - 1) {
		struct hailo_channel *channel = &vdma->channels[__ffs(todo)];

		/* Else each use computes the address anew. */
		OPTIMIZER_HIDE_VAR(channel);
		if (hailo_complete_channel(file, channel, v420, &result))
			hailo_report_any(v420, entries, count++, channel->index, &result);
	}
	return count;
}

/*
 * Sleeps without a limit, so without rwsem.
 *
 * Clients take an error for the end of their interrupt thread, and later wait
 * for it for ever.  So when no interrupt can come any more the first call
 * reports each channel as stopped, and further ones sleep until the channels
 * are disabled; an invalid file cannot do that and gets an error.
 *
 * Returns 0 with *count @entries of the layout that @v420 says, or errno.
 */
static long hailo_wait(struct hailo_file *file, u32 channels, bool v420, void *entries, u8 *count)
{
	const struct hailo_completion stopped = { .active = false };
	unsigned int n = 0;
	u32 todo;
	long ret;

	if (unlikely(hailo_file_over(file))) {
		ret = hailo_file_enter(file, true);
		if (ret)
			return ret;
		hailo_file_leave(file);
	}
	if (!channels)
		return -EINVAL;
	ret = hailo_wait_sleep(file, channels);
	if (ret)
		return ret;

	ret = hailo_file_enter(file, false);
	if (!ret) {
		bool lost = hailo_dev_state(file->hdev) == HAILO_STATE_DEAD;

		if (!lost)
			*count = hailo_wait_collect(file, channels, v420, entries);
		hailo_file_leave(file);
		if (!lost)
			return 0;
	} else if (ret == -ERESTARTSYS || (ret == -EINVAL && READ_ONCE(file->told_lost))) {
		return ret;
	}

	WRITE_ONCE(file->told_lost, true);
	for (todo = channels & READ_ONCE(file->channels); todo; todo &= todo - 1)
		hailo_report_any(v420, entries, n++, __ffs(todo), &stopped);
	*count = n;
	return 0;
}

/**
 * hailo_ioctl_wait() - INTERRUPTS_WAIT since 4.21
 * @file: the file; no lock is held
 * @arg: struct hailo_vdma_interrupts_wait_params
 *
 * Return: 0; -EINVAL for no channels or an invalid file, -ENODEV after removal,
 * -ERESTARTSYS.
 */
long hailo_ioctl_wait(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_interrupts_wait_params *params = arg;

	return hailo_wait(file, params->channels_bitmap_per_engine[0], false, params->irq_data,
			  &params->channels_count);
}

/**
 * hailo_ioctl_wait_v420() - INTERRUPTS_WAIT of 4.20
 * @file: as hailo_ioctl_wait()
 * @arg: struct hailo_vdma_interrupts_wait_params_v420
 *
 * Return: as hailo_ioctl_wait().
 */
long hailo_ioctl_wait_v420(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_interrupts_wait_params_v420 *params = arg;

	return hailo_wait(file, params->channels_bitmap_per_engine[0], true, params->irq_data,
			  &params->channels_count);
}
