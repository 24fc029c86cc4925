/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * vDMA engine: channel registers in BAR2 and descriptors (chapter 2).
 */
#ifndef HAILO_ABI_VDMA_H
#define HAILO_ABI_VDMA_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif
#include <linux/types.h>

#define HAILO_VDMA_CHANNELS		32
#define HAILO_VDMA_FIRST_D2H		16	/* 0..15 host to device, 16..31 back */

/* Channel registers, two sides of 16 bytes each (section 3.1) */
#define HAILO_VDMA_CHANNEL(c)		((c) * 0x20)
#define HAILO_VDMA_SOURCE_SIDE		0x00
#define HAILO_VDMA_DESTINATION_SIDE	0x10
#define HAILO_VDMA_HOST_SIDE(c) \
	(HAILO_VDMA_CHANNEL(c) + \
	 ((c) < HAILO_VDMA_FIRST_D2H ? HAILO_VDMA_SOURCE_SIDE : HAILO_VDMA_DESTINATION_SIDE))
#define HAILO_VDMA_OTHER_SIDE(side) \
	((side) ^ (HAILO_VDMA_SOURCE_SIDE ^ HAILO_VDMA_DESTINATION_SIDE))

/* One side (section 3.2) */
#define HAILO_VDMA_CONTROL		0x0
#define HAILO_VDMA_CONTROL_START	0x00000001
#define HAILO_VDMA_CONTROL_PAUSE	0x00000002
#define HAILO_VDMA_CONTROL_DATA_ID_MASK	0x00000700
#define HAILO_VDMA_CONTROL_DEPTH_MASK	0x00007800	/* log2 of the length, 16 is 0 */
#define HAILO_VDMA_CONTROL_AVAIL_MASK	0xffff0000	/* one past the last to process */
#define HAILO_VDMA_PROGRESS		0x4
#define HAILO_VDMA_PROGRESS_PROC_MASK	0x0000ffff
#define HAILO_VDMA_PROGRESS_ONGOING_MASK 0xffff0000
#define HAILO_VDMA_ERROR		0x8
#define HAILO_VDMA_ERROR_CODE_MASK	0x000000ff
#define HAILO_VDMA_ERROR_ADDR_L_MASK	0xffff0000	/* list address 31:16 */
#define HAILO_VDMA_ADDR_H		0xc		/* list address 63:32 */

/* Summary bits of HAILO_REG_ISTATUS: four channels each (section 4.1) */
#define HAILO_VDMA_SUMMARY_CHANNELS	4
#define HAILO_VDMA_SUMMARY_BIT(c) \
	((c) / HAILO_VDMA_SUMMARY_CHANNELS + ((c) < HAILO_VDMA_FIRST_D2H ? 0 : 8))

/* Descriptor (section 5) */
#define HAILO_DESC_SIZE			16
#define HAILO_DESC_LIST_ALIGN		0x10000
#define HAILO_DESC_LIST_MIN		2
#define HAILO_DESC_LIST_MAX		65536

#define HAILO_DESC_CONTROL_STATUS_REQ	0x00000001
#define HAILO_DESC_CONTROL_STATUS_ERR	0x00000002	/* always set */
#define HAILO_DESC_CONTROL_IRQ_DONE	0x00000004
#define HAILO_DESC_CONTROL_IRQ_ERR	0x00000008
#define HAILO_DESC_CONTROL_IRQ_DEVICE	0x00000010
#define HAILO_DESC_CONTROL_IRQ_HOST	0x00000020
#define HAILO_DESC_CONTROL_FLAGS_MASK	0x000000ff
#define HAILO_DESC_CONTROL_SIZE_MASK	0xffffff00	/* bytes of this descriptor */
#define HAILO_DESC_CONTROL_SIZE_SHIFT	8
#define HAILO_DESC_ADDR_DATA_ID_MASK	0x0000003f	/* address bits 5:0 do not exist */
#define HAILO_DESC_ADDR_ALIGN		64
#define HAILO_DESC_STATUS_DONE		0x00000001
#define HAILO_DESC_STATUS_ERROR		0x00000002

struct hailo_desc {
	__le32 control;
	__le32 addr_lo;
	__le32 addr_hi;
	__le32 status;
};

static_assert(sizeof(struct hailo_desc) == HAILO_DESC_SIZE, "descriptor");

/* Interrupt domains of a transfer, a bit set (chapter 3, 6.4) */
#define HAILO_DOMAIN_NONE		0
#define HAILO_DOMAIN_DEVICE		1
#define HAILO_DOMAIN_HOST		2

/* Limits of chapter 3, 6 */
#define HAILO_MAX_ONGOING		128	/* slots, one less is usable */
#define HAILO_TIMESTAMP_SLOTS		256	/* likewise */

#endif /* HAILO_ABI_VDMA_H */
