// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control mailbox, notifications and logs (spec 8, 9, 10).
 */
#include <linux/bitfield.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <hailo/hailo_ioctl.h>

#include "abi/hailo_fw_image.h"
#include "compat/hailo_compat.h"
#include "hailo_cdev.h"
#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_trace.h"

/* No user may block the controls of all others for longer. */
#define HAILO_CTRL_MAX_TIMEOUT_MS	10000
/* Answers come within milliseconds: after this, look whether an MSI got lost. */
#define HAILO_CTRL_POLL_MS		100
/* Likewise, for the end of all DMA; a device without the bus sends no MSI at all. */
#define HAILO_DRIVER_DOWN_POLL_MS	20
/* How long the answer of a control that was given up is waited for. */
#define HAILO_CTRL_OWED_MS		1000
#define HAILO_CTRL_INTERNAL_TIMEOUT_MS	1000

/* Payloads of the driver's own controls with their MD5 (spec 8.4). */
static const u8 hailo_identify_request[] = {
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const u8 hailo_identify_md5[HAILO_MD5_SIZE] = {
	0x6a, 0x3d, 0x1c, 0x7f, 0xe8, 0x4c, 0xfe, 0x2f,
	0x18, 0x4d, 0x69, 0xc2, 0x37, 0x6d, 0xcc, 0x43,
};

static const u8 hailo_temperature_request[] = {
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x2e, 0x00, 0x00, 0x00, 0x00,
};

static const u8 hailo_temperature_md5[HAILO_MD5_SIZE] = {
	0x6f, 0x2f, 0x3a, 0x46, 0x62, 0x64, 0x12, 0x50,
	0x49, 0x23, 0xae, 0xff, 0x7d, 0xe7, 0x83, 0xeb,
};

/**
 * hailo_ctrl_init() - prepare an idle mailbox
 * @ctrl: the mailbox
 */
void hailo_ctrl_init(struct hailo_ctrl *ctrl)
{
	mutex_init(&ctrl->lock);
}

/**
 * hailo_ctrl_answered() - an answer is in the response area
 * @ctrl: the mailbox; the caller holds irq_lock
 */
void hailo_ctrl_answered(struct hailo_ctrl *ctrl)
{
	WRITE_ONCE(ctrl->answers, ctrl->answers + 1);
}

/**
 * hailo_ctrl_forget() - firmware was started anew and owes no answer
 * @ctrl: the mailbox; nobody uses it, the caller holds rwsem for writing
 */
void hailo_ctrl_forget(struct hailo_ctrl *ctrl)
{
	ctrl->owed = false;
}

static bool hailo_ctrl_woken(struct hailo_dev *hdev, unsigned int seen)
{
	return READ_ONCE(hdev->ctrl.answers) != seen || hailo_dev_state_error(hdev);
}

/*
 * Waits for an answer after the @seen ones, until @deadline (jiffies).  Only
 * a fatal signal ends the wait early: the control takes effect anyhow, and a
 * timer or a profiler must not make it look failed.
 */
static int hailo_ctrl_wait(struct hailo_dev *hdev, unsigned int seen, unsigned long deadline)
{
	for (;;) {
		long left = (long)(deadline - jiffies);
		long slice = clamp_t(long, left, 1, msecs_to_jiffies(HAILO_CTRL_POLL_MS));
		long ret;

		ret = wait_event_killable_timeout(hdev->event_wq, hailo_ctrl_woken(hdev, seen),
						  slice);
		if (ret < 0)
			return -EINTR;
		if (hailo_dev_state_error(hdev))
			return hailo_dev_state_error(hdev);
		if (ret)
			return 0;

		if (hailo_irq_poll(hdev) && READ_ONCE(hdev->ctrl.answers) != seen) {
			hailo_warn_ratelimited(hdev, "Interrupt lost, answer found by polling\n");
			return 0;
		}
		if (left <= slice)
			return -ETIMEDOUT;
	}
}

/*
 * Waits for the late answer of a control that was given up, so that it cannot
 * be taken for the next one's (docs/adr/0004).  Called with ctrl.lock held.
 */
static int hailo_ctrl_drain(struct hailo_dev *hdev, unsigned int seen)
{
	struct hailo_ctrl *ctrl = &hdev->ctrl;
	int ret;

	if (!time_before(jiffies, ctrl->owed_until))
		return 0;

	ret = hailo_ctrl_wait(hdev, seen, ctrl->owed_until);
	if (!ret)
		ctrl->owed = false;
	return ret == -ETIMEDOUT ? 0 : ret;
}

static u32 hailo_ctrl_opcode(const struct hailo_ctrl_message *msg, u32 length)
{
	const struct hailo_control_request_header *header = (const void *)msg->payload;

	if (length < sizeof(*header))
		return HAILO_HW_ALL_ONES;
	return get_unaligned_be32(&header->opcode);
}

static int hailo_ctrl_send(struct hailo_dev *hdev, const struct hailo_ctrl_message *msg,
			   u32 cpu_id)
{
	u32 length = sizeof(msg->head) + le32_to_cpu(msg->head.length);
	u32 doorbell = cpu_id == HAILO_CPU_CORE ? HAILO_DOORBELL_CORE_CONTROL :
						  HAILO_DOORBELL_APP_CONTROL;
	int ret = 0;

	mutex_lock(&hdev->hw.window_lock);
	if (hailo_hw_fw_loaded(&hdev->hw)) {
		hailo_hw_write_buf(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_REQUEST, msg,
				   length);
		hailo_hw_ring(&hdev->hw, doorbell);
	} else {
		ret = -ENODEV;
	}
	mutex_unlock(&hdev->hw.window_lock);

	if (ret && !hailo_hw_alive(&hdev->hw))
		hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device disconnected");
	else if (ret)
		hailo_err_ratelimited(hdev, "Failed writing fw control to pcie\n");
	return ret;
}

static int hailo_ctrl_receive(struct hailo_dev *hdev, struct hailo_ctrl_message *msg)
{
	u32 length;
	int ret = 0;

	mutex_lock(&hdev->hw.window_lock);
	hailo_hw_read_buf(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_RESPONSE, &msg->head,
			  sizeof(msg->head));
	length = le32_to_cpu(msg->head.length);
	if (length <= HAILO_CONTROL_MAX_PAYLOAD)
		hailo_hw_read_buf(&hdev->hw, HAILO_BAR_FW_ACCESS,
				  HAILO_FWA_RESPONSE + sizeof(msg->head), msg->payload, length);
	else
		ret = -EINVAL;
	mutex_unlock(&hdev->hw.window_lock);

	if (ret)
		hailo_err_ratelimited(hdev,
				      "Failed reading fw control from pcie: length %u, at most %u\n",
				      length, HAILO_CONTROL_MAX_PAYLOAD);
	return ret;
}

/* The exchange itself, with ctrl.lock held; see hailo_ctrl_exec(). */
static int hailo_ctrl_exchange(struct hailo_dev *hdev, struct hailo_ctrl_message *msg,
			       u32 cpu_id, u32 timeout_ms)
{
	u32 opcode = hailo_ctrl_opcode(msg, le32_to_cpu(msg->head.length));
	struct hailo_ctrl *ctrl = &hdev->ctrl;
	unsigned int seen = READ_ONCE(ctrl->answers);
	unsigned long deadline;
	int ret;

	lockdep_assert_held(&hdev->rwsem);
	lockdep_assert_held(&ctrl->lock);

	ret = hailo_dev_state_error(hdev);
	if (!ret && ctrl->owed)
		ret = hailo_ctrl_drain(hdev, seen);
	if (ret)
		return ret;

	seen = READ_ONCE(ctrl->answers);
	ret = hailo_ctrl_send(hdev, msg, cpu_id);
	if (ret)
		return ret;

	deadline = jiffies + msecs_to_jiffies(min_t(u32, timeout_ms, HAILO_CTRL_MAX_TIMEOUT_MS));
	for (;;) {
		u32 answered;

		ret = hailo_ctrl_wait(hdev, seen, deadline);
		if (ret == -ETIMEDOUT || ret == -EINTR) {
			ctrl->owed = true;
			ctrl->owed_until = jiffies + msecs_to_jiffies(HAILO_CTRL_OWED_MS);
		}
		if (ret)
			return ret;

		seen = READ_ONCE(ctrl->answers);
		ret = hailo_ctrl_receive(hdev, msg);
		if (ret || !ctrl->owed)
			return ret;

		/* The first answer with another opcode is the one that was owed. */
		ctrl->owed = false;
		answered = hailo_ctrl_opcode(msg, le32_to_cpu(msg->head.length));
		if (answered == opcode)
			return 0;
		hailo_notice_ratelimited(hdev, "Late answer to control %u dropped\n", answered);
	}
}

/**
 * hailo_ctrl_exec() - execute one control
 * @hdev: the board, in use, its rwsem held for reading
 * @msg: the request, replaced by the response; neither MD5 nor payload is
 *	judged, that is between library and firmware
 * @cpu_id: HAILO_CPU_CORE for the core CPU, anything else for the application CPU
 * @timeout_ms: for the answer, cut to HAILO_CTRL_MAX_TIMEOUT_MS
 *
 * Return: 0, -EINVAL if request or response exceed the mailbox, -ENODEV if no
 * firmware runs, -ETIMEDOUT, -EINTR if the caller was killed while it waited
 * for the answer, -ERESTARTSYS if it was killed before.
 */
int hailo_ctrl_exec(struct hailo_dev *hdev, struct hailo_ctrl_message *msg, u32 cpu_id,
		    u32 timeout_ms)
{
	u32 length = le32_to_cpu(msg->head.length);
	u32 opcode;
	int ret;

	if (length > HAILO_CONTROL_MAX_PAYLOAD)
		return -EINVAL;
	if (mutex_lock_killable(&hdev->ctrl.lock))
		return -ERESTARTSYS;

	opcode = hailo_ctrl_opcode(msg, length);
	trace_hailo_control_start(hdev->index, opcode, cpu_id, length);
	hailo_vdma_unsettle(&hdev->vdma);
	ret = hailo_ctrl_exchange(hdev, msg, cpu_id, timeout_ms);
	hailo_vdma_settle(&hdev->vdma);
	if (!ret)
		hailo_vdma_reap(hdev, false);
	hdev->ctrl.executed++;
	hdev->ctrl.failed += !!ret;
	trace_hailo_control_done(hdev->index, opcode, ret);
	mutex_unlock(&hdev->ctrl.lock);

	if (ret == -ETIMEDOUT)
		hailo_err_ratelimited(hdev,
				      "hailo_fw_control, timeout waiting for control (timeout_ms=%u)\n",
				      timeout_ms);
	return ret;
}

/*
 * A control of the driver's own: never waits for a user's, and is given up
 * after a second.
 *
 * Return: the response, @expected bytes long and successful, or an ERR_PTR:
 * -EAGAIN if a user's control is under way, -EPROTO for any other answer.
 */
static struct hailo_ctrl_message *hailo_ctrl_internal(struct hailo_dev *hdev, const u8 *request,
						      size_t length, const u8 *md5,
						      size_t expected)
{
	const struct hailo_control_response_header *header;
	struct hailo_ctrl_message *msg;
	u32 opcode;
	int ret;

	msg = kmalloc(sizeof(*msg), GFP_KERNEL);
	if (!msg)
		return ERR_PTR(-ENOMEM);

	memcpy(msg->head.md5, md5, sizeof(msg->head.md5));
	msg->head.length = cpu_to_le32(length);
	memcpy(msg->payload, request, length);
	opcode = hailo_ctrl_opcode(msg, length);

	if (!mutex_trylock(&hdev->ctrl.lock)) {
		kfree(msg);
		return ERR_PTR(-EAGAIN);
	}
	trace_hailo_control_start(hdev->index, opcode, HAILO_CPU_APP, length);
	ret = hailo_ctrl_exchange(hdev, msg, HAILO_CPU_APP, HAILO_CTRL_INTERNAL_TIMEOUT_MS);
	trace_hailo_control_done(hdev->index, opcode, ret);
	mutex_unlock(&hdev->ctrl.lock);

	header = (const void *)msg->payload;
	if (!ret && (le32_to_cpu(msg->head.length) != expected ||
		     header->version != cpu_to_be32(HAILO_CONTROL_PROTOCOL_VERSION) ||
		     !(header->flags & cpu_to_be32(HAILO_CONTROL_FLAG_ACK)) ||
		     header->opcode != cpu_to_be32(opcode) || header->major_status))
		ret = -EPROTO;
	if (ret) {
		kfree(msg);
		return ERR_PTR(ret);
	}
	return msg;
}

/**
 * hailo_ctrl_identify() - ask the running firmware who it is
 * @hdev: the board, in use, its rwsem held for writing; fills @hdev->fw
 *
 * Return: 0 or errno of hailo_ctrl_exec(), -EPROTO for a malformed answer.
 */
int hailo_ctrl_identify(struct hailo_dev *hdev)
{
	const struct hailo_identify_response *answer;
	struct hailo_ctrl_message *msg;

	hdev->fw.valid = false;
	msg = hailo_ctrl_internal(hdev, hailo_identify_request, sizeof(hailo_identify_request),
				  hailo_identify_md5, sizeof(*answer));
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	answer = (const void *)msg->payload;
	hdev->fw.version.major = le32_to_cpu(answer->fw_version.major);
	hdev->fw.version.minor = le32_to_cpu(answer->fw_version.minor);
	hdev->fw.version.revision = le32_to_cpu(answer->fw_version.revision) &
				    HAILO_FW_REVISION_MASK;
	hdev->fw.architecture = be32_to_cpu(answer->device_architecture);
	hdev->fw.valid = true;
	kfree(msg);
	return 0;
}

/* IEEE-754 single to thousandths, without floating point; NaN and infinity are 0. */
static s32 hailo_ctrl_float_to_milli(u32 bits)
{
	int exponent = (int)((bits >> 23) & 0xff) - 127 - 23;
	u64 mantissa = (bits & 0x7fffff) | 0x800000;
	u64 milli;

	/* Below a thousandth, or more than a thermometer of a chip can say. */
	if (exponent < -40 || exponent > -8)
		return 0;
	milli = (mantissa * 1000) >> -exponent;
	return bits >> 31 ? -(s32)milli : (s32)milli;
}

/**
 * hailo_ctrl_temperature() - read both sensors of the chip
 * @hdev: the board, in use, its rwsem held for reading
 * @millicelsius: the readings
 *
 * Return: 0, -EAGAIN if a user's control is under way, else as
 * hailo_ctrl_identify().
 */
int hailo_ctrl_temperature(struct hailo_dev *hdev, s32 millicelsius[2])
{
	const struct hailo_temperature_response *answer;
	struct hailo_ctrl_message *msg;

	msg = hailo_ctrl_internal(hdev, hailo_temperature_request,
				  sizeof(hailo_temperature_request), hailo_temperature_md5,
				  sizeof(*answer));
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	answer = (const void *)msg->payload;
	millicelsius[0] = hailo_ctrl_float_to_milli(le32_to_cpu(answer->ts0));
	millicelsius[1] = hailo_ctrl_float_to_milli(le32_to_cpu(answer->ts1));
	kfree(msg);
	return 0;
}

/**
 * hailo_ctrl_driver_down() - have firmware stop all DMA and inference
 * @hdev: the board, its interrupts on, firmware running
 *
 * After this host memory may be unmapped: a device that does not answer loses
 * the bus, and is dead until it has been reset.
 *
 * Return: 0, -ETIMEDOUT.
 */
int hailo_ctrl_driver_down(struct hailo_dev *hdev)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(HAILO_DRIVER_DOWN_TIMEOUT_MS);

	WRITE_ONCE(hdev->driver_down, false);
	hailo_hw_ring(&hdev->hw, HAILO_DOORBELL_DRIVER_DOWN);

	do {
		if (wait_event_timeout(hdev->event_wq, READ_ONCE(hdev->driver_down),
				       msecs_to_jiffies(HAILO_DRIVER_DOWN_POLL_MS)))
			return 0;
		hailo_irq_poll(hdev);
		if (READ_ONCE(hdev->driver_down))
			return 0;
	} while (time_before_eq(jiffies, deadline));

	hailo_err(hdev,
		  "hailo_nnc_driver_down, timeout waiting for shutdown response (timeout_ms=%u)\n",
		  HAILO_DRIVER_DOWN_TIMEOUT_MS);
	pci_clear_master(hdev->pdev);
	hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device does not stop its DMA");
	return -ETIMEDOUT;
}

/**
 * hailo_note_put() - drop one reference to a notification
 * @note: the notification
 */
void hailo_note_put(struct hailo_note *note)
{
	if (refcount_dec_and_test(&note->refs))
		kfree(note);
}

/* Reads and acknowledges the notification buffer; NULL if it holds none. */
static struct hailo_note *hailo_ctrl_fetch_note(struct hailo_dev *hdev)
{
	struct hailo_note *note = NULL;
	u32 head, length;

	mutex_lock(&hdev->hw.window_lock);
	head = hailo_hw_read(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_NOTIFICATION);
	length = FIELD_GET(HAILO_NOTIFICATION_LENGTH_MASK, head);
	if (!(head & HAILO_NOTIFICATION_IN_USE_MASK) || head == HAILO_HW_ALL_ONES)
		goto unlock;

	if (length <= HAILO_NOTIFICATION_FW_MAX)
		note = kmalloc(struct_size(note, data, length), GFP_KERNEL);
	if (note) {
		refcount_set(&note->refs, 1);
		note->length = length;
		hailo_hw_read_buf(&hdev->hw, HAILO_BAR_FW_ACCESS,
				  HAILO_FWA_NOTIFICATION + sizeof(struct hailo_notification_head),
				  note->data, length);
	}
	/* A buffer that is not acknowledged stays in use for ever. */
	hailo_hw_write(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_NOTIFICATION,
		       head & ~HAILO_NOTIFICATION_IN_USE_MASK);
unlock:
	mutex_unlock(&hdev->hw.window_lock);

	if (!note)
		hailo_err_ratelimited(hdev, "Failed reading firmware notification (head 0x%08x)\n",
				      head);
	return note;
}

/**
 * hailo_ctrl_read_notification() - read the notification that an interrupt announced
 * @hdev: the board; called by the interrupt thread
 *
 * A copy goes to the queue of each open file.
 */
void hailo_ctrl_read_notification(struct hailo_dev *hdev)
{
	struct hailo_note *note;

	/* Interrupts are on only while registers may be touched; the thread is waited for. */
	if (hailo_dev_state_error(hdev))
		return;

	note = hailo_ctrl_fetch_note(hdev);
	if (!note)
		return;
	trace_hailo_notification(hdev->index, note->length);
	hailo_cdev_deliver(hdev, note);
	hailo_note_put(note);
}

/**
 * hailo_ctrl_drop_notification() - acknowledge a notification that nobody has read
 * @hdev: the board, powered, its interrupts just turned on
 *
 * What announced it went with the stale status, and firmware sends no other one
 * while its buffer is in use (spec 9.5).
 */
void hailo_ctrl_drop_notification(struct hailo_dev *hdev)
{
	u32 head;

	if (hailo_dev_state_error(hdev))
		return;

	mutex_lock(&hdev->hw.window_lock);
	head = hailo_hw_read(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_NOTIFICATION);
	if (head != HAILO_HW_ALL_ONES && (head & HAILO_NOTIFICATION_IN_USE_MASK))
		hailo_hw_write(&hdev->hw, HAILO_BAR_FW_ACCESS, HAILO_FWA_NOTIFICATION,
			       head & ~HAILO_NOTIFICATION_IN_USE_MASK);
	mutex_unlock(&hdev->hw.window_lock);
}

/* Copies ring bytes, whose place need not be word aligned. */
static void hailo_ctrl_log_copy(struct hailo_dev *hdev, u32 ring, u32 offset, u8 *to, u32 len)
{
	u32 skip = offset % 4;

	ring += HAILO_LOG_DATA + offset - skip;
	while (len) {
		u32 n = min_t(u32, len, 4 - skip);
		u8 word[4];

		hailo_hw_read_buf(&hdev->hw, HAILO_BAR_FW_ACCESS, ring, word, sizeof(word));
		memcpy(to, word + skip, n);
		skip = 0;
		ring += 4;
		to += n;
		len -= n;
	}
}

/**
 * hailo_ctrl_read_log() - take text out of a log ring
 * @hdev: the board, in use, its rwsem held for reading; firmware need not run
 * @cpu_id: HAILO_CPU_APP or HAILO_CPU_CORE
 * @to: destination
 * @size: bytes, at most HAILO_READ_LOG_MAX
 *
 * Return: bytes read, 0 if the ring is empty; -EINVAL for bad arguments, -EIO
 * if the device's offsets lie outside its ring, -ERESTARTSYS.
 */
int hailo_ctrl_read_log(struct hailo_dev *hdev, u32 cpu_id, void *to, u32 size)
{
	u32 ring, host, chip, n, tail;
	int ret;

	if (cpu_id != HAILO_CPU_APP && cpu_id != HAILO_CPU_CORE)
		return -EINVAL;
	if (size > HAILO_READ_LOG_MAX)
		return -EINVAL;
	if (!size)
		return 0;
	ring = cpu_id == HAILO_CPU_CORE ? HAILO_FWA_LOG_CORE : HAILO_FWA_LOG_APP;

	if (mutex_lock_killable(&hdev->log_lock))
		return -ERESTARTSYS;

	host = hailo_hw_read(&hdev->hw, HAILO_BAR_FW_ACCESS, ring + HAILO_LOG_HOST_OFFSET);
	chip = hailo_hw_read(&hdev->hw, HAILO_BAR_FW_ACCESS, ring + HAILO_LOG_CHIP_OFFSET);
	if (host >= HAILO_LOG_RING_SIZE || chip >= HAILO_LOG_RING_SIZE) {
		hailo_err_ratelimited(hdev, "Log offsets %u and %u are not in a ring of %u\n", host,
				      chip, HAILO_LOG_RING_SIZE);
		ret = -EIO;
		goto unlock;
	}

	n = chip >= host ? chip - host : HAILO_LOG_RING_SIZE - (host - chip);
	n = min(n, size);
	tail = min(n, HAILO_LOG_RING_SIZE - host);
	hailo_ctrl_log_copy(hdev, ring, host, to, tail);
	hailo_ctrl_log_copy(hdev, ring, 0, (u8 *)to + tail, n - tail);
	if (n)
		hailo_hw_write(&hdev->hw, HAILO_BAR_FW_ACCESS, ring + HAILO_LOG_HOST_OFFSET,
			       (host + n) % HAILO_LOG_RING_SIZE);
	ret = n;
unlock:
	mutex_unlock(&hdev->log_lock);
	return ret;
}
