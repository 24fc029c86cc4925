/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * Character device ABI of hailo_pci, as the HailoRT 4.20 to 4.23 libraries
 * speak it (specification, chapter 3).  The layouts are theirs: packed, little
 * endian, 64-bit user space.  Where a release changed a structure, the size
 * and so the command value changed with it: suffix _V420 is the layout of
 * 4.20, no suffix the one of 4.21 and later.
 *
 * The direction bits of one-way commands are the opposite of Linux practice.
 * They are ABI; the values are pinned by tests/abi.
 */
#ifndef _UAPI_HAILO_IOCTL_H
#define _UAPI_HAILO_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HAILO_IOC_MAGIC_GENERAL	'g'
#define HAILO_IOC_MAGIC_VDMA	'v'
#define HAILO_IOC_MAGIC_NNC	'n'
#define HAILO_IOC_MAGIC_SOC	's'

#define HAILO_MAX_VDMA_ENGINES			3
#define HAILO_MAX_VDMA_CHANNELS_PER_ENGINE	32
#define HAILO_VDMA_MAX_IRQ_ENTRIES		96
#define HAILO_VDMA_MAX_TIMESTAMPS		256
#define HAILO_VDMA_MAX_BUFFERS_V420		2
#define HAILO_VDMA_MAX_BUFFERS			8
#define HAILO_MEMORY_TRANSFER_MAX		4096
#define HAILO_FW_CONTROL_MAX			1500
#define HAILO_NOTIFICATION_MAX			1500
#define HAILO_READ_LOG_MAX			512

enum hailo_transfer_direction {
	HAILO_TRANSFER_READ = 0,
	HAILO_TRANSFER_WRITE = 1,
};

enum hailo_transfer_memory_type {
	HAILO_MEMORY_DEVICE = 0,
	HAILO_MEMORY_VDMA0 = 0x100,
	HAILO_MEMORY_BAR0 = 0x200,
	HAILO_MEMORY_BAR2 = 0x202,
	HAILO_MEMORY_BAR4 = 0x204,
};

enum hailo_allocation_mode {
	HAILO_ALLOCATION_USERSPACE = 0,
	HAILO_ALLOCATION_DRIVER = 1,
};

enum hailo_board_type {
	HAILO_BOARD_HAILO8 = 0,
};

enum hailo_accelerator_type {
	HAILO_ACCELERATOR_NNC = 0,
	HAILO_ACCELERATOR_SOC = 1,
};

enum hailo_dma_type {
	HAILO_DMA_PCIE = 0,
};

enum hailo_dma_data_direction {
	HAILO_DMA_DIRECTION_BIDIRECTIONAL = 0,
	HAILO_DMA_DIRECTION_TO_DEVICE = 1,
	HAILO_DMA_DIRECTION_FROM_DEVICE = 2,
};

enum hailo_dma_buffer_type {
	HAILO_BUFFER_USER_PTR = 0,
	HAILO_BUFFER_DMABUF = 1,
};

enum hailo_vdma_buffer_sync_type {
	HAILO_SYNC_FOR_CPU = 0,
	HAILO_SYNC_FOR_DEVICE = 1,
};

enum hailo_cpu_id {
	HAILO_CPU_APP = 0,
	HAILO_CPU_CORE = 1,
};

/* general group */

struct hailo_memory_transfer_params {
	__u32 transfer_direction;	/* in, enum hailo_transfer_direction */
	__u32 memory_type;		/* in, enum hailo_transfer_memory_type */
	__u64 address;			/* in, device address or offset in the BAR */
	__u64 count;			/* in, bytes, at most HAILO_MEMORY_TRANSFER_MAX */
	__u8 buffer[HAILO_MEMORY_TRANSFER_MAX];	/* in for writes, out for reads */
} __attribute__((packed));

struct hailo_device_properties {
	__u16 desc_max_page_size;	/* out, bytes */
	__u32 board_type;		/* out, enum hailo_board_type */
	__u32 allocation_mode;		/* out, enum hailo_allocation_mode */
	__u32 dma_type;			/* out, enum hailo_dma_type */
	__u64 dma_engines_count;	/* out */
	__u8 is_fw_loaded;		/* out, read from the device at call time */
} __attribute__((packed));

struct hailo_driver_info {
	__u32 major_version;		/* out */
	__u32 minor_version;		/* out */
	__u32 revision_version;		/* out */
} __attribute__((packed));

/* vDMA group */

struct hailo_vdma_enable_channels_params {
	__u32 channels_bitmap_per_engine[HAILO_MAX_VDMA_ENGINES];	/* in */
	__u8 enable_timestamps_measure;					/* in */
} __attribute__((packed));

struct hailo_vdma_disable_channels_params {
	__u32 channels_bitmap_per_engine[HAILO_MAX_VDMA_ENGINES];	/* in */
} __attribute__((packed));

struct hailo_vdma_irq_data_v420 {
	__u8 engine_index;
	__u8 channel_index;
	__u8 is_active;
	__u8 transfers_completed;
	__u8 host_error;
	__u8 device_error;
	__u8 validation_success;
} __attribute__((packed));

struct hailo_vdma_interrupts_wait_params_v420 {
	__u32 channels_bitmap_per_engine[HAILO_MAX_VDMA_ENGINES];	/* in */
	__u8 channels_count;						/* out */
	struct hailo_vdma_irq_data_v420 irq_data[HAILO_VDMA_MAX_IRQ_ENTRIES];	/* out */
} __attribute__((packed));

/* hailo_vdma_irq_data.data: 0 to 127 transfers completed, or one of these. */
#define HAILO_VDMA_DATA_NOT_ACTIVE	0xff
#define HAILO_VDMA_DATA_ERROR		0xfe

struct hailo_vdma_irq_data {
	__u8 engine_index;
	__u8 channel_index;
	__u8 data;
} __attribute__((packed));

struct hailo_vdma_interrupts_wait_params {
	__u32 channels_bitmap_per_engine[HAILO_MAX_VDMA_ENGINES];	/* in */
	__u8 channels_count;						/* out */
	struct hailo_vdma_irq_data irq_data[HAILO_VDMA_MAX_IRQ_ENTRIES];	/* out */
} __attribute__((packed));

struct hailo_vdma_timestamp {
	__u64 timestamp_ns;
	__u16 desc_num_processed;
} __attribute__((packed));

struct hailo_vdma_interrupts_read_timestamp_params {
	__u8 engine_index;		/* in */
	__u8 channel_index;		/* in */
	__u32 timestamps_count;		/* out */
	struct hailo_vdma_timestamp timestamps[HAILO_VDMA_MAX_TIMESTAMPS];	/* out */
} __attribute__((packed));

struct hailo_vdma_buffer_map_params {
	__u64 user_address;		/* in, or dma-buf fd */
	__u64 size;			/* in, bytes */
	__u32 data_direction;		/* in */
	__u32 buffer_type;		/* in */
	__u64 allocated_buffer_handle;	/* in, all ones = none */
	__u64 mapped_handle;		/* out */
} __attribute__((packed));

struct hailo_vdma_buffer_unmap_params {
	__u64 mapped_handle;		/* in */
} __attribute__((packed));

struct hailo_vdma_buffer_sync_params {
	__u64 handle;			/* in */
	__u32 sync_type;		/* in, 0 for CPU, 1 for device */
	__u64 offset;			/* in, bytes */
	__u64 count;			/* in, bytes */
} __attribute__((packed));

struct hailo_desc_list_create_params {
	__u64 desc_count;		/* in */
	__u16 desc_page_size;		/* in, bytes */
	__u8 is_circular;		/* in */
	__u64 desc_handle;		/* out */
	__u64 dma_address;		/* out, bus address of descriptor 0 */
} __attribute__((packed));

struct hailo_desc_list_release_params {
	__u64 desc_handle;		/* in */
} __attribute__((packed));

struct hailo_desc_list_program_params_v420 {
	__u64 buffer_handle;
	__u64 buffer_size;
	__u64 buffer_offset;
	__u64 desc_handle;
	__u8 channel_index;
	__u32 starting_desc;
	__u8 should_bind;
	__u32 last_interrupts_domain;
	__u8 is_debug;
} __attribute__((packed));

struct hailo_desc_list_program_params {
	__u64 buffer_handle;
	__u64 buffer_size;
	__u64 buffer_offset;
	__u32 batch_size;
	__u64 desc_handle;
	__u8 channel_index;
	__u32 starting_desc;
	__u8 should_bind;
	__u32 last_interrupts_domain;
	__u8 is_debug;
	__u32 stride;
} __attribute__((packed));

struct hailo_allocate_low_memory_buffer_params {
	__u64 buffer_size;		/* in, bytes */
	__u64 buffer_handle;		/* out */
} __attribute__((packed));

struct hailo_free_low_memory_buffer_params {
	__u64 buffer_handle;		/* in */
} __attribute__((packed));

struct hailo_mark_as_in_use_params {
	__u8 in_use;			/* out, 1 = another open file owns the board */
} __attribute__((packed));

struct hailo_allocate_continuous_buffer_params {
	__u64 buffer_size;		/* in, bytes */
	__u64 buffer_handle;		/* out */
	__u64 dma_address;		/* out */
} __attribute__((packed));

struct hailo_free_continuous_buffer_params {
	__u64 buffer_handle;		/* in */
} __attribute__((packed));

struct hailo_vdma_transfer_buffer_v420 {
	__u64 mapped_buffer_handle;
	__u32 offset;
	__u32 size;
} __attribute__((packed));

struct hailo_vdma_launch_transfer_params_v420 {
	__u8 engine_index;
	__u8 channel_index;
	__u64 desc_handle;
	__u32 starting_desc;
	__u8 should_bind;
	__u8 buffers_count;
	struct hailo_vdma_transfer_buffer_v420 buffers[HAILO_VDMA_MAX_BUFFERS_V420];
	__u32 first_interrupts_domain;
	__u32 last_interrupts_domain;
	__u8 is_debug;
	__u32 descs_programed;		/* out; spelling as in the ABI */
	__s32 launch_transfer_status;	/* out */
} __attribute__((packed));

struct hailo_vdma_transfer_buffer {
	__u32 buffer_type;		/* 0 user pointer, 1 dma-buf */
	__u64 addr_or_fd;
	__u32 size;
} __attribute__((packed));

struct hailo_vdma_launch_transfer_params {
	__u8 engine_index;
	__u8 channel_index;
	__u64 desc_handle;
	__u32 starting_desc;
	__u8 should_bind;
	__u8 buffers_count;
	struct hailo_vdma_transfer_buffer buffers[HAILO_VDMA_MAX_BUFFERS];
	__u32 first_interrupts_domain;
	__u32 last_interrupts_domain;
	__u8 is_debug;
} __attribute__((packed));

/* NNC group */

struct hailo_fw_control {
	__u8 expected_md5[16];		/* in/out, over the payload */
	__u32 buffer_len;		/* in/out, bytes */
	__u8 buffer[HAILO_FW_CONTROL_MAX];	/* in/out */
	__u32 timeout_ms;		/* in */
	__u32 cpu_id;			/* in, enum hailo_cpu_id */
} __attribute__((packed));

struct hailo_d2h_notification {
	__u64 buffer_len;		/* out, bytes */
	__u8 buffer[HAILO_NOTIFICATION_MAX];	/* out */
} __attribute__((packed));

struct hailo_read_log_params {
	__u32 cpu_id;			/* in, enum hailo_cpu_id */
	__u8 buffer[HAILO_READ_LOG_MAX];	/* out */
	__u64 buffer_size;		/* in, bytes */
	__u64 read_bytes;		/* out */
} __attribute__((packed));

/* SOC group: numbers are reserved, a Hailo-8 answers EINVAL */

struct hailo_soc_connect_params {
	__u16 port_number;
	__u8 input_channel_index;
	__u8 output_channel_index;
	__u64 input_desc_handle;
	__u64 output_desc_handle;
} __attribute__((packed));

struct hailo_soc_close_params {
	__u8 input_channel_index;
	__u8 output_channel_index;
} __attribute__((packed));

#define HAILO_MEMORY_TRANSFER \
	_IOWR(HAILO_IOC_MAGIC_GENERAL, 0, struct hailo_memory_transfer_params)
#define HAILO_QUERY_DEVICE_PROPERTIES \
	_IOW(HAILO_IOC_MAGIC_GENERAL, 1, struct hailo_device_properties)
#define HAILO_QUERY_DRIVER_INFO \
	_IOW(HAILO_IOC_MAGIC_GENERAL, 2, struct hailo_driver_info)

#define HAILO_VDMA_ENABLE_CHANNELS \
	_IOR(HAILO_IOC_MAGIC_VDMA, 0, struct hailo_vdma_enable_channels_params)
#define HAILO_VDMA_DISABLE_CHANNELS \
	_IOR(HAILO_IOC_MAGIC_VDMA, 1, struct hailo_vdma_disable_channels_params)
#define HAILO_VDMA_INTERRUPTS_WAIT_V420 \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 2, struct hailo_vdma_interrupts_wait_params_v420)
#define HAILO_VDMA_INTERRUPTS_WAIT \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 2, struct hailo_vdma_interrupts_wait_params)
#define HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 3, struct hailo_vdma_interrupts_read_timestamp_params)
#define HAILO_VDMA_BUFFER_MAP \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 4, struct hailo_vdma_buffer_map_params)
#define HAILO_VDMA_BUFFER_UNMAP \
	_IOR(HAILO_IOC_MAGIC_VDMA, 5, struct hailo_vdma_buffer_unmap_params)
#define HAILO_VDMA_BUFFER_SYNC \
	_IOR(HAILO_IOC_MAGIC_VDMA, 6, struct hailo_vdma_buffer_sync_params)
#define HAILO_DESC_LIST_CREATE \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 7, struct hailo_desc_list_create_params)
#define HAILO_DESC_LIST_RELEASE \
	_IOR(HAILO_IOC_MAGIC_VDMA, 8, struct hailo_desc_list_release_params)
#define HAILO_DESC_LIST_PROGRAM_V420 \
	_IOR(HAILO_IOC_MAGIC_VDMA, 9, struct hailo_desc_list_program_params_v420)
#define HAILO_DESC_LIST_PROGRAM \
	_IOR(HAILO_IOC_MAGIC_VDMA, 9, struct hailo_desc_list_program_params)
#define HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 10, struct hailo_allocate_low_memory_buffer_params)
#define HAILO_VDMA_LOW_MEMORY_BUFFER_FREE \
	_IOR(HAILO_IOC_MAGIC_VDMA, 11, struct hailo_free_low_memory_buffer_params)
#define HAILO_MARK_AS_IN_USE \
	_IOW(HAILO_IOC_MAGIC_VDMA, 12, struct hailo_mark_as_in_use_params)
#define HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 13, struct hailo_allocate_continuous_buffer_params)
#define HAILO_VDMA_CONTINUOUS_BUFFER_FREE \
	_IOR(HAILO_IOC_MAGIC_VDMA, 14, struct hailo_free_continuous_buffer_params)
#define HAILO_VDMA_LAUNCH_TRANSFER_V420 \
	_IOWR(HAILO_IOC_MAGIC_VDMA, 15, struct hailo_vdma_launch_transfer_params_v420)
#define HAILO_VDMA_LAUNCH_TRANSFER \
	_IOR(HAILO_IOC_MAGIC_VDMA, 15, struct hailo_vdma_launch_transfer_params)

#define HAILO_FW_CONTROL \
	_IOWR(HAILO_IOC_MAGIC_NNC, 0, struct hailo_fw_control)
#define HAILO_READ_NOTIFICATION \
	_IOW(HAILO_IOC_MAGIC_NNC, 1, struct hailo_d2h_notification)
#define HAILO_DISABLE_NOTIFICATION \
	_IO(HAILO_IOC_MAGIC_NNC, 2)
#define HAILO_READ_LOG \
	_IOWR(HAILO_IOC_MAGIC_NNC, 3, struct hailo_read_log_params)

#define HAILO_SOC_CONNECT \
	_IOWR(HAILO_IOC_MAGIC_SOC, 0, struct hailo_soc_connect_params)
#define HAILO_SOC_CLOSE \
	_IOR(HAILO_IOC_MAGIC_SOC, 1, struct hailo_soc_close_params)
#define HAILO_SOC_POWER_OFF \
	_IO(HAILO_IOC_MAGIC_SOC, 2)

#endif /* _UAPI_HAILO_IOCTL_H */
