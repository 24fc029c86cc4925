/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control mailbox, notifications and logs (spec 8, 9, 10).
 */
#ifndef HAILO_CTRL_H
#define HAILO_CTRL_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "abi/hailo_mailbox.h"

struct hailo_dev;

/**
 * struct hailo_ctrl - control mailbox of one board
 * @lock: one control at a time, both CPUs together
 * @executed: controls since the board was probed; under @lock
 * @failed: those among them that failed; likewise
 * @answers: answers seen, counted by the interrupt handler
 * @owed: a control was given up before its answer came; under @lock
 * @owed_until: jiffies; nobody waits for that answer any longer afterwards
 */
struct hailo_ctrl {
	struct mutex lock;
	unsigned long executed;
	unsigned long failed;
	unsigned int answers;
	bool owed;
	unsigned long owed_until;
};

/**
 * struct hailo_ctrl_message - a request or a response
 * @head: MD5 and length of the payload
 * @payload: @head.length bytes
 */
struct hailo_ctrl_message {
	struct hailo_control_head head;
	u8 payload[HAILO_CONTROL_MAX_PAYLOAD];
} __packed;

/**
 * struct hailo_note - a notification, shared by the queues of all open files
 * @refs: queues that hold it
 * @length: bytes in @data
 * @data: the message as firmware sent it
 */
struct hailo_note {
	refcount_t refs;
	u32 length;
	u8 data[];
};

void hailo_ctrl_init(struct hailo_ctrl *ctrl);
void hailo_ctrl_answered(struct hailo_ctrl *ctrl);
void hailo_ctrl_forget(struct hailo_ctrl *ctrl);

int hailo_ctrl_exec(struct hailo_dev *hdev, struct hailo_ctrl_message *msg, u32 cpu_id,
		    u32 timeout_ms);
int hailo_ctrl_identify(struct hailo_dev *hdev);
int hailo_ctrl_temperature(struct hailo_dev *hdev, s32 millicelsius[2]);
int hailo_ctrl_driver_down(struct hailo_dev *hdev);

void hailo_ctrl_read_notification(struct hailo_dev *hdev);
void hailo_ctrl_drop_notification(struct hailo_dev *hdev);
void hailo_note_put(struct hailo_note *note);

int hailo_ctrl_read_log(struct hailo_dev *hdev, u32 cpu_id, void *to, u32 size);

#endif /* HAILO_CTRL_H */
