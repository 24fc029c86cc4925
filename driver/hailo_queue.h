/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transfers in flight, per channel.
 */
#ifndef HAILO_QUEUE_H
#define HAILO_QUEUE_H

#include <linux/types.h>

#include "abi/hailo_vdma.h"
#include "hailo_desc.h"
#include "hailo_mem.h"

#define HAILO_TRANSFER_BUFFERS	8

/**
 * struct hailo_transfer_buffer - one buffer of a transfer
 * @map: the mapping, referenced
 * @offset: first byte in it
 * @size: bytes
 */
struct hailo_transfer_buffer {
	struct hailo_map *map;
	u32 offset;
	u32 size;
};

/**
 * struct hailo_transfer - a launched transfer
 * @last: last descriptor
 * @descs: descriptors it takes
 * @buffers_count: how many buffers
 * @dirty_count: how many dirty descriptors
 * @debug: its last descriptor's status is to be checked
 * @dirty: descriptors to restore: the first one, and each buffer's last
 * @buffers: what it moves
 */
struct hailo_transfer {
	u16 last;
	u16 descs;
	u8 buffers_count;
	u8 dirty_count;
	bool debug;
	u16 dirty[HAILO_TRANSFER_BUFFERS + 1];
	struct hailo_transfer_buffer buffers[HAILO_TRANSFER_BUFFERS];
};

/**
 * struct hailo_queue - transfers of one channel between enable and disable
 * @list: list they use, referenced; set by the first launch
 * @avail: descriptor index given to the device last
 * @proc: descriptor index up to which transfers have been reported
 * @descs: descriptors in flight, from @proc on: not to be written
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

u32 hailo_queue_retire(struct hailo_queue *queue, struct hailo_transfer *transfer);

#endif /* HAILO_QUEUE_H */
