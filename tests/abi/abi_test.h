/* SPDX-License-Identifier: MIT */
/*
 * The user ABI, pinned: every command number, structure size and field offset
 * of specification chapter 3, sections 4 and 5, for both generations, and the
 * byte layouts of its worked examples (section 16).  The numbers below are
 * copied from the specification by hand and never computed from the headers.
 */
#ifndef HAILO_TESTS_ABI_TEST_H
#define HAILO_TESTS_ABI_TEST_H

#include <hailo/hailo_ioctl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct number_row {
  const char *what;
  uint64_t actual;
  uint64_t expected;
};

#define COMMAND(name, value) {#name, name, value}
#define CONSTANT(name, value) {#name, name, value}
#define SIZE(type, size) {"sizeof(struct " #type ")", sizeof(struct type), size}
#define FIELD(type, field, off, size)                                          \
  {"offsetof(" #type ", " #field ")", offsetof(struct type, field), off}, {    \
    "sizeof(" #type "." #field ")", sizeof(((struct type *)NULL)->field), size \
  }

static const struct number_row number_rows[] = {
    /* Section 4: command values. */
    COMMAND(HAILO_MEMORY_TRANSFER, 0xD0186700u),
    COMMAND(HAILO_QUERY_DEVICE_PROPERTIES, 0x40176701u),
    COMMAND(HAILO_QUERY_DRIVER_INFO, 0x400C6702u),
    COMMAND(HAILO_VDMA_ENABLE_CHANNELS, 0x800D7600u),
    COMMAND(HAILO_VDMA_DISABLE_CHANNELS, 0x800C7601u),
    COMMAND(HAILO_VDMA_INTERRUPTS_WAIT_V420, 0xC2AD7602u),
    COMMAND(HAILO_VDMA_INTERRUPTS_WAIT, 0xC12D7602u),
    COMMAND(HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS, 0xCA067603u),
    COMMAND(HAILO_VDMA_BUFFER_MAP, 0xC0287604u),
    COMMAND(HAILO_VDMA_BUFFER_UNMAP, 0x80087605u),
    COMMAND(HAILO_VDMA_BUFFER_SYNC, 0x801C7606u),
    COMMAND(HAILO_DESC_LIST_CREATE, 0xC01B7607u),
    COMMAND(HAILO_DESC_LIST_RELEASE, 0x80087608u),
    COMMAND(HAILO_DESC_LIST_PROGRAM_V420, 0x802B7609u),
    COMMAND(HAILO_DESC_LIST_PROGRAM, 0x80337609u),
    COMMAND(HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC, 0xC010760Au),
    COMMAND(HAILO_VDMA_LOW_MEMORY_BUFFER_FREE, 0x8008760Bu),
    COMMAND(HAILO_MARK_AS_IN_USE, 0x4001760Cu),
    COMMAND(HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC, 0xC018760Du),
    COMMAND(HAILO_VDMA_CONTINUOUS_BUFFER_FREE, 0x8008760Eu),
    COMMAND(HAILO_VDMA_LAUNCH_TRANSFER_V420, 0xC041760Fu),
    COMMAND(HAILO_VDMA_LAUNCH_TRANSFER, 0x8099760Fu),
    COMMAND(HAILO_FW_CONTROL, 0xC5F86E00u),
    COMMAND(HAILO_READ_NOTIFICATION, 0x45E46E01u),
    COMMAND(HAILO_DISABLE_NOTIFICATION, 0x00006E02u),
    COMMAND(HAILO_READ_LOG, 0xC2146E03u),
    COMMAND(HAILO_SOC_CONNECT, 0xC0147300u),
    COMMAND(HAILO_SOC_CLOSE, 0x80027301u),
    COMMAND(HAILO_SOC_POWER_OFF, 0x00007302u),

    /* Section 5.1: general group. */
    SIZE(hailo_memory_transfer_params, 4120),
    FIELD(hailo_memory_transfer_params, transfer_direction, 0, 4),
    FIELD(hailo_memory_transfer_params, memory_type, 4, 4),
    FIELD(hailo_memory_transfer_params, address, 8, 8),
    FIELD(hailo_memory_transfer_params, count, 16, 8),
    FIELD(hailo_memory_transfer_params, buffer, 24, 4096),
    SIZE(hailo_device_properties, 23),
    FIELD(hailo_device_properties, desc_max_page_size, 0, 2),
    FIELD(hailo_device_properties, board_type, 2, 4),
    FIELD(hailo_device_properties, allocation_mode, 6, 4),
    FIELD(hailo_device_properties, dma_type, 10, 4),
    FIELD(hailo_device_properties, dma_engines_count, 14, 8),
    FIELD(hailo_device_properties, is_fw_loaded, 22, 1),
    SIZE(hailo_driver_info, 12),
    FIELD(hailo_driver_info, major_version, 0, 4),
    FIELD(hailo_driver_info, minor_version, 4, 4),
    FIELD(hailo_driver_info, revision_version, 8, 4),

    /* Section 5.2: vDMA group. */
    SIZE(hailo_vdma_enable_channels_params, 13),
    FIELD(hailo_vdma_enable_channels_params, channels_bitmap_per_engine, 0, 12),
    FIELD(hailo_vdma_enable_channels_params, enable_timestamps_measure, 12, 1),
    SIZE(hailo_vdma_disable_channels_params, 12),
    FIELD(hailo_vdma_disable_channels_params, channels_bitmap_per_engine, 0, 12),
    SIZE(hailo_vdma_interrupts_wait_params_v420, 685),
    FIELD(hailo_vdma_interrupts_wait_params_v420, channels_bitmap_per_engine, 0, 12),
    FIELD(hailo_vdma_interrupts_wait_params_v420, channels_count, 12, 1),
    FIELD(hailo_vdma_interrupts_wait_params_v420, irq_data, 13, 672),
    SIZE(hailo_vdma_irq_data_v420, 7),
    FIELD(hailo_vdma_irq_data_v420, engine_index, 0, 1),
    FIELD(hailo_vdma_irq_data_v420, channel_index, 1, 1),
    FIELD(hailo_vdma_irq_data_v420, is_active, 2, 1),
    FIELD(hailo_vdma_irq_data_v420, transfers_completed, 3, 1),
    FIELD(hailo_vdma_irq_data_v420, host_error, 4, 1),
    FIELD(hailo_vdma_irq_data_v420, device_error, 5, 1),
    FIELD(hailo_vdma_irq_data_v420, validation_success, 6, 1),
    SIZE(hailo_vdma_interrupts_wait_params, 301),
    FIELD(hailo_vdma_interrupts_wait_params, channels_bitmap_per_engine, 0, 12),
    FIELD(hailo_vdma_interrupts_wait_params, channels_count, 12, 1),
    FIELD(hailo_vdma_interrupts_wait_params, irq_data, 13, 288),
    SIZE(hailo_vdma_irq_data, 3),
    FIELD(hailo_vdma_irq_data, engine_index, 0, 1),
    FIELD(hailo_vdma_irq_data, channel_index, 1, 1),
    FIELD(hailo_vdma_irq_data, data, 2, 1),
    SIZE(hailo_vdma_interrupts_read_timestamp_params, 2566),
    FIELD(hailo_vdma_interrupts_read_timestamp_params, engine_index, 0, 1),
    FIELD(hailo_vdma_interrupts_read_timestamp_params, channel_index, 1, 1),
    FIELD(hailo_vdma_interrupts_read_timestamp_params, timestamps_count, 2, 4),
    FIELD(hailo_vdma_interrupts_read_timestamp_params, timestamps, 6, 2560),
    SIZE(hailo_vdma_timestamp, 10),
    FIELD(hailo_vdma_timestamp, timestamp_ns, 0, 8),
    FIELD(hailo_vdma_timestamp, desc_num_processed, 8, 2),
    SIZE(hailo_vdma_buffer_map_params, 40),
    FIELD(hailo_vdma_buffer_map_params, user_address, 0, 8),
    FIELD(hailo_vdma_buffer_map_params, size, 8, 8),
    FIELD(hailo_vdma_buffer_map_params, data_direction, 16, 4),
    FIELD(hailo_vdma_buffer_map_params, buffer_type, 20, 4),
    FIELD(hailo_vdma_buffer_map_params, allocated_buffer_handle, 24, 8),
    FIELD(hailo_vdma_buffer_map_params, mapped_handle, 32, 8),
    SIZE(hailo_vdma_buffer_unmap_params, 8),
    FIELD(hailo_vdma_buffer_unmap_params, mapped_handle, 0, 8),
    SIZE(hailo_vdma_buffer_sync_params, 28),
    FIELD(hailo_vdma_buffer_sync_params, handle, 0, 8),
    FIELD(hailo_vdma_buffer_sync_params, sync_type, 8, 4),
    FIELD(hailo_vdma_buffer_sync_params, offset, 12, 8),
    FIELD(hailo_vdma_buffer_sync_params, count, 20, 8),
    SIZE(hailo_desc_list_create_params, 27),
    FIELD(hailo_desc_list_create_params, desc_count, 0, 8),
    FIELD(hailo_desc_list_create_params, desc_page_size, 8, 2),
    FIELD(hailo_desc_list_create_params, is_circular, 10, 1),
    FIELD(hailo_desc_list_create_params, desc_handle, 11, 8),
    FIELD(hailo_desc_list_create_params, dma_address, 19, 8),
    SIZE(hailo_desc_list_release_params, 8),
    FIELD(hailo_desc_list_release_params, desc_handle, 0, 8),
    SIZE(hailo_desc_list_program_params_v420, 43),
    FIELD(hailo_desc_list_program_params_v420, buffer_handle, 0, 8),
    FIELD(hailo_desc_list_program_params_v420, buffer_size, 8, 8),
    FIELD(hailo_desc_list_program_params_v420, buffer_offset, 16, 8),
    FIELD(hailo_desc_list_program_params_v420, desc_handle, 24, 8),
    FIELD(hailo_desc_list_program_params_v420, channel_index, 32, 1),
    FIELD(hailo_desc_list_program_params_v420, starting_desc, 33, 4),
    FIELD(hailo_desc_list_program_params_v420, should_bind, 37, 1),
    FIELD(hailo_desc_list_program_params_v420, last_interrupts_domain, 38, 4),
    FIELD(hailo_desc_list_program_params_v420, is_debug, 42, 1),
    SIZE(hailo_desc_list_program_params, 51),
    FIELD(hailo_desc_list_program_params, buffer_handle, 0, 8),
    FIELD(hailo_desc_list_program_params, buffer_size, 8, 8),
    FIELD(hailo_desc_list_program_params, buffer_offset, 16, 8),
    FIELD(hailo_desc_list_program_params, batch_size, 24, 4),
    FIELD(hailo_desc_list_program_params, desc_handle, 28, 8),
    FIELD(hailo_desc_list_program_params, channel_index, 36, 1),
    FIELD(hailo_desc_list_program_params, starting_desc, 37, 4),
    FIELD(hailo_desc_list_program_params, should_bind, 41, 1),
    FIELD(hailo_desc_list_program_params, last_interrupts_domain, 42, 4),
    FIELD(hailo_desc_list_program_params, is_debug, 46, 1),
    FIELD(hailo_desc_list_program_params, stride, 47, 4),
    SIZE(hailo_allocate_low_memory_buffer_params, 16),
    FIELD(hailo_allocate_low_memory_buffer_params, buffer_size, 0, 8),
    FIELD(hailo_allocate_low_memory_buffer_params, buffer_handle, 8, 8),
    SIZE(hailo_free_low_memory_buffer_params, 8),
    FIELD(hailo_free_low_memory_buffer_params, buffer_handle, 0, 8),
    SIZE(hailo_mark_as_in_use_params, 1),
    FIELD(hailo_mark_as_in_use_params, in_use, 0, 1),
    SIZE(hailo_allocate_continuous_buffer_params, 24),
    FIELD(hailo_allocate_continuous_buffer_params, buffer_size, 0, 8),
    FIELD(hailo_allocate_continuous_buffer_params, buffer_handle, 8, 8),
    FIELD(hailo_allocate_continuous_buffer_params, dma_address, 16, 8),
    SIZE(hailo_free_continuous_buffer_params, 8),
    FIELD(hailo_free_continuous_buffer_params, buffer_handle, 0, 8),
    SIZE(hailo_vdma_launch_transfer_params_v420, 65),
    FIELD(hailo_vdma_launch_transfer_params_v420, engine_index, 0, 1),
    FIELD(hailo_vdma_launch_transfer_params_v420, channel_index, 1, 1),
    FIELD(hailo_vdma_launch_transfer_params_v420, desc_handle, 2, 8),
    FIELD(hailo_vdma_launch_transfer_params_v420, starting_desc, 10, 4),
    FIELD(hailo_vdma_launch_transfer_params_v420, should_bind, 14, 1),
    FIELD(hailo_vdma_launch_transfer_params_v420, buffers_count, 15, 1),
    FIELD(hailo_vdma_launch_transfer_params_v420, buffers, 16, 32),
    FIELD(hailo_vdma_launch_transfer_params_v420, first_interrupts_domain, 48, 4),
    FIELD(hailo_vdma_launch_transfer_params_v420, last_interrupts_domain, 52, 4),
    FIELD(hailo_vdma_launch_transfer_params_v420, is_debug, 56, 1),
    FIELD(hailo_vdma_launch_transfer_params_v420, descs_programed, 57, 4),
    FIELD(hailo_vdma_launch_transfer_params_v420, launch_transfer_status, 61, 4),
    SIZE(hailo_vdma_transfer_buffer_v420, 16),
    FIELD(hailo_vdma_transfer_buffer_v420, mapped_buffer_handle, 0, 8),
    FIELD(hailo_vdma_transfer_buffer_v420, offset, 8, 4),
    FIELD(hailo_vdma_transfer_buffer_v420, size, 12, 4),
    SIZE(hailo_vdma_launch_transfer_params, 153),
    FIELD(hailo_vdma_launch_transfer_params, engine_index, 0, 1),
    FIELD(hailo_vdma_launch_transfer_params, channel_index, 1, 1),
    FIELD(hailo_vdma_launch_transfer_params, desc_handle, 2, 8),
    FIELD(hailo_vdma_launch_transfer_params, starting_desc, 10, 4),
    FIELD(hailo_vdma_launch_transfer_params, should_bind, 14, 1),
    FIELD(hailo_vdma_launch_transfer_params, buffers_count, 15, 1),
    FIELD(hailo_vdma_launch_transfer_params, buffers, 16, 128),
    FIELD(hailo_vdma_launch_transfer_params, first_interrupts_domain, 144, 4),
    FIELD(hailo_vdma_launch_transfer_params, last_interrupts_domain, 148, 4),
    FIELD(hailo_vdma_launch_transfer_params, is_debug, 152, 1),
    SIZE(hailo_vdma_transfer_buffer, 16),
    FIELD(hailo_vdma_transfer_buffer, buffer_type, 0, 4),
    FIELD(hailo_vdma_transfer_buffer, addr_or_fd, 4, 8),
    FIELD(hailo_vdma_transfer_buffer, size, 12, 4),

    /* Section 5.3: NNC group. */
    SIZE(hailo_fw_control, 1528),
    FIELD(hailo_fw_control, expected_md5, 0, 16),
    FIELD(hailo_fw_control, buffer_len, 16, 4),
    FIELD(hailo_fw_control, buffer, 20, 1500),
    FIELD(hailo_fw_control, timeout_ms, 1520, 4),
    FIELD(hailo_fw_control, cpu_id, 1524, 4),
    SIZE(hailo_d2h_notification, 1508),
    FIELD(hailo_d2h_notification, buffer_len, 0, 8),
    FIELD(hailo_d2h_notification, buffer, 8, 1500),
    SIZE(hailo_read_log_params, 532),
    FIELD(hailo_read_log_params, cpu_id, 0, 4),
    FIELD(hailo_read_log_params, buffer, 4, 512),
    FIELD(hailo_read_log_params, buffer_size, 516, 8),
    FIELD(hailo_read_log_params, read_bytes, 524, 8),

    /* Section 5.4: SOC group. */
    SIZE(hailo_soc_connect_params, 20),
    FIELD(hailo_soc_connect_params, port_number, 0, 2),
    FIELD(hailo_soc_connect_params, input_channel_index, 2, 1),
    FIELD(hailo_soc_connect_params, output_channel_index, 3, 1),
    FIELD(hailo_soc_connect_params, input_desc_handle, 4, 8),
    FIELD(hailo_soc_connect_params, output_desc_handle, 12, 8),
    SIZE(hailo_soc_close_params, 2),
    FIELD(hailo_soc_close_params, input_channel_index, 0, 1),
    FIELD(hailo_soc_close_params, output_channel_index, 1, 1),

    /* Section 6: values that travel inside the structures. */
    CONSTANT(HAILO_MAX_VDMA_ENGINES, 3),
    CONSTANT(HAILO_MAX_VDMA_CHANNELS_PER_ENGINE, 32),
    CONSTANT(HAILO_VDMA_MAX_BUFFERS_V420, 2),
    CONSTANT(HAILO_VDMA_MAX_BUFFERS, 8),
    CONSTANT(HAILO_TRANSFER_READ, 0),
    CONSTANT(HAILO_TRANSFER_WRITE, 1),
    CONSTANT(HAILO_MEMORY_DEVICE, 0),
    CONSTANT(HAILO_MEMORY_VDMA0, 0x100),
    CONSTANT(HAILO_MEMORY_BAR0, 0x200),
    CONSTANT(HAILO_MEMORY_BAR2, 0x202),
    CONSTANT(HAILO_MEMORY_BAR4, 0x204),
    CONSTANT(HAILO_ALLOCATION_USERSPACE, 0),
    CONSTANT(HAILO_ALLOCATION_DRIVER, 1),
    CONSTANT(HAILO_BOARD_HAILO8, 0),
    CONSTANT(HAILO_ACCELERATOR_NNC, 0),
    CONSTANT(HAILO_ACCELERATOR_SOC, 1),
    CONSTANT(HAILO_DMA_PCIE, 0),
    CONSTANT(HAILO_CPU_APP, 0),
    CONSTANT(HAILO_CPU_CORE, 1),
};

static int failures;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): C, one program

static void check_numbers(void) {
  for (size_t i = 0; i < sizeof(number_rows) / sizeof(number_rows[0]); i++) {
    const struct number_row *row = &number_rows[i];

    if (row->actual == row->expected) continue;
    printf("%s: expected %llu (0x%llx), actual %llu (0x%llx)\n", row->what,
           (unsigned long long)row->expected, (unsigned long long)row->expected,
           (unsigned long long)row->actual, (unsigned long long)row->actual);
    failures++;
  }
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/* Compares `size` bytes with hex text; blanks and bars in the text are layout. */
static void check_bytes(const char *what, const void *data, size_t size, const char *hex) {
  const unsigned char *actual = (const unsigned char *)data;
  size_t n = 0;

  for (const char *p = hex; *p;) {
    if (*p == ' ' || *p == '|') {
      p++;
      continue;
    }
    int high = hex_digit(p[0]);
    int low = p[1] ? hex_digit(p[1]) : -1;

    if (high < 0 || low < 0) {
      printf("%s: bad test data at \"%s\"\n", what, p);
      failures++;
      return;
    }
    if (n < size && actual[n] != high * 16 + low) {
      printf("%s: byte 0x%zx: expected %02x, actual %02x\n", what, n, high * 16 + low, actual[n]);
      failures++;
    }
    n++;
    p += 2;
  }
  if (n != size) {
    printf("%s: expected %zu bytes, actual %zu\n", what, n, size);
    failures++;
  }
}

/* `count` bytes of the tail of a structure must be zero. */
static void check_zero(const char *what, const void *data, size_t from, size_t to) {
  const unsigned char *bytes = (const unsigned char *)data;

  for (size_t i = from; i < to; i++) {
    if (bytes[i] == 0) continue;
    printf("%s: byte 0x%zx: expected 00, actual %02x\n", what, i, bytes[i]);
    failures++;
  }
}

/* Section 16, written through the structures and compared as bytes. */
static void check_worked_examples(void) {
  struct hailo_driver_info info;
  memset(&info, 0, sizeof(info));
  info.major_version = 4;
  info.minor_version = 23;
  check_bytes("g2 out", &info, sizeof(info), "04 00 00 00 17 00 00 00 00 00 00 00");

  struct hailo_device_properties properties;
  memset(&properties, 0, sizeof(properties));
  properties.desc_max_page_size = 4096;
  properties.dma_engines_count = 1;
  properties.is_fw_loaded = 1;
  check_bytes("g1 out", &properties, sizeof(properties),
              "00 10 | 00 00 00 00 | 00 00 00 00 | 00 00 00 00 | 01 00"
              "00 00 00 00 00 00 | 01");

  struct hailo_desc_list_create_params create;
  memset(&create, 0, sizeof(create));
  create.desc_count = 8;
  create.desc_page_size = 4096;
  create.is_circular = 1;
  create.desc_handle = 0x1000;
  create.dma_address = 0x300470000ull;
  check_bytes("v7 out", &create, sizeof(create),
              "08 00 00 00 00 00 00 00 | 00 10 | 01 | 00 10 00 00 00"
              "00 00 00 | 00 00 47 00 03 00 00 00");

  struct hailo_vdma_buffer_map_params map;
  memset(&map, 0, sizeof(map));
  map.user_address = 0x7f1234560000ull;
  map.size = 10000;
  map.data_direction = 1;
  map.allocated_buffer_handle = ~0ull;
  map.mapped_handle = 1;
  check_bytes("v4 out", &map, sizeof(map),
              "00 00 56 34 12 7f 00 00 | 10 27 00 00 00 00 00 00"
              "01 00 00 00 | 00 00 00 00 | ff ff ff ff ff ff ff ff"
              "01 00 00 00 00 00 00 00");

  struct hailo_desc_list_program_params_v420 program420;
  memset(&program420, 0, sizeof(program420));
  program420.buffer_handle = 1;
  program420.buffer_size = 10000;
  program420.desc_handle = 0x1000;
  program420.should_bind = 1;
  program420.last_interrupts_domain = 2;
  check_bytes("v9 4.20", &program420, sizeof(program420),
              "01 00 00 00 00 00 00 00 | 10 27 00 00 00 00 00 00"
              "00 00 00 00 00 00 00 00 | 00 10 00 00 00 00 00 00"
              "00 | 00 00 00 00 | 01 | 02 00 00 00 | 00");

  struct hailo_desc_list_program_params program;
  memset(&program, 0, sizeof(program));
  program.buffer_handle = 1;
  program.buffer_size = 10000;
  program.batch_size = 1;
  program.desc_handle = 0x1000;
  program.should_bind = 1;
  program.last_interrupts_domain = 2;
  check_bytes("v9 4.21", &program, sizeof(program),
              "01 00 00 00 00 00 00 00 | 10 27 00 00 00 00 00 00"
              "00 00 00 00 00 00 00 00 | 01 00 00 00 | 00 10 00 00"
              "00 00 00 00 | 00 | 00 00 00 00 | 01 | 02 00 00 00 | 00 | 00"
              "00 00 00");

  struct hailo_vdma_enable_channels_params enable;
  memset(&enable, 0, sizeof(enable));
  enable.channels_bitmap_per_engine[0] = 1u << 1 | 1u << 16;
  check_bytes("v0", &enable, sizeof(enable), "02 00 01 00 | 00 00 00 00 | 00 00 00 00 | 00");

  struct hailo_vdma_disable_channels_params disable;
  memset(&disable, 0, sizeof(disable));
  disable.channels_bitmap_per_engine[0] = 1u << 1 | 1u << 16;
  check_bytes("v1", &disable, sizeof(disable), "02 00 01 00 | 00 00 00 00 | 00 00 00 00");

  struct hailo_vdma_launch_transfer_params_v420 launch420;
  memset(&launch420, 0, sizeof(launch420));
  launch420.channel_index = 1;
  launch420.desc_handle = 0x1000;
  launch420.should_bind = 1;
  launch420.buffers_count = 1;
  launch420.buffers[0].mapped_buffer_handle = 1;
  launch420.buffers[0].size = 10000;
  launch420.last_interrupts_domain = 2;
  launch420.descs_programed = 3;
  check_bytes("v15 4.20 out", &launch420, sizeof(launch420),
              "00 | 01 | 00 10 00 00 00 00 00 00 | 00 00 00 00 | 01 | 01"
              "01 00 00 00 00 00 00 00 | 00 00 00 00 | 10 27 00 00"
              "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
              "00 00 00 00 | 02 00 00 00 | 00 | 03 00 00 00 | 00 00 00"
              "00");

  struct hailo_vdma_launch_transfer_params launch;
  memset(&launch, 0, sizeof(launch));
  launch.channel_index = 1;
  launch.desc_handle = 0x1000;
  launch.should_bind = 1;
  launch.buffers_count = 1;
  launch.buffers[0].addr_or_fd = 0x7f1234560000ull;
  launch.buffers[0].size = 10000;
  launch.last_interrupts_domain = 2;
  check_bytes("v15 4.21 head", &launch, 0x20,
              "00 | 01 | 00 10 00 00 00 00 00 00 | 00 00 00 00 | 01 | 01"
              "00 00 00 00 | 00 00 56 34 12 7f 00 00 | 10 27 00 00");
  check_zero("v15 4.21 unused buffers", &launch, 0x20, 0x90);
  check_bytes("v15 4.21 tail", (const char *)&launch + 0x90, sizeof(launch) - 0x90,
              "00 00 00 00 | 02 00 00 00 | 00");

  struct hailo_vdma_interrupts_wait_params_v420 wait420;
  memset(&wait420, 0, sizeof(wait420));
  wait420.channels_bitmap_per_engine[0] = 1u << 1 | 1u << 16;
  wait420.channels_count = 1;
  wait420.irq_data[0].channel_index = 1;
  wait420.irq_data[0].is_active = 1;
  wait420.irq_data[0].transfers_completed = 1;
  wait420.irq_data[0].validation_success = 1;
  check_bytes("v2 4.20 out", &wait420, 0x14,
              "02 00 01 00 | 00 00 00 00 | 00 00 00 00 | 01 | 00 01 01"
              "01 00 00 01");
  check_zero("v2 4.20 tail", &wait420, 0x14, sizeof(wait420));

  struct hailo_vdma_interrupts_wait_params wait;
  memset(&wait, 0, sizeof(wait));
  wait.channels_bitmap_per_engine[0] = 1u << 1 | 1u << 16;
  wait.channels_count = 1;
  wait.irq_data[0].channel_index = 1;
  wait.irq_data[0].data = 1;
  check_bytes("v2 4.21 out", &wait, 0x10,
              "02 00 01 00 | 00 00 00 00 | 00 00 00 00 | 01 | 00 01 01");
  check_zero("v2 4.21 tail", &wait, 0x10, sizeof(wait));

  struct hailo_vdma_buffer_sync_params sync;
  memset(&sync, 0, sizeof(sync));
  sync.handle = 1;
  sync.sync_type = 1;
  sync.count = 10000;
  check_bytes("v6", &sync, sizeof(sync),
              "01 00 00 00 00 00 00 00 | 01 00 00 00 | 00 00 00 00 00 00 00 00"
              "10 27 00 00 00 00 00 00");

  struct hailo_read_log_params log;
  memset(&log, 0, sizeof(log));
  log.buffer_size = 256;
  check_zero("n3 head", &log, 0, 0x204);
  check_bytes("n3 tail", (const char *)&log + 0x204, sizeof(log) - 0x204,
              "00 01 00 00 00 00 00 00 | 00 00 00 00 00 00 00 00");

  struct hailo_allocate_continuous_buffer_params continuous;
  memset(&continuous, 0, sizeof(continuous));
  continuous.buffer_size = 8192;
  continuous.buffer_handle = 0x2000;
  continuous.dma_address = 0x300480000ull;
  check_bytes("v13 out", &continuous, sizeof(continuous),
              "00 20 00 00 00 00 00 00 | 00 20 00 00 00 00 00 00 | 00 00 48 00 03 00 00 00");
}

static int run_abi_test(const char *language) {
  check_numbers();
  check_worked_examples();
  printf("%s: %zu numbers checked, %d failures\n", language,
         sizeof(number_rows) / sizeof(number_rows[0]), failures);
  return failures ? 1 : 0;
}

#endif /* HAILO_TESTS_ABI_TEST_H */
