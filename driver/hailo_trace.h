/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hailo

#if !defined(HAILO_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HAILO_TRACE_H

#include <linux/tracepoint.h>

#include "hailo_dev.h"

#ifndef HAILO_TRACE_BOOT_STEPS
#define HAILO_TRACE_BOOT_STEPS
/* enum hailo_boot_step - steps of a boot that a trace shows */
enum hailo_boot_step {
	HAILO_BOOT_SOFT_RESET,
	HAILO_BOOT_FUNCTION_RESET,
	HAILO_BOOT_UPLOAD,
	HAILO_BOOT_START,
};
#endif

#define HAILO_SHOW_STATE(state)					\
	__print_symbolic(state,					\
			 { HAILO_STATE_COLD, "cold" },		\
			 { HAILO_STATE_BOOTING, "booting" },	\
			 { HAILO_STATE_RUNNING, "running" },	\
			 { HAILO_STATE_RESETTING, "resetting" },	\
			 { HAILO_STATE_SUSPENDED, "suspended" },	\
			 { HAILO_STATE_DEAD, "dead" },		\
			 { HAILO_STATE_REMOVED, "removed" })

#define HAILO_SHOW_BOOT_STEP(step)						\
	__print_symbolic(step,							\
			 { HAILO_BOOT_SOFT_RESET, "soft_reset" },		\
			 { HAILO_BOOT_FUNCTION_RESET, "function_reset" },	\
			 { HAILO_BOOT_UPLOAD, "upload" },			\
			 { HAILO_BOOT_START, "start" })

TRACE_EVENT(hailo_state,
	TP_PROTO(int index, unsigned int from, unsigned int to),
	TP_ARGS(index, from, to),
	TP_STRUCT__entry(
		__field(int, index)
		__field(unsigned int, from)
		__field(unsigned int, to)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("hailo%d %s -> %s", __entry->index,
		  HAILO_SHOW_STATE(__entry->from), HAILO_SHOW_STATE(__entry->to))
);

TRACE_EVENT(hailo_boot,
	TP_PROTO(int index, unsigned int step, int result),
	TP_ARGS(index, step, result),
	TP_STRUCT__entry(
		__field(int, index)
		__field(unsigned int, step)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->step = step;
		__entry->result = result;
	),
	TP_printk("hailo%d %s %d", __entry->index,
		  HAILO_SHOW_BOOT_STEP(__entry->step), __entry->result)
);

TRACE_EVENT(hailo_control_start,
	TP_PROTO(int index, u32 opcode, u32 cpu, u32 length),
	TP_ARGS(index, opcode, cpu, length),
	TP_STRUCT__entry(
		__field(int, index)
		__field(u32, opcode)
		__field(u32, cpu)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->opcode = opcode;
		__entry->cpu = cpu;
		__entry->length = length;
	),
	TP_printk("hailo%d opcode %u cpu %u length %u", __entry->index, __entry->opcode,
		  __entry->cpu, __entry->length)
);

TRACE_EVENT(hailo_control_done,
	TP_PROTO(int index, u32 opcode, int result),
	TP_ARGS(index, opcode, result),
	TP_STRUCT__entry(
		__field(int, index)
		__field(u32, opcode)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->opcode = opcode;
		__entry->result = result;
	),
	TP_printk("hailo%d opcode %u result %d", __entry->index, __entry->opcode,
		  __entry->result)
);

TRACE_EVENT(hailo_notification,
	TP_PROTO(int index, u32 length),
	TP_ARGS(index, length),
	TP_STRUCT__entry(
		__field(int, index)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->length = length;
	),
	TP_printk("hailo%d length %u", __entry->index, __entry->length)
);

#endif /* HAILO_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE hailo_trace
#include <trace/define_trace.h>
