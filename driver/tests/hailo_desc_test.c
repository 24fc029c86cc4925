// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors and list arithmetic, against the worked examples of chapter 2,
 * 8.3 and 18, and against a slow model.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/scatterlist.h>
#include <linux/string.h>

#include "hailo_desc.h"

#define HAILO_TEST_DESCS	8
#define HAILO_TEST_SEGMENTS	3

struct hailo_bind_expected {
	u64 addr;
	u32 size;
};

struct hailo_bind_case {
	const char *name;
	u32 count;
	u32 page_size;
	bool circular;
	struct {
		u64 addr;
		u32 len;
	} segments[HAILO_TEST_SEGMENTS];
	u64 offset;
	u64 size;
	u32 start;
	u32 stride;
	int ret;
	bool bound;
	struct hailo_bind_expected expected[HAILO_TEST_DESCS];
	u32 busy;	/* descriptors before @start */
};

static const struct hailo_bind_case hailo_bind_cases[] = {
	{ "18.1: three pages", 8, 4096, true, { { 0x123456000, 10000 } }, 0, 10000, 0, 0, 3, true,
	  { { 0x123456000, 0x1000 }, { 0x123457000, 0x1000 }, { 0x123458000, 0x710 } } },
	{ "18.2: around the end", 8, 4096, true, { { 0x123456000, 10000 } }, 0, 10000, 6, 0, 3,
	  true,
	  { [6] = { 0x123456000, 0x1000 }, [7] = { 0x123457000, 0x1000 },
	    [0] = { 0x123458000, 0x710 } } },
	{ "18.3: two segments", 8, 4096, true, { { 0x123456000, 4096 }, { 0xa0000000, 8192 } },
	  0, 10000, 0, 0, 3, true,
	  { { 0x123456000, 0x1000 }, { 0xa0000000, 0x1000 }, { 0xa0001000, 0x710 } } },
	{ "8.3: first of the batch", 8, 0x400, true, { { 0, 0x4000 } }, 0x800, 0x500, 0, 0, 2, true,
	  { { 0x800, 0x400 }, { 0xc00, 0x100 } } },
	{ "8.3: stride", 8, 0x100, true, { { 0, 0x1000 } }, 0, 0x300, 0, 0xc0, 3, false,
	  { { 0, 0xc0 }, { 0x100, 0xc0 }, { 0x200, 0xc0 } } },
	{ "8.3: stride a multiple of the page", 8, 0x200, true, { { 0, 0x1000 } }, 0, 0x600, 0,
	  0x400, 3, true, { { 0, 0x200 }, { 0x200, 0x200 }, { 0x400, 0x200 } } },
	{ "8.3: stride and a rest", 8, 0x400, true, { { 0, 0x1000 } }, 0, 0x500, 0, 0x100,
	  -EINVAL },
	{ "stride beyond the page", 8, 0x100, true, { { 0, 0x1000 } }, 0, 0x300, 0, 0x180,
	  -EINVAL },
	{ "a short segment in the middle", 8, 0x400, true,
	  { { 0x10000, 0x500 }, { 0x20000, 0x800 } }, 0, 0xd00, 0, 0, 4, false,
	  { { 0x10000, 0x400 }, { 0x10400, 0x100 }, { 0x20000, 0x400 }, { 0x20400, 0x400 } } },
	{ "offset in a later segment", 8, 0x400, true, { { 0x10000, 0x400 }, { 0x20000, 0x800 } },
	  0x800, 0x400, 2, 0, 1, true, { [2] = { 0x20400, 0x400 } } },
	{ "the whole ring", 8, 64, true, { { 0x1000, 512 } }, 0, 512, 0, 0, 8, true,
	  { { 0x1000, 64 }, { 0x1040, 64 }, { 0x1080, 64 }, { 0x10c0, 64 },
	    { 0x1100, 64 }, { 0x1140, 64 }, { 0x1180, 64 }, { 0x11c0, 64 } } },
	{ "the whole ring from the middle", 4, 64, true, { { 0x1000, 256 } }, 0, 256, 3, 0, 4, true,
	  { [3] = { 0x1000, 64 }, [0] = { 0x1040, 64 }, [1] = { 0x1080, 64 },
	    [2] = { 0x10c0, 64 } } },
	{ "across 4 GiB", 8, 0x400, true, { { 0xfffff800, 0x1000 } }, 0, 0x1000, 0, 0, 4, true,
	  { { 0xfffff800, 0x400 }, { 0xfffffc00, 0x400 }, { 0x100000000, 0x400 },
	    { 0x100000400, 0x400 } } },
	{ "across 4 GiB inside a page", 8, 0x400, true, { { 0xffffff00, 0xa00 } }, 0, 0xa00, 6, 0,
	  3, true,
	  { [6] = { 0xffffff00, 0x400 }, [7] = { 0x100000300, 0x400 },
	    [0] = { 0x100000700, 0x200 } } },
	{ "bus address 0", 8, 64, true, { { 0, 64 } }, 0, 8, 0, 0, 1, true, { { 0, 8 } } },
	{ "straight list to its end", 6, 512, false, { { 0x1000, 4096 } }, 0, 1025, 3, 0, 3, true,
	  { [3] = { 0x1000, 512 }, [4] = { 0x1200, 512 }, [5] = { 0x1400, 1 } } },
	{ "straight list beyond its end", 6, 512, false, { { 0x1000, 4096 } }, 0, 1025, 4, 0,
	  -ERANGE },
	{ "ring too short", 8, 64, true, { { 0x1000, 1024 } }, 0, 513, 0, 0, -ERANGE },
	{ "buffer too short", 8, 64, true, { { 0x1000, 128 } }, 0, 129, 0, 0, -EFAULT },
	{ "offset beyond the buffer", 8, 64, true, { { 0x1000, 128 } }, 128, 64, 0, 0, -EFAULT },
	{ "offset inside a page", 8, 64, true, { { 0x1000, 128 } }, 32, 64, 0, 0, -EINVAL },
	{ "start outside the list", 8, 64, true, { { 0x1000, 128 } }, 0, 64, 8, 0, -EINVAL },
	{ "the room there is", 8, 64, true, { { 0x1000, 512 } }, 0, 320, 0, 0, .busy = 3, .ret = 5,
	  .bound = true,
	  .expected = { { 0x1000, 64 }, { 0x1040, 64 }, { 0x1080, 64 }, { 0x10c0, 64 },
			{ 0x1100, 64 } } },
	{ "more than the room", 8, 64, true, { { 0x1000, 512 } }, 0, 321, 0, 0, .busy = 3,
	  .ret = -ERANGE },
	{ "descriptors in use", 8, 64, true, { { 0x1000, 512 } }, 0, 64, 2, 0, .busy = 3,
	  .ret = -ERANGE },
	{ "no bytes", 8, 64, true, { { 0x1000, 128 } }, 0, 0, 0, 0, -EINVAL },
	{ "segment misaligned", 8, 64, true, { { 0x1020, 128 } }, 0, 64, 0, 0, -EINVAL },
};

static void hailo_bind_desc(const struct hailo_bind_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_bind, hailo_bind_cases, hailo_bind_desc);

static struct hailo_desc_ring *hailo_test_ring(struct kunit *test, struct hailo_desc *descs,
					       u32 count, u32 page_size, bool circular)
{
	struct hailo_desc_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	ring->descs = descs;
	ring->count = count;
	ring->page_size = page_size;
	ring->circular = circular;
	return ring;
}

static void hailo_test_segment(struct scatterlist *sg, u64 addr, u32 len)
{
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = len;
}

static void hailo_desc_check_bind(struct kunit *test, bool aligned)
{
	const struct hailo_bind_case *c = test->param_value;
	struct hailo_desc descs[HAILO_TEST_DESCS];
	struct hailo_desc untouched;
	struct scatterlist sg[HAILO_TEST_SEGMENTS];
	struct hailo_desc_ring *ring = hailo_test_ring(test, descs, c->count, c->page_size,
						       c->circular);
	struct hailo_desc_run run = {
		.id = 1,
		.sg = sg,
		.offset = c->offset,
		.size = c->size,
		.start = c->start,
		.stride = c->stride,
	};
	u64 total = 0;
	int i;

	if (c->start < c->count)
		run.room = hailo_desc_room(ring, c->start, c->start ? 0 : c->count - c->busy,
					   c->busy);
	memset(descs, 0xa5, sizeof(descs));
	memset(&untouched, 0xa5, sizeof(untouched));
	sg_init_table(sg, HAILO_TEST_SEGMENTS);
	for (i = 0; i < HAILO_TEST_SEGMENTS && c->segments[i].len; i++) {
		hailo_test_segment(&sg[i], c->segments[i].addr, c->segments[i].len);
		total += c->segments[i].len;
		run.nents++;
	}
	if (aligned && c->offset + c->size <= total)
		run.align = hailo_desc_alignment(sg, run.nents);

	KUNIT_ASSERT_EQ(test, c->ret, hailo_desc_bind(ring, &run));
	if (c->ret > 0)
		KUNIT_EXPECT_EQ(test, c->bound,
				hailo_desc_bound(ring, 1, c->start, c->ret, 1));
	for (i = 0; i < HAILO_TEST_DESCS; i++) {
		const struct hailo_bind_expected *e = &c->expected[i];

		if (!e->size) {
			KUNIT_EXPECT_EQ(test, 0, memcmp(&descs[i], &untouched, sizeof(untouched)));
			continue;
		}
		KUNIT_EXPECT_EQ(test, e->size << 8 | 0x02, le32_to_cpu(descs[i].control));
		KUNIT_EXPECT_EQ(test, (u32)e->addr, le32_to_cpu(descs[i].addr_lo));
		KUNIT_EXPECT_EQ(test, (u32)(e->addr >> 32), le32_to_cpu(descs[i].addr_hi));
		KUNIT_EXPECT_EQ(test, 0, le32_to_cpu(descs[i].status));
	}
}

static void hailo_desc_test_bind(struct kunit *test)
{
	hailo_desc_check_bind(test, false);
}

/* The way that saves the walk does the same. */
static void hailo_desc_test_bind_aligned(struct kunit *test)
{
	hailo_desc_check_bind(test, true);
}

static void hailo_desc_test_alignment(struct kunit *test)
{
	static const struct {
		u64 addr[2];
		u32 len[2];	/* a second one of 0: one segment */
		u32 expected;
	} rows[] = {
		/* the end of the last one does not count */
		{ { 0x123456000 }, { 10000 }, 0x2000 },
		{ { 0x10000, 0x20000 }, { 0x400, 7 }, 0x400 },
		/* that of every other one does */
		{ { 0x10000, 0x20000 }, { 0x500, 0x800 }, 0x100 },
		{ { 0, 0x100000000 }, { 0x1000, 1 }, 0x1000 },
		{ { 0x10000, 0x20040 }, { 0x1000, 0x1000 }, 0x40 },
		{ { 0x1020 }, { 128 }, 0x20 },
		{ { 1 }, { 4096 }, 1 },
		/* more than the result holds */
		{ { 0 }, { 4096 }, 0x80000000 },
		{ { 0x80000000 }, { 4096 }, 0x80000000 },
		{ { 0x100000000 }, { 4096 }, 0x80000000 },
	};
	struct scatterlist sg[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		sg_init_table(sg, 2);
		hailo_test_segment(&sg[0], rows[i].addr[0], rows[i].len[0]);
		hailo_test_segment(&sg[1], rows[i].addr[1], rows[i].len[1]);
		KUNIT_EXPECT_EQ_MSG(test, rows[i].expected,
				    hailo_desc_alignment(sg, rows[i].len[1] ? 2 : 1), "row %u", i);
	}
}

/* A ring of 8 pages of 64 bytes, bound whole to 512 bytes of buffer 1. */
static struct hailo_desc_ring *hailo_test_bound_ring(struct kunit *test, struct hailo_desc *descs,
						     struct scatterlist *sg, u64 size)
{
	struct hailo_desc_ring *ring = hailo_test_ring(test, descs, HAILO_TEST_DESCS, 64, true);
	struct hailo_desc_run run = { .id = 1, .sg = sg, .nents = 1, .size = size,
				      .room = HAILO_TEST_DESCS };

	sg_init_table(sg, 1);
	hailo_test_segment(sg, 0x1000, 512);
	KUNIT_ASSERT_EQ(test, HAILO_TEST_DESCS, hailo_desc_bind(ring, &run));
	return ring;
}

static void hailo_desc_test_bound(struct kunit *test)
{
	struct hailo_desc descs[HAILO_TEST_DESCS];
	struct scatterlist sg;
	struct hailo_desc_ring *ring = hailo_test_bound_ring(test, descs, &sg, 512);
	u32 start, count;

	for (start = 0; start < HAILO_TEST_DESCS; start++)
		for (count = 1; count < HAILO_TEST_DESCS; count++) {
			KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, 1, start, count, 64));
			KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 2, start, count, 64));
		}

	/* The last page is not full: nothing goes across it, nor beyond it. */
	ring = hailo_test_bound_ring(test, descs, &sg, 500);
	KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, 1, 6, 1, 64));
	KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, 1, 6, 2, 52));
	KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 1, 6, 2, 53));
	KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 1, 6, 3, 1));
}

static void hailo_desc_test_rebind(struct kunit *test)
{
	struct hailo_desc descs[HAILO_TEST_DESCS];
	struct scatterlist sg;
	struct hailo_desc_ring *ring = hailo_test_bound_ring(test, descs, &sg, 512);
	struct hailo_desc_run run = { .id = 1, .sg = &sg, .nents = 1, .size = 512,
				      .room = HAILO_TEST_DESCS };
	struct hailo_desc_run other = { .id = 2, .sg = &sg, .nents = 1, .size = 64, .start = 3,
					.room = 1 };

	/* The same again: only the last descriptor is written. */
	descs[0].addr_lo = cpu_to_le32(0xdead);
	descs[7].control = 0;
	descs[7].status = cpu_to_le32(HAILO_DESC_STATUS_DONE);
	KUNIT_EXPECT_EQ(test, 8, hailo_desc_bind(ring, &run));
	KUNIT_EXPECT_EQ(test, 0xdead, le32_to_cpu(descs[0].addr_lo));
	KUNIT_EXPECT_EQ(test, 0x4002, le32_to_cpu(descs[7].control));
	KUNIT_EXPECT_EQ(test, 0, le32_to_cpu(descs[7].status));
	/* The same, but the device has part of it. */
	run.room = 7;
	KUNIT_EXPECT_EQ(test, -ERANGE, hailo_desc_bind(ring, &run));
	run.room = 8;

	/* A descriptor in the middle was changed: everything is written, still bound. */
	hailo_desc_patch(ring, 4, 8, hailo_desc_irq_flags(HAILO_DOMAIN_DEVICE, false));
	KUNIT_EXPECT_EQ(test, 0x81e, le32_to_cpu(descs[4].control));
	KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, 1, 2, 3, 64));
	KUNIT_EXPECT_EQ(test, 8, hailo_desc_bind(ring, &run));
	KUNIT_EXPECT_EQ(test, 0x4002, le32_to_cpu(descs[4].control));
	KUNIT_EXPECT_EQ(test, 0x1000, le32_to_cpu(descs[0].addr_lo));

	/* Another buffer in the middle: the first is not bound any more. */
	KUNIT_EXPECT_EQ(test, 1, hailo_desc_bind(ring, &other));
	KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 1, 0, 1, 64));
	KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, 2, 3, 1, 64));
	descs[0].addr_lo = 0;
	KUNIT_EXPECT_EQ(test, 8, hailo_desc_bind(ring, &run));
	KUNIT_EXPECT_EQ(test, 0x1000, le32_to_cpu(descs[0].addr_lo));
	KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 2, 3, 1, 64));
}

/* A list remembers the newest so many. */
static void hailo_desc_test_forgotten(struct kunit *test)
{
	const u32 count = 2 * HAILO_DESC_BINDINGS;
	struct hailo_desc *descs = kunit_kcalloc(test, count, sizeof(*descs), GFP_KERNEL);
	struct hailo_desc_ring *ring;
	struct scatterlist sg;
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, descs);
	ring = hailo_test_ring(test, descs, count, 64, true);
	sg_init_table(&sg, 1);
	hailo_test_segment(&sg, 0x1000, 64);
	for (i = 0; i <= HAILO_DESC_BINDINGS; i++) {
		struct hailo_desc_run run = { .id = i + 1, .sg = &sg, .nents = 1, .size = 64,
					      .start = i, .room = count };

		KUNIT_ASSERT_EQ(test, 1, hailo_desc_bind(ring, &run));
	}
	KUNIT_EXPECT_FALSE(test, hailo_desc_bound(ring, 1, 0, 1, 64));
	for (i = 1; i <= HAILO_DESC_BINDINGS; i++)
		KUNIT_EXPECT_TRUE(test, hailo_desc_bound(ring, i + 1, i, 1, 64));
}

static void hailo_desc_test_room(struct kunit *test)
{
	struct hailo_desc_ring *ring = hailo_test_ring(test, NULL, 8, 64, true);
	u32 start;

	KUNIT_EXPECT_EQ(test, 8, hailo_desc_room(ring, 5, 0, 0));
	for (start = 0; start < 8; start++)
		KUNIT_EXPECT_EQ(test, start < 2 || start > 5 ? 0 : 6 - start,
				hailo_desc_room(ring, start, 6, 4));
}

static void hailo_desc_test_flags(struct kunit *test)
{
	struct hailo_desc descs[2] = { };
	struct hailo_desc_ring *ring = hailo_test_ring(test, descs, 2, 4096, true);

	/* 5.1 */
	hailo_desc_set_last(ring, 1, 0x710, hailo_desc_irq_flags(HAILO_DOMAIN_HOST, false));
	KUNIT_EXPECT_EQ(test, 0x0007102e, le32_to_cpu(descs[1].control));
	hailo_desc_set_last(ring, 1, 0x710, hailo_desc_irq_flags(HAILO_DOMAIN_DEVICE, false));
	KUNIT_EXPECT_EQ(test, 0x0007101e, le32_to_cpu(descs[1].control));
	hailo_desc_set_last(ring, 1, 0x710, hailo_desc_irq_flags(HAILO_DOMAIN_HOST, true));
	KUNIT_EXPECT_EQ(test, 0x0007102f, le32_to_cpu(descs[1].control));
	hailo_desc_set_last(ring, 1, 0x710,
			    hailo_desc_irq_flags(HAILO_DOMAIN_HOST | HAILO_DOMAIN_DEVICE, true));
	KUNIT_EXPECT_EQ(test, 0x0007103f, le32_to_cpu(descs[1].control));
	hailo_desc_set_last(ring, 1, 0x710, hailo_desc_irq_flags(HAILO_DOMAIN_NONE, true));
	KUNIT_EXPECT_EQ(test, 0x00071002, le32_to_cpu(descs[1].control));
	hailo_desc_add_flags(ring, 1, hailo_desc_irq_flags(HAILO_DOMAIN_HOST, false));
	KUNIT_EXPECT_EQ(test, 0x0007102e, le32_to_cpu(descs[1].control));
	/* 10.3 */
	hailo_desc_restore(ring, 1);
	KUNIT_EXPECT_EQ(test, 0x00100002, le32_to_cpu(descs[1].control));
	KUNIT_EXPECT_EQ(test, 0, le32_to_cpu(descs[0].control));
}

static void hailo_desc_test_wrap(struct kunit *test)
{
	struct hailo_desc_ring *ring = hailo_test_ring(test, NULL, 8, 512, true);

	KUNIT_EXPECT_EQ(test, 7, hailo_desc_wrap(ring, 7));
	KUNIT_EXPECT_EQ(test, 0, hailo_desc_wrap(ring, 8));
	KUNIT_EXPECT_EQ(test, 7, hailo_desc_wrap(ring, 0x10000 + 15));
	ring->circular = false;
	ring->count = 6;
	KUNIT_EXPECT_EQ(test, 5, hailo_desc_wrap(ring, 5));
	KUNIT_EXPECT_EQ(test, 0, hailo_desc_wrap(ring, 6));
	KUNIT_EXPECT_EQ(test, 1, hailo_desc_wrap(ring, 13));

	KUNIT_EXPECT_EQ(test, 0, hailo_desc_pages(ring, 0));
	KUNIT_EXPECT_EQ(test, 1, hailo_desc_pages(ring, 1));
	KUNIT_EXPECT_EQ(test, 1, hailo_desc_pages(ring, 512));
	KUNIT_EXPECT_EQ(test, 2, hailo_desc_pages(ring, 513));
	KUNIT_EXPECT_EQ(test, U32_MAX, hailo_desc_pages(ring, 1ull << 50));
}

/* Walks from @from, one descriptor after the other, as the engine does. */
static bool hailo_desc_model_passed(u32 last, u32 from, u32 to, u32 available, u32 count)
{
	if (to == available)
		return true;
	for (; from != to; from = (from + 1) % count)
		if (from == last)
			return true;
	return false;
}

static void hailo_desc_test_passed(struct kunit *test)
{
	const u32 count = 8;
	u32 last, from, to, available;

	for (last = 0; last < count; last++)
		for (from = 0; from < count; from++)
			for (to = 0; to < count; to++)
				for (available = 0; available < count; available++)
					KUNIT_ASSERT_EQ(test,
							hailo_desc_model_passed(last, from, to,
										available, count),
							hailo_desc_passed(last, from, to,
									  available));
}

static struct kunit_case hailo_desc_cases[] = {
	KUNIT_CASE_PARAM(hailo_desc_test_bind, hailo_bind_gen_params),
	KUNIT_CASE_PARAM(hailo_desc_test_bind_aligned, hailo_bind_gen_params),
	KUNIT_CASE(hailo_desc_test_alignment),
	KUNIT_CASE(hailo_desc_test_bound),
	KUNIT_CASE(hailo_desc_test_rebind),
	KUNIT_CASE(hailo_desc_test_forgotten),
	KUNIT_CASE(hailo_desc_test_room),
	KUNIT_CASE(hailo_desc_test_flags),
	KUNIT_CASE(hailo_desc_test_wrap),
	KUNIT_CASE(hailo_desc_test_passed),
	{}
};

static struct kunit_suite hailo_desc_suite = {
	.name = "hailo_desc",
	.test_cases = hailo_desc_cases,
};

kunit_test_suite(hailo_desc_suite);
