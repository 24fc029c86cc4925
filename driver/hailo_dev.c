// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lifetime and state of a board.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_trace.h"

/* How long a caller waits for a boot or reset that is under way. */
#define HAILO_SETTLE_TIMEOUT_MS	(3 * HAILO_BOOT_TIMEOUT_MS)

static const char * const hailo_state_names[HAILO_STATE_COUNT] = {
	[HAILO_STATE_COLD] = "cold",
	[HAILO_STATE_BOOTING] = "booting",
	[HAILO_STATE_RUNNING] = "running",
	[HAILO_STATE_RESETTING] = "resetting",
	[HAILO_STATE_SUSPENDED] = "suspended",
	[HAILO_STATE_DEAD] = "dead",
	[HAILO_STATE_REMOVED] = "removed",
};

/* States that may be entered from each state. */
static const unsigned int hailo_state_next[HAILO_STATE_COUNT] = {
	[HAILO_STATE_COLD] = BIT(HAILO_STATE_BOOTING) | BIT(HAILO_STATE_DEAD),
	[HAILO_STATE_BOOTING] = BIT(HAILO_STATE_RUNNING) | BIT(HAILO_STATE_DEAD) |
				BIT(HAILO_STATE_REMOVED),
	[HAILO_STATE_RUNNING] = BIT(HAILO_STATE_BOOTING) | BIT(HAILO_STATE_RESETTING) |
				BIT(HAILO_STATE_SUSPENDED) | BIT(HAILO_STATE_DEAD) |
				BIT(HAILO_STATE_REMOVED),
	[HAILO_STATE_RESETTING] = BIT(HAILO_STATE_BOOTING) | BIT(HAILO_STATE_DEAD) |
				  BIT(HAILO_STATE_REMOVED),
	[HAILO_STATE_SUSPENDED] = BIT(HAILO_STATE_BOOTING) | BIT(HAILO_STATE_DEAD) |
				  BIT(HAILO_STATE_REMOVED),
	[HAILO_STATE_DEAD] = BIT(HAILO_STATE_BOOTING) | BIT(HAILO_STATE_RESETTING) |
			     BIT(HAILO_STATE_SUSPENDED) | BIT(HAILO_STATE_REMOVED),
	[HAILO_STATE_REMOVED] = 0,
};

static void hailo_dev_release(struct device *dev)
{
	struct hailo_dev *hdev = container_of(dev, struct hailo_dev, dev);

	pci_dev_put(hdev->pdev);
	kfree(hdev);
}

/**
 * hailo_dev_alloc() - allocate a board in state COLD
 * @pdev: its function
 * @variant: data of its PCI ID
 *
 * Return: the board, to be dropped with put_device(&hdev->dev); NULL if there
 * is no memory.
 */
struct hailo_dev *hailo_dev_alloc(struct pci_dev *pdev, const struct hailo_variant *variant)
{
	struct hailo_dev *hdev = kzalloc(sizeof(*hdev), GFP_KERNEL);

	if (!hdev)
		return NULL;

	device_initialize(&hdev->dev);
	hdev->dev.release = hailo_dev_release;
	hdev->pdev = pci_dev_get(pdev);
	hdev->variant = variant;
	hdev->index = -1;
	hdev->state = HAILO_STATE_COLD;
	init_rwsem(&hdev->rwsem);
	spin_lock_init(&hdev->state_lock);
	init_waitqueue_head(&hdev->event_wq);
	mutex_init(&hdev->use_lock);
	spin_lock_init(&hdev->irq_lock);
	mutex_init(&hdev->log_lock);
	spin_lock_init(&hdev->files_lock);
	INIT_LIST_HEAD(&hdev->files);
	hailo_ctrl_init(&hdev->ctrl);
	hailo_vdma_init(&hdev->vdma);
	return hdev;
}

/**
 * hailo_state_name() - name of a state, as sysfs and traces show it
 * @state: the state
 *
 * Return: a constant string.
 */
const char *hailo_state_name(enum hailo_state state)
{
	return hailo_state_names[state];
}

/**
 * hailo_dev_set_state() - the one place where a board changes its state
 * @hdev: the board
 * @state: the new state
 * @reason: for HAILO_STATE_DEAD, a few words for sysfs and the log
 *
 * Wakes everybody who waits for the board.  May be called in any context.
 *
 * Return: false, and nothing happens, if the board cannot go there: it has
 * been removed, or is dead already and keeps its first reason.
 */
bool hailo_dev_set_state(struct hailo_dev *hdev, enum hailo_state state, const char *reason)
{
	enum hailo_state old;
	unsigned long flags;
	bool allowed;

	spin_lock_irqsave(&hdev->state_lock, flags);
	old = hdev->state;
	allowed = hailo_state_next[old] & BIT(state);
	if (allowed) {
		WRITE_ONCE(hdev->state, state);
		strscpy(hdev->reason, state == HAILO_STATE_DEAD ? reason : "",
			sizeof(hdev->reason));
	}
	spin_unlock_irqrestore(&hdev->state_lock, flags);
	if (!allowed)
		return false;

	trace_hailo_state(hdev->index, old, state);
	if (state == HAILO_STATE_DEAD)
		hailo_err(hdev, "Board is dead: %s\n", reason);
	wake_up_all(&hdev->event_wq);
	hailo_vdma_wake(&hdev->vdma, U32_MAX);
	hailo_cdev_wake_files(hdev);
	return true;
}

static bool hailo_dev_settled(struct hailo_dev *hdev)
{
	switch (hailo_dev_state(hdev)) {
	case HAILO_STATE_BOOTING:
	case HAILO_STATE_RESETTING:
	case HAILO_STATE_SUSPENDED:
		return false;
	default:
		return true;
	}
}

/**
 * hailo_dev_lock_settled() - take rwsem once no boot, reset or suspend is under way
 * @hdev: the board
 * @write: for writing, else for reading
 *
 * A reset that begins later waits for rwsem before it touches the hardware.
 *
 * Return: 0, -ETIMEDOUT, -ERESTARTSYS if the caller was killed.
 */
int hailo_dev_lock_settled(struct hailo_dev *hdev, bool write)
{
	for (;;) {
		long left = wait_event_killable_timeout(hdev->event_wq, hailo_dev_settled(hdev),
							msecs_to_jiffies(HAILO_SETTLE_TIMEOUT_MS));

		if (left <= 0)
			return left ? left : -ETIMEDOUT;
		if (write ? down_write_killable(&hdev->rwsem) : down_read_killable(&hdev->rwsem))
			return -ERESTARTSYS;
		/* A reset may have begun while rwsem was waited for. */
		if (hailo_dev_settled(hdev))
			return 0;
		if (write)
			up_write(&hdev->rwsem);
		else
			up_read(&hdev->rwsem);
	}
}

/**
 * hailo_dev_use() - power the function up and turn its interrupts on
 * @hdev: the board; the caller holds rwsem and use_lock
 *
 * Return: 0, -EIO if the function does not wake, -ENXIO if it is awake but the
 * device does not answer, errno of the PCI core.
 */
int hailo_dev_use(struct hailo_dev *hdev)
{
	int ret;

	lockdep_assert_held(&hdev->rwsem);
	lockdep_assert_held(&hdev->use_lock);

	if (!hdev->users) {
		ret = pm_runtime_resume_and_get(&hdev->pdev->dev);
		if (ret < 0) {
			hailo_err_ratelimited(hdev, "Failed waking up board %d\n", ret);
			return ret;
		}
		hdev->powered = true;
		/* The PCI core reports success even if it found nothing to wake. */
		if (hdev->pdev->current_state != PCI_D0) {
			hailo_err_ratelimited(hdev, "Failed waking up board %d\n", -EIO);
			ret = -EIO;
			goto err_power;
		}
	}

	if (!hailo_hw_alive(&hdev->hw)) {
		hailo_err_ratelimited(hdev, "Device disconnected while opening device\n");
		ret = -ENXIO;
		goto err_power;
	}

	if (!hdev->users++) {
		hailo_irq_enable(hdev);
		hailo_ctrl_drop_notification(hdev);
	}
	return 0;

err_power:
	if (!hdev->users) {
		hdev->powered = false;
		pm_runtime_put(&hdev->pdev->dev);
	}
	return ret;
}

/**
 * hailo_dev_unuse() - undo hailo_dev_use()
 * @hdev: the board; the caller holds rwsem and use_lock
 */
void hailo_dev_unuse(struct hailo_dev *hdev)
{
	lockdep_assert_held(&hdev->rwsem);
	lockdep_assert_held(&hdev->use_lock);

	if (--hdev->users || !hdev->powered)
		return;

	hailo_irq_disable(hdev);
	hdev->powered = false;
	pm_runtime_put(&hdev->pdev->dev);
}
