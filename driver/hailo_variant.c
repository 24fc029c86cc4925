// SPDX-License-Identifier: GPL-2.0-only
/*
 * Board data, and the descriptor page size that a host gets.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include <hailo/hailo_ioctl.h>

#include "abi/hailo_fw_image.h"
#include "abi/hailo_regs.h"
#include "hailo_variant.h"

/* Hailo-8 and Hailo-8L; only the firmware knows which of the two it is. */
const struct hailo_variant hailo8_variant = {
	.name = "Hailo-8",
	.board_type = HAILO_BOARD_HAILO8,
	.accelerator_type = HAILO_ACCELERATOR_NNC,
	.addr = {
		.app_header = HAILO8_ADDR_APP_HEADER,
		.app_code = HAILO8_ADDR_APP_CODE,
		.key_cert = HAILO8_ADDR_KEY_CERT,
		.content_cert = HAILO8_ADDR_CONTENT_CERT,
		.core_code = HAILO8_ADDR_CORE_CODE,
		.core_header = HAILO8_ADDR_CORE_HEADER,
		.board_cfg = HAILO8_ADDR_BOARD_CFG,
		.fw_cfg = HAILO8_ADDR_FW_CFG,
		.boot_status = HAILO8_ADDR_BOOT_STATUS,
		.boot_trigger = HAILO8_ADDR_BOOT_TRIGGER,
	},
	.fw = {
		.magic = HAILO_FW_MAGIC_HAILO8,
		.size = HAILO_FW_MAX_SIZE,
		.app_code = HAILO_FW_APP_CODE_MAX,
		.core_code = HAILO_FW_CORE_CODE_MAX,
		.key_cert = HAILO_FW_KEY_CERT_MAX,
		.content_cert = HAILO_FW_CONTENT_CERT_MAX,
		.cfg = HAILO_FW_CFG_MAX_SIZE,
	},
	.fw_stem = "hailo/hailo8_fw",
	.board_cfg_name = "hailo/hailo8_board_cfg.bin",
	.fw_cfg_name = "hailo/hailo8_fw_cfg.bin",
	.doorbell = HAILO_FWA_DOORBELL,
	.loaded_reg = HAILO_REG_ATR(0) + HAILO_ATR_TRSL_LO,
	.loaded_value = HAILO8_ADDR_CONTROL,
};

/**
 * hailo_desc_page_size - largest descriptor page size to advertise
 * @page_size: the host's page size, bytes
 * @mrrs: Max_Read_Request_Size of the function, bytes
 * @force: module parameter, bytes; 0 = off
 * @out: result, bytes; untouched on failure
 * @too_big_for_library: set when HailoRT will refuse @out
 *
 * The device cannot fetch pages larger than its read requests when those are
 * smaller than 512 bytes.  A forced size wins over that: whoever forces it may
 * be working around a host that lies about its read requests.
 *
 * Return: 0, or -EINVAL when @force is neither 0 nor a power of two from
 * %HAILO_DESC_PAGE_SIZE_MIN to %HAILO_DESC_PAGE_SIZE_FORCE_MAX.
 */
int hailo_desc_page_size(unsigned long page_size, unsigned int mrrs, int force,
			 u16 *out, bool *too_big_for_library)
{
	unsigned long size;

	if (force) {
		if (force < HAILO_DESC_PAGE_SIZE_MIN ||
		    force > HAILO_DESC_PAGE_SIZE_FORCE_MAX ||
		    !is_power_of_2(force))
			return -EINVAL;
		size = force;
	} else if (mrrs == 128 || mrrs == 256) {
		size = mrrs;
	} else {
		size = min_t(unsigned long, page_size, HAILO_DESC_PAGE_SIZE_MAX);
	}

	*out = size;
	*too_big_for_library = size > HAILO_DESC_PAGE_SIZE_MAX;
	return 0;
}
