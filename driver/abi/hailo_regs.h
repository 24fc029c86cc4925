/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Hailo-8 PCIe function: identity, BARs and registers.
 *
 * Valid C and C++; shared by the driver, the tools and the device emulator so
 * that an offset has one home.  "spec" is the device specification, chapter 1.
 */
#ifndef HAILO_ABI_REGS_H
#define HAILO_ABI_REGS_H

/* Identity (spec 2.1, 2.2) */
#define HAILO_PCI_VENDOR_ID		0x1e60
#define HAILO_PCI_DEVICE_ID_HAILO8	0x2864
#define HAILO_PCI_CLASS_CODE		0x0b4000	/* co-processor */
#define HAILO_PCI_REVISION		0x01

/* BARs (spec 2.3) */
#define HAILO_BAR_CONFIG		0
#define HAILO_BAR_VDMA			2
#define HAILO_BAR_FW_ACCESS		4
#define HAILO_BAR_CONFIG_SIZE		0x4000
#define HAILO_BAR_VDMA_SIZE		0x1000
#define HAILO_BAR_FW_ACCESS_SIZE	0x4000
/* Smallest sizes that cover every register named below. */
#define HAILO_BAR_CONFIG_MIN		0x780
#define HAILO_BAR_VDMA_MIN		0x400
#define HAILO_BAR_FW_ACCESS_MIN		0x4000

/* BAR0: identification mirror (spec 4.1) */
#define HAILO_REG_ID			0x098
#define HAILO_REG_ID_VENDOR_MASK	0x0000ffff
#define HAILO_REG_ID_VALUE		0x28641e60

/* BAR0: host interrupt block (spec 4.1, 4.2) */
#define HAILO_REG_IMASK			0x188	/* R/W, 1 = may raise MSI */
#define HAILO_REG_ISTATUS		0x18c	/* R/W1C */
#define HAILO_REG_ISTATUS_SRC		0x400	/* R/W1C, bit c = channel c, 0..15 */
#define HAILO_REG_ISTATUS_DST		0x500	/* R/W1C, bit c = channel c, 16..31 */

#define HAILO_INT_VDMA_H2D_MASK		0x0000000f	/* 4 channels each; the host's sides */
#define HAILO_INT_VDMA_D2H_MASK		0x0000f000
#define HAILO_INT_VDMA_MASK		0x0000ffff
#define HAILO_INT_SW_MASK		0xff000000
#define HAILO_INT_SOFT_RESET_DONE	0x01000000	/* boot phase */
#define HAILO_INT_BOOT_DONE		0x02000000	/* boot phase */
#define HAILO_INT_NOTIFICATION		0x02000000	/* run phase */
#define HAILO_INT_CONTROL		0x04000000	/* run phase */
#define HAILO_INT_DRIVER_DOWN		0x08000000	/* run phase */

/* BAR0: address translation entries (spec 4.5) */
#define HAILO_ATR_COUNT			4
#define HAILO_REG_ATR(n)		(0x700 + 0x20 * (n))
#define HAILO_ATR_PARAM			0x00
#define HAILO_ATR_SRC			0x04	/* source address 63:32 */
#define HAILO_ATR_TRSL_LO		0x08
#define HAILO_ATR_TRSL_HI		0x0c
#define HAILO_ATR_TRSL_PARAM		0x10
#define HAILO_ATR_PARAM_VALUE(n)	(0x17 | ((n) << 12))
#define HAILO_ATR_PARAM_ENABLE		0x00000001
#define HAILO_ATR_PARAM_SIZE_MASK	0x0000007e	/* window = 2^(code + 1) bytes */
#define HAILO_ATR_TRSL_PARAM_VALUE	6
#define HAILO_ATR_WINDOW_SIZE		0x1000
#define HAILO_ATR_WINDOW_MASK		0x00000fff

/* BAR4 with firmware running (spec 4.7) */
#define HAILO_FWA_REQUEST		0x0000
#define HAILO_FWA_RESPONSE		0x0640
#define HAILO_FWA_NOTIFICATION		0x0c80
#define HAILO_FWA_DOORBELL		0x1684	/* W1S, never read */
#define HAILO_FWA_LOG_APP		0x2000
#define HAILO_FWA_LOG_CORE		0x3000

/* Doorbell bits (spec 4.8) */
#define HAILO_DOORBELL_APP_CONTROL	0x1
#define HAILO_DOORBELL_CORE_CONTROL	0x2
#define HAILO_DOORBELL_DRIVER_DOWN	0x4
#define HAILO_DOORBELL_SOFT_RESET	0x8

/* Device address map, Hailo-8 (spec 4.9) */
#define HAILO8_ADDR_APP_CODE		0x00060000u
#define HAILO8_ADDR_APP_CODE_SIZE	0x00040000u
#define HAILO8_ADDR_CORE_HEADER		0x000a0000u
#define HAILO8_ADDR_CORE_CODE		0x000c0000u
#define HAILO8_ADDR_CORE_CODE_SIZE	0x00020000u
#define HAILO8_ADDR_BOOT_STATUS		0x000e0000u
#define HAILO8_ADDR_APP_HEADER		0x000e0030u
#define HAILO8_ADDR_KEY_CERT		0x000e0048u
#define HAILO8_ADDR_KEY_CERT_SIZE	0x00000348u	/* gap before the next area */
#define HAILO8_ADDR_CONTENT_CERT	0x000e0390u
#define HAILO8_ADDR_CONTENT_CERT_SIZE	0x000005f0u	/* gap before the trigger */
#define HAILO8_ADDR_BOOT_TRIGGER	0x000e0980u
#define HAILO8_ADDR_CONTROL		0x60000000u
#define HAILO8_ADDR_BOARD_CFG		0x60001000u
#define HAILO8_ADDR_FW_CFG		0x60001500u
#define HAILO8_ADDR_CFG_SIZE		0x00000500u

#define HAILO_BOOT_TRIGGER_VALUE	1u
#define HAILO_BOOT_STATUS_UNINITIALIZED	1u	/* the boot loader is ready */

/* Timeouts, milliseconds (spec 5.8, 6.1) */
#define HAILO_BOOT_TIMEOUT_MS		5000
#define HAILO_SOFT_RESET_TIMEOUT_MS	5000
#define HAILO_DRIVER_DOWN_TIMEOUT_MS	500

/* Descriptor page sizes (spec 2.7) */
#define HAILO_DESC_PAGE_SIZE_MIN	64
#define HAILO_DESC_PAGE_SIZE_MAX	4096	/* what the user library accepts */
#define HAILO_DESC_PAGE_SIZE_FORCE_MAX	32768	/* what the parameter accepts */

#endif /* HAILO_ABI_REGS_H */
