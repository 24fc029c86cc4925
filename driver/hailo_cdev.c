// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node /dev/hailo<N>: class, open files, ioctls (chapter 3).
 */
#include <linux/bits.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <hailo/hailo_ioctl.h>

#include "compat/hailo_compat.h"
#include "hailo_cdev.h"
#include "hailo_ctrl.h"
#include "hailo_dev.h"
#include "hailo_sysfs.h"

static struct class *hailo_class;
static dev_t hailo_devt;
static DEFINE_IDA(hailo_index_ida);

/* Notifications */

/**
 * hailo_cdev_deliver() - put a notification into the queue of each open file
 * @hdev: the board
 * @note: the notification; queues take references of their own
 */
void hailo_cdev_deliver(struct hailo_dev *hdev, struct hailo_note *note)
{
	struct hailo_file *file;
	unsigned long flags;

	spin_lock_irqsave(&hdev->files_lock, flags);
	list_for_each_entry(file, &hdev->files, list) {
		unsigned int slot;

		if (file->notes_disabled)
			continue;
		if (file->notes_count == HAILO_FILE_NOTES) {
			hailo_note_put(file->notes[file->notes_head]);
			file->notes_head = (file->notes_head + 1) % HAILO_FILE_NOTES;
			file->notes_count--;
		}
		slot = (file->notes_head + file->notes_count++) % HAILO_FILE_NOTES;
		refcount_inc(&note->refs);
		file->notes[slot] = note;
		wake_up(&file->wq);
	}
	spin_unlock_irqrestore(&hdev->files_lock, flags);
}

/**
 * hailo_cdev_wake_files() - have all notification readers look at the state
 * @hdev: the board; any context
 */
void hailo_cdev_wake_files(struct hailo_dev *hdev)
{
	struct hailo_file *file;
	unsigned long flags;

	spin_lock_irqsave(&hdev->files_lock, flags);
	list_for_each_entry(file, &hdev->files, list)
		wake_up_all(&file->wq);
	spin_unlock_irqrestore(&hdev->files_lock, flags);
}

static struct hailo_note *hailo_file_pop_note(struct hailo_file *file)
{
	struct hailo_dev *hdev = file->hdev;
	struct hailo_note *note = NULL;
	unsigned long flags;

	spin_lock_irqsave(&hdev->files_lock, flags);
	if (file->notes_count) {
		note = file->notes[file->notes_head];
		file->notes_head = (file->notes_head + 1) % HAILO_FILE_NOTES;
		file->notes_count--;
	}
	spin_unlock_irqrestore(&hdev->files_lock, flags);
	return note;
}

static void hailo_file_drop_notes(struct hailo_file *file)
{
	struct hailo_note *note;

	while ((note = hailo_file_pop_note(file)))
		hailo_note_put(note);
}

/* No notification will ever come to this file again. */
static bool hailo_file_notes_over(struct hailo_file *file)
{
	return READ_ONCE(file->notes_disabled) || hailo_file_over(file);
}

/* open and release */

static int hailo_file_open(struct inode *inode, struct file *filp)
{
	struct hailo_dev *hdev = container_of(inode->i_cdev, struct hailo_dev, cdev);
	struct hailo_file *file;
	unsigned long flags;
	int ret;

	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	file->hdev = hdev;
	file->mapping = filp->f_mapping;
	init_waitqueue_head(&file->wq);
	hailo_file_mem_init(file);

	ret = hailo_dev_lock_settled(hdev, false);
	if (ret)
		goto err_free;
	if (hailo_dev_state(hdev) == HAILO_STATE_REMOVED) {
		ret = -ENODEV;
		goto err_unlock;
	}

	mutex_lock(&hdev->use_lock);
	ret = hailo_dev_use(hdev);
	if (!ret)
		hdev->opens++;
	mutex_unlock(&hdev->use_lock);
	if (ret)
		goto err_unlock;

	file->epoch = hdev->epoch;
	file->release = hdev->release;
	filp->private_data = file;
	spin_lock_irqsave(&hdev->files_lock, flags);
	list_add_tail(&file->list, &hdev->files);
	spin_unlock_irqrestore(&hdev->files_lock, flags);
	up_read(&hdev->rwsem);
	return nonseekable_open(inode, filp);

err_unlock:
	up_read(&hdev->rwsem);
err_free:
	kfree(file);
	return ret;
}

/*
 * Afterwards memory may go: the device has stopped, or it has lost the bus.  A
 * removal that waits for us has not come to the hardware yet.
 */
static void hailo_file_stop_dma(struct hailo_dev *hdev)
{
	enum hailo_state state = hailo_dev_state(hdev);

	if (state == HAILO_STATE_RUNNING ||
	    (state == HAILO_STATE_REMOVED && hailo_hw_fw_loaded(&hdev->hw)))
		hailo_ctrl_driver_down(hdev);
	else
		pci_clear_master(hdev->pdev);
}

static int hailo_file_release(struct inode *inode, struct file *filp)
{
	struct hailo_file *file = filp->private_data;
	struct hailo_dev *hdev = file->hdev;
	unsigned long flags;

	down_read(&hdev->rwsem);
	spin_lock_irqsave(&hdev->files_lock, flags);
	list_del(&file->list);
	spin_unlock_irqrestore(&hdev->files_lock, flags);

	mutex_lock(&hdev->use_lock);
	if (hailo_file_valid(file))
		hailo_vdma_disable(hdev, file, file->channels);
	if (hdev->owner == file) {
		if (hailo_file_valid(file))
			hailo_file_stop_dma(hdev);
		hailo_vdma_reap(hdev, true);
		hdev->owner = NULL;
	}
	hailo_file_mem_free(file);
	hdev->opens--;
	hailo_dev_unuse(hdev);
	mutex_unlock(&hdev->use_lock);
	up_read(&hdev->rwsem);

	hailo_file_drop_notes(file);
	kfree(file);
	return 0;
}

/**
 * hailo_cdev_release_dma() - take all memory away from the device
 * @hdev: the board, rwsem held for writing, its DMA stopped for good
 *
 * Open files keep their handles, which lead nowhere any more.
 */
void hailo_cdev_release_dma(struct hailo_dev *hdev)
{
	struct hailo_file *file;

	lockdep_assert_held_write(&hdev->rwsem);
	hailo_vdma_stop(hdev);
	hailo_vdma_reap(hdev, true);
	/* Files come and go with rwsem held for reading. */
	list_for_each_entry(file, &hdev->files, list)
		hailo_file_mem_detach(file);
}

/*
 * ioctls.  Each runs with rwsem held for reading, on a valid file, if its flags
 * do not say otherwise.
 */

static long hailo_ioctl_driver_info(struct hailo_file *file, void *arg)
{
	struct hailo_driver_info *info = arg;

	info->major_version = file->release.major;
	info->minor_version = file->release.minor;
	info->revision_version = file->release.revision;
	return 0;
}

static long hailo_ioctl_properties(struct hailo_file *file, void *arg)
{
	struct hailo_device_properties *props = arg;
	struct hailo_dev *hdev = file->hdev;

	props->desc_max_page_size = hdev->desc_max_page_size;
	props->board_type = hdev->variant->board_type;
	props->allocation_mode = hdev->allocation_mode;
	props->dma_type = HAILO_DMA_PCIE;
	props->dma_engines_count = 1;
	props->is_fw_loaded = hailo_hw_fw_loaded(&hdev->hw);
	return 0;
}

static int hailo_transfer_bar(u32 memory_type)
{
	switch (memory_type) {
	case HAILO_MEMORY_BAR0:
		return HAILO_BAR_CONFIG;
	case HAILO_MEMORY_BAR2:
	case HAILO_MEMORY_VDMA0:
		return HAILO_BAR_VDMA;
	case HAILO_MEMORY_BAR4:
		return HAILO_BAR_FW_ACCESS;
	default:
		return -EINVAL;
	}
}

static int hailo_transfer(struct hailo_dev *hdev, struct hailo_memory_transfer_params *params)
{
	bool write = params->transfer_direction == HAILO_TRANSFER_WRITE;
	u64 limit = BIT_ULL(32);
	int bar = -1;

	if (params->count > sizeof(params->buffer) ||
	    params->transfer_direction > HAILO_TRANSFER_WRITE)
		return -EINVAL;
	if (params->memory_type != HAILO_MEMORY_DEVICE) {
		bar = hailo_transfer_bar(params->memory_type);
		if (bar < 0)
			return bar;
		limit = pci_resource_len(hdev->pdev, bar);
	}
	if (params->address > limit || params->count > limit - params->address)
		return -EINVAL;
	/* Registers are words; the vendor's byte-wise detours only serve strings. */
	if (params->address % 4 || (write && params->count % 4))
		return -EINVAL;

	if (bar < 0 && write)
		return hailo_hw_mem_write(&hdev->hw, params->address, params->buffer,
					  params->count);
	if (bar < 0)
		return hailo_hw_mem_read(&hdev->hw, params->address, params->buffer,
					 params->count);
	if (write)
		hailo_hw_write_buf(&hdev->hw, bar, params->address, params->buffer,
				   params->count);
	else
		hailo_hw_read_buf(&hdev->hw, bar, params->address, params->buffer,
				  params->count);
	return 0;
}

static long hailo_ioctl_memory_transfer(struct hailo_file *file, void *arg)
{
	if (!hailo_release_has_memory_transfer(&file->release))
		return -ENOTTY;
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	return hailo_transfer(file->hdev, arg);
}

static long hailo_ioctl_mark_as_in_use(struct hailo_file *file, void *arg)
{
	struct hailo_mark_as_in_use_params *params = arg;
	struct hailo_dev *hdev = file->hdev;

	mutex_lock(&hdev->use_lock);
	if (!hdev->owner)
		hdev->owner = file;
	params->in_use = hdev->owner != file;
	mutex_unlock(&hdev->use_lock);
	return 0;
}

static long hailo_ioctl_fw_control(struct hailo_file *file, void *arg)
{
	struct hailo_fw_control *params = arg;

	/* Its first fields are what goes into the mailbox. */
	BUILD_BUG_ON(offsetof(struct hailo_fw_control, timeout_ms) !=
		     sizeof(struct hailo_ctrl_message));
	return hailo_ctrl_exec(file->hdev, arg, params->cpu_id, params->timeout_ms);
}

static long hailo_ioctl_disable_notification(struct hailo_file *file, void *arg)
{
	struct hailo_dev *hdev = file->hdev;
	unsigned long flags;

	spin_lock_irqsave(&hdev->files_lock, flags);
	WRITE_ONCE(file->notes_disabled, true);
	wake_up_all(&file->wq);
	spin_unlock_irqrestore(&hdev->files_lock, flags);
	hailo_file_drop_notes(file);
	return 0;
}

static long hailo_ioctl_read_log(struct hailo_file *file, void *arg)
{
	struct hailo_read_log_params *params = arg;
	int ret;

	if (params->buffer_size > sizeof(params->buffer))
		return -EINVAL;
	ret = hailo_ctrl_read_log(file->hdev, params->cpu_id, params->buffer,
				  params->buffer_size);
	if (ret < 0)
		return ret;
	params->read_bytes = ret;
	return 0;
}

/* Sleeps without a limit, so without rwsem; it touches no hardware. */
static long hailo_ioctl_read_notification(struct hailo_file *file, void *arg)
{
	struct hailo_d2h_notification *params = arg;
	struct hailo_note *note;
	long ret;

	ret = hailo_file_enter(file, false);
	if (ret)
		return ret;
	hailo_file_leave(file);

	do {
		ret = wait_event_interruptible(file->wq, READ_ONCE(file->notes_count) ||
					       hailo_file_notes_over(file));
		if (ret)
			return ret;
		if (hailo_file_notes_over(file))
			return -ECANCELED;
		/* Another thread may have been faster. */
		note = hailo_file_pop_note(file);
	} while (!note);

	params->buffer_len = note->length;
	memcpy(params->buffer, note->data, note->length);
	hailo_note_put(note);
	return 0;
}

static const struct hailo_ioctl hailo_ioctls[] = {
	{ HAILO_MEMORY_TRANSFER, HAILO_IOCTL_IN | HAILO_IOCTL_OUT, hailo_ioctl_memory_transfer },
	{ HAILO_QUERY_DEVICE_PROPERTIES, HAILO_IOCTL_OUT, hailo_ioctl_properties },
	{ HAILO_QUERY_DRIVER_INFO, HAILO_IOCTL_OUT, hailo_ioctl_driver_info },
	{ HAILO_MARK_AS_IN_USE, HAILO_IOCTL_OUT, hailo_ioctl_mark_as_in_use },
	{ HAILO_FW_CONTROL, HAILO_IOCTL_IN | HAILO_IOCTL_OUT, hailo_ioctl_fw_control },
	{ HAILO_READ_NOTIFICATION, HAILO_IOCTL_OUT | HAILO_IOCTL_UNLOCKED,
	  hailo_ioctl_read_notification },
	{ HAILO_DISABLE_NOTIFICATION, 0, hailo_ioctl_disable_notification },
	{ HAILO_READ_LOG, HAILO_IOCTL_IN | HAILO_IOCTL_OUT, hailo_ioctl_read_log },
};

static const struct hailo_ioctl *hailo_ioctl_find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < hailo_vdma_ioctls_count; i++)
		if (hailo_vdma_ioctls[i].cmd == cmd)
			return &hailo_vdma_ioctls[i];
	for (i = 0; i < ARRAY_SIZE(hailo_ioctls); i++)
		if (hailo_ioctls[i].cmd == cmd)
			return &hailo_ioctls[i];
	return NULL;
}

/**
 * hailo_file_refuse() - the rest of hailo_file_enter() for who may not enter
 * @file: the file, the board's rwsem held for reading, which is released
 *
 * Return: -ENODEV after removal, -EINVAL for an invalid file.
 */
int hailo_file_refuse(struct hailo_file *file)
{
	struct hailo_dev *hdev = file->hdev;
	int ret = -ENODEV;

	if (hailo_dev_state(hdev) != HAILO_STATE_REMOVED) {
		hailo_err_ratelimited(hdev, "Invalid file context\n");
		ret = -EINVAL;
	}
	up_read(&hdev->rwsem);
	return ret;
}

static __always_inline long hailo_file_run(struct hailo_file *file,
					   const struct hailo_ioctl *ioctl, void *params)
{
	long ret;

	if (ioctl->flags & HAILO_IOCTL_UNLOCKED)
		return ioctl->handler(file, params);

	ret = hailo_file_enter(file, ioctl->flags & HAILO_IOCTL_REMOVED);
	if (ret)
		return ret;
	ret = ioctl->handler(file, params);
	hailo_file_leave(file);
	return ret;
}

/*
 * User memory is touched without any lock: it may be backed by something that
 * takes its time, and removal must not wait for it.
 */
static __always_inline long hailo_file_call(struct hailo_file *file,
					    const struct hailo_ioctl *ioctl, size_t size,
					    void __user *arg)
{
	unsigned int out = HAILO_IOCTL_OUT | HAILO_IOCTL_OUT_ALWAYS;
	/* As many bytes as are used are written before they are read. */
	u64 small[20] __uninitialized;
	void *params = small;
	long ret;

	if (size > sizeof(small)) {
		params = kmalloc(size, GFP_KERNEL);
		if (!params)
			return -ENOMEM;
	}

	ret = -EFAULT;
	if (!(ioctl->flags & HAILO_IOCTL_IN))
		memset(params, 0, size);
	else if (copy_from_user(params, arg, size))
		goto free;
	ret = hailo_file_run(file, ioctl, params);
	if (ret < 0)
		out = HAILO_IOCTL_OUT_ALWAYS;
	if (ioctl->flags & out && copy_to_user(arg, params, size))
		ret = -EFAULT;
free:
	if (size > sizeof(small))
		kfree(params);
	return ret;
}

static long hailo_file_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const struct hailo_ioctl *ioctl = hailo_ioctl_find(cmd);
	struct hailo_file *file = filp->private_data;
	long ret;

	if (hailo_dev_state(file->hdev) == HAILO_STATE_REMOVED &&
	    (!ioctl || !(ioctl->flags & HAILO_IOCTL_REMOVED)))
		return -ENODEV;
	if (ioctl)
		return hailo_file_call(file, ioctl, _IOC_SIZE(cmd), (void __user *)arg);

	ret = hailo_file_enter(file, false);
	if (ret)
		return ret;
	hailo_file_leave(file);
	return _IOC_TYPE(cmd) == HAILO_IOC_MAGIC_SOC ? -EINVAL : -ENOTTY;
}

static const struct file_operations hailo_fops = {
	.owner = THIS_MODULE,
	.open = hailo_file_open,
	.release = hailo_file_release,
	.unlocked_ioctl = hailo_file_ioctl,
	.mmap = hailo_file_mmap,
};

/* Class and nodes */

/**
 * hailo_cdev_add() - give the board its number, node and class device
 * @hdev: the board
 *
 * The number is the lowest free one.
 *
 * Return: 0 or errno.
 */
int hailo_cdev_add(struct hailo_dev *hdev)
{
	int ret;

	ret = ida_alloc_max(&hailo_index_ida, HAILO_MAX_BOARDS - 1, GFP_KERNEL);
	if (ret < 0)
		return ret;
	hdev->index = ret;

	hdev->dev.class = hailo_class;
	hdev->dev.parent = &hdev->pdev->dev;
	hdev->dev.groups = hailo_sysfs_groups;
	hdev->dev.devt = MKDEV(MAJOR(hailo_devt), hdev->index);
	dev_set_drvdata(&hdev->dev, hdev);
	cdev_init(&hdev->cdev, &hailo_fops);
	hdev->cdev.owner = THIS_MODULE;

	ret = dev_set_name(&hdev->dev, "hailo%d", hdev->index);
	if (!ret)
		ret = cdev_device_add(&hdev->cdev, &hdev->dev);
	if (ret)
		ida_free(&hailo_index_ida, hdev->index);
	return ret;
}

/**
 * hailo_cdev_del() - take the node away; open files stay
 * @hdev: the board, in state REMOVED
 *
 * Waits for sysfs accesses that are under way.
 */
void hailo_cdev_del(struct hailo_dev *hdev)
{
	cdev_device_del(&hdev->cdev, &hdev->dev);
	ida_free(&hailo_index_ida, hdev->index);
}

/**
 * hailo_cdev_init() - register the major number and the class
 *
 * The class exists from module load: libraries up to 4.22 take its absence for
 * a missing driver.
 *
 * Return: 0 or errno.
 */
int hailo_cdev_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&hailo_devt, 0, HAILO_MAX_BOARDS, "hailo");
	if (ret)
		return ret;

	hailo_class = class_create("hailo_chardev");
	if (IS_ERR(hailo_class)) {
		unregister_chrdev_region(hailo_devt, HAILO_MAX_BOARDS);
		return PTR_ERR(hailo_class);
	}
	return 0;
}

/**
 * hailo_cdev_exit() - undo hailo_cdev_init()
 */
void hailo_cdev_exit(void)
{
	class_destroy(hailo_class);
	unregister_chrdev_region(hailo_devt, HAILO_MAX_BOARDS);
	ida_destroy(&hailo_index_ida);
}
