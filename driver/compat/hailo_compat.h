/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, the only place that knows them.  The driver
 * speaks the newest upstream API; a shim fills in for older kernels and says
 * when it can go.  HAILO_HAVE_... come from Makefile.probes.
 */
#ifndef HAILO_COMPAT_H
#define HAILO_COMPAT_H

#include <linux/device.h>
#include <linux/module.h>

/* Goes when the oldest supported kernel has it in <linux/compiler_attributes.h>. */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized __attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

/* Goes when the oldest supported kernel is 6.12. */
#ifdef HAILO_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * Goes when the oldest supported kernel is 6.4.  The old class_create() is a
 * macro with one lock class key per call site; the driver has one call site.
 */
#ifndef HAILO_HAVE_CLASS_CREATE_NAME
static inline struct class *hailo_class_create_owner(const char *name)
{
	return class_create(THIS_MODULE, name);
}

#undef class_create

static inline struct class *class_create(const char *name)
{
	return hailo_class_create_owner(name);
}
#endif

/* Goes when the oldest supported kernel is 6.2. */
#ifndef HAILO_HAVE_DMA_BUF_MAP_UNLOCKED
#include <linux/dma-buf.h>

static inline struct sg_table *
dma_buf_map_attachment_unlocked(struct dma_buf_attachment *attachment,
				enum dma_data_direction direction)
{
	return dma_buf_map_attachment(attachment, direction);
}

static inline void
dma_buf_unmap_attachment_unlocked(struct dma_buf_attachment *attachment, struct sg_table *sgt,
				  enum dma_data_direction direction)
{
	dma_buf_unmap_attachment(attachment, sgt, direction);
}
#endif

/* Goes when the oldest supported kernel is 6.3. */
#ifndef HAILO_HAVE_VM_FLAGS_SET
#include <linux/mm.h>

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/*
 * Flags for a long-term pin of memory that the device only reads.  Before 6.2
 * such a pin of memory that was never written holds the zero page, and what is
 * written later goes to another one: the pin must ask for writing.  Goes when
 * the oldest supported kernel is 6.2.
 */
#ifdef HAILO_HAVE_RELIABLE_READ_PIN
#define HAILO_FOLL_READ 0
#else
#define HAILO_FOLL_READ (FOLL_WRITE | FOLL_FORCE)
#endif

/* Goes when the oldest supported kernel is 5.15. */
#ifndef HAILO_HAVE_SG_ALLOC_SEGMENT
#include <linux/err.h>
#include <linux/scatterlist.h>

static inline int sg_alloc_table_from_pages_segment(struct sg_table *sgt, struct page **pages,
						    unsigned int n_pages, unsigned int offset,
						    unsigned long size, unsigned int max_segment,
						    gfp_t gfp_mask)
{
	return PTR_ERR_OR_ZERO(__sg_alloc_table_from_pages(sgt, pages, n_pages, offset, size,
							   max_segment, NULL, 0, gfp_mask));
}
#endif

/* Goes when the oldest supported kernel is 6.13. */
#ifdef HAILO_HAVE_IMPORT_NS_IDENTIFIER
#define HAILO_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#else
#define HAILO_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#endif

#endif /* HAILO_COMPAT_H */
