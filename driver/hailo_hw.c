// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register access, translation window 0 and device memory (spec 3, 4.5).
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/random.h>

#include "compat/hailo_compat.h"
#include "hailo_hw.h"
#include "hailo_variant.h"

/*
 * Words read back per window of an upload: the first, the last and this many
 * at places the device cannot foresee.  Short transfers are compared whole.
 * See docs/adr/0003.
 */
#define HAILO_HW_VERIFY_RANDOM	4
#define HAILO_HW_VERIFY_WHOLE	32	/* words */

/**
 * hailo_hw_map() - map BAR 0, 2 and 4
 * @hw: where to keep the mappings
 * @pdev: the function, its regions already requested
 * @variant: data of its PCI ID
 *
 * Return: 0, -EINVAL if a BAR is missing or too small, -ENOMEM.
 */
int hailo_hw_map(struct hailo_hw *hw, struct pci_dev *pdev, const struct hailo_variant *variant)
{
	static const struct {
		unsigned int bar;
		resource_size_t min;
	} bars[] = {
		{ HAILO_BAR_CONFIG, HAILO_BAR_CONFIG_MIN },
		{ HAILO_BAR_VDMA, HAILO_BAR_VDMA_MIN },
		{ HAILO_BAR_FW_ACCESS, HAILO_BAR_FW_ACCESS_MIN },
	};
	unsigned int i;

	hw->variant = variant;
	mutex_init(&hw->window_lock);

	for (i = 0; i < ARRAY_SIZE(bars); i++) {
		unsigned int bar = bars[i].bar;
		resource_size_t len = pci_resource_len(pdev, bar);

		if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) || len < bars[i].min) {
			pci_err(pdev, "Probing: Invalid PCIe BAR %u\n", bar);
			hailo_hw_unmap(hw, pdev);
			return -EINVAL;
		}

		hw->bar[bar] = pci_iomap(pdev, bar, 0);
		if (!hw->bar[bar]) {
			pci_err(pdev, "Probing: Invalid PCIe BAR %u\n", bar);
			hailo_hw_unmap(hw, pdev);
			return -ENOMEM;
		}
		pci_notice(pdev, "Probing: mapped bar %u - %p %llu\n", bar, hw->bar[bar],
			   (unsigned long long)len);
	}
	return 0;
}

/**
 * hailo_hw_unmap() - undo hailo_hw_map()
 * @hw: the mappings
 * @pdev: the function
 */
void hailo_hw_unmap(struct hailo_hw *hw, struct pci_dev *pdev)
{
	unsigned int bar;

	for (bar = 0; bar < ARRAY_SIZE(hw->bar); bar++) {
		if (!hw->bar[bar])
			continue;
		pci_iounmap(pdev, hw->bar[bar]);
		hw->bar[bar] = NULL;
	}
}

/**
 * hailo_hw_read_buf() - copy bytes out of a BAR
 * @hw: the function
 * @bar: HAILO_BAR_*
 * @offset: bytes, a multiple of 4
 * @to: destination, any alignment
 * @len: bytes; the last word is read whole
 */
void hailo_hw_read_buf(struct hailo_hw *hw, unsigned int bar, u32 offset, void *to, size_t len)
{
	u8 *p = to;

	while (len) {
		__le32 word = cpu_to_le32(hailo_hw_read(hw, bar, offset));
		size_t n = min(len, sizeof(word));

		memcpy(p, &word, n);
		p += n;
		offset += sizeof(word);
		len -= n;
	}
}

/**
 * hailo_hw_write_buf() - copy bytes into a BAR
 * @hw: the function
 * @bar: HAILO_BAR_*
 * @offset: bytes, a multiple of 4
 * @from: source, any alignment
 * @len: bytes; the last word is padded with zeroes
 */
void hailo_hw_write_buf(struct hailo_hw *hw, unsigned int bar, u32 offset, const void *from,
			size_t len)
{
	const u8 *p = from;

	while (len) {
		__le32 word = 0;
		size_t n = min(len, sizeof(word));

		memcpy(&word, p, n);
		hailo_hw_write(hw, bar, offset, le32_to_cpu(word));
		p += n;
		offset += sizeof(word);
		len -= n;
	}
}

/**
 * hailo_hw_alive() - is the function still there
 * @hw: the function
 *
 * Return: true if the identification mirror reads as it should (spec 4.1).
 */
bool hailo_hw_alive(struct hailo_hw *hw)
{
	u32 id = hailo_hw_read(hw, HAILO_BAR_CONFIG, HAILO_REG_ID);

	return (id & HAILO_REG_ID_VENDOR_MASK) == HAILO_PCI_VENDOR_ID;
}

/**
 * hailo_hw_fw_loaded() - does firmware run
 * @hw: the function
 *
 * Return: true if window 0 shows the control area (spec 5.7).
 */
bool hailo_hw_fw_loaded(struct hailo_hw *hw)
{
	return hailo_hw_read(hw, HAILO_BAR_CONFIG, hw->variant->loaded_reg) ==
	       hw->variant->loaded_value;
}

/**
 * hailo_hw_ring() - ring the firmware's doorbell
 * @hw: the function
 * @doorbell: HAILO_DOORBELL_*
 */
void hailo_hw_ring(struct hailo_hw *hw, u32 doorbell)
{
	hailo_hw_write(hw, HAILO_BAR_FW_ACCESS, hw->variant->doorbell, doorbell);
}

static int hailo_hw_window_set(struct hailo_hw *hw, u32 lo, u32 hi)
{
	const u32 atr = HAILO_REG_ATR(0);

	hailo_hw_write(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_PARAM, HAILO_ATR_PARAM_VALUE(0));
	hailo_hw_write(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_SRC, 0);
	hailo_hw_write(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_TRSL_LO, lo);
	hailo_hw_write(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_TRSL_HI, hi);
	hailo_hw_write(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_TRSL_PARAM,
		       HAILO_ATR_TRSL_PARAM_VALUE);

	/*
	 * Posted writes to BAR0 and BAR4 arrive in order, but nothing promises
	 * that the bridge applies the entry before it forwards the next write:
	 * this read does.
	 */
	if (hailo_hw_read(hw, HAILO_BAR_CONFIG, atr + HAILO_ATR_TRSL_LO) != lo)
		return -EIO;
	return 0;
}

static bool hailo_hw_word_ok(struct hailo_hw *hw, u32 window, const u8 *from, u32 word)
{
	u32 expected = get_unaligned_le32(from + 4 * word);

	return hailo_hw_read(hw, HAILO_BAR_FW_ACCESS, window + 4 * word) == expected;
}

/* Compares a sample of @words words that were just written to the window. */
static int hailo_hw_verify(struct hailo_hw *hw, u32 window, const u8 *from, u32 words)
{
	u32 i;

	if (words <= HAILO_HW_VERIFY_WHOLE) {
		for (i = 0; i < words; i++)
			if (!hailo_hw_word_ok(hw, window, from, i))
				return -EIO;
		return 0;
	}

	if (!hailo_hw_word_ok(hw, window, from, 0) ||
	    !hailo_hw_word_ok(hw, window, from, words - 1))
		return -EIO;
	for (i = 0; i < HAILO_HW_VERIFY_RANDOM; i++)
		if (!hailo_hw_word_ok(hw, window, from, get_random_u32() % words))
			return -EIO;
	return 0;
}

/* Writes the last 1 to 3 bytes of a transfer and leaves their neighbours alone. */
static int hailo_hw_write_tail(struct hailo_hw *hw, u32 window, const u8 *from, size_t len)
{
	__le32 word = cpu_to_le32(hailo_hw_read(hw, HAILO_BAR_FW_ACCESS, window));

	memcpy(&word, from, len);
	hailo_hw_write(hw, HAILO_BAR_FW_ACCESS, window, le32_to_cpu(word));
	if (hailo_hw_read(hw, HAILO_BAR_FW_ACCESS, window) != le32_to_cpu(word))
		return -EIO;
	return 0;
}

static int hailo_hw_write_window(struct hailo_hw *hw, u32 window, const u8 *from, size_t len)
{
	u32 words = len / 4;
	size_t tail = len % 4;
	int ret;

	hailo_hw_write_buf(hw, HAILO_BAR_FW_ACCESS, window, from, 4 * words);
	ret = hailo_hw_verify(hw, window, from, words);
	if (!ret && tail)
		ret = hailo_hw_write_tail(hw, window + 4 * words, from + 4 * words, tail);
	return ret;
}

/*
 * Moves @len bytes between memory and device address @addr, a window at a
 * time, and puts entry 0 back where it was: firmware must find its control
 * area there (spec 4.5, 5.5).
 */
static int hailo_hw_mem_xfer(struct hailo_hw *hw, u32 addr, u8 *to, const u8 *from, size_t len)
{
	u32 saved_lo, saved_hi;
	int ret = 0;
	int err;

	if (addr % 4 || len > HAILO_HW_ALL_ONES - addr)
		return -EINVAL;

	mutex_lock(&hw->window_lock);
	saved_lo = hailo_hw_read(hw, HAILO_BAR_CONFIG, HAILO_REG_ATR(0) + HAILO_ATR_TRSL_LO);
	saved_hi = hailo_hw_read(hw, HAILO_BAR_CONFIG, HAILO_REG_ATR(0) + HAILO_ATR_TRSL_HI);
	if (saved_lo == HAILO_HW_ALL_ONES) {
		ret = -ENODEV;
		goto unlock;
	}

	while (len) {
		u32 offset = addr & HAILO_ATR_WINDOW_MASK;
		size_t n = min_t(size_t, len, HAILO_ATR_WINDOW_SIZE - offset);

		ret = hailo_hw_window_set(hw, addr - offset, 0);
		if (ret)
			break;

		if (from) {
			ret = hailo_hw_write_window(hw, offset, from, n);
			from += n;
		} else {
			hailo_hw_read_buf(hw, HAILO_BAR_FW_ACCESS, offset, to, n);
			to += n;
		}
		if (ret)
			break;
		addr += n;
		len -= n;
	}

	err = hailo_hw_window_set(hw, saved_lo, saved_hi);
	if (!ret)
		ret = err;
unlock:
	mutex_unlock(&hw->window_lock);
	return ret;
}

/**
 * hailo_hw_mem_read() - read device memory through window 0
 * @hw: the function
 * @addr: device address, a multiple of 4
 * @to: destination
 * @len: bytes
 *
 * Return: 0, -EINVAL for a bad range, -ENODEV if the device is gone, -EIO if
 * the window cannot be moved.
 */
int hailo_hw_mem_read(struct hailo_hw *hw, u32 addr, void *to, size_t len)
{
	return hailo_hw_mem_xfer(hw, addr, to, NULL, len);
}

/**
 * hailo_hw_mem_write() - write device memory through window 0 and verify it
 * @hw: the function
 * @addr: device address, a multiple of 4
 * @from: source, any alignment
 * @len: bytes
 *
 * Return: 0, -EINVAL for a bad range, -ENODEV if the device is gone, -EIO if
 * the window cannot be moved or the memory does not hold what was written.
 */
int hailo_hw_mem_write(struct hailo_hw *hw, u32 addr, const void *from, size_t len)
{
	return hailo_hw_mem_xfer(hw, addr, NULL, from, len);
}
