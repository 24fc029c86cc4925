// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vDMA group of ioctls, and mmap (chapter 3, sections 7.4 to 7.18 and 9).
 * Both generations of a command are told apart by the command's value.
 */
#include <linux/dma-mapping.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <hailo/hailo_ioctl.h>

#include "compat/hailo_compat.h"
#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_launch.h"
#include "hailo_mem.h"
#include "hailo_queue.h"
#include "hailo_vdma.h"
#include "hailo_wait.h"

#define HAILO_NO_HANDLE		U64_MAX

/* Handle tables */

/**
 * hailo_file_mem_init() - a file without memory
 * @file: the file
 */
void hailo_file_mem_init(struct hailo_file *file)
{
	mutex_init(&file->mem_lock);
	xa_init_flags(&file->maps, XA_FLAGS_ALLOC1);
	xa_init_flags(&file->objects, XA_FLAGS_ALLOC1);
	file->map_tree = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&file->map_fds);
	INIT_LIST_HEAD(&file->orphans);
	INIT_LIST_HEAD(&file->mms);
	file->next_map = 1;
	file->next_object = 1;
}

static void hailo_object_put(void *object)
{
	if (xa_pointer_tag(object) == HAILO_TAG_LIST)
		hailo_list_put(xa_untag_pointer(object));
	else
		hailo_buffer_put(xa_untag_pointer(object));
}

/*
 * Lets go of freed buffers that nobody has mapped any more.  Until then the
 * file keeps them, so that removal finds all coherent memory.  Called with
 * mem_lock held.
 */
static void hailo_sweep_orphans(struct hailo_file *file)
{
	struct hailo_buffer *buffer, *next;

	lockdep_assert_held(&file->mem_lock);
	list_for_each_entry_safe(buffer, next, &file->orphans, node) {
		if (kref_read(&buffer->refs) > 1)
			continue;
		list_del(&buffer->node);
		file->buffer_bytes -= buffer->size;
		hailo_buffer_put(buffer);
	}
}

/*
 * A file keeps in mind which address spaces have its coherent memory mapped.
 * A mapping is in the page tables before it can be found, and so be taken
 * away: removal passes through mmap_lock to see the end of what has begun.
 */
struct hailo_file_mm {
	struct list_head node;
	struct mm_struct *mm;
};

/* Called with mem_lock held. */
static int hailo_file_note_mm(struct hailo_file *file, struct mm_struct *mm)
{
	struct hailo_file_mm *note;

	lockdep_assert_held(&file->mem_lock);
	list_for_each_entry(note, &file->mms, node)
		if (note->mm == mm)
			return 0;
	note = kmalloc(sizeof(*note), GFP_KERNEL_ACCOUNT);
	if (!note)
		return -ENOMEM;
	mmgrab(mm);
	note->mm = mm;
	list_add(&note->node, &file->mms);
	return 0;
}

/**
 * hailo_file_mem_detach() - take a file's memory away from the device
 * @file: the file, on a board that is being removed, rwsem held for writing
 *
 * User mappings of coherent memory go, too: accesses raise SIGBUS from now on.
 */
void hailo_file_mem_detach(struct hailo_file *file)
{
	struct hailo_file_mm *note;
	struct hailo_buffer *buffer;
	struct hailo_map *map;
	unsigned long index;
	void *object;

	/* Nobody mmaps a removed board, so the list does not grow any more. */
	mutex_lock(&file->mem_lock);
	mutex_unlock(&file->mem_lock);
	list_for_each_entry(note, &file->mms, node) {
		mmap_read_lock(note->mm);
		mmap_read_unlock(note->mm);
	}
	unmap_mapping_range(file->mapping, 0, 0, 1);

	mutex_lock(&file->mem_lock);
	xa_for_each(&file->maps, index, map)
		hailo_map_detach(map);
	xa_for_each(&file->objects, index, object) {
		if (xa_pointer_tag(object) == HAILO_TAG_LIST)
			hailo_list_detach(xa_untag_pointer(object));
		else
			hailo_buffer_detach(xa_untag_pointer(object));
	}
	list_for_each_entry(buffer, &file->orphans, node)
		hailo_buffer_detach(buffer);
	mutex_unlock(&file->mem_lock);
}

/**
 * hailo_file_mem_free() - drop all handles of a file that is closed
 * @file: the file
 */
void hailo_file_mem_free(struct hailo_file *file)
{
	struct hailo_file_mm *note, *next;
	struct hailo_map *map;
	unsigned long index;
	void *object;

	list_for_each_entry_safe(note, next, &file->mms, node) {
		mmdrop(note->mm);
		kfree(note);
	}
	xa_for_each(&file->maps, index, map)
		hailo_map_put(map);
	xa_destroy(&file->maps);
	xa_for_each(&file->objects, index, object)
		hailo_object_put(object);
	xa_destroy(&file->objects);
	/* User mappings keep the file open: there are none left. */
	mutex_lock(&file->mem_lock);
	hailo_sweep_orphans(file);
	mutex_unlock(&file->mem_lock);
}

/*
 * Makes an object known under a handle; handles are not used again before 2^31
 * others were.  Called with mem_lock held.
 */
static int hailo_object_add(struct hailo_file *file, void *object, unsigned int tag, u64 *handle)
{
	u32 id;
	int ret;

	lockdep_assert_held(&file->mem_lock);
	ret = xa_alloc_cyclic(&file->objects, &id, xa_tag_pointer(object, tag),
			      XA_LIMIT(1, INT_MAX), &file->next_object, GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret;
	*handle = (u64)id << PAGE_SHIFT;
	return 0;
}

/* Return: the list, referenced, or NULL. */
static struct hailo_list *hailo_list_find(struct hailo_file *file, u64 handle)
{
	struct hailo_list *list;

	mutex_lock(&file->mem_lock);
	list = hailo_object_find(file, handle, HAILO_TAG_LIST);
	if (list)
		hailo_list_get(list);
	mutex_unlock(&file->mem_lock);
	return list;
}

/* Return: the map, referenced, or NULL. */
static struct hailo_map *hailo_map_find(struct hailo_file *file, u64 handle)
{
	struct hailo_map *map;

	mutex_lock(&file->mem_lock);
	map = handle <= INT_MAX ? xa_load(&file->maps, handle) : NULL;
	if (map)
		hailo_map_get(map);
	mutex_unlock(&file->mem_lock);
	return map;
}

/* Channels */

static long hailo_ioctl_enable_channels(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_enable_channels_params *params = arg;
	struct hailo_dev *hdev = file->hdev;
	long ret;

	mutex_lock(&hdev->use_lock);
	ret = hailo_vdma_enable(hdev, file, params->channels_bitmap_per_engine[0],
				params->enable_timestamps_measure);
	mutex_unlock(&hdev->use_lock);
	return ret;
}

static long hailo_ioctl_disable_channels(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_disable_channels_params *params = arg;
	struct hailo_dev *hdev = file->hdev;

	mutex_lock(&hdev->use_lock);
	hailo_vdma_disable(hdev, file, params->channels_bitmap_per_engine[0]);
	mutex_unlock(&hdev->use_lock);
	return 0;
}

static long hailo_ioctl_read_timestamps(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_interrupts_read_timestamp_params *params = arg;
	unsigned int channel = params->channel_index;
	struct hailo_stamps *stamps;
	u32 i;

	if (params->engine_index || channel >= HAILO_VDMA_CHANNELS)
		return -EINVAL;
	channel = array_index_nospec(channel, HAILO_VDMA_CHANNELS);

	stamps = kvmalloc(sizeof(*stamps), GFP_KERNEL);
	if (!stamps)
		return -ENOMEM;
	params->timestamps_count = 0;
	/* Another file's times are none of the caller's business. */
	if (READ_ONCE(file->channels) & BIT(channel))
		params->timestamps_count = hailo_vdma_read_stamps(file->hdev, channel, stamps);
	for (i = 0; i < params->timestamps_count; i++) {
		params->timestamps[i].timestamp_ns = stamps->ns[i];
		params->timestamps[i].desc_num_processed = stamps->proc[i];
	}
	kvfree(stamps);
	return 0;
}

/* Buffers */

static int hailo_dma_direction(u32 direction)
{
	switch (direction) {
	case HAILO_DMA_DIRECTION_BIDIRECTIONAL:
		return DMA_BIDIRECTIONAL;
	case HAILO_DMA_DIRECTION_TO_DEVICE:
		return DMA_TO_DEVICE;
	case HAILO_DMA_DIRECTION_FROM_DEVICE:
		return DMA_FROM_DEVICE;
	default:
		return -EINVAL;
	}
}

/* Takes hold of what the caller names, without any lock. */
static struct hailo_map *hailo_map_params(struct hailo_file *file,
					  const struct hailo_vdma_buffer_map_params *params)
{
	int direction = hailo_dma_direction(params->data_direction);
	struct hailo_buffer *buffer;
	struct hailo_map *map;

	if (direction < 0 || !params->size || params->size > HAILO_MAP_MAX_SIZE)
		return ERR_PTR(-EINVAL);
	if (params->buffer_type == HAILO_BUFFER_DMABUF)
		return params->user_address > INT_MAX ? ERR_PTR(-EINVAL) :
			hailo_map_fd(params->user_address, params->size, direction);
	if (params->buffer_type != HAILO_BUFFER_USER_PTR)
		return ERR_PTR(-EINVAL);
	if (params->allocated_buffer_handle == HAILO_NO_HANDLE || !params->allocated_buffer_handle)
		return hailo_map_user(params->user_address, params->size, direction);

	mutex_lock(&file->mem_lock);
	buffer = hailo_object_find(file, params->allocated_buffer_handle, HAILO_TAG_BUFFER);
	if (buffer)
		hailo_buffer_get(buffer);
	mutex_unlock(&file->mem_lock);
	if (!buffer)
		return ERR_PTR(-EINVAL);

	map = hailo_map_buffer(buffer, params->user_address, params->size, direction);
	if (IS_ERR(map))
		hailo_buffer_put(buffer);
	return map;
}

static int hailo_map_publish(struct hailo_file *file, struct hailo_map *map, u64 *handle)
{
	u32 id;
	int ret;

	mutex_lock(&file->mem_lock);
	ret = xa_alloc_cyclic(&file->maps, &id, map, XA_LIMIT(1, INT_MAX), &file->next_map,
			      GFP_KERNEL_ACCOUNT);
	if (ret >= 0) {
		if (map->by_fd)
			list_add(&map->node, &file->map_fds);
		else
			hailo_map_tree_insert(&file->map_tree, map);
		*handle = id;
	}
	mutex_unlock(&file->mem_lock);
	return min(ret, 0);
}

static long hailo_ioctl_buffer_map(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_buffer_map_params *params = arg;
	struct hailo_map *map;
	u64 handle = 0;
	long ret;

	ret = hailo_file_enter(file, false);
	if (ret)
		return ret;
	hailo_file_leave(file);

	map = hailo_map_params(file, params);
	if (IS_ERR(map))
		return PTR_ERR(map);

	ret = hailo_file_enter(file, false);
	if (!ret) {
		ret = hailo_map_attach(map, &file->hdev->pdev->dev);
		if (!ret)
			ret = hailo_map_publish(file, map, &handle);
		if (ret)
			hailo_map_detach(map);
		hailo_file_leave(file);
	}
	if (ret) {
		hailo_map_put(map);
		return ret;
	}
	params->mapped_handle = handle;
	return 0;
}

static long hailo_ioctl_buffer_unmap(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_buffer_unmap_params *params = arg;
	struct hailo_map *map = NULL;

	mutex_lock(&file->mem_lock);
	if (params->mapped_handle <= INT_MAX)
		map = xa_erase(&file->maps, params->mapped_handle);
	if (map && map->by_fd)
		list_del(&map->node);
	else if (map)
		hailo_map_tree_remove(&file->map_tree, map);
	mutex_unlock(&file->mem_lock);

	if (!map)
		return -EINVAL;
	hailo_map_put(map);
	return 0;
}

static long hailo_ioctl_buffer_sync(struct hailo_file *file, void *arg)
{
	struct hailo_vdma_buffer_sync_params *params = arg;
	struct hailo_map *map = hailo_map_find(file, params->handle);
	long ret = -EINVAL;

	if (!map)
		return -EINVAL;
	if (params->offset <= map->size && params->count <= map->size - params->offset) {
		ret = 0;
		if (params->sync_type == HAILO_SYNC_FOR_CPU)
			hailo_map_sync_for_cpu(map, params->offset, params->count);
		else if (params->sync_type == HAILO_SYNC_FOR_DEVICE)
			hailo_map_sync_for_device(map, params->offset, params->count);
		else
			ret = -EINVAL;
	}
	hailo_map_put(map);
	return ret;
}

static long hailo_buffer_publish(struct hailo_file *file, struct hailo_buffer *buffer, u64 *handle)
{
	long ret = -ENOMEM;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);

	mutex_lock(&file->mem_lock);
	hailo_sweep_orphans(file);
	if (buffer->size <= HAILO_BUFFER_MAX_BYTES - file->buffer_bytes)
		ret = hailo_object_add(file, buffer, HAILO_TAG_BUFFER, handle);
	if (!ret)
		file->buffer_bytes += buffer->size;
	mutex_unlock(&file->mem_lock);
	if (ret)
		hailo_buffer_put(buffer);
	return ret;
}

static long hailo_ioctl_low_memory_alloc(struct hailo_file *file, void *arg)
{
	struct hailo_allocate_low_memory_buffer_params *params = arg;
	u64 handle = 0;
	long ret;

	if (!params->buffer_size)
		return -EINVAL;
	if (params->buffer_size > HAILO_BUFFER_MAX_BYTES)
		return -ENOMEM;
	ret = hailo_buffer_publish(file, hailo_buffer_alloc_low(params->buffer_size), &handle);
	params->buffer_handle = handle;
	return ret;
}

static long hailo_ioctl_continuous_alloc(struct hailo_file *file, void *arg)
{
	struct hailo_allocate_continuous_buffer_params *params = arg;
	struct hailo_buffer *buffer;
	u64 handle = 0;
	long ret;

	if (!params->buffer_size)
		return -EINVAL;
	if (params->buffer_size > HAILO_BUFFER_MAX_BYTES)
		return -ENOBUFS;
	buffer = hailo_buffer_alloc_coherent(&file->hdev->pdev->dev, params->buffer_size);
	if (!IS_ERR(buffer))
		params->dma_address = buffer->dma;
	ret = hailo_buffer_publish(file, buffer, &handle);
	params->buffer_handle = handle;
	return ret;
}

static long hailo_free_buffer(struct hailo_file *file, u64 handle, bool coherent)
{
	struct hailo_buffer *buffer;
	long ret = -EINVAL;

	mutex_lock(&file->mem_lock);
	buffer = hailo_object_find(file, handle, HAILO_TAG_BUFFER);
	if (buffer && !buffer->pages == coherent) {
		xa_erase(&file->objects, handle >> PAGE_SHIFT);
		list_add(&buffer->node, &file->orphans);
		hailo_sweep_orphans(file);
		ret = 0;
	}
	mutex_unlock(&file->mem_lock);
	return ret;
}

static long hailo_ioctl_low_memory_free(struct hailo_file *file, void *arg)
{
	struct hailo_free_low_memory_buffer_params *params = arg;

	return hailo_free_buffer(file, params->buffer_handle, false);
}

static long hailo_ioctl_continuous_free(struct hailo_file *file, void *arg)
{
	struct hailo_free_continuous_buffer_params *params = arg;

	return hailo_free_buffer(file, params->buffer_handle, true);
}

/* Descriptor lists */

static long hailo_ioctl_list_create(struct hailo_file *file, void *arg)
{
	struct hailo_desc_list_create_params *params = arg;
	struct hailo_list *list;
	u64 handle = 0;
	long ret = -ENOBUFS;

	if (params->desc_count < HAILO_DESC_LIST_MIN || params->desc_count > HAILO_DESC_LIST_MAX ||
	    (params->is_circular && !is_power_of_2(params->desc_count)))
		return -EINVAL;
	if (!is_power_of_2(params->desc_page_size) ||
	    params->desc_page_size < HAILO_DESC_PAGE_SIZE_MIN ||
	    params->desc_page_size > file->hdev->desc_max_page_size)
		return -EINVAL;

	list = hailo_list_alloc(&file->hdev->pdev->dev, params->desc_count,
				params->desc_page_size, params->is_circular);
	if (IS_ERR(list))
		return PTR_ERR(list);

	mutex_lock(&file->mem_lock);
	if (list->bytes <= HAILO_LIST_MAX_BYTES - file->list_bytes)
		ret = hailo_object_add(file, list, HAILO_TAG_LIST, &handle);
	if (!ret)
		file->list_bytes += list->bytes;
	mutex_unlock(&file->mem_lock);
	if (ret) {
		hailo_list_put(list);
		return ret;
	}
	params->desc_handle = handle;
	params->dma_address = list->dma;
	return 0;
}

static long hailo_ioctl_list_release(struct hailo_file *file, void *arg)
{
	struct hailo_desc_list_release_params *params = arg;
	struct hailo_list *list;

	mutex_lock(&file->mem_lock);
	list = hailo_object_find(file, params->desc_handle, HAILO_TAG_LIST);
	if (list) {
		xa_erase(&file->objects, params->desc_handle >> PAGE_SHIFT);
		file->list_bytes -= list->bytes;
	}
	mutex_unlock(&file->mem_lock);

	if (!list)
		return -EINVAL;
	hailo_list_put(list);
	return 0;
}

/* Descriptors from @start on that no launch in flight uses; with the list's lock held. */
static u32 hailo_list_room(const struct hailo_list *list, u32 start)
{
	const struct hailo_queue *queue = list->queue;

	lockdep_assert_held(&list->lock);
	return hailo_desc_room(&list->ring, start, queue ? queue->proc : 0,
			       queue ? queue->descs : 0);
}

/* One repetition of DESC_LIST_PROGRAM, with the list's lock held. */
static int hailo_program_once(struct hailo_list *list, struct hailo_map *map,
			      const struct hailo_desc_list_program_params *params, u64 offset,
			      u32 start, u32 flags)
{
	struct hailo_desc_ring *ring = &list->ring;
	struct hailo_desc_run run = {
		.offset = offset,
		.size = params->buffer_size,
		.start = start,
		.room = hailo_list_room(list, start),
		.stride = params->stride,
	};
	int count;

	if (!params->should_bind) {
		count = hailo_desc_pages(ring, params->buffer_size);
		hailo_desc_patch(ring, hailo_desc_wrap(ring, start + count - 1),
				 params->buffer_size - (u64)(count - 1) * ring->page_size, flags);
		return count;
	}

	if (offset > map->size || params->buffer_size > map->size - offset)
		return -EFAULT;
	hailo_map_run(map, &run);
	count = hailo_desc_bind(ring, &run);
	if (count > 0)
		hailo_desc_add_flags(ring, hailo_desc_wrap(ring, start + count - 1), flags);
	return count;
}

/* All repetitions, with the list's lock held. */
static long hailo_program(struct hailo_list *list, struct hailo_map *map,
			  const struct hailo_desc_list_program_params *params)
{
	u32 flags = hailo_desc_irq_flags(params->last_interrupts_domain, params->is_debug);
	struct hailo_desc_ring *ring = &list->ring;
	u64 pages = hailo_desc_pages(ring, params->buffer_size);
	u64 offset = params->buffer_offset;
	u32 start = params->starting_desc;
	u32 total = 0;
	u32 i;

	if (!params->batch_size)
		return 0;
	if (start >= ring->count || !params->buffer_size)
		return -EINVAL;
	if (pages * params->batch_size > (ring->circular ? ring->count : ring->count - start))
		return -ERANGE;
	if (pages * params->batch_size > hailo_list_room(list, start))
		return -EBUSY;

	for (i = 0; i < params->batch_size; i++) {
		bool final = i + 1 == params->batch_size;
		int count;

		count = hailo_program_once(list, map, params, offset, start, final ? flags : 0);
		if (count < 0)
			return count;
		total += count;
		if (total > ring->count)
			return -ERANGE;
		offset += (u64)count * ring->page_size;
		start = hailo_desc_wrap(ring, start + count);
	}
	return total;
}

static long hailo_ioctl_list_program(struct hailo_file *file, void *arg)
{
	struct hailo_desc_list_program_params *params = arg;
	struct hailo_map *map = hailo_map_find(file, params->buffer_handle);
	struct hailo_list *list = hailo_list_find(file, params->desc_handle);
	long ret = -EFAULT;

	if (map && list && params->buffer_size <= map->size) {
		mutex_lock(&list->lock);
		ret = hailo_program(list, map, params);
		mutex_unlock(&list->lock);
	}
	if (map)
		hailo_map_put(map);
	if (list)
		hailo_list_put(list);
	return ret;
}

static long hailo_ioctl_list_program_v420(struct hailo_file *file, void *arg)
{
	struct hailo_desc_list_program_params_v420 *old = arg;
	struct hailo_desc_list_program_params params = {
		.buffer_handle = old->buffer_handle,
		.buffer_size = old->buffer_size,
		.buffer_offset = old->buffer_offset,
		.batch_size = 1,
		.desc_handle = old->desc_handle,
		.channel_index = old->channel_index,
		.starting_desc = old->starting_desc,
		.should_bind = old->should_bind,
		.last_interrupts_domain = old->last_interrupts_domain,
		.is_debug = old->is_debug,
	};
	long ret = hailo_ioctl_list_program(file, &params);

	/* What 4.20 calls misuse (section 7.13). */
	return ret == -EINVAL ? -EFAULT : ret;
}

const struct hailo_ioctl hailo_vdma_ioctls[] = {
	/* What a frame takes comes first. */
	{ HAILO_VDMA_LAUNCH_TRANSFER, HAILO_IOCTL_IN, hailo_ioctl_launch },
	{ HAILO_VDMA_INTERRUPTS_WAIT, HAILO_IOCTL_IN | HAILO_IOCTL_OUT | HAILO_IOCTL_REMOVED |
	  HAILO_IOCTL_UNLOCKED, hailo_ioctl_wait },
	{ HAILO_VDMA_LAUNCH_TRANSFER_V420, HAILO_IOCTL_IN | HAILO_IOCTL_OUT_ALWAYS,
	  hailo_ioctl_launch_v420 },
	{ HAILO_VDMA_INTERRUPTS_WAIT_V420, HAILO_IOCTL_IN | HAILO_IOCTL_OUT |
	  HAILO_IOCTL_REMOVED | HAILO_IOCTL_UNLOCKED, hailo_ioctl_wait_v420 },
	{ HAILO_VDMA_INTERRUPTS_READ_TIMESTAMPS, HAILO_IOCTL_IN | HAILO_IOCTL_OUT,
	  hailo_ioctl_read_timestamps },
	{ HAILO_VDMA_ENABLE_CHANNELS, HAILO_IOCTL_IN, hailo_ioctl_enable_channels },
	{ HAILO_VDMA_DISABLE_CHANNELS, HAILO_IOCTL_IN | HAILO_IOCTL_REMOVED,
	  hailo_ioctl_disable_channels },
	{ HAILO_VDMA_BUFFER_MAP, HAILO_IOCTL_IN | HAILO_IOCTL_OUT | HAILO_IOCTL_UNLOCKED,
	  hailo_ioctl_buffer_map },
	{ HAILO_VDMA_BUFFER_UNMAP, HAILO_IOCTL_IN | HAILO_IOCTL_REMOVED,
	  hailo_ioctl_buffer_unmap },
	{ HAILO_VDMA_BUFFER_SYNC, HAILO_IOCTL_IN, hailo_ioctl_buffer_sync },
	{ HAILO_DESC_LIST_CREATE, HAILO_IOCTL_IN | HAILO_IOCTL_OUT, hailo_ioctl_list_create },
	{ HAILO_DESC_LIST_RELEASE, HAILO_IOCTL_IN | HAILO_IOCTL_REMOVED,
	  hailo_ioctl_list_release },
	{ HAILO_DESC_LIST_PROGRAM, HAILO_IOCTL_IN, hailo_ioctl_list_program },
	{ HAILO_DESC_LIST_PROGRAM_V420, HAILO_IOCTL_IN, hailo_ioctl_list_program_v420 },
	{ HAILO_VDMA_LOW_MEMORY_BUFFER_ALLOC, HAILO_IOCTL_IN | HAILO_IOCTL_OUT,
	  hailo_ioctl_low_memory_alloc },
	{ HAILO_VDMA_LOW_MEMORY_BUFFER_FREE, HAILO_IOCTL_IN | HAILO_IOCTL_REMOVED,
	  hailo_ioctl_low_memory_free },
	{ HAILO_VDMA_CONTINUOUS_BUFFER_ALLOC, HAILO_IOCTL_IN | HAILO_IOCTL_OUT,
	  hailo_ioctl_continuous_alloc },
	{ HAILO_VDMA_CONTINUOUS_BUFFER_FREE, HAILO_IOCTL_IN | HAILO_IOCTL_REMOVED,
	  hailo_ioctl_continuous_free },
};

const unsigned int hailo_vdma_ioctls_count = ARRAY_SIZE(hailo_vdma_ioctls);

/* mmap */

static void hailo_vma_open(struct vm_area_struct *vma)
{
	hailo_buffer_get(vma->vm_private_data);
}

static void hailo_vma_close(struct vm_area_struct *vma)
{
	hailo_buffer_put(vma->vm_private_data);
}

/* All pages are there from the start, or have been taken away by removal. */
static vm_fault_t hailo_vma_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct hailo_vm_ops = {
	.open = hailo_vma_open,
	.close = hailo_vma_close,
	.fault = hailo_vma_fault,
};

static int hailo_mmap_buffer(struct hailo_file *file, struct hailo_buffer *buffer,
			     struct vm_area_struct *vma)
{
	unsigned long length = vma->vm_end - vma->vm_start;
	unsigned long count = length >> PAGE_SHIFT;
	int ret;

	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	if (buffer->pages) {
		if (length != buffer->size)
			return -EINVAL;
		return vm_insert_pages(vma, vma->vm_start, buffer->pages, &count);
	}
	if (length > buffer->size)
		return -EINVAL;
	if (!buffer->dev)
		return -ENODEV;
	ret = hailo_file_note_mm(file, vma->vm_mm);
	if (ret)
		return ret;
	/* The handle has done its duty; the DMA API takes it for an offset. */
	vma->vm_pgoff = 0;
	return dma_mmap_coherent(buffer->dev, vma, buffer->cpu, buffer->dma, length);
}

/**
 * hailo_file_mmap() - map an allocated buffer into user space
 * @filp: the file
 * @vma: the mapping; its offset is the buffer's handle
 *
 * Called with mmap_lock held, so it takes no lock under which user memory is
 * touched.  The mapping holds a reference to the buffer.
 *
 * Return: 0; -ENODEV after removal; -EINVAL for an invalid file, an unknown
 * handle or a bad length; errno of the mapping functions.
 */
int hailo_file_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct hailo_file *file = filp->private_data;
	struct hailo_buffer *buffer = NULL;
	int ret = -EINVAL;

	mutex_lock(&file->mem_lock);
	if (hailo_dev_state(file->hdev) == HAILO_STATE_REMOVED)
		ret = -ENODEV;
	else if (hailo_file_valid(file))
		buffer = hailo_object_find(file, (u64)vma->vm_pgoff << PAGE_SHIFT,
					   HAILO_TAG_BUFFER);
	if (buffer)
		ret = hailo_mmap_buffer(file, buffer, vma);
	if (!ret) {
		hailo_buffer_get(buffer);
		vma->vm_private_data = buffer;
		vma->vm_ops = &hailo_vm_ops;
	}
	mutex_unlock(&file->mem_lock);
	return ret;
}
