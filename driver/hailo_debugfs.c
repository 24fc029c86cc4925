// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a board has done since it was probed: /sys/kernel/debug/hailo_pci/ADDRESS/.
 * Files touch no hardware, so they answer on a board that hangs, too.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "hailo_debugfs.h"
#include "hailo_dev.h"
#include "hailo_queue.h"

static struct dentry *hailo_debugfs_root;

static int hailo_counters_show(struct seq_file *file, void *unused)
{
	struct hailo_dev *hdev = file->private;

	seq_printf(file, "controls %lu\n", READ_ONCE(hdev->ctrl.executed));
	seq_printf(file, "controls_failed %lu\n", READ_ONCE(hdev->ctrl.failed));
	seq_printf(file, "interrupts %lu\n", READ_ONCE(hdev->interrupts));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hailo_counters);

static int hailo_channels_show(struct seq_file *file, void *unused)
{
	struct hailo_dev *hdev = file->private;
	unsigned int i;

	seq_puts(file, "channel direction enabled in_flight transfers bytes\n");
	for (i = 0; i < HAILO_VDMA_CHANNELS; i++) {
		struct hailo_channel *channel = &hdev->vdma.channels[i];

		mutex_lock(&channel->lock);
		if (channel->queue || channel->transfers)
			seq_printf(file, "%u %s %d %u %llu %llu\n", i,
				   i < HAILO_VDMA_FIRST_D2H ? "h2d" : "d2h", !!channel->queue,
				   channel->queue ? channel->queue->count : 0,
				   channel->transfers, channel->bytes);
		mutex_unlock(&channel->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hailo_channels);

/**
 * hailo_debugfs_add() - make the files of a board
 * @hdev: the board
 *
 * A board works without them: failure is of no interest.
 */
void hailo_debugfs_add(struct hailo_dev *hdev)
{
	hdev->debugfs = debugfs_create_dir(pci_name(hdev->pdev), hailo_debugfs_root);
	debugfs_create_file("counters", 0400, hdev->debugfs, hdev, &hailo_counters_fops);
	debugfs_create_file("channels", 0400, hdev->debugfs, hdev, &hailo_channels_fops);
}

/**
 * hailo_debugfs_del() - take the files away, waiting for readers
 * @hdev: the board
 */
void hailo_debugfs_del(struct hailo_dev *hdev)
{
	debugfs_remove_recursive(hdev->debugfs);
	hdev->debugfs = NULL;
}

/**
 * hailo_debugfs_init() - make the folder that boards go to
 *
 * Return: 0; nothing depends on it.
 */
int hailo_debugfs_init(void)
{
	hailo_debugfs_root = debugfs_create_dir("hailo_pci", NULL);
	return 0;
}

/**
 * hailo_debugfs_exit() - undo hailo_debugfs_init()
 */
void hailo_debugfs_exit(void)
{
	debugfs_remove_recursive(hailo_debugfs_root);
}
