// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory the device may reach (chapter 2, sections 6, 13 and 14).
 */
#define pr_fmt(fmt) "hailo: " fmt

#include <linux/capability.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat/hailo_compat.h"
#include "hailo_mem.h"

#define HAILO_MAP_START(map)	((map)->addr)
#define HAILO_MAP_LAST(map)	((map)->last)

INTERVAL_TREE_DEFINE(struct hailo_map, rb, unsigned long, subtree_last, HAILO_MAP_START,
		     HAILO_MAP_LAST, static, hailo_map_it)

static atomic64_t hailo_map_next_id = ATOMIC64_INIT(1);

HAILO_IMPORT_NS_DMA_BUF;

/* Mappings */

static struct hailo_map *hailo_map_new(unsigned long addr, size_t size,
				       enum dma_data_direction direction)
{
	struct hailo_map *map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);

	if (!map)
		return NULL;
	kref_init(&map->refs);
	map->id = atomic64_inc_return(&hailo_map_next_id);
	map->addr = addr;
	map->last = addr + size - 1;
	map->size = size;
	map->direction = direction;
	return map;
}

/* Gives back what needs no device: pins, accounting, references. */
static void hailo_map_free(struct hailo_map *map)
{
	if (map->pages) {
		unpin_user_pages_dirty_lock(map->pages, map->pinned,
					    map->direction != DMA_TO_DEVICE);
		kvfree(map->pages);
	}
	if (map->mm) {
		atomic64_sub(map->pinned, &map->mm->pinned_vm);
		mmdrop(map->mm);
	}
	if (map->dmabuf)
		dma_buf_put(map->dmabuf);
	if (map->buffer)
		hailo_buffer_put(map->buffer);
	kfree(map);
}

/**
 * hailo_map_release() - the last reference to a mapping is gone: unmap and unpin
 * @refs: its counter
 */
void hailo_map_release(struct kref *refs)
{
	struct hailo_map *map = container_of(refs, struct hailo_map, refs);

	hailo_map_detach(map);
	hailo_map_free(map);
}

/**
 * hailo_map_detach() - take the memory away from the device
 * @map: the mapping, which the device does not use any more
 *
 * Idempotent, but callers must not race each other.
 */
void hailo_map_detach(struct hailo_map *map)
{
	struct device *dev = map->dev;

	if (!dev)
		return;
	map->dev = NULL;

	if (map->dmabuf) {
		dma_buf_unmap_attachment_unlocked(map->attachment, map->sgt, map->direction);
		dma_buf_detach(map->dmabuf, map->attachment);
	} else {
		dma_sync_sgtable_for_cpu(dev, map->sgt, map->direction);
		dma_unmap_sgtable(dev, map->sgt, map->direction, DMA_ATTR_SKIP_CPU_SYNC);
		sg_free_table(map->sgt);
	}
}

static int hailo_map_attach_pages(struct hailo_map *map, struct device *dev, struct page **pages,
				  unsigned int count, unsigned int offset)
{
	struct scatterlist *sg;
	unsigned int segment;
	int i, ret;

	/* Bounce buffers take only so much at once. */
	segment = min_t(size_t, dma_max_mapping_size(dev), UINT_MAX) & PAGE_MASK;
	ret = sg_alloc_table_from_pages_segment(&map->own_sgt, pages, count, offset, map->size,
						segment, GFP_KERNEL);
	if (ret)
		return ret;
	/*
	 * The caches by hand: clients map memory anew while an older mapping of it
	 * exists, which the DMA API allows for those only who do that.
	 */
	if (dma_map_sgtable(dev, &map->own_sgt, map->direction, DMA_ATTR_SKIP_CPU_SYNC)) {
		sg_free_table(&map->own_sgt);
		return -ENXIO;
	}

	map->sgt = &map->own_sgt;
	dma_sync_sgtable_for_device(dev, map->sgt, map->direction);
	for_each_sgtable_dma_sg(map->sgt, sg, i)
		map->needs_sync |= dma_need_sync(dev, sg_dma_address(sg));
	return 0;
}

static int hailo_map_attach_dmabuf(struct hailo_map *map, struct device *dev)
{
	struct sg_table *sgt;

	map->attachment = dma_buf_attach(map->dmabuf, dev);
	if (IS_ERR(map->attachment))
		return -EINVAL;
	sgt = dma_buf_map_attachment_unlocked(map->attachment, map->direction);
	if (IS_ERR(sgt)) {
		dma_buf_detach(map->dmabuf, map->attachment);
		return -EINVAL;
	}
	map->sgt = sgt;
	return 0;
}

/**
 * hailo_map_attach() - give the memory to the device
 * @map: the mapping, not attached before
 * @dev: the function, which stays bound until hailo_map_detach()
 *
 * Return: 0, -ENOMEM, -EINVAL if a dma-buf refuses, -ENXIO if the DMA API does.
 */
int hailo_map_attach(struct hailo_map *map, struct device *dev)
{
	int ret;

	if (map->dmabuf)
		ret = hailo_map_attach_dmabuf(map, dev);
	else if (map->buffer)
		ret = hailo_map_attach_pages(map, dev, map->buffer->pages,
					     map->buffer->size >> PAGE_SHIFT, 0);
	else
		ret = hailo_map_attach_pages(map, dev, map->pages, map->pinned,
					     offset_in_page(map->addr));
	if (ret)
		return ret;
	map->align = hailo_desc_alignment(map->sgt->sgl, map->sgt->nents);
	map->dev = dev;
	return 0;
}

static int hailo_map_account(unsigned long count)
{
	u64 pinned = atomic64_add_return(count, &current->mm->pinned_vm);

	if (pinned <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT || capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(count, &current->mm->pinned_vm);
	pr_notice_ratelimited("%s[%d] may not map more than %lu KiB for the device (RLIMIT_MEMLOCK)\n",
			      current->comm, task_pid_nr(current),
			      rlimit(RLIMIT_MEMLOCK) >> 10);
	return -ENOMEM;
}

static int hailo_map_pin(struct hailo_map *map)
{
	unsigned long count = DIV_ROUND_UP(offset_in_page(map->addr) + map->size, PAGE_SIZE);
	unsigned int flags = map->direction == DMA_TO_DEVICE ? HAILO_FOLL_READ : FOLL_WRITE;
	int pinned, ret;

	map->pages = kvmalloc_array(count, sizeof(*map->pages), GFP_KERNEL_ACCOUNT);
	if (!map->pages)
		return -ENOMEM;
	ret = hailo_map_account(count);
	if (ret)
		goto err_free;

	pinned = pin_user_pages_fast(map->addr & PAGE_MASK, count, flags | FOLL_LONGTERM,
				     map->pages);
	if (pinned != count) {
		ret = pinned < 0 ? pinned : -EINVAL;
		goto err_unpin;
	}

	map->pinned = count;
	map->mm = current->mm;
	mmgrab(map->mm);
	return 0;

err_unpin:
	if (pinned > 0)
		unpin_user_pages(map->pages, pinned);
	atomic64_sub(count, &current->mm->pinned_vm);
err_free:
	kvfree(map->pages);
	map->pages = NULL;
	return ret;
}

/* Takes over the reference to @dmabuf, also on failure. */
static int hailo_map_import(struct hailo_map *map, struct dma_buf *dmabuf)
{
	u64 end;

	map->dmabuf = dmabuf;
	if (check_add_overflow(map->base, (u64)map->size, &end) || end > dmabuf->size)
		return -EINVAL;
	return 0;
}

/*
 * The dma-buf behind a user address, referenced, or NULL.  Its pages must not
 * be pinned; *offset is where @addr lies in it.
 */
static struct dma_buf *hailo_dmabuf_at(unsigned long addr, u64 *offset)
{
	struct dma_buf *dmabuf = NULL;
	struct vm_area_struct *vma;

	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, addr);
	if (vma && vma->vm_start <= addr && vma->vm_file &&
	    file_inode(vma->vm_file)->i_sb->s_magic == DMA_BUF_MAGIC) {
		dmabuf = vma->vm_file->private_data;
		get_dma_buf(dmabuf);
		*offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
	}
	mmap_read_unlock(current->mm);
	return dmabuf;
}

/**
 * hailo_map_user() - take hold of user memory of the calling process
 * @addr: user address, a multiple of HAILO_DESC_ADDR_ALIGN
 * @size: bytes, 1 to HAILO_MAP_MAX_SIZE
 * @direction: DMA direction
 *
 * Pages are pinned for long and accounted to RLIMIT_MEMLOCK; memory of a
 * dma-buf is imported instead.  May fault pages in, so no lock may be held.
 *
 * Return: the mapping, not attached, or an ERR_PTR: -EINVAL, -ENOMEM, errno of
 * the pinning functions.
 */
struct hailo_map *hailo_map_user(unsigned long addr, size_t size,
				 enum dma_data_direction direction)
{
	struct dma_buf *dmabuf;
	struct hailo_map *map;
	int ret;

	if (addr % HAILO_DESC_ADDR_ALIGN)
		return ERR_PTR(-EINVAL);
	if (addr + size < addr)
		return ERR_PTR(-EFAULT);
	map = hailo_map_new(addr, size, direction);
	if (!map)
		return ERR_PTR(-ENOMEM);

	dmabuf = hailo_dmabuf_at(addr, &map->base);
	ret = dmabuf ? hailo_map_import(map, dmabuf) : hailo_map_pin(map);
	if (ret) {
		hailo_map_put(map);
		return ERR_PTR(ret);
	}
	return map;
}

/**
 * hailo_map_fd() - take hold of a dma-buf
 * @fd: its file descriptor
 * @size: bytes from its start, at most its size
 * @direction: DMA direction
 *
 * Return: the mapping, not attached, or an ERR_PTR: -EINVAL, -ENOMEM.
 */
struct hailo_map *hailo_map_fd(int fd, size_t size, enum dma_data_direction direction)
{
	struct dma_buf *dmabuf;
	struct hailo_map *map;
	int ret;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return ERR_PTR(-EINVAL);

	map = hailo_map_new(fd, size, direction);
	if (!map) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-ENOMEM);
	}
	map->by_fd = true;
	ret = hailo_map_import(map, dmabuf);
	if (ret) {
		hailo_map_put(map);
		return ERR_PTR(ret);
	}
	return map;
}

/**
 * hailo_map_buffer() - take hold of a buffer of hailo_buffer_alloc_low()
 * @buffer: the buffer; its reference goes over to the mapping on success
 * @addr: user address that launches will name it by
 * @size: bytes; must take as many pages as the buffer has
 * @direction: DMA direction
 *
 * Return: the mapping, not attached, or an ERR_PTR: -EINVAL, -ENOMEM.
 */
struct hailo_map *hailo_map_buffer(struct hailo_buffer *buffer, unsigned long addr, size_t size,
				   enum dma_data_direction direction)
{
	struct hailo_map *map;

	if (!buffer->pages || PAGE_ALIGN(size) != buffer->size || addr + size < addr)
		return ERR_PTR(-EINVAL);
	map = hailo_map_new(addr, size, direction);
	if (!map)
		return ERR_PTR(-ENOMEM);
	map->buffer = buffer;
	return map;
}

/**
 * hailo_map_run() - say where the bytes of a mapping lie for the device
 * @map: the mapping, attached
 * @run: its offset is one into @map, and becomes one into the segments
 */
void hailo_map_run(const struct hailo_map *map, struct hailo_desc_run *run)
{
	run->id = map->id;
	run->sg = map->sgt->sgl;
	run->nents = map->sgt->nents;
	run->align = map->align;
	run->offset += map->base;
}

static void hailo_map_sync_run(struct hailo_map *map, u64 offset, u64 size, bool for_cpu)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(map->sgt, sg, i) {
		u64 len = sg_dma_len(sg);
		u64 n;

		if (!size)
			return;
		if (offset >= len) {
			offset -= len;
			continue;
		}
		n = min(size, len - offset);
		if (for_cpu)
			dma_sync_single_range_for_cpu(map->dev, sg_dma_address(sg), offset, n,
						      map->direction);
		else
			dma_sync_single_range_for_device(map->dev, sg_dma_address(sg), offset,
							 n, map->direction);
		size -= n;
		offset = 0;
	}
}

/**
 * hailo_map_sync() - pass memory between CPU and device
 * @map: the mapping, which needs it
 * @offset: first byte
 * @size: bytes
 * @for_cpu: to the CPU, which will see what the device wrote; else to the device
 */
void hailo_map_sync(struct hailo_map *map, u64 offset, u64 size, bool for_cpu)
{
	u64 first;

	if (!map->dev)
		return;

	/* A transfer of 4.20 may wrap around the end of a circular buffer. */
	first = min(size, map->size - offset);
	hailo_map_sync_run(map, offset, first, for_cpu);
	hailo_map_sync_run(map, 0, min(size - first, offset), for_cpu);
}

/**
 * hailo_map_tree_insert() - make a mapping known by its user address
 * @root: the tree; the caller holds its lock
 * @map: the mapping
 */
void hailo_map_tree_insert(struct rb_root_cached *root, struct hailo_map *map)
{
	hailo_map_it_insert(map, root);
}

/**
 * hailo_map_tree_remove() - undo hailo_map_tree_insert()
 * @root: the tree; the caller holds its lock
 * @map: the mapping
 */
void hailo_map_tree_remove(struct rb_root_cached *root, struct hailo_map *map)
{
	hailo_map_it_remove(map, root);
}

/**
 * hailo_map_tree_find() - find the mapping that a launch names by address
 * @root: the tree; the caller holds its lock
 * @addr: first byte
 * @size: bytes, more than 0
 * @direction: of the channel
 *
 * Clients map an address anew while an older mapping of it still exists, so
 * the newest one that covers the range wins (chapter 3, 7.18).
 *
 * Return: the mapping, not referenced, or NULL.
 */
struct hailo_map *hailo_map_tree_find(struct rb_root_cached *root, unsigned long addr,
				      size_t size, enum dma_data_direction direction)
{
	unsigned long last = addr + size - 1;
	struct hailo_map *best = NULL;
	struct hailo_map *map;

	if (last < addr)
		return NULL;
	for (map = hailo_map_it_iter_first(root, addr, addr); map;
	     map = hailo_map_it_iter_next(map, addr, addr)) {
		if (last > map->last)
			continue;
		if (!hailo_map_allows(map, direction))
			continue;
		if (!best || map->id > best->id)
			best = map;
	}
	return best;
}

/* Buffers */

static struct hailo_buffer *hailo_buffer_new(size_t size)
{
	struct hailo_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);

	if (!buffer)
		return NULL;
	kref_init(&buffer->refs);
	buffer->size = PAGE_ALIGN(size);
	return buffer;
}

static void hailo_buffer_release(struct kref *refs)
{
	struct hailo_buffer *buffer = container_of(refs, struct hailo_buffer, refs);
	unsigned long i;

	hailo_buffer_detach(buffer);
	if (buffer->pages) {
		for (i = 0; i < buffer->size >> PAGE_SHIFT && buffer->pages[i]; i++)
			__free_page(buffer->pages[i]);
		kvfree(buffer->pages);
	}
	kfree(buffer);
}

/**
 * hailo_buffer_get() - take a reference
 * @buffer: the buffer
 */
void hailo_buffer_get(struct hailo_buffer *buffer)
{
	kref_get(&buffer->refs);
}

/**
 * hailo_buffer_put() - drop a reference; the last one frees the memory
 * @buffer: the buffer
 */
void hailo_buffer_put(struct hailo_buffer *buffer)
{
	kref_put(&buffer->refs, hailo_buffer_release);
}

/**
 * hailo_buffer_alloc_low() - allocate single pages below 4 GiB
 * @size: bytes, rounded up to whole pages
 *
 * Return: the buffer, zeroed, or an ERR_PTR(-ENOMEM).
 */
struct hailo_buffer *hailo_buffer_alloc_low(size_t size)
{
	struct hailo_buffer *buffer = hailo_buffer_new(size);
	unsigned long count, i;

	if (!buffer)
		return ERR_PTR(-ENOMEM);
	count = buffer->size >> PAGE_SHIFT;
	buffer->pages = kvcalloc(count, sizeof(*buffer->pages), GFP_KERNEL_ACCOUNT);
	if (!buffer->pages)
		goto err_put;
	for (i = 0; i < count; i++) {
		buffer->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_DMA32 | __GFP_ZERO);
		if (!buffer->pages[i])
			goto err_put;
	}
	return buffer;

err_put:
	hailo_buffer_put(buffer);
	return ERR_PTR(-ENOMEM);
}

/**
 * hailo_buffer_alloc_coherent() - allocate one piece that the device sees whole
 * @dev: the function
 * @size: bytes, rounded up to whole pages
 *
 * Return: the buffer, zeroed, or an ERR_PTR: -ENOMEM for the bookkeeping,
 * -ENOBUFS if there is no such piece.
 */
struct hailo_buffer *hailo_buffer_alloc_coherent(struct device *dev, size_t size)
{
	struct hailo_buffer *buffer = hailo_buffer_new(size);

	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->cpu = dma_alloc_coherent(dev, buffer->size, &buffer->dma,
					 GFP_KERNEL | __GFP_NOWARN);
	if (!buffer->cpu) {
		hailo_buffer_put(buffer);
		return ERR_PTR(-ENOBUFS);
	}
	buffer->dev = dev;
	return buffer;
}

/**
 * hailo_buffer_detach() - give coherent memory back to the device's allocator
 * @buffer: the buffer; nobody has it mapped any more
 *
 * Idempotent, but callers must not race each other.
 */
void hailo_buffer_detach(struct hailo_buffer *buffer)
{
	if (!buffer->dev)
		return;
	dma_free_coherent(buffer->dev, buffer->size, buffer->cpu, buffer->dma);
	buffer->dev = NULL;
	buffer->cpu = NULL;
}

/* Descriptor lists */

static void hailo_list_release(struct kref *refs)
{
	struct hailo_list *list = container_of(refs, struct hailo_list, refs);

	hailo_list_detach(list);
	kfree(list);
}

/**
 * hailo_list_put() - drop a reference; the last one frees the descriptors
 * @list: the list
 */
void hailo_list_put(struct hailo_list *list)
{
	kref_put(&list->refs, hailo_list_release);
}

/**
 * hailo_list_alloc() - allocate a descriptor list
 * @dev: the function
 * @count: descriptors, HAILO_DESC_LIST_MIN to HAILO_DESC_LIST_MAX
 * @page_size: bytes, a power of two
 * @circular: then @count is a power of two
 *
 * Return: the list, zeroed, or an ERR_PTR: -ENOMEM for the bookkeeping,
 * -ENOBUFS if there is no aligned coherent memory.
 */
struct hailo_list *hailo_list_alloc(struct device *dev, u32 count, u32 page_size, bool circular)
{
	struct hailo_list *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (!list)
		return ERR_PTR(-ENOMEM);
	kref_init(&list->refs);
	mutex_init(&list->lock);
	list->ring.count = count;
	list->ring.page_size = page_size;
	list->ring.circular = circular;
	list->bytes = ALIGN(count * sizeof(struct hailo_desc), HAILO_DESC_LIST_ALIGN);
	list->ring.descs = dma_alloc_coherent(dev, list->bytes, &list->dma,
					      GFP_KERNEL | __GFP_NOWARN);
	if (!list->ring.descs) {
		kfree(list);
		return ERR_PTR(-ENOBUFS);
	}
	list->dev = dev;

	/* The registers have no room for the low 16 address bits. */
	if (!IS_ALIGNED(list->dma, HAILO_DESC_LIST_ALIGN)) {
		hailo_list_put(list);
		return ERR_PTR(-ENOBUFS);
	}
	return list;
}

/**
 * hailo_list_detach() - free the descriptors
 * @list: the list, which the device does not use any more
 *
 * Idempotent.
 */
void hailo_list_detach(struct hailo_list *list)
{
	mutex_lock(&list->lock);
	if (list->dev)
		dma_free_coherent(list->dev, list->bytes, list->ring.descs, list->dma);
	list->dev = NULL;
	list->ring.descs = NULL;
	mutex_unlock(&list->lock);
}
