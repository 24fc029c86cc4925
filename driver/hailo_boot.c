// SPDX-License-Identifier: GPL-2.0-only
/*
 * From whatever state the device is in to firmware that answers (spec 5).
 */
#include <linux/delay.h>
#include <linux/firmware.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/pci.h>

#include "hailo_boot.h"
#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_fw.h"
#include "hailo_irq.h"
#include "hailo_trace.h"

/* While waiting for the device, see this often whether it is still there. */
#define HAILO_BOOT_POLL_MS		250
/* Without the bus it sends no MSI. */
#define HAILO_BOOT_SILENT_POLL_MS	10
/* The boot loader is ready within milliseconds of "soft reset done". */
#define HAILO_BOOTLOADER_POLLS		100
#define HAILO_BOOTLOADER_POLL_US	1000

bool hailo_support_soft_reset = true;
char *hailo_firmware_name;
struct hailo_release hailo_release_param;

static const struct hailo_release *hailo_release_or_null(const struct hailo_release *release)
{
	return release->major ? release : NULL;
}

static const struct hailo_release *hailo_boot_pin(struct hailo_dev *hdev)
{
	return hailo_release_or_null(hdev->pin.major ? &hdev->pin : &hailo_release_param);
}

/* ASPM L0s must be off on both ends of the link before DMA or boot (spec 2.9). */
static void hailo_boot_disable_l0s(struct hailo_dev *hdev)
{
	struct pci_dev *pdev = hdev->pdev;
	struct pci_dev *parent = pci_upstream_bridge(pdev);
	u16 ours = 0, theirs = 0;

	hailo_notice(hdev, "Disabling ASPM L0s\n");
	pci_disable_link_state(pdev, PCIE_LINK_STATE_L0S);

	pcie_capability_read_word(pdev, PCI_EXP_LNKCTL, &ours);
	if (parent)
		pcie_capability_read_word(parent, PCI_EXP_LNKCTL, &theirs);
	if (!((ours | theirs) & PCI_EXP_LNKCTL_ASPM_L0S)) {
		hailo_notice(hdev, "Successfully disabled ASPM L0s\n");
		return;
	}

	/* A kernel without ASPM support, or one whose BIOS kept the control. */
	pcie_capability_clear_word(pdev, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPM_L0S);
	if (parent)
		pcie_capability_clear_word(parent, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPM_L0S);
	hailo_notice(hdev, "Manually disabled ASPM L0s\n");
}

static bool hailo_boot_woken(struct hailo_dev *hdev, u32 event)
{
	return (READ_ONCE(hdev->boot_events) & event) ||
	       hailo_dev_state(hdev) != HAILO_STATE_BOOTING;
}

/* Waits for a boot event that was armed by hailo_irq_set_boot(). */
static int hailo_boot_wait(struct hailo_dev *hdev, u32 event, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	bool silent = !hdev->pdev->is_busmaster;
	unsigned int poll_ms = silent ? HAILO_BOOT_SILENT_POLL_MS : HAILO_BOOT_POLL_MS;

	for (;;) {
		if (wait_event_timeout(hdev->event_wq, hailo_boot_woken(hdev, event),
				       msecs_to_jiffies(poll_ms)))
			break;
		if (!hailo_hw_alive(&hdev->hw))
			return -ENODEV;
		if (hailo_irq_poll(hdev) && (READ_ONCE(hdev->boot_events) & event)) {
			if (!silent)
				hailo_warn(hdev, "Interrupt lost, boot event found by polling\n");
			break;
		}
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
	}
	return hailo_dev_state(hdev) == HAILO_STATE_BOOTING ? 0 : -ENODEV;
}

static int hailo_boot_status(struct hailo_dev *hdev, u32 *status)
{
	__le32 word;
	int ret;

	ret = hailo_hw_mem_read(&hdev->hw, hdev->variant->addr.boot_status, &word, sizeof(word));
	if (!ret)
		*status = le32_to_cpu(word);
	return ret;
}

static int hailo_boot_wait_bootloader(struct hailo_dev *hdev)
{
	u32 status = 0;
	int polls;
	int ret;

	for (polls = 0; polls < HAILO_BOOTLOADER_POLLS; polls++) {
		ret = hailo_boot_status(hdev, &status);
		if (ret)
			return ret;
		if (status == HAILO_BOOT_STATUS_UNINITIALIZED)
			return 0;
		usleep_range(HAILO_BOOTLOADER_POLL_US, 2 * HAILO_BOOTLOADER_POLL_US);
	}
	hailo_warn(hdev, "couldn't wait for bootloader (boot status %u)\n", status);
	return -ETIMEDOUT;
}

/* Sends running firmware back into the boot loader (spec 5.7). */
static int hailo_boot_soft_reset(struct hailo_dev *hdev)
{
	int ret;

	hailo_irq_set_boot(hdev, true);
	hailo_hw_ring(&hdev->hw, HAILO_DOORBELL_SOFT_RESET);

	ret = hailo_boot_wait(hdev, HAILO_INT_SOFT_RESET_DONE, HAILO_SOFT_RESET_TIMEOUT_MS);
	if (ret == -ETIMEDOUT)
		hailo_err(hdev,
			  "hailo reset firmware, timeout waiting for shutdown response (timeout_ms=%u)\n",
			  HAILO_SOFT_RESET_TIMEOUT_MS);
	if (!ret)
		ret = hailo_boot_wait_bootloader(hdev);
	if (ret) {
		hailo_err(hdev, "Failed hailo pcie soft reset. err %d\n", ret);
		return ret;
	}
	hailo_notice(hdev, "Soft reset done\n");
	return 0;
}

/*
 * Function level reset, for firmware that does not listen any more.  The PCI
 * core's own entry points would call back into this driver.
 */
static int hailo_boot_function_reset(struct hailo_dev *hdev)
{
	struct pci_dev *pdev = hdev->pdev;
	u32 cap = 0;
	int ret;

	pcie_capability_read_dword(pdev, PCI_EXP_DEVCAP, &cap);
	if (!(cap & PCI_EXP_DEVCAP_FLR))
		return -EOPNOTSUPP;

	hailo_warn(hdev, "Falling back to a function level reset\n");
	hailo_irq_disable(hdev);
	ret = pci_save_state(pdev);
	if (!ret)
		ret = pcie_flr(pdev);
	pci_restore_state(pdev);
	hailo_irq_enable(hdev);
	if (!ret && !hailo_hw_alive(&hdev->hw))
		ret = -ENODEV;
	if (!ret && hailo_hw_fw_loaded(&hdev->hw))
		ret = -EIO;
	return ret;
}

static int hailo_boot_reset(struct hailo_dev *hdev)
{
	int ret = hailo_boot_soft_reset(hdev);

	trace_hailo_boot(hdev->index, HAILO_BOOT_SOFT_RESET, ret);
	if (!ret || ret == -ENODEV)
		return ret;
	/* The PCI core waits a minute for a function that is gone. */
	if (!hailo_hw_alive(&hdev->hw))
		return -ENODEV;

	ret = hailo_boot_function_reset(hdev);
	trace_hailo_boot(hdev->index, HAILO_BOOT_FUNCTION_RESET, ret);
	if (ret)
		hailo_err(hdev, "Function level reset failed: %d\n", ret);
	return ret;
}

/* Finds the image; on success @name is what it was found under. */
static int hailo_boot_request(struct hailo_dev *hdev, const struct firmware **fw, char *name,
			      size_t name_size)
{
	unsigned int i;
	int ret;

	for (i = 0; ; i++) {
		ret = hailo_fw_candidate(hdev->variant, name, name_size, i, hailo_firmware_name,
					 hailo_boot_pin(hdev));
		if (ret)
			break;
		ret = hailo_fw_request(fw, name, &hdev->pdev->dev);
		if (!ret)
			return 0;
		if (ret != -ENOENT) {
			hailo_err(hdev, "Firmware file %s cannot be read: %d\n", name, ret);
			return ret;
		}
		hailo_notice(hdev, "Firmware file %s not found\n", name);
	}

	if (ret == -EINVAL)
		hailo_err(hdev, "Parameter firmware_name '%s' is no usable file name\n",
			  hailo_firmware_name);
	else
		hailo_err(hdev,
			  "No firmware file found in the kernel's search path (firmware_class.path, /lib/firmware)\n");
	return ret;
}

static int hailo_boot_upload(struct hailo_dev *hdev, const struct hailo_fw_image *image,
			     const char *name)
{
	struct hailo_fw_part parts[HAILO_FW_MAX_PARTS];
	unsigned int count = hailo_fw_plan(hdev->variant, image, parts);
	unsigned int i;
	int ret;

	hailo_notice(hdev, "Writing file %s\n", name);
	for (i = 0; i < count; i++) {
		ret = hailo_hw_mem_write(&hdev->hw, parts[i].address, parts[i].data,
					 parts[i].length);
		if (ret) {
			hailo_err(hdev,
				  "Firmware upload failed: %u bytes at device address 0x%x do not read back, err %d\n",
				  parts[i].length, parts[i].address, ret);
			return ret;
		}
	}
	hailo_notice(hdev, "File %s written successfully\n", name);
	return 0;
}

/* Configuration files are optional: silent when there is none. */
static int hailo_boot_upload_optional(struct hailo_dev *hdev, const char *name, u32 address)
{
	const struct firmware *fw;
	int ret;

	if (hailo_fw_request(&fw, name, &hdev->pdev->dev))
		return 0;

	if (fw->size > hdev->variant->fw.cfg) {
		hailo_err(hdev, "File %s refused: %zu bytes, at most %u\n", name, fw->size,
			  hdev->variant->fw.cfg);
		release_firmware(fw);
		return -EFBIG;
	}

	hailo_notice(hdev, "Writing file %s\n", name);
	ret = hailo_hw_mem_write(&hdev->hw, address, fw->data, fw->size);
	if (ret)
		hailo_err(hdev, "Upload of %s failed: err %d\n", name, ret);
	else
		hailo_notice(hdev, "File %s written successfully\n", name);
	release_firmware(fw);
	return ret;
}

static int hailo_boot_start(struct hailo_dev *hdev)
{
	const __le32 trigger = cpu_to_le32(HAILO_BOOT_TRIGGER_VALUE);
	u32 status = 0;
	int ret;

	hailo_irq_set_boot(hdev, true);
	ret = hailo_hw_mem_write(&hdev->hw, hdev->variant->addr.boot_trigger, &trigger,
				 sizeof(trigger));
	if (ret) {
		hailo_err(hdev, "Firmware upload failed: boot trigger, err %d\n", ret);
		return ret;
	}

	ret = hailo_boot_wait(hdev, HAILO_INT_BOOT_DONE, HAILO_BOOT_TIMEOUT_MS);
	if (ret == -ETIMEDOUT) {
		hailo_boot_status(hdev, &status);
		hailo_err(hdev, "Timeout waiting for NNC firmware file, boot status %u\n", status);
	}
	if (ret)
		return ret;

	if (!hailo_hw_fw_loaded(&hdev->hw)) {
		hailo_err(hdev, "Device reports that firmware is loaded, but it does not run\n");
		return -EIO;
	}
	return 0;
}

/* On failure *why gets a few words for sysfs. */
static int hailo_boot_load(struct hailo_dev *hdev, const struct firmware *fw, const char *name,
			   const char **why)
{
	struct hailo_fw_defect defect;
	struct hailo_fw_image image;
	int ret;

	ret = hailo_fw_validate(hdev->variant, fw->data, fw->size, &image, &defect);
	if (ret) {
		hailo_err(hdev, "Firmware file %s refused: %s: %#x, limit %#x\n", name,
			  defect.what, defect.value, defect.limit);
		*why = "firmware file refused";
		return ret;
	}

	if (hailo_hw_fw_loaded(&hdev->hw)) {
		*why = "firmware refuses to reset";
		ret = hailo_boot_reset(hdev);
		if (ret)
			return ret;
	}
	/*
	 * A device that did not stop has lost the bus, as has one of an earlier
	 * driver, and its buffers have gone: only after a reset it does not go on
	 * where it was.
	 */
	pci_set_master(hdev->pdev);

	*why = "firmware upload failed";
	ret = hailo_boot_upload(hdev, &image, name);
	if (!ret)
		ret = hailo_boot_upload_optional(hdev, hdev->variant->board_cfg_name,
						 hdev->variant->addr.board_cfg);
	if (!ret)
		ret = hailo_boot_upload_optional(hdev, hdev->variant->fw_cfg_name,
						 hdev->variant->addr.fw_cfg);
	trace_hailo_boot(hdev->index, HAILO_BOOT_UPLOAD, ret);
	if (ret)
		return ret;

	*why = "firmware does not start";
	ret = hailo_boot_start(hdev);
	trace_hailo_boot(hdev->index, HAILO_BOOT_START, ret);
	if (ret)
		return ret;

	hdev->loaded = image.version;
	hailo_notice(hdev, "NNC Firmware loaded successfully\n");
	return 0;
}

/*
 * Goes on with firmware that runs.  If it does not have the bus, nobody knows
 * what it would do with it; without MSI the answer is found by polling.
 */
static int hailo_boot_keep(struct hailo_dev *hdev, const char **why)
{
	int ret;

	hailo_warn(hdev, "NNC Firmware batch was already loaded\n");
	if (hdev->pdev->is_busmaster)
		return 0;

	*why = "device does not stop its DMA";
	hailo_irq_set_boot(hdev, false);
	ret = hailo_ctrl_driver_down(hdev);
	if (!ret)
		pci_set_master(hdev->pdev);
	return ret;
}

static int hailo_boot_firmware(struct hailo_dev *hdev, const char **why)
{
	const struct firmware *fw;
	char name[HAILO_FW_NAME_SIZE];
	ktime_t start = ktime_get();
	int ret;

	if (hailo_hw_fw_loaded(&hdev->hw) && !hailo_support_soft_reset)
		return hailo_boot_keep(hdev, why);

	*why = "no usable firmware file";
	ret = hailo_boot_request(hdev, &fw, name, sizeof(name));
	if (!ret) {
		ret = hailo_boot_load(hdev, fw, name, why);
		release_firmware(fw);
	}
	if (ret) {
		if (!hailo_hw_alive(&hdev->hw)) {
			*why = "device disconnected";
			ret = -ENODEV;
		}
		hailo_err(hdev, "Failed writing NNC firmware files. err %d\n", ret);
		hailo_err(hdev, "Firmware load failed\n");
		return ret;
	}
	hailo_notice(hdev, "FW loaded, took %lld ms\n", ktime_ms_delta(ktime_get(), start));
	return 0;
}

/* What QUERY_DRIVER_INFO answers from now on (chapter 3, 15.5). */
static void hailo_boot_choose_release(struct hailo_dev *hdev)
{
	const struct hailo_release *fw = hailo_release_or_null(&hdev->loaded);

	if (!fw && hdev->fw.valid)
		fw = &hdev->fw.version;
	hailo_release_select(hailo_release_or_null(&hdev->pin),
			     hailo_release_or_null(&hailo_release_param), fw, &hdev->release);

	if (!fw) {
		hailo_notice(hdev, "reporting ABI version %u.%u.%u (firmware unknown)\n",
			     hdev->release.major, hdev->release.minor, hdev->release.revision);
		return;
	}
	hailo_notice(hdev, "reporting ABI version %u.%u.%u (firmware %u.%u.%u)\n",
		     hdev->release.major, hdev->release.minor, hdev->release.revision,
		     fw->major, fw->minor, fw->revision);
	if (!hailo_release_same_major_minor(&hdev->release, fw))
		hailo_warn(hdev, "HailoRT %u.%u refuses most controls of firmware %u.%u\n",
			   hdev->release.major, hdev->release.minor, fw->major, fw->minor);
}

static void hailo_boot_identify(struct hailo_dev *hdev)
{
	int ret = hailo_ctrl_identify(hdev);

	if (ret) {
		hailo_warn(hdev, "Firmware runs but does not answer IDENTIFY: %d\n", ret);
		return;
	}
	if (hdev->loaded.major && !hailo_release_equal(&hdev->loaded, &hdev->fw.version))
		hailo_warn(hdev, "Firmware %u.%u.%u was loaded, %u.%u.%u answers\n",
			   hdev->loaded.major, hdev->loaded.minor, hdev->loaded.revision,
			   hdev->fw.version.major, hdev->fw.version.minor,
			   hdev->fw.version.revision);
}

/**
 * hailo_boot() - bring the board to state RUNNING, or to DEAD
 * @hdev: the board, powered, rwsem held for writing
 *
 * The way from a cold device, from firmware left running by an earlier driver,
 * after a reset, after a resume, and for a changed pin.
 *
 * Return: 0, -ENOENT no firmware file, -EFBIG or -EINVAL file refused, -EIO
 * upload failed, -ETIMEDOUT no sign of life after the upload, or from firmware
 * that is to be kept, -ENODEV device gone or driver unbound meanwhile.
 */
int hailo_boot(struct hailo_dev *hdev)
{
	const char *why;
	int ret;

	lockdep_assert_held_write(&hdev->rwsem);
	if (!hailo_dev_set_state(hdev, HAILO_STATE_BOOTING, NULL))
		return -ENODEV;

	memset(&hdev->loaded, 0, sizeof(hdev->loaded));
	hdev->fw.valid = false;
	hailo_ctrl_forget(&hdev->ctrl);
	hailo_boot_disable_l0s(hdev);

	hailo_irq_set_boot(hdev, true);
	hailo_irq_enable(hdev);

	ret = hailo_boot_firmware(hdev, &why);
	hailo_irq_set_boot(hdev, false);
	if (ret)
		hailo_dev_set_state(hdev, HAILO_STATE_DEAD, why);
	else if (hailo_dev_set_state(hdev, HAILO_STATE_RUNNING, NULL))
		hailo_boot_identify(hdev);
	else
		ret = -ENODEV;
	hailo_boot_choose_release(hdev);

	/*
	 * Masked once, the device knows that the boot is over, and that bit 25
	 * announces notifications from now on (spec 4.3).
	 */
	hailo_irq_disable(hdev);
	if (hdev->users && !ret) {
		hailo_irq_enable(hdev);
		hailo_ctrl_drop_notification(hdev);
	}
	return ret;
}
