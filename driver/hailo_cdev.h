/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node /dev/hailo<N>: class, open files, ioctls (chapter 3).
 */
#ifndef HAILO_CDEV_H
#define HAILO_CDEV_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "hailo_release.h"

struct hailo_dev;
struct hailo_note;

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
};

int hailo_cdev_init(void);
void hailo_cdev_exit(void);

int hailo_cdev_add(struct hailo_dev *hdev);
void hailo_cdev_del(struct hailo_dev *hdev);

void hailo_cdev_deliver(struct hailo_dev *hdev, struct hailo_note *note);
void hailo_cdev_wake_files(struct hailo_dev *hdev);

#endif /* HAILO_CDEV_H */
