// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters and module life.
 */
#define pr_fmt(fmt) "hailo: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "hailo_boot.h"
#include "hailo_cdev.h"
#include "hailo_debugfs.h"
#include "hailo_dev.h"
#include "hailo_probe.h"

int hailo_log_level = 5;
module_param_named(o_dbg, hailo_log_level, int, 0644);

/* Inverted: no_power_mode=Y makes this false. */
module_param_named(no_power_mode, hailo_power_mode, invbool, 0444);
MODULE_PARM_DESC(no_power_mode, "Disables automatic D0->D3 PCIe transactions");

module_param_named(force_allocation_from_driver, hailo_force_allocation, int, 0444);
MODULE_PARM_DESC(force_allocation_from_driver,
		 "Determines whether to force buffer allocation from driver or userspace");

module_param_named(force_desc_page_size, hailo_force_desc_page_size, int, 0444);
MODULE_PARM_DESC(force_desc_page_size,
		 "Determines the maximum DMA descriptor page size (must be a power of 2)");

module_param_named(support_soft_reset, hailo_support_soft_reset, bool, 0444);
MODULE_PARM_DESC(support_soft_reset, "enables driver reload to reload a new firmware as well");

static bool hailo_force_hailo10h_legacy_mode;
module_param_named(force_hailo10h_legacy_mode, hailo_force_hailo10h_legacy_mode, bool, 0444);
MODULE_PARM_DESC(force_hailo10h_legacy_mode, "Accepted for other drivers' sake, without effect");

static bool hailo_force_boot_linux_from_eemc;
module_param_named(force_boot_linux_from_eemc, hailo_force_boot_linux_from_eemc, bool, 0444);
MODULE_PARM_DESC(force_boot_linux_from_eemc, "Accepted for other drivers' sake, without effect");

module_param_named(firmware_name, hailo_firmware_name, charp, 0444);
MODULE_PARM_DESC(firmware_name, "Firmware file to load instead of hailo/hailo8_fw[.X.Y.Z].bin");

static char *hailo_compat_version;
module_param_named(compat_version, hailo_compat_version, charp, 0444);
MODULE_PARM_DESC(compat_version, "HailoRT release to report and to load firmware of, X.Y.Z");

static int __init hailo_check_parameters(void)
{
	if (hailo_force_hailo10h_legacy_mode || hailo_force_boot_linux_from_eemc)
		pr_notice("force_hailo10h_legacy_mode and force_boot_linux_from_eemc concern other boards and have no effect\n");

	if (hailo_compat_version &&
	    (hailo_release_parse(hailo_compat_version, &hailo_release_param) ||
	     !hailo_release_supported(&hailo_release_param))) {
		pr_err("compat_version %s is none of the releases this driver speaks, 4.20.0 to %u.%u.%u\n",
		       hailo_compat_version, hailo_release_newest()->major,
		       hailo_release_newest()->minor, hailo_release_newest()->revision);
		return -EINVAL;
	}
	return 0;
}

static void hailo_no_exit(void)
{
}

/* Undone backwards. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} hailo_steps[] = {
	{ hailo_check_parameters, hailo_no_exit },
	{ hailo_debugfs_init, hailo_debugfs_exit },
	{ hailo_cdev_init, hailo_cdev_exit },
	{ hailo_probe_init, hailo_probe_exit },
};

static void hailo_undo(unsigned int done)
{
	while (done--)
		hailo_steps[done].exit();
}

static int __init hailo_init(void)
{
	unsigned int i;
	int ret;

	pr_notice("Init module. driver version %s\n", HAILO_VERSION);
	for (i = 0; i < ARRAY_SIZE(hailo_steps); i++) {
		ret = hailo_steps[i].init();
		if (ret) {
			hailo_undo(i);
			return ret;
		}
	}
	return 0;
}
module_init(hailo_init);

static void __exit hailo_exit(void)
{
	pr_notice("Exit module.\n");
	hailo_undo(ARRAY_SIZE(hailo_steps));
	pr_notice("Hailo PCIe driver unloaded.\n");
}
module_exit(hailo_exit);

MODULE_DESCRIPTION("Hailo-8 PCIe driver");
MODULE_AUTHOR("The hailo-pci authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(HAILO_VERSION);
MODULE_FIRMWARE("hailo/hailo8_fw.bin");
MODULE_FIRMWARE("hailo/hailo8_board_cfg.bin");
MODULE_FIRMWARE("hailo/hailo8_fw_cfg.bin");
