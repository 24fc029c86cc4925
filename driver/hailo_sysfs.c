// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of /sys/class/hailo_chardev/hailo<N>, described in
 * docs/abi/sysfs-class-hailo_chardev.
 */
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "hailo_boot.h"
#include "hailo_dev.h"
#include "hailo_sysfs.h"

static struct hailo_dev *to_hailo(struct device *dev)
{
	return dev_get_drvdata(dev);
}

/* The library's reader takes a line end for a second line: none in these three. */

static ssize_t board_location_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s", pci_name(to_hailo(dev)->pdev));
}
static DEVICE_ATTR_RO(board_location);

static ssize_t device_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *pdev = to_hailo(dev)->pdev;

	return sysfs_emit(buf, "%x:%x", pdev->vendor, pdev->device);
}
static DEVICE_ATTR_RO(device_id);

static ssize_t accelerator_type_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u", to_hailo(dev)->variant->accelerator_type);
}
static DEVICE_ATTR_RO(accelerator_type);

static ssize_t desc_max_page_size_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%u\n", to_hailo(dev)->desc_max_page_size);
}
static DEVICE_ATTR_RO(desc_max_page_size);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", hailo_state_name(hailo_dev_state(to_hailo(dev))));
}
static DEVICE_ATTR_RO(state);

static ssize_t state_reason_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hailo_dev *hdev = to_hailo(dev);
	char reason[HAILO_REASON_SIZE];
	unsigned long flags;

	spin_lock_irqsave(&hdev->state_lock, flags);
	strscpy(reason, hdev->reason, sizeof(reason));
	spin_unlock_irqrestore(&hdev->state_lock, flags);
	return sysfs_emit(buf, "%s\n", reason[0] ? reason : "none");
}
static DEVICE_ATTR_RO(state_reason);

static ssize_t hailo_emit_release(char *buf, const struct hailo_release *release)
{
	return sysfs_emit(buf, "%u.%u.%u\n", release->major, release->minor, release->revision);
}

static ssize_t release_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hailo_dev *hdev = to_hailo(dev);
	ssize_t ret;

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	ret = hailo_emit_release(buf, &hdev->release);
	up_read(&hdev->rwsem);
	return ret;
}
static DEVICE_ATTR_RO(release);

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hailo_dev *hdev = to_hailo(dev);
	ssize_t ret;

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	if (hailo_dev_state_error(hdev) || !hdev->fw.valid)
		ret = sysfs_emit(buf, "none\n");
	else
		ret = hailo_emit_release(buf, &hdev->fw.version);
	up_read(&hdev->rwsem);
	return ret;
}
static DEVICE_ATTR_RO(firmware_version);

static ssize_t device_architecture_show(struct device *dev, struct device_attribute *attr,
					char *buf)
{
	struct hailo_dev *hdev = to_hailo(dev);
	const char *name = "unknown";

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	if (hdev->fw.valid && hdev->fw.architecture == HAILO_ARCH_HAILO8)
		name = "HAILO8";
	else if (hdev->fw.valid && hdev->fw.architecture == HAILO_ARCH_HAILO8L)
		name = "HAILO8L";
	up_read(&hdev->rwsem);
	return sysfs_emit(buf, "%s\n", name);
}
static DEVICE_ATTR_RO(device_architecture);

static ssize_t compat_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hailo_dev *hdev = to_hailo(dev);
	ssize_t ret;

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	if (hdev->pin.major)
		ret = hailo_emit_release(buf, &hdev->pin);
	else
		ret = sysfs_emit(buf, "auto\n");
	up_read(&hdev->rwsem);
	return ret;
}

/* Powers the idle board up, boots it under its new pin and lets it sleep again. */
static int hailo_reboot(struct hailo_dev *hdev)
{
	int ret = hailo_dev_use(hdev);

	if (ret)
		return ret;
	ret = hailo_boot(hdev);
	hailo_dev_unuse(hdev);
	return ret;
}

static ssize_t compat_version_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct hailo_dev *hdev = to_hailo(dev);
	struct hailo_release pin = { };
	int ret;

	if (!sysfs_streq(buf, "auto")) {
		ret = hailo_release_parse(buf, &pin);
		if (ret)
			return ret;
		if (!hailo_release_supported(&pin))
			return -EINVAL;
	}

	ret = hailo_dev_lock_settled(hdev, true);
	if (ret)
		return ret;
	mutex_lock(&hdev->use_lock);
	if (hailo_dev_state(hdev) == HAILO_STATE_REMOVED) {
		ret = -ENODEV;
	} else if (hdev->opens) {
		ret = -EBUSY;
	} else if (!hailo_release_equal(&pin, &hdev->pin)) {
		hdev->pin = pin;
		ret = hailo_reboot(hdev);
	}
	mutex_unlock(&hdev->use_lock);
	up_write(&hdev->rwsem);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(compat_version);

static struct attribute *hailo_attrs[] = {
	&dev_attr_board_location.attr,
	&dev_attr_device_id.attr,
	&dev_attr_accelerator_type.attr,
	&dev_attr_desc_max_page_size.attr,
	&dev_attr_state.attr,
	&dev_attr_state_reason.attr,
	&dev_attr_release.attr,
	&dev_attr_firmware_version.attr,
	&dev_attr_device_architecture.attr,
	&dev_attr_compat_version.attr,
	NULL
};

static const struct attribute_group hailo_group = {
	.attrs = hailo_attrs,
};

const struct attribute_group *hailo_sysfs_groups[] = {
	&hailo_group,
	NULL
};
