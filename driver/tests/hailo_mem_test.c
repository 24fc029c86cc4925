// SPDX-License-Identifier: GPL-2.0-only
/*
 * How launches find the buffer that they name by address, and where its bytes
 * lie.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/scatterlist.h>

#include "hailo_mem.h"

static struct hailo_map *hailo_test_map(struct kunit *test, struct rb_root_cached *root, u64 id,
					unsigned long addr, size_t size,
					enum dma_data_direction direction)
{
	struct hailo_map *map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, map);
	map->id = id;
	map->addr = addr;
	map->last = addr + size - 1;
	map->size = size;
	map->direction = direction;
	hailo_map_tree_insert(root, map);
	return map;
}

static void hailo_mem_test_covers(struct kunit *test)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct hailo_map *map;
	static const struct {
		unsigned long addr;
		size_t size;
		bool found;
	} rows[] = {
		{ 0x10000, 0x1000, true },
		{ 0x10000, 1, true },
		{ 0x10800, 0x800, true },
		{ 0x10fff, 1, true },
		{ 0x10000, 0x1001, false },
		{ 0x10fff, 2, false },
		{ 0xffff, 1, false },
		{ 0xffff, 0x1001, false },
		{ 0x11000, 1, false },
		{ 0, ULONG_MAX, false },
		/* around the end of all addresses */
		{ 0x10800, ULONG_MAX, false },
	};
	unsigned int i;

	KUNIT_EXPECT_PTR_EQ(test, NULL, hailo_map_tree_find(&root, 0x10000, 1, DMA_TO_DEVICE));
	map = hailo_test_map(test, &root, 1, 0x10000, 0x1000, DMA_TO_DEVICE);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_PTR_EQ_MSG(test, rows[i].found ? map : NULL,
					hailo_map_tree_find(&root, rows[i].addr, rows[i].size,
							    DMA_TO_DEVICE),
					"row %u", i);
}

/* An address that ends where all addresses do. */
static void hailo_mem_test_last_byte(struct kunit *test)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct hailo_map *map = hailo_test_map(test, &root, 1, ULONG_MAX - 0xfff, 0x1000,
					       DMA_TO_DEVICE);

	KUNIT_EXPECT_PTR_EQ(test, map, hailo_map_tree_find(&root, ULONG_MAX - 0xff, 0x100,
							   DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, NULL, hailo_map_tree_find(&root, ULONG_MAX - 0xff, 0x101,
							    DMA_TO_DEVICE));
}

/* Chapter 3, 7.18: the newest that covers the range, whatever came first into the tree. */
static void hailo_mem_test_newest(struct kunit *test)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct hailo_map *beside = hailo_test_map(test, &root, 4, 0x12000, 0x1000, DMA_TO_DEVICE);
	struct hailo_map *same = hailo_test_map(test, &root, 3, 0x10000, 0x1000, DMA_TO_DEVICE);
	struct hailo_map *all = hailo_test_map(test, &root, 1, 0x10000, 0x4000, DMA_TO_DEVICE);
	struct hailo_map *older = hailo_test_map(test, &root, 2, 0x10000, 0x1000, DMA_TO_DEVICE);

	KUNIT_EXPECT_PTR_EQ(test, same, hailo_map_tree_find(&root, 0x10000, 0x1000, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, all, hailo_map_tree_find(&root, 0x10000, 0x1001, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, all, hailo_map_tree_find(&root, 0x11000, 0x1000, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, beside, hailo_map_tree_find(&root, 0x12000, 1, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, all, hailo_map_tree_find(&root, 0x12fff, 2, DMA_TO_DEVICE));

	hailo_map_tree_remove(&root, same);
	KUNIT_EXPECT_PTR_EQ(test, older, hailo_map_tree_find(&root, 0x10000, 0x1000,
							     DMA_TO_DEVICE));
	hailo_map_tree_remove(&root, older);
	KUNIT_EXPECT_PTR_EQ(test, all, hailo_map_tree_find(&root, 0x10000, 0x1000, DMA_TO_DEVICE));
	hailo_map_tree_remove(&root, all);
	KUNIT_EXPECT_PTR_EQ(test, NULL, hailo_map_tree_find(&root, 0x10000, 1, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, beside, hailo_map_tree_find(&root, 0x12000, 1, DMA_TO_DEVICE));
}

static void hailo_mem_test_direction(struct kunit *test)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct hailo_map *both = hailo_test_map(test, &root, 1, 0x10000, 0x1000,
						DMA_BIDIRECTIONAL);
	struct hailo_map *to = hailo_test_map(test, &root, 2, 0x10000, 0x1000, DMA_TO_DEVICE);
	struct hailo_map *from;

	KUNIT_EXPECT_PTR_EQ(test, to, hailo_map_tree_find(&root, 0x10000, 1, DMA_TO_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, both, hailo_map_tree_find(&root, 0x10000, 1, DMA_FROM_DEVICE));
	hailo_map_tree_remove(&root, both);
	KUNIT_EXPECT_PTR_EQ(test, NULL, hailo_map_tree_find(&root, 0x10000, 1, DMA_FROM_DEVICE));
	from = hailo_test_map(test, &root, 3, 0x10000, 0x1000, DMA_FROM_DEVICE);
	KUNIT_EXPECT_PTR_EQ(test, from, hailo_map_tree_find(&root, 0x10000, 1, DMA_FROM_DEVICE));
	KUNIT_EXPECT_PTR_EQ(test, to, hailo_map_tree_find(&root, 0x10000, 1, DMA_TO_DEVICE));
}

/* Memory of a dma-buf begins where its address lies in that. */
static void hailo_mem_test_run(struct kunit *test)
{
	struct scatterlist sg[2];
	struct sg_table sgt = { .sgl = sg, .nents = 1, .orig_nents = 2 };
	struct hailo_map map = { .id = 7, .align = 64, .base = 0x100000000, .sgt = &sgt };
	struct hailo_desc_run run = { .offset = 0x1200, .size = 5, .start = 6, .room = 8 };

	sg_init_table(sg, 2);
	hailo_map_run(&map, &run);
	KUNIT_EXPECT_EQ(test, 7, run.id);
	KUNIT_EXPECT_PTR_EQ(test, &sg[0], run.sg);
	/* as many as the DMA API has made of them */
	KUNIT_EXPECT_EQ(test, 1, run.nents);
	KUNIT_EXPECT_EQ(test, 64, run.align);
	KUNIT_EXPECT_EQ(test, 0x100001200, run.offset);
	KUNIT_EXPECT_EQ(test, 5, run.size);
	KUNIT_EXPECT_EQ(test, 6, run.start);
	KUNIT_EXPECT_EQ(test, 8, run.room);
}

static struct kunit_case hailo_mem_cases[] = {
	KUNIT_CASE(hailo_mem_test_covers),
	KUNIT_CASE(hailo_mem_test_last_byte),
	KUNIT_CASE(hailo_mem_test_newest),
	KUNIT_CASE(hailo_mem_test_direction),
	KUNIT_CASE(hailo_mem_test_run),
	{}
};

static struct kunit_suite hailo_mem_suite = {
	.name = "hailo_mem",
	.test_cases = hailo_mem_cases,
};

kunit_test_suite(hailo_mem_suite);
