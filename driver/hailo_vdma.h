/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vDMA channels: who has them, interrupts (chapter 2, sections 9 to 12).
 */
#ifndef HAILO_VDMA_H
#define HAILO_VDMA_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "abi/hailo_vdma.h"

struct hailo_dev;
struct hailo_file;
struct hailo_queue;

/**
 * struct hailo_stamps - times of interrupts of one channel
 * @head: oldest entry
 * @count: how many
 * @ns: monotonic time
 * @proc: descriptors processed, raw
 */
struct hailo_stamps {
	unsigned int head;
	unsigned int count;
	u64 ns[HAILO_TIMESTAMP_SLOTS];
	u16 proc[HAILO_TIMESTAMP_SLOTS];
};

/**
 * struct hailo_channel - one channel
 * @lock: protects all but @stamps; held for a launch and for a completion
 * @index: channel number
 * @host_side: registers of the side that the host drives, bytes into the BAR
 * @owner: file that enabled it, or NULL
 * @queue: transfers since it was enabled, or NULL
 * @zombie: queue given up while the device may still use what it holds, or NULL;
 *	no other one is launched on before it is gone
 * @transfers: completed since the board was probed
 * @bytes: moved by them
 * @known: @control and @generation hold something
 * @generation: hailo_vdma.generation when @control was read
 * @control: low half of the control word, which says that the channel runs
 * @stamps: if times are measured; under hailo_dev.irq_lock
 */
struct hailo_channel {
	struct mutex lock;
	unsigned int index;
	u32 host_side;
	struct hailo_file *owner;
	struct hailo_queue *queue;
	struct hailo_queue *zombie;
	u64 transfers;
	u64 bytes;
	bool known;
	int generation;
	u32 control;
	struct hailo_stamps *stamps;
};

/**
 * struct hailo_vdma - the engine
 * @channels: the channels
 * @enabled: bitmap of enabled channels; under hailo_dev.irq_lock
 * @pending: bitmap of channels with an interrupt nobody has looked at; likewise
 * @shared: bitmap of enabled channels whose summary bit means another one, too;
 *	likewise
 * @stamped: bitmap of channels whose times are measured; likewise
 * @generation: steps whenever firmware may have stopped channels, so that the
 *	next launch looks before it rings
 * @unsettled: controls under way that may stop channels at any moment, so that
 *	every launch looks
 * @wq: waiters; each is woken for its channels only
 */
struct hailo_vdma {
	struct hailo_channel channels[HAILO_VDMA_CHANNELS];
	u32 enabled;
	u32 pending;
	u32 shared;
	u32 stamped;
	atomic_t generation;
	atomic_t unsettled;
	wait_queue_head_t wq;
};

void hailo_vdma_init(struct hailo_vdma *vdma);

int hailo_vdma_enable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels,
		      bool timestamps);
void hailo_vdma_disable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels);
void hailo_vdma_stop(struct hailo_dev *hdev);
u32 hailo_vdma_read_stamps(struct hailo_dev *hdev, unsigned int channel,
			   struct hailo_stamps *stamps);

u32 hailo_vdma_irq(struct hailo_dev *hdev, u32 summary);
u32 hailo_vdma_irq_mask(struct hailo_dev *hdev);

/**
 * hailo_vdma_wake() - wake those who wait for one of the channels
 * @vdma: the engine
 * @channels: bitmap; any context
 */
static inline void hailo_vdma_wake(struct hailo_vdma *vdma, u32 channels)
{
	if (channels)
		__wake_up(&vdma->wq, TASK_NORMAL, 0, (void *)(unsigned long)channels);
}

void hailo_vdma_changed(struct hailo_vdma *vdma);
void hailo_vdma_unsettle(struct hailo_vdma *vdma);
void hailo_vdma_settle(struct hailo_vdma *vdma);
void hailo_vdma_reap(struct hailo_dev *hdev, bool stopped);
bool hailo_channel_reap(struct hailo_dev *hdev, struct hailo_channel *channel, bool stopped);

bool hailo_vdma_gone(struct hailo_dev *hdev);

#endif /* HAILO_VDMA_H */
