/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Firmware image of the Hailo-8 (spec 5.1, 5.2, 7.1).  All little-endian, no
 * padding between the parts:
 *
 *   app header (24) | app code | key_size, content_size (8) | key certificate |
 *   content certificate | core header (24) | core code
 */
#ifndef HAILO_ABI_FW_IMAGE_H
#define HAILO_ABI_FW_IMAGE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif
#include <linux/types.h>

#define HAILO_FW_MAGIC_HAILO8		0x1dd89de0u
#define HAILO_FW_MAGIC_HAILO15		0xe905daabu	/* also Hailo-10H */
#define HAILO_FW_MAGIC_HAILO15L		0xf94739abu
#define HAILO_FW_HEADER_VERSION		0

#define HAILO_FW_MAX_SIZE		0x50000
#define HAILO_FW_CFG_MAX_SIZE		0x500
#define HAILO_FW_CODE_MIN		80
#define HAILO_FW_APP_CODE_MAX		0x40000
#define HAILO_FW_CORE_CODE_MAX		0x20000
/* The format allows 0x1000, the address map does not (spec 5.3). */
#define HAILO_FW_KEY_CERT_MAX		0x348
#define HAILO_FW_CONTENT_CERT_MAX	0x5f0

/* Revision word (spec 7.1) */
#define HAILO_FW_REVISION_MASK		0x07ffffffu
#define HAILO_FW_REVISION_CORE		0x08000000u	/* 0 = app CPU */
#define HAILO_FW_REVISION_EXT_CS_BUFFER	0x20000000u
#define HAILO_FW_REVISION_DEVELOP	0x40000000u
#define HAILO_FW_REVISION_SECOND_STAGE	0x80000000u

struct hailo_fw_header {
	__le32 magic;
	__le32 header_version;
	__le32 major;
	__le32 minor;
	__le32 revision;
	__le32 code_size;
} __attribute__((packed));

struct hailo_fw_cert_header {
	__le32 key_size;
	__le32 content_size;
} __attribute__((packed));

static_assert(sizeof(struct hailo_fw_header) == 24, "firmware header");
static_assert(sizeof(struct hailo_fw_cert_header) == 8, "certificate header");

#endif /* HAILO_ABI_FW_IMAGE_H */
