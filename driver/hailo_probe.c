// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probe and remove of the PCI function (spec 12).
 */
#include <linux/dma-mapping.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <hailo/hailo_ioctl.h>

#include "hailo_boot.h"
#include "hailo_cdev.h"
#include "hailo_ctrl.h"
#include "hailo_debugfs.h"
#include "hailo_dev.h"
#include "hailo_hwmon.h"
#include "hailo_irq.h"
#include "hailo_pm.h"
#include "hailo_probe.h"

bool hailo_power_mode = true;
int hailo_force_allocation;
int hailo_force_desc_page_size;

static int hailo_probe_page_size(struct hailo_dev *hdev)
{
	int mrrs = pcie_get_readrq(hdev->pdev);
	bool too_big;
	int ret;

	ret = hailo_desc_page_size(PAGE_SIZE, mrrs, hailo_force_desc_page_size,
				   &hdev->desc_max_page_size, &too_big);
	if (ret) {
		hailo_err(hdev,
			  "force_desc_page_size %d must be a power of 2 from %u to %u (HailoRT accepts at most %u)\n",
			  hailo_force_desc_page_size, HAILO_DESC_PAGE_SIZE_MIN,
			  HAILO_DESC_PAGE_SIZE_FORCE_MAX, HAILO_DESC_PAGE_SIZE_MAX);
		return ret;
	}

	if (too_big)
		hailo_warn(hdev,
			   "force_desc_page_size %u is larger than %u: HailoRT will refuse to configure networks\n",
			   hdev->desc_max_page_size, HAILO_DESC_PAGE_SIZE_MAX);
	if (hailo_force_desc_page_size)
		hailo_notice(hdev,
			     "Probing: Force setting max_desc_page_size to %u (recommended value is %u)\n",
			     hdev->desc_max_page_size, HAILO_DESC_PAGE_SIZE_MAX);
	else
		hailo_notice(hdev,
			     "Probing: Setting max_desc_page_size to %u, (page_size=%lu, read request %d)\n",
			     hdev->desc_max_page_size, PAGE_SIZE, mrrs);
	return 0;
}

static int hailo_probe_dma(struct hailo_dev *hdev)
{
	static const unsigned int bits[] = { 64, 48, 40, 36, 32 };
	unsigned int i;
	int ret = -EIO;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		ret = dma_set_mask_and_coherent(&hdev->pdev->dev, DMA_BIT_MASK(bits[i]));
		if (!ret)
			break;
	}
	if (ret) {
		hailo_err(hdev, "Probing: Error enabling dma %d\n", ret);
		return ret;
	}
	hailo_notice(hdev, "Probing: Enabled %u bit dma\n", bits[i]);
	/* Descriptors cut segments into pages, so segments may be of any length. */
	dma_set_max_seg_size(&hdev->pdev->dev, UINT_MAX);
	return 0;
}

static int hailo_probe_allocation(struct hailo_dev *hdev)
{
	bool driver;

	switch (hailo_force_allocation) {
	case 0:
		driver = dma_addressing_limited(&hdev->pdev->dev);
		break;
	case 1:
		driver = false;
		break;
	case 2:
		driver = true;
		break;
	default:
		hailo_err(hdev,
			  "Invalid value for force allocation driver parameter - value given: %d!\n",
			  hailo_force_allocation);
		return -EINVAL;
	}

	hdev->allocation_mode = driver ? HAILO_ALLOCATION_DRIVER : HAILO_ALLOCATION_USERSPACE;
	hailo_notice(hdev, "Probing: Using %s allocated vdma buffers\n",
		     driver ? "driver" : "userspace");
	return 0;
}

/* Decisions that need no firmware. */
static int hailo_probe_setup(struct hailo_dev *hdev)
{
	int ret;

	if (!hailo_hw_alive(&hdev->hw)) {
		hailo_err(hdev,
			  "Probing: Failed reading device BARs, device may be disconnected\n");
		return -ENODEV;
	}
	ret = hailo_probe_page_size(hdev);
	if (!ret)
		ret = hailo_probe_dma(hdev);
	if (!ret)
		ret = hailo_probe_allocation(hdev);
	return ret;
}

static int hailo_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct hailo_dev *hdev;
	int ret;

	hdev = hailo_dev_alloc(pdev, (const void *)id->driver_data);
	if (!hdev)
		return -ENOMEM;
	hailo_notice(hdev, "Probing on: %04x:%04x...\n", pdev->vendor, pdev->device);

	/* The function: memory space, registers. */
	ret = pci_enable_device(pdev);
	if (ret) {
		hailo_err(hdev, "Probing: Failed calling pci_enable_device %d\n", ret);
		goto err_put;
	}
	hailo_notice(hdev, "Probing: Device enabled\n");
	/* It may be in the middle of DMA for whoever had it before: the boot gives it the bus. */
	pci_clear_master(pdev);
	ret = pci_request_regions(pdev, "hailo");
	if (ret) {
		hailo_err(hdev, "Probing: Error allocating bars %d\n", ret);
		goto err_disable;
	}
	ret = hailo_hw_map(&hdev->hw, pdev, hdev->variant);
	if (ret)
		goto err_regions;

	ret = hailo_probe_setup(hdev);
	if (ret)
		goto err_unmap;

	/* The vector; the device may not use it yet. */
	ret = hailo_irq_init(hdev);
	if (ret)
		goto err_unmap;

	/* Firmware. */
	down_write(&hdev->rwsem);
	ret = hailo_boot(hdev);
	up_write(&hdev->rwsem);
	if (ret) {
		hailo_err(hdev, "Failed activating board %d\n", ret);
		goto err_irq;
	}

	/* User space: from here on the board is in use. */
	pci_set_drvdata(pdev, hdev);
	ret = hailo_cdev_add(hdev);
	if (ret) {
		hailo_err(hdev, "Failed creating dynamic device %d\n", ret);
		goto err_irq;
	}
	hailo_hwmon_add(hdev);
	hailo_debugfs_add(hdev);
	hailo_pm_start(hdev);

	hailo_notice(hdev, "Probing: Added board %04x-%04x, /dev/hailo%d\n", pdev->vendor,
		     pdev->device, hdev->index);
	return 0;

err_irq:
	hailo_irq_fini(hdev);
err_unmap:
	hailo_hw_unmap(&hdev->hw, pdev);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
err_put:
	put_device(&hdev->dev);
	return ret;
}

static void hailo_remove(struct pci_dev *pdev)
{
	struct hailo_dev *hdev = pci_get_drvdata(pdev);
	bool was_running = !hailo_dev_state_error(hdev);
	int index = hdev->index;
	bool busy;

	hailo_notice(hdev, "Remove: Releasing board\n");

	/* No sleeper sleeps on, nobody new comes in. */
	hailo_dev_set_state(hdev, HAILO_STATE_REMOVED, NULL);
	hailo_cdev_del(hdev);
	hailo_debugfs_del(hdev);
	hailo_hwmon_del(hdev);

	/* Who is inside leaves; then the hardware has no user left. */
	down_write(&hdev->rwsem);
	mutex_lock(&hdev->use_lock);
	if (hdev->owner && was_running && hailo_hw_alive(&hdev->hw))
		hailo_ctrl_driver_down(hdev);
	busy = hdev->opens;
	hailo_irq_fini(hdev);
	pci_clear_master(pdev);
	/* When it closes there is nothing left to stop. */
	hdev->owner = NULL;
	hailo_cdev_release_dma(hdev);
	hailo_pm_stop(hdev);
	hailo_hw_unmap(&hdev->hw, pdev);
	mutex_unlock(&hdev->use_lock);
	up_write(&hdev->rwsem);

	pci_release_regions(pdev);
	pci_disable_device(pdev);
	hailo_notice(hdev, busy ? "Remove: Scheduled for board removal, /dev/hailo%d\n" :
			   "Remove: Freed board, /dev/hailo%d\n", index);
	put_device(&hdev->dev);
}

static const struct pci_device_id hailo_ids[] = {
	{
		PCI_DEVICE(HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8),
		.driver_data = (kernel_ulong_t)&hailo8_variant,
	},
	{ }
};
MODULE_DEVICE_TABLE(pci, hailo_ids);

static struct pci_driver hailo_pci_driver = {
	.name = "hailo",
	.id_table = hailo_ids,
	.probe = hailo_probe,
	.remove = hailo_remove,
	.err_handler = &hailo_error_handlers,
	.driver = {
		.pm = &hailo_pm_ops,
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
	},
};

/**
 * hailo_probe_init() - register the PCI driver
 *
 * Return: 0 or errno.
 */
int hailo_probe_init(void)
{
	return pci_register_driver(&hailo_pci_driver);
}

/**
 * hailo_probe_exit() - unregister the PCI driver
 */
void hailo_probe_exit(void)
{
	pci_unregister_driver(&hailo_pci_driver);
}
