/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that touches device registers.  All accesses are naturally
 * aligned and 32 bits wide (spec 3).
 */
#ifndef HAILO_HW_H
#define HAILO_HW_H

#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "abi/hailo_regs.h"

struct hailo_variant;
struct pci_dev;

/* What an unplugged, powered-down or broken function reads as. */
#define HAILO_HW_ALL_ONES	0xffffffffu

/**
 * struct hailo_hw - mapped registers of one function
 * @variant: where this board's doorbell and loaded mark are
 * @bar: mappings by BAR number, NULL where there is none
 * @window_lock: holds translation entry 0 in place: taken around every use of
 *	BAR4 window 0, be it a control, a notification or device memory
 */
struct hailo_hw {
	const struct hailo_variant *variant;
	void __iomem *bar[HAILO_BAR_FW_ACCESS + 1];
	struct mutex window_lock;
};

int hailo_hw_map(struct hailo_hw *hw, struct pci_dev *pdev, const struct hailo_variant *variant);
void hailo_hw_unmap(struct hailo_hw *hw, struct pci_dev *pdev);

/**
 * hailo_hw_read() - read one register
 * @hw: the function
 * @bar: HAILO_BAR_*
 * @offset: bytes, a multiple of 4
 *
 * Return: the value; all ones may mean that the device is gone.
 */
static inline u32 hailo_hw_read(struct hailo_hw *hw, unsigned int bar, u32 offset)
{
	return readl(hw->bar[bar] + offset);
}

/**
 * hailo_hw_write() - write one register
 * @hw: the function
 * @bar: HAILO_BAR_*
 * @offset: bytes, a multiple of 4
 * @value: what to write
 */
static inline void hailo_hw_write(struct hailo_hw *hw, unsigned int bar, u32 offset, u32 value)
{
	writel(value, hw->bar[bar] + offset);
}

void hailo_hw_read_buf(struct hailo_hw *hw, unsigned int bar, u32 offset, void *to, size_t len);
void hailo_hw_write_buf(struct hailo_hw *hw, unsigned int bar, u32 offset, const void *from,
			size_t len);

bool hailo_hw_alive(struct hailo_hw *hw);
bool hailo_hw_fw_loaded(struct hailo_hw *hw);
void hailo_hw_ring(struct hailo_hw *hw, u32 doorbell);

int hailo_hw_mem_read(struct hailo_hw *hw, u32 addr, void *to, size_t len);
int hailo_hw_mem_write(struct hailo_hw *hw, u32 addr, const void *from, size_t len);

#endif /* HAILO_HW_H */
