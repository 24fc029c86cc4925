/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory the device may reach: pinned user memory, dma-bufs, driver-allocated
 * buffers, and descriptor lists.
 *
 * Every object is counted.  User space drops its reference by the handle, a
 * transfer in flight holds one, a mapping into user space holds one.  What
 * needs the device, DMA mappings and coherent memory, is given back in
 * hailo_*_detach(), at the latest when the driver unbinds; the rest goes with
 * the last reference.
 */
#ifndef HAILO_MEM_H
#define HAILO_MEM_H

#include <linux/dma-direction.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

#include "hailo_desc.h"

struct device;
struct hailo_queue;
struct dma_buf;
struct dma_buf_attachment;
struct mm_struct;
struct page;

/* Where user space is stopped before the machine runs out. */
#define HAILO_MAP_MAX_SIZE	(U32_MAX & PAGE_MASK)	/* bytes of one mapping */
#define HAILO_LIST_MAX_BYTES	(256ul << 20)		/* lists of one file */
#define HAILO_BUFFER_MAX_BYTES	(256ul << 20)		/* allocated buffers of one file */

/**
 * struct hailo_map - memory that the device may reach
 * @refs: the handle, and each transfer in flight
 * @dev: the function, for the DMA API; NULL while not attached
 * @id: unique, never used again; bindings of descriptor lists are known by it
 * @addr: user address or dma-buf fd, as given
 * @last: @addr plus size minus 1, what the interval tree sorts by
 * @subtree_last: kept by the interval tree
 * @rb: entry in the tree
 * @node: entry in the list of those that are named by fd
 * @size: bytes
 * @direction: DMA direction
 * @by_fd: made from a dma-buf's fd, so launches name it by that
 * @needs_sync: CPU caches or bounce buffers stand between CPU and device
 * @align: segments start and end at multiples of it, but for the last one's end
 * @base: where byte 0 lies in @sgt, bytes
 * @sgt: segments, mapped
 * @own_sgt: the table behind @sgt if it is ours
 * @pages: pinned pages, or NULL
 * @pinned: how many
 * @mm: where they are accounted
 * @buffer: driver-allocated buffer that it covers, or NULL
 * @dmabuf: imported buffer, or NULL
 * @attachment: to @dmabuf
 */
struct hailo_map {
	struct kref refs;
	struct device *dev;
	u64 id;
	unsigned long addr;
	unsigned long last;
	unsigned long subtree_last;
	struct rb_node rb;
	struct list_head node;
	size_t size;
	enum dma_data_direction direction;
	bool by_fd;
	bool needs_sync;
	u32 align;
	u64 base;
	struct sg_table *sgt;
	struct sg_table own_sgt;
	struct page **pages;
	unsigned long pinned;
	struct mm_struct *mm;
	struct hailo_buffer *buffer;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
};

/**
 * struct hailo_buffer - memory allocated for user space to map
 * @refs: the handle, each user mapping, each hailo_map over it
 * @node: entry in hailo_file.orphans
 * @dev: the function; NULL once detached
 * @size: bytes, whole pages
 * @pages: single pages below 4 GiB, or NULL
 * @cpu: coherent memory, or NULL
 * @dma: its bus address
 */
struct hailo_buffer {
	struct kref refs;
	struct list_head node;
	struct device *dev;
	size_t size;
	struct page **pages;
	void *cpu;
	dma_addr_t dma;
};

/**
 * struct hailo_list - a descriptor list
 * @refs: the handle, and each channel or transfer that uses it
 * @dev: the function; NULL once detached
 * @lock: protects @ring and @queue
 * @ring: the descriptors; @ring.descs is NULL once detached
 * @queue: the launches that use it, or NULL
 * @bytes: allocated
 * @dma: bus address of descriptor 0
 */
struct hailo_list {
	struct kref refs;
	struct device *dev;
	struct mutex lock;
	struct hailo_desc_ring ring;
	struct hailo_queue *queue;
	size_t bytes;
	dma_addr_t dma;
};

struct hailo_map *hailo_map_user(unsigned long addr, size_t size,
				 enum dma_data_direction direction);
struct hailo_map *hailo_map_fd(int fd, size_t size, enum dma_data_direction direction);
struct hailo_map *hailo_map_buffer(struct hailo_buffer *buffer, unsigned long addr, size_t size,
				   enum dma_data_direction direction);
int hailo_map_attach(struct hailo_map *map, struct device *dev);
void hailo_map_detach(struct hailo_map *map);
/**
 * hailo_map_get() - take a reference
 * @map: the mapping
 */
static inline void hailo_map_get(struct hailo_map *map)
{
	kref_get(&map->refs);
}

void hailo_map_release(struct kref *refs);

/**
 * hailo_map_put() - drop a reference
 * @map: the mapping
 */
static inline void hailo_map_put(struct hailo_map *map)
{
	kref_put(&map->refs, hailo_map_release);
}

void hailo_map_run(const struct hailo_map *map, struct hailo_desc_run *run);
void hailo_map_sync(struct hailo_map *map, u64 offset, u64 size, bool for_cpu);

/**
 * hailo_map_sync_for_cpu() - make what the device wrote visible to the CPU
 * @map: the mapping
 * @offset: first byte
 * @size: bytes
 */
static inline void hailo_map_sync_for_cpu(struct hailo_map *map, u64 offset, u64 size)
{
	if (map->needs_sync)
		hailo_map_sync(map, offset, size, true);
}

/**
 * hailo_map_sync_for_device() - make what the CPU wrote visible to the device
 * @map: the mapping
 * @offset: first byte
 * @size: bytes
 */
static inline void hailo_map_sync_for_device(struct hailo_map *map, u64 offset, u64 size)
{
	if (map->needs_sync)
		hailo_map_sync(map, offset, size, false);
}

/**
 * hailo_map_allows() - whether a transfer may use the mapping
 * @map: the mapping
 * @direction: DMA direction of the transfer
 *
 * What the device only reads is pinned without leave to write.
 *
 * Return: true if it may.
 */
static inline bool hailo_map_allows(const struct hailo_map *map,
				    enum dma_data_direction direction)
{
	return map->direction == direction || map->direction == DMA_BIDIRECTIONAL;
}

void hailo_map_tree_insert(struct rb_root_cached *root, struct hailo_map *map);
void hailo_map_tree_remove(struct rb_root_cached *root, struct hailo_map *map);
struct hailo_map *hailo_map_tree_find(struct rb_root_cached *root, unsigned long addr,
				      size_t size, enum dma_data_direction direction);

struct hailo_buffer *hailo_buffer_alloc_low(size_t size);
struct hailo_buffer *hailo_buffer_alloc_coherent(struct device *dev, size_t size);
void hailo_buffer_detach(struct hailo_buffer *buffer);
void hailo_buffer_get(struct hailo_buffer *buffer);
void hailo_buffer_put(struct hailo_buffer *buffer);

struct hailo_list *hailo_list_alloc(struct device *dev, u32 count, u32 page_size, bool circular);
void hailo_list_detach(struct hailo_list *list);
/**
 * hailo_list_get() - take a reference
 * @list: the list
 */
static inline void hailo_list_get(struct hailo_list *list)
{
	kref_get(&list->refs);
}

void hailo_list_put(struct hailo_list *list);

#endif /* HAILO_MEM_H */
