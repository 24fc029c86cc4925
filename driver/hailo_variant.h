/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between boards, as constant data: driver_data of the PCI ID
 * table points here.
 */
#ifndef HAILO_VARIANT_H
#define HAILO_VARIANT_H

#include <linux/types.h>

/**
 * struct hailo_addr_map - device addresses of the boot protocol
 * @app_header: application CPU's firmware header
 * @app_code: application CPU's code
 * @key_cert: key certificate
 * @content_cert: content certificate
 * @core_code: core CPU's code
 * @core_header: core CPU's firmware header
 * @board_cfg: board configuration file
 * @fw_cfg: firmware configuration file
 * @boot_status: boot status word
 * @boot_trigger: word that starts the boot
 */
struct hailo_addr_map {
	u32 app_header;
	u32 app_code;
	u32 key_cert;
	u32 content_cert;
	u32 core_code;
	u32 core_header;
	u32 board_cfg;
	u32 fw_cfg;
	u32 boot_status;
	u32 boot_trigger;
};

/**
 * struct hailo_fw_limits - what a firmware image must keep to
 * @magic: first word of both headers
 * @size: largest image, bytes
 * @app_code: largest application CPU code, bytes
 * @core_code: largest core CPU code, bytes
 * @key_cert: room for the key certificate, bytes
 * @content_cert: room for the content certificate, bytes
 * @cfg: largest configuration file, bytes
 */
struct hailo_fw_limits {
	u32 magic;
	u32 size;
	u32 app_code;
	u32 core_code;
	u32 key_cert;
	u32 content_cert;
	u32 cfg;
};

/**
 * struct hailo_variant - one kind of board
 * @name: for log messages
 * @board_type: enum hailo_board_type of the user ABI
 * @accelerator_type: enum hailo_accelerator_type of the user ABI
 * @addr: device addresses
 * @fw: image limits
 * @fw_stem: firmware file name without ".bin"
 * @board_cfg_name: name of the optional board configuration file
 * @fw_cfg_name: name of the optional firmware configuration file
 * @doorbell: doorbell register, offset in BAR4
 * @loaded_reg: register that tells whether firmware runs, offset in BAR0
 * @loaded_value: its value when firmware runs
 */
struct hailo_variant {
	const char *name;
	u32 board_type;
	u32 accelerator_type;
	struct hailo_addr_map addr;
	struct hailo_fw_limits fw;
	const char *fw_stem;
	const char *board_cfg_name;
	const char *fw_cfg_name;
	u32 doorbell;
	u32 loaded_reg;
	u32 loaded_value;
};

extern const struct hailo_variant hailo8_variant;

int hailo_desc_page_size(unsigned long page_size, unsigned int mrrs, int force,
			 u16 *out, bool *too_big_for_library);

#endif /* HAILO_VARIANT_H */
