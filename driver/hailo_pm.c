// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power states, system sleep, resets by the PCI core and bus errors
 * (spec 2.8, 6.2, 6.3).
 *
 * Idle boards are in D3hot by the PCI core's runtime PM; there are no callbacks
 * of ours for it, because the device keeps everything and its interrupts are
 * masked by then.
 */
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include "hailo_boot.h"
#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_irq.h"
#include "hailo_pm.h"
#include "hailo_probe.h"

/**
 * hailo_pm_start() - let the idle function go to D3hot
 * @hdev: the board, probed; drops the reference that the PCI core took
 */
void hailo_pm_start(struct hailo_dev *hdev)
{
	struct device *dev = &hdev->pdev->dev;

	/* In D3cold the device would lose its firmware. */
	pci_d3cold_disable(hdev->pdev);
	/* A system sleep takes the power away from a board that slept before, too. */
	dev_pm_set_driver_flags(dev, DPM_FLAG_NO_DIRECT_COMPLETE);

	if (!hailo_power_mode) {
		hailo_notice(hdev, "PCIe driver was compiled with power modes disabled\n");
		return;
	}
	pm_runtime_put_noidle(dev);
	pm_runtime_allow(dev);
}

/**
 * hailo_pm_stop() - undo hailo_pm_start() and the board's own references
 * @hdev: the board, about to be unbound
 */
void hailo_pm_stop(struct hailo_dev *hdev)
{
	struct device *dev = &hdev->pdev->dev;

	if (hailo_power_mode) {
		pm_runtime_forbid(dev);
		pm_runtime_get_noresume(dev);
	}
	if (hdev->powered) {
		hdev->powered = false;
		pm_runtime_put_noidle(dev);
	}
	pci_d3cold_enable(hdev->pdev);
}

/*
 * Takes the hardware away from everybody: open files become invalid for good,
 * interrupts are off, registers are off limits until hailo_pm_boot().  The
 * state changes first, so that a control that waits gives up its lock.
 */
static void hailo_pm_quiesce(struct hailo_dev *hdev, enum hailo_state state)
{
	bool was_running = !hailo_dev_state_error(hdev);

	hailo_dev_set_state(hdev, state, NULL);

	down_write(&hdev->rwsem);
	mutex_lock(&hdev->use_lock);
	if (hdev->owner && was_running && hailo_hw_alive(&hdev->hw))
		hailo_ctrl_driver_down(hdev);
	else if (hdev->owner)
		/* It has not stopped, and from here on files may take their memory away. */
		pci_clear_master(hdev->pdev);
	mutex_unlock(&hdev->use_lock);

	WRITE_ONCE(hdev->epoch, hdev->epoch + 1);
	hailo_vdma_stop(hdev);
	hailo_irq_disable(hdev);
	/* A board that has died on the way would let the next open touch registers. */
	hailo_dev_set_state(hdev, state, NULL);
	up_write(&hdev->rwsem);
}

/* Brings firmware back after hailo_pm_quiesce(); a failure leaves the board dead. */
static int hailo_pm_boot(struct hailo_dev *hdev)
{
	int ret;

	down_write(&hdev->rwsem);
	/* Reset, or powered down: nothing of before is in flight. */
	hailo_vdma_reap(hdev, true);
	ret = hailo_boot(hdev);
	if (ret)
		hailo_err(hdev, "Failed activating board %d\n", ret);
	up_write(&hdev->rwsem);
	return ret;
}

static int __maybe_unused hailo_pm_suspend(struct device *dev)
{
	struct hailo_dev *hdev = dev_get_drvdata(dev);

	hailo_pm_quiesce(hdev, HAILO_STATE_SUSPENDED);
	hailo_notice(hdev, "PM's suspend\n");
	return 0;
}

/* Other devices must resume even if this one does not come back. */
static int __maybe_unused hailo_pm_resume(struct device *dev)
{
	struct hailo_dev *hdev = dev_get_drvdata(dev);

	hailo_pm_boot(hdev);
	hailo_notice(hdev, "PM's resume\n");
	return 0;
}

const struct dev_pm_ops hailo_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(hailo_pm_suspend, hailo_pm_resume)
};

/* Held from prepare to done: the reset itself needs the function awake. */
static void hailo_pm_reset_prepare(struct pci_dev *pdev)
{
	struct hailo_dev *hdev = pci_get_drvdata(pdev);

	hailo_err(hdev, "Reset preparation for PCI device\n");
	pm_runtime_get_sync(&pdev->dev);
	hailo_pm_quiesce(hdev, HAILO_STATE_RESETTING);
}

static void hailo_pm_reset_done(struct pci_dev *pdev)
{
	struct hailo_dev *hdev = pci_get_drvdata(pdev);

	hailo_pm_boot(hdev);
	pm_runtime_put(&pdev->dev);
}

static pci_ers_result_t hailo_pm_error_detected(struct pci_dev *pdev, pci_channel_state_t channel)
{
	struct hailo_dev *hdev = pci_get_drvdata(pdev);

	hailo_err(hdev, "PCI error detected\n");
	if (channel == pci_channel_io_perm_failure) {
		hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "PCI channel failed for good");
		return PCI_ERS_RESULT_DISCONNECT;
	}

	/* The link cannot be trusted: no driver-down, only hands off. */
	hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "PCI error");
	pm_runtime_get_sync(&pdev->dev);
	hailo_pm_quiesce(hdev, HAILO_STATE_RESETTING);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t hailo_pm_slot_reset(struct pci_dev *pdev)
{
	struct hailo_dev *hdev = pci_get_drvdata(pdev);

	pci_restore_state(pdev);
	pci_save_state(pdev);
	/* Not every slot was reset, whatever its name: the boot gives the bus back. */
	pci_clear_master(pdev);
	if (!hailo_hw_alive(&hdev->hw)) {
		hailo_dev_set_state(hdev, HAILO_STATE_DEAD, "device disconnected");
		pm_runtime_put(&pdev->dev);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	return PCI_ERS_RESULT_RECOVERED;
}

const struct pci_error_handlers hailo_error_handlers = {
	.error_detected = hailo_pm_error_detected,
	.slot_reset = hailo_pm_slot_reset,
	.resume = hailo_pm_reset_done,
	.reset_prepare = hailo_pm_reset_prepare,
	.reset_done = hailo_pm_reset_done,
};
