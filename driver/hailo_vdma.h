/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vDMA channels: launch, completion, interrupts (chapter 2, sections 9 to 12).
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
struct hailo_list;
struct hailo_map;

#define HAILO_TRANSFER_BUFFERS	8

/**
 * struct hailo_transfer_buffer - one buffer of a transfer
 * @map: the mapping, referenced
 * @offset: first byte in it
 * @size: bytes
 */
struct hailo_transfer_buffer {
	struct hailo_map *map;
	u64 offset;
	u32 size;
};

/**
 * struct hailo_transfer - a launched transfer
 * @buffers: what it moves
 * @buffers_count: how many
 * @dirty: descriptors to restore: the first one, and each buffer's last
 * @dirty_count: how many
 * @last: last descriptor
 * @descs: descriptors it takes
 * @debug: its last descriptor's status is to be checked
 */
struct hailo_transfer {
	struct hailo_transfer_buffer buffers[HAILO_TRANSFER_BUFFERS];
	u32 dirty[HAILO_TRANSFER_BUFFERS + 1];
	u32 last;
	u32 descs;
	u8 buffers_count;
	u8 dirty_count;
	bool debug;
};

/**
 * struct hailo_queue - transfers of one channel between enable and disable
 * @list: list they use, referenced; set by the first launch
 * @avail: descriptor index given to the device last
 * @proc: descriptor index up to which transfers have been reported
 * @descs: descriptors in flight
 * @head: oldest transfer
 * @count: transfers in flight
 * @ring: the transfers
 */
struct hailo_queue {
	struct hailo_list *list;
	u32 avail;
	u32 proc;
	u32 descs;
	unsigned int head;
	unsigned int count;
	struct hailo_transfer ring[HAILO_MAX_ONGOING];
};

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
 * @owner: file that enabled it, or NULL
 * @queue: transfers since it was enabled, or NULL
 * @zombie: queue given up while the device may still use what it holds, or NULL;
 *	no other one is launched on before it is gone
 * @known: @control and @generation hold something
 * @generation: hailo_vdma.generation when @control was read
 * @control: low half of the control word, which says that the channel runs
 * @stamps: if times are measured; under hailo_dev.irq_lock
 */
struct hailo_channel {
	struct mutex lock;
	struct hailo_file *owner;
	struct hailo_queue *queue;
	struct hailo_queue *zombie;
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
	atomic_t generation;
	atomic_t unsettled;
	wait_queue_head_t wq;
};

/**
 * struct hailo_launch - a transfer to be launched
 * @channel: channel number
 * @list: descriptor list
 * @start: first descriptor
 * @bind: descriptors must be pointed at the buffers
 * @first_domain: interrupts of the first descriptor, HAILO_DOMAIN_*
 * @last_domain: interrupts of the last descriptor
 * @debug: have the status written and check it
 * @buffers_count: 1 to HAILO_TRANSFER_BUFFERS
 * @buffers: the buffers, each map referenced by the caller
 */
struct hailo_launch {
	unsigned int channel;
	struct hailo_list *list;
	u32 start;
	bool bind;
	u32 first_domain;
	u32 last_domain;
	bool debug;
	unsigned int buffers_count;
	struct hailo_transfer_buffer buffers[HAILO_TRANSFER_BUFFERS];
};

/**
 * struct hailo_completion - what a channel has to report
 * @channel: channel number
 * @active: it runs
 * @valid: no error in the status of a transfer that was launched with debug
 * @completed: transfers done since the last report
 * @host_error: error register of the host side
 * @device_error: error register of the device side
 */
struct hailo_completion {
	u8 channel;
	bool active;
	bool valid;
	u8 completed;
	u8 host_error;
	u8 device_error;
};

void hailo_vdma_init(struct hailo_vdma *vdma);

int hailo_vdma_enable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels,
		      bool timestamps);
void hailo_vdma_disable(struct hailo_dev *hdev, struct hailo_file *file, u32 channels);
void hailo_vdma_stop(struct hailo_dev *hdev);
int hailo_vdma_launch(struct hailo_dev *hdev, struct hailo_file *file,
		      struct hailo_launch *launch);
bool hailo_vdma_ready(struct hailo_dev *hdev, struct hailo_file *file, u32 channels);
unsigned int hailo_vdma_complete(struct hailo_dev *hdev, struct hailo_file *file, u32 channels,
				 bool both_sides, struct hailo_completion *results);
u32 hailo_vdma_read_stamps(struct hailo_dev *hdev, unsigned int channel,
			   struct hailo_stamps *stamps);

u32 hailo_vdma_irq(struct hailo_dev *hdev, u32 summary);
u32 hailo_vdma_irq_mask(struct hailo_dev *hdev);
void hailo_vdma_wake(struct hailo_vdma *vdma, u32 channels);
bool hailo_vdma_lost(struct hailo_file *file);
long hailo_vdma_wait(struct hailo_dev *hdev, struct hailo_file *file, u32 channels);

void hailo_vdma_changed(struct hailo_vdma *vdma);
void hailo_vdma_unsettle(struct hailo_vdma *vdma);
void hailo_vdma_settle(struct hailo_vdma *vdma);
void hailo_vdma_reap(struct hailo_dev *hdev, bool stopped);

#endif /* HAILO_VDMA_H */
