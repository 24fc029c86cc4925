/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware files: names, validation and where the parts go.  Pure, except for
 * hailo_fw_request().
 */
#ifndef HAILO_FW_H
#define HAILO_FW_H

#include <linux/types.h>

#include "hailo_release.h"

struct device;
struct firmware;
struct hailo_variant;

/* Firmware file name with its terminating NUL, bytes. */
#define HAILO_FW_NAME_SIZE	128
#define HAILO_FW_MAX_PARTS	6

/**
 * struct hailo_fw_part - bytes and where they go
 * @address: device address
 * @data: the bytes, unaligned
 * @length: number of bytes, not necessarily a multiple of four
 */
struct hailo_fw_part {
	u32 address;
	const u8 *data;
	u32 length;
};

/**
 * struct hailo_fw_image - a valid image, taken apart
 * @app_header: application CPU's header, 24 bytes
 * @app_code: application CPU's code
 * @app_code_size: its length, bytes
 * @key_cert: key certificate
 * @key_cert_size: its length, bytes, may be 0
 * @content_cert: content certificate
 * @content_cert_size: its length, bytes, may be 0
 * @core_header: core CPU's header, 24 bytes
 * @core_code: core CPU's code
 * @core_code_size: its length, bytes
 * @version: of the application CPU's header, revision without flags
 *
 * All pointers are unaligned and point into the file: it must outlive them.
 */
struct hailo_fw_image {
	const u8 *app_header;
	const u8 *app_code;
	u32 app_code_size;
	const u8 *key_cert;
	u32 key_cert_size;
	const u8 *content_cert;
	u32 content_cert_size;
	const u8 *core_header;
	const u8 *core_code;
	u32 core_code_size;
	struct hailo_release version;
};

/**
 * struct hailo_fw_defect - why an image was refused
 * @what: the failed check, a constant string
 * @value: the offending value; for something truncated the bytes there are
 * @limit: what was allowed, expected or needed
 *
 * Meant for one message: "%s: %#x, limit %#x".
 */
struct hailo_fw_defect {
	const char *what;
	u32 value;
	u32 limit;
};

int hailo_fw_validate(const struct hailo_variant *variant,
		      const u8 *data, size_t size,
		      struct hailo_fw_image *image,
		      struct hailo_fw_defect *defect);
unsigned int hailo_fw_plan(const struct hailo_variant *variant,
			   const struct hailo_fw_image *image,
			   struct hailo_fw_part parts[HAILO_FW_MAX_PARTS]);
int hailo_fw_candidate(const struct hailo_variant *variant,
		       char *buf, size_t len, unsigned int index,
		       const char *firmware_name,
		       const struct hailo_release *pin);
int hailo_fw_request(const struct firmware **fw, const char *name,
		     struct device *dev);

#endif /* HAILO_FW_H */
