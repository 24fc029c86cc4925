// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip's two temperature sensors as a hwmon device.
 */
#include <linux/err.h>
#include <linux/hwmon.h>

#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_hwmon.h"

static umode_t hailo_hwmon_is_visible(const void *data, enum hwmon_sensor_types type, u32 attr,
				      int channel)
{
	return 0444;
}

static int hailo_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr,
			    int channel, long *value)
{
	struct hailo_dev *hdev = dev_get_drvdata(dev);
	s32 millicelsius[2];
	int ret;

	if (type != hwmon_temp || attr != hwmon_temp_input)
		return -EOPNOTSUPP;

	if (down_read_killable(&hdev->rwsem))
		return -ERESTARTSYS;
	ret = hailo_dev_state_error(hdev);
	if (ret)
		goto unlock;

	mutex_lock(&hdev->use_lock);
	ret = hailo_dev_use(hdev);
	mutex_unlock(&hdev->use_lock);
	if (ret)
		goto unlock;

	ret = hailo_ctrl_temperature(hdev, millicelsius);
	if (!ret)
		*value = millicelsius[channel];

	mutex_lock(&hdev->use_lock);
	hailo_dev_unuse(hdev);
	mutex_unlock(&hdev->use_lock);
unlock:
	up_read(&hdev->rwsem);
	return ret;
}

static int hailo_hwmon_read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr,
				   int channel, const char **text)
{
	static const char * const labels[] = { "ts0", "ts1" };

	if (type != hwmon_temp || attr != hwmon_temp_label)
		return -EOPNOTSUPP;
	*text = labels[channel];
	return 0;
}

static const struct hwmon_ops hailo_hwmon_ops = {
	.is_visible = hailo_hwmon_is_visible,
	.read = hailo_hwmon_read,
	.read_string = hailo_hwmon_read_string,
};

static const u32 hailo_hwmon_temp_config[] = {
	HWMON_T_INPUT | HWMON_T_LABEL,
	HWMON_T_INPUT | HWMON_T_LABEL,
	0
};

static const struct hwmon_channel_info hailo_hwmon_temp = {
	.type = hwmon_temp,
	.config = hailo_hwmon_temp_config,
};

static const struct hwmon_channel_info *hailo_hwmon_info[] = {
	&hailo_hwmon_temp,
	NULL
};

static const struct hwmon_chip_info hailo_hwmon_chip = {
	.ops = &hailo_hwmon_ops,
	.info = hailo_hwmon_info,
};

/**
 * hailo_hwmon_add() - register the sensors
 * @hdev: the board
 *
 * A board works without them: failure is only logged.
 */
void hailo_hwmon_add(struct hailo_dev *hdev)
{
	hdev->hwmon = hwmon_device_register_with_info(&hdev->pdev->dev, "hailo", hdev,
						      &hailo_hwmon_chip, NULL);
	if (IS_ERR(hdev->hwmon)) {
		hailo_warn(hdev, "No temperature sensors: %ld\n", PTR_ERR(hdev->hwmon));
		hdev->hwmon = NULL;
	}
}

/**
 * hailo_hwmon_del() - unregister the sensors, waiting for readers
 * @hdev: the board
 */
void hailo_hwmon_del(struct hailo_dev *hdev)
{
	if (hdev->hwmon)
		hwmon_device_unregister(hdev->hwmon);
	hdev->hwmon = NULL;
}
