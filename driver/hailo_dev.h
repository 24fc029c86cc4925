/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One board: its lifetime, its state, who uses it.
 *
 * Lock order, outermost first:
 *
 *   hailo_dev.rwsem          every user of the hardware holds it for reading;
 *                            boot, reset, suspend and removal for writing
 *   hailo_dev.use_lock       use count, power reference, interrupt enable, owner
 *   hailo_ctrl.lock          one control at a time
 *   hailo_channel.lock       one vDMA channel: launch and completion
 *   hailo_file.mem_lock      handles of one file; inside mmap_lock, too
 *   hailo_list.lock          one descriptor list
 *   hailo_dev.log_lock       one reader of the log rings
 *   hailo_hw.window_lock     translation entry 0
 *   hailo_dev.irq_lock       interrupt registers (spinlock, interrupts off)
 *   hailo_dev.files_lock     open files and their notifications (likewise)
 *   hailo_dev.state_lock     state (spinlock, interrupts off)
 *
 * No lock is held while user memory is touched or pinned.  Removal passes through
 * mmap_lock of those who have coherent memory mapped, with rwsem held.
 */
#ifndef HAILO_DEV_H
#define HAILO_DEV_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "hailo_ctrl.h"
#include "hailo_hw.h"
#include "hailo_release.h"
#include "hailo_variant.h"
#include "hailo_vdma.h"

#define HAILO_MAX_BOARDS	256	/* minors of the one major */
#define HAILO_REASON_SIZE	64

struct dentry;
struct hailo_file;

/**
 * enum hailo_state - what can be done with a board
 * @HAILO_STATE_COLD: registers work, no firmware runs; only during probe
 * @HAILO_STATE_BOOTING: firmware is being loaded or reset
 * @HAILO_STATE_RUNNING: firmware answers controls
 * @HAILO_STATE_RESETTING: the PCI core resets the function, registers are off limits
 * @HAILO_STATE_SUSPENDED: the system sleeps, registers are off limits
 * @HAILO_STATE_DEAD: nothing works until a reset, a resume or a new probe;
 *	hailo_dev.reason says why
 * @HAILO_STATE_REMOVED: the driver is unbound; never left
 * @HAILO_STATE_COUNT: number of states
 */
enum hailo_state {
	HAILO_STATE_COLD,
	HAILO_STATE_BOOTING,
	HAILO_STATE_RUNNING,
	HAILO_STATE_RESETTING,
	HAILO_STATE_SUSPENDED,
	HAILO_STATE_DEAD,
	HAILO_STATE_REMOVED,
	HAILO_STATE_COUNT
};

/**
 * struct hailo_fw_info - what runs, or ran last, on the board
 * @valid: the firmware has answered IDENTIFY
 * @version: version it answered, the revision without its flag bits
 * @architecture: HAILO_ARCH_*
 */
struct hailo_fw_info {
	bool valid;
	struct hailo_release version;
	u32 architecture;
};

/**
 * struct hailo_dev - a board
 * @dev: the class device; its release frees this structure
 * @cdev: the node
 * @pdev: the function, referenced as long as this structure lives
 * @variant: what is particular to this PCI ID
 * @hw: registers, mapped until removal
 * @index: board number = minor
 * @desc_max_page_size: bytes, advertised to the library
 * @allocation_mode: enum hailo_allocation_mode
 * @rwsem: see the lock order above
 * @state_lock: protects @state, @reason
 * @state: change it through hailo_dev_set_state() only
 * @reason: why the board is dead, empty otherwise
 * @event_wq: woken by each state change, control answer and boot event
 * @epoch: open files of another epoch are invalid; written under @rwsem
 * @use_lock: protects @users, @opens, @powered, @owner
 * @users: users that need registers and interrupts, open files included
 * @opens: open files
 * @powered: a runtime PM reference is held for @users
 * @owner: the open file that marked the board as in use
 * @irq_lock: protects the fields below
 * @irq_live: interrupts are on; registers may be read in the handler
 * @in_boot: bits 24 and 25 mean boot events
 * @boot_events: HAILO_INT_* seen since the last arming
 * @driver_down: driver-down answered
 * @interrupts: how often the status was looked at for one
 * @irq: Linux interrupt number
 * @ctrl: control mailbox
 * @vdma: vDMA engine
 * @log_lock: one log reader at a time
 * @files_lock: protects @files and the notification queue of each
 * @files: open files
 * @pin: release pinned through sysfs, major 0 = none; under @rwsem
 * @loaded: release of the image that was loaded, major 0 = unknown
 * @release: what QUERY_DRIVER_INFO answers; under @rwsem
 * @fw: what the running firmware says of itself; under @rwsem
 * @hwmon: sensor device or NULL
 * @debugfs: folder of the board
 */
struct hailo_dev {
	struct device dev;
	struct cdev cdev;
	struct pci_dev *pdev;
	const struct hailo_variant *variant;
	struct hailo_hw hw;
	int index;
	u16 desc_max_page_size;
	u32 allocation_mode;

	struct rw_semaphore rwsem;

	spinlock_t state_lock;
	enum hailo_state state;
	char reason[HAILO_REASON_SIZE];
	wait_queue_head_t event_wq;
	unsigned int epoch;

	struct mutex use_lock;
	unsigned int users;
	unsigned int opens;
	bool powered;
	struct hailo_file *owner;

	spinlock_t irq_lock;
	bool irq_live;
	bool in_boot;
	u32 boot_events;
	bool driver_down;
	unsigned long interrupts;
	int irq;

	struct hailo_ctrl ctrl;
	struct hailo_vdma vdma;
	struct mutex log_lock;

	spinlock_t files_lock;
	struct list_head files;

	struct hailo_release pin;
	struct hailo_release loaded;
	struct hailo_release release;
	struct hailo_fw_info fw;

	struct device *hwmon;
	struct dentry *debugfs;
};

/* Most verbose level of our own messages, parameter o_dbg. */
extern int hailo_log_level;

#define hailo_log(hdev, level, name, fmt, ...) do {			\
	if (READ_ONCE(hailo_log_level) >= (level))			\
		pci_##name((hdev)->pdev, fmt, ##__VA_ARGS__);		\
} while (0)
#define hailo_err(hdev, fmt, ...)	hailo_log(hdev, 3, err, fmt, ##__VA_ARGS__)
#define hailo_warn(hdev, fmt, ...)	hailo_log(hdev, 4, warn, fmt, ##__VA_ARGS__)
#define hailo_notice(hdev, fmt, ...)	hailo_log(hdev, 5, notice, fmt, ##__VA_ARGS__)
#define hailo_info(hdev, fmt, ...)	hailo_log(hdev, 6, info, fmt, ##__VA_ARGS__)

/* For what a device or a user can provoke at will. */
#define hailo_log_ratelimited(hdev, level, name, fmt, ...) do {		\
	if (READ_ONCE(hailo_log_level) >= (level))			\
		dev_##name##_ratelimited(&(hdev)->pdev->dev, fmt, ##__VA_ARGS__); \
} while (0)
#define hailo_err_ratelimited(hdev, fmt, ...)				\
	hailo_log_ratelimited(hdev, 3, err, fmt, ##__VA_ARGS__)
#define hailo_warn_ratelimited(hdev, fmt, ...)				\
	hailo_log_ratelimited(hdev, 4, warn, fmt, ##__VA_ARGS__)
#define hailo_notice_ratelimited(hdev, fmt, ...)			\
	hailo_log_ratelimited(hdev, 5, notice, fmt, ##__VA_ARGS__)

struct hailo_dev *hailo_dev_alloc(struct pci_dev *pdev, const struct hailo_variant *variant);

bool hailo_dev_set_state(struct hailo_dev *hdev, enum hailo_state state, const char *reason);
/**
 * hailo_dev_state() - current state
 * @hdev: the board
 *
 * Return: the state; without @hdev->rwsem it may have changed already.
 */
static inline enum hailo_state hailo_dev_state(struct hailo_dev *hdev)
{
	return READ_ONCE(hdev->state);
}

/**
 * hailo_dev_state_error() - errno of an operation that needs running firmware
 * @hdev: the board
 *
 * Return: 0 while firmware runs, else -ENODEV (spec 8.2: firmware not loaded,
 * device gone).
 */
static inline int hailo_dev_state_error(struct hailo_dev *hdev)
{
	return hailo_dev_state(hdev) == HAILO_STATE_RUNNING ? 0 : -ENODEV;
}

const char *hailo_state_name(enum hailo_state state);
int hailo_dev_lock_settled(struct hailo_dev *hdev, bool write);

int hailo_dev_use(struct hailo_dev *hdev);
void hailo_dev_unuse(struct hailo_dev *hdev);

#endif /* HAILO_DEV_H */
