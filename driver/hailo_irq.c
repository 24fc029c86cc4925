// SPDX-License-Identifier: GPL-2.0-only
/*
 * The function's one MSI vector (spec 4.2 to 4.4).
 *
 * The vector is allocated once, in probe; the mask register decides whether
 * the device may use it.  The hard handler clears the status and wakes
 * sleepers; what needs more MMIO than that, reading a notification, is done by
 * the thread.
 */
#include <linux/interrupt.h>
#include <linux/pci.h>

#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_irq.h"

/* A device whose status never reads 0 must not keep a CPU in the handler. */
#define HAILO_IRQ_MAX_ROUNDS	8

/*
 * Reads and clears the status until it is 0: the device may send its next MSI
 * only when a further bit is set.  Called with irq_lock held.
 *
 * Return: the bits that were set; *channels are the vDMA channels among them,
 * *lost says that the device is gone.
 */
static u32 hailo_irq_collect(struct hailo_dev *hdev, u32 *channels, bool *lost)
{
	u32 bits = 0;
	int round;

	*lost = false;
	for (round = 0; round < HAILO_IRQ_MAX_ROUNDS; round++) {
		u32 status = hailo_hw_read(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_ISTATUS);

		if (!status)
			return bits;
		if (status == HAILO_HW_ALL_ONES && !hailo_hw_alive(&hdev->hw)) {
			*lost = true;
			return 0;
		}
		hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_ISTATUS, status);
		if (status & HAILO_INT_VDMA_MASK && !hdev->in_boot)
			*channels |= hailo_vdma_irq(hdev, status);
		bits |= status;
	}

	hailo_warn_ratelimited(hdev, "Interrupt status 0x%08x does not clear\n", bits);
	return bits;
}

/* Hands the software bits to who waits for them.  Called with irq_lock held. */
static irqreturn_t hailo_irq_dispatch(struct hailo_dev *hdev, u32 bits)
{
	irqreturn_t ret = bits ? IRQ_HANDLED : IRQ_NONE;

	if (likely(!(bits & HAILO_INT_SW_MASK)))
		return ret;
	if (hdev->in_boot) {
		hdev->boot_events |= bits & (HAILO_INT_SOFT_RESET_DONE | HAILO_INT_BOOT_DONE);
		if (hdev->boot_events)
			wake_up_all(&hdev->event_wq);
		return ret;
	}
	if (bits & HAILO_INT_CONTROL)
		hailo_ctrl_answered(&hdev->ctrl);
	if (bits & HAILO_INT_DRIVER_DOWN)
		hdev->driver_down = true;
	if (bits & (HAILO_INT_CONTROL | HAILO_INT_DRIVER_DOWN))
		wake_up_all(&hdev->event_wq);
	if (!(bits & HAILO_INT_NOTIFICATION))
		return ret;
	/* Among them: streams that firmware has closed by itself. */
	hailo_vdma_changed(&hdev->vdma);
	return IRQ_WAKE_THREAD;
}

/* Returns IRQ_NONE if nothing was pending, IRQ_WAKE_THREAD if a notification waits to be read. */
static irqreturn_t hailo_irq_service(struct hailo_dev *hdev)
{
	irqreturn_t ret = IRQ_NONE;
	unsigned long flags;
	bool lost = false;
	u32 channels = 0;

	spin_lock_irqsave(&hdev->irq_lock, flags);
	if (hdev->irq_live) {
		u32 bits = hailo_irq_collect(hdev, &channels, &lost);

		hdev->interrupts++;
		if (lost)
			hdev->irq_live = false;
		else
			ret = hailo_irq_dispatch(hdev, bits);
	}
	spin_unlock_irqrestore(&hdev->irq_lock, flags);

	hailo_vdma_wake(&hdev->vdma, channels);
	if (unlikely(lost)) {
		hailo_err(hdev, "Device disconnected while handling irq\n");
		hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device disconnected");
	}
	return ret;
}

static irqreturn_t hailo_irq_hard(int irq, void *data)
{
	return hailo_irq_service(data);
}

static irqreturn_t hailo_irq_thread(int irq, void *data)
{
	hailo_ctrl_read_notification(data);
	return IRQ_HANDLED;
}

/**
 * hailo_irq_poll() - look for an interrupt that did not arrive
 * @hdev: the board, in use
 *
 * For those who have waited longer than an answer usually takes: handles the
 * status as the interrupt handler would.
 *
 * Return: true if something was pending.
 */
bool hailo_irq_poll(struct hailo_dev *hdev)
{
	irqreturn_t ret = hailo_irq_service(hdev);

	if (ret == IRQ_WAKE_THREAD)
		irq_wake_thread(hdev->irq, hdev);
	return ret != IRQ_NONE;
}

/**
 * hailo_irq_set_boot() - say what the software interrupts mean from now on
 * @hdev: the board
 * @in_boot: true before firmware is started or reset, false when it runs
 *
 * Forgets earlier boot events, so call it before the event is provoked.
 */
void hailo_irq_set_boot(struct hailo_dev *hdev, bool in_boot)
{
	unsigned long flags;

	spin_lock_irqsave(&hdev->irq_lock, flags);
	hdev->in_boot = in_boot;
	hdev->boot_events = 0;
	spin_unlock_irqrestore(&hdev->irq_lock, flags);
}

/**
 * hailo_irq_update_mask() - let enabled vDMA channels interrupt, and no others
 * @hdev: the board; the caller holds irq_lock
 */
void hailo_irq_update_mask(struct hailo_dev *hdev)
{
	lockdep_assert_held(&hdev->irq_lock);
	if (hdev->irq_live)
		hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_IMASK,
			       HAILO_INT_SW_MASK | hailo_vdma_irq_mask(hdev));
}

/**
 * hailo_irq_enable() - clear stale status and let the device send interrupts
 * @hdev: the board, powered
 */
void hailo_irq_enable(struct hailo_dev *hdev)
{
	unsigned long flags;

	spin_lock_irqsave(&hdev->irq_lock, flags);
	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_ISTATUS, HAILO_HW_ALL_ONES);
	hdev->irq_live = true;
	hailo_irq_update_mask(hdev);
	spin_unlock_irqrestore(&hdev->irq_lock, flags);
}

/**
 * hailo_irq_disable() - stop interrupts and wait for the handlers
 * @hdev: the board, powered
 *
 * Safe on a device that is gone: the write then goes nowhere.
 */
void hailo_irq_disable(struct hailo_dev *hdev)
{
	unsigned long flags;

	spin_lock_irqsave(&hdev->irq_lock, flags);
	/* Off already: a reset may be under way, during which registers are off limits. */
	if (hdev->irq_live)
		hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_IMASK, 0);
	hdev->irq_live = false;
	spin_unlock_irqrestore(&hdev->irq_lock, flags);
	synchronize_irq(hdev->irq);
}

/**
 * hailo_irq_init() - allocate the vector and install the handlers, all masked
 * @hdev: the board, registers mapped
 *
 * Return: 0 or errno.
 */
int hailo_irq_init(struct hailo_dev *hdev)
{
	int ret;

	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_IMASK, 0);

	ret = pci_alloc_irq_vectors(hdev->pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0) {
		hailo_err(hdev, "Failed to enable MSI %d\n", ret);
		return ret;
	}
	hdev->irq = pci_irq_vector(hdev->pdev, 0);

	ret = request_threaded_irq(hdev->irq, hailo_irq_hard, hailo_irq_thread, 0, "hailo", hdev);
	if (ret) {
		hailo_err(hdev, "Failed enabling interrupts %d\n", ret);
		pci_free_irq_vectors(hdev->pdev);
	}
	return ret;
}

/**
 * hailo_irq_fini() - undo hailo_irq_init()
 * @hdev: the board, registers still mapped
 */
void hailo_irq_fini(struct hailo_dev *hdev)
{
	hailo_irq_disable(hdev);
	free_irq(hdev->irq, hdev);
	pci_free_irq_vectors(hdev->pdev);
}
