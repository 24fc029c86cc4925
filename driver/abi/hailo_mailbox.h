/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What host and firmware exchange through BAR4: control requests and
 * responses (spec 8 and chapter 4), notifications (spec 9), logs (spec 10).
 */
#ifndef HAILO_ABI_MAILBOX_H
#define HAILO_ABI_MAILBOX_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif
#include <linux/types.h>

/* Control area: this head at HAILO_FWA_REQUEST or _RESPONSE, then the payload. */
#define HAILO_MD5_SIZE			16
#define HAILO_CONTROL_MAX_PAYLOAD	1500

struct hailo_control_head {
	__u8 md5[HAILO_MD5_SIZE];	/* over the payload bytes only */
	__le32 length;			/* payload bytes */
} __attribute__((packed));

static_assert(sizeof(struct hailo_control_head) == 20, "control head");

/* Payload framing, big endian (chapter 4, section 2) */
#define HAILO_CONTROL_PROTOCOL_VERSION	2
#define HAILO_CONTROL_FLAG_ACK		0x1

struct hailo_control_request_header {
	__be32 version;
	__be32 flags;
	__be32 sequence;
	__be32 opcode;
	__be32 parameter_count;
} __attribute__((packed));

struct hailo_control_response_header {
	__be32 version;
	__be32 flags;
	__be32 sequence;
	__be32 opcode;
	__be32 major_status;
	__be32 minor_status;
	__be32 parameter_count;
} __attribute__((packed));

static_assert(sizeof(struct hailo_control_request_header) == 20, "request header");
static_assert(sizeof(struct hailo_control_response_header) == 28, "response header");

/* Opcodes (chapter 4, section 4); all others are in the emulator's table. */
#define HAILO_OPCODE_IDENTIFY				0
#define HAILO_OPCODE_RESET				7
#define HAILO_OPCODE_POWER_MEASUREMENT			9
#define HAILO_OPCODE_SET_POWER_MEASUREMENT		10
#define HAILO_OPCODE_GET_POWER_MEASUREMENT		11
#define HAILO_OPCODE_START_POWER_MEASUREMENT		12
#define HAILO_OPCODE_STOP_POWER_MEASUREMENT		13
#define HAILO_OPCODE_SET_NETWORK_GROUP_HEADER		32
#define HAILO_OPCODE_SET_CONTEXT_INFO			33
#define HAILO_OPCODE_CHANGE_CONTEXT_SWITCH_STATUS	37
#define HAILO_OPCODE_CORE_IDENTIFY			42
#define HAILO_OPCODE_GET_CHIP_TEMPERATURE		46
#define HAILO_OPCODE_GET_DEVICE_INFORMATION		51
#define HAILO_OPCODE_SET_FW_LOGGER			55
#define HAILO_OPCODE_GET_HEALTH_INFORMATION		62
#define HAILO_OPCODE_SET_THROTTLING_STATE		63
#define HAILO_OPCODE_GET_THROTTLING_STATE		64
#define HAILO_OPCODE_SET_OVERCURRENT_STATE		66
#define HAILO_OPCODE_GET_OVERCURRENT_STATE		67
#define HAILO_OPCODE_CLEAR_CONFIGURED_APPS		71
#define HAILO_OPCODE_GET_HW_CONSTS			72
#define HAILO_OPCODE_SET_SLEEP_STATE			73
#define HAILO_OPCODE_COUNT				80

/* Firmware status words (chapter 4, section 3) */
#define HAILO_STATUS_INVALID_VERSION			0x40030003u
#define HAILO_STATUS_OVERRUN_BEFORE_PARAMETERS		0x40030004u
#define HAILO_STATUS_OVERRUN_AT_PARAMETER		0x40030005u
#define HAILO_STATUS_INVALID_OPCODE			0x40030007u
#define HAILO_STATUS_UNSUPPORTED_OPCODE			0x4003000fu
#define HAILO_STATUS_INCORRECT_PARAMETER_COUNT		0x40030012u
#define HAILO_STATUS_UNSUPPORTED_DEVICE			0x400300b4u
#define HAILO_STATUS_CONTROL_UNSUPPORTED		0x400300bcu
#define HAILO_STATUS_MISMATCHING_MD5			0x400b0004u

/* RESET types (chapter 4, 5.4) */
#define HAILO_RESET_CHIP		0
#define HAILO_RESET_NN_CORE		1
#define HAILO_RESET_SOFT		2	/* never answered */
#define HAILO_RESET_FORCED_SOFT		3	/* never answered */

/* device_architecture of IDENTIFY (chapter 4, 5.1) */
#define HAILO_ARCH_HAILO8_A0		0
#define HAILO_ARCH_HAILO8		1
#define HAILO_ARCH_HAILO8L		2

/*
 * IDENTIFY response.  Parameters are positional and of fixed size, each behind
 * its big-endian length word; strings are NUL padded, not always terminated.
 */
#define HAILO_BOARD_NAME_SIZE		32
#define HAILO_SERIAL_NUMBER_SIZE	16
#define HAILO_PART_NUMBER_SIZE		16
#define HAILO_PRODUCT_NAME_SIZE		42

struct hailo_fw_version_wire {
	__le32 major;
	__le32 minor;
	__le32 revision;	/* with flags, see hailo_fw_image.h */
} __attribute__((packed));

struct hailo_identify_response {
	struct hailo_control_response_header header;
	__be32 protocol_version_length;
	__be32 protocol_version;
	__be32 fw_version_length;
	struct hailo_fw_version_wire fw_version;
	__be32 logger_version_length;
	__be32 logger_version;
	__be32 board_name_length;
	__u8 board_name[HAILO_BOARD_NAME_SIZE];
	__be32 device_architecture_length;
	__be32 device_architecture;
	__be32 serial_number_length;
	__u8 serial_number[HAILO_SERIAL_NUMBER_SIZE];
	__be32 part_number_length;
	__u8 part_number[HAILO_PART_NUMBER_SIZE];
	__be32 product_name_length;
	__u8 product_name[HAILO_PRODUCT_NAME_SIZE];
} __attribute__((packed));

static_assert(sizeof(struct hailo_identify_response) == 190, "identify response");

/* GET_CHIP_TEMPERATURE response (chapter 4, 5.5) */
struct hailo_temperature_response {
	struct hailo_control_response_header header;
	__be32 length;
	__le32 ts0;		/* IEEE-754 single, degrees Celsius */
	__le32 ts1;
	__be16 sample_count;
} __attribute__((packed));

static_assert(sizeof(struct hailo_temperature_response) == 42, "temperature response");

/* Notification buffer at HAILO_FWA_NOTIFICATION (spec 9.1) */
#define HAILO_NOTIFICATION_FW_MAX	880	/* what fits behind the head */
#define HAILO_NOTIFICATION_LIBRARY_MAX	48	/* what the user library accepts */
#define HAILO_NOTIFICATION_IN_USE_MASK	0x0000ffff
#define HAILO_NOTIFICATION_LENGTH_MASK	0xffff0000

struct hailo_notification_head {
	__le16 in_use;
	__le16 length;
} __attribute__((packed));

static_assert(sizeof(struct hailo_notification_head) == 4, "notification head");

/* Notification message (spec 9.3), all little-endian */
struct hailo_notification_message {
	__le32 version;
	__le32 sequence;
	__le32 priority;	/* 0 info, 1 critical */
	__le32 module_id;
	__le32 event_id;	/* 0..13 */
	__le32 parameter_count;
	__le32 payload_length;
} __attribute__((packed));

static_assert(sizeof(struct hailo_notification_message) == 28, "notification message");

/* Log rings at HAILO_FWA_LOG_APP and _CORE (spec 10) */
#define HAILO_LOG_WINDOW_SIZE		0x1000
#define HAILO_LOG_HOST_OFFSET		0x0
#define HAILO_LOG_CHIP_OFFSET		0x4
#define HAILO_LOG_DATA			0x8
#define HAILO_LOG_RING_SIZE		4088	/* offsets count from HAILO_LOG_DATA */

#endif /* HAILO_ABI_MAILBOX_H */
