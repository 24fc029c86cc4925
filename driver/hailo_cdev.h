/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node /dev/hailo<N>: class, open files, ioctls (chapter 3).
 */
#ifndef HAILO_CDEV_H
#define HAILO_CDEV_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "hailo_dev.h"
#include "hailo_release.h"

struct address_space;
struct file;
struct hailo_note;
struct vm_area_struct;

/* Notifications that wait for one reader; the oldest give way. */
#define HAILO_FILE_NOTES	32

/**
 * struct hailo_file - an open file
 * @hdev: the board, kept alive by the node
 * @list: entry in hailo_dev.files
 * @epoch: hailo_dev.epoch at open; another one there means that the file is invalid
 * @release: what QUERY_DRIVER_INFO answers; a running client never sees a change
 * @wq: readers of notifications
 * @notes: ring of notifications; under hailo_dev.files_lock, as the next three
 * @notes_head: oldest one
 * @notes_count: how many
 * @notes_disabled: DISABLE_NOTIFICATION was called, for good
 * @channels: bitmap of channels it enabled; under hailo_dev.irq_lock
 * @told_lost: a wait has reported that its channels have stopped for good
 * @mms: address spaces that coherent memory has been mapped into; under @mem_lock
 * @mapping: address space of the node, for taking user mappings away
 * @mem_lock: protects the fields below; taken inside mmap_lock, so user memory
 *	is never touched under it
 * @maps: struct hailo_map by handle
 * @map_tree: those that launches name by address
 * @map_fds: those that launches name by dma-buf fd, newest first
 * @objects: lists and buffers by handle / PAGE_SIZE, told apart by pointer tag
 * @orphans: freed buffers that may still be mapped into user space
 * @list_bytes: allocated for lists
 * @buffer_bytes: allocated for buffers
 * @next_map: handles are not given out again
 * @next_object: likewise
 */
struct hailo_file {
	struct hailo_dev *hdev;
	struct list_head list;
	unsigned int epoch;
	struct hailo_release release;
	wait_queue_head_t wq;
	struct hailo_note *notes[HAILO_FILE_NOTES];
	unsigned int notes_head;
	unsigned int notes_count;
	bool notes_disabled;

	u32 channels;
	bool told_lost;
	struct list_head mms;
	struct address_space *mapping;

	struct mutex mem_lock;
	struct xarray maps;
	struct rb_root_cached map_tree;
	struct list_head map_fds;
	struct xarray objects;
	struct list_head orphans;
	size_t list_bytes;
	size_t buffer_bytes;
	u32 next_map;
	u32 next_object;
};

/* Tags of pointers in hailo_file.objects. */
#define HAILO_TAG_LIST		0
#define HAILO_TAG_BUFFER	1

#define HAILO_IOCTL_IN		BIT(0)	/* the argument is copied in */
#define HAILO_IOCTL_OUT		BIT(1)	/* and out, if the handler returns 0 or more */
#define HAILO_IOCTL_OUT_ALWAYS	BIT(2)	/* and out in any case */
#define HAILO_IOCTL_REMOVED	BIT(3)	/* clients unwind with it after removal */
#define HAILO_IOCTL_UNLOCKED	BIT(4)	/* calls hailo_file_enter() itself */

/**
 * struct hailo_ioctl - one command
 * @cmd: the complete 32-bit command
 * @flags: HAILO_IOCTL_*; the direction bits of the commands are no help
 * @handler: called with the argument in kernel memory
 */
struct hailo_ioctl {
	unsigned int cmd;
	unsigned int flags;
	long (*handler)(struct hailo_file *file, void *arg);
};

extern const struct hailo_ioctl hailo_vdma_ioctls[];
extern const unsigned int hailo_vdma_ioctls_count;

int hailo_file_refuse(struct hailo_file *file);

/**
 * hailo_file_valid() - was the file opened since the last suspend or reset
 * @file: the file
 *
 * Return: false if it must be closed and opened anew.
 */
static inline bool hailo_file_valid(struct hailo_file *file)
{
	return file->epoch == READ_ONCE(file->hdev->epoch);
}

/**
 * hailo_file_over() - can nothing happen any more that a sleeper waits for
 * @file: the file
 *
 * Return: true if the file is invalid or its board has been removed.
 */
static inline bool hailo_file_over(struct hailo_file *file)
{
	return !hailo_file_valid(file) || hailo_dev_state(file->hdev) == HAILO_STATE_REMOVED;
}

/**
 * hailo_file_enter() - keep the board where it is, and check the file
 * @file: the file
 * @removed_too: a removed board is fine
 *
 * The checks of every ioctl (chapter 3, 2.3).
 *
 * Return: 0, then hailo_file_leave() must follow; -ENODEV after removal,
 * -EINVAL for an invalid file, -ERESTARTSYS.
 */
static inline int hailo_file_enter(struct hailo_file *file, bool removed_too)
{
	struct hailo_dev *hdev = file->hdev;
	bool removed;

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	removed = hailo_dev_state(hdev) == HAILO_STATE_REMOVED;
	if (unlikely(removed ? !removed_too : !hailo_file_valid(file)))
		return hailo_file_refuse(file);
	return 0;
}

/**
 * hailo_file_leave() - undo hailo_file_enter()
 * @file: the file
 */
static inline void hailo_file_leave(struct hailo_file *file)
{
	up_read(&file->hdev->rwsem);
}

/**
 * hailo_object_find() - a list or buffer by its handle
 * @file: the file, mem_lock held
 * @handle: what the client named
 * @tag: HAILO_TAG_*
 *
 * Return: the object, not referenced, or NULL.
 */
static inline void *hailo_object_find(struct hailo_file *file, u64 handle, unsigned int tag)
{
	void *object;

	lockdep_assert_held(&file->mem_lock);
	if (!IS_ALIGNED(handle, PAGE_SIZE))
		return NULL;
	object = xa_load(&file->objects, handle >> PAGE_SHIFT);
	if (!object || xa_pointer_tag(object) != tag)
		return NULL;
	return xa_untag_pointer(object);
}

void hailo_file_mem_init(struct hailo_file *file);
void hailo_file_mem_detach(struct hailo_file *file);
void hailo_file_mem_free(struct hailo_file *file);
int hailo_file_mmap(struct file *filp, struct vm_area_struct *vma);

int hailo_cdev_init(void);
void hailo_cdev_exit(void);

int hailo_cdev_add(struct hailo_dev *hdev);
void hailo_cdev_del(struct hailo_dev *hdev);

void hailo_cdev_release_dma(struct hailo_dev *hdev);
void hailo_cdev_deliver(struct hailo_dev *hdev, struct hailo_note *note);
void hailo_cdev_wake_files(struct hailo_dev *hdev);

#endif /* HAILO_CDEV_H */
