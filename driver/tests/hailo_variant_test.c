// SPDX-License-Identifier: GPL-2.0-only
/*
 * Board data and descriptor page size.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "hailo_variant.h"

struct hailo_page_size_case {
	unsigned long page_size;
	unsigned int mrrs;
	int force;
	int ret;
	u16 expected;
	bool too_big;
};

static const struct hailo_page_size_case hailo_page_size_cases[] = {
	/* the host's page, at most what the library takes */
	{ 4096, 512, 0, 0, 4096, false },
	{ 4096, 4096, 0, 0, 4096, false },
	{ 16384, 512, 0, 0, 4096, false },
	{ 65536, 1024, 0, 0, 4096, false },
	{ 2048, 512, 0, 0, 2048, false },
	/* small read requests */
	{ 4096, 128, 0, 0, 128, false },
	{ 4096, 256, 0, 0, 256, false },
	{ 16384, 128, 0, 0, 128, false },
	{ 65536, 256, 0, 0, 256, false },
	/* forced: wins over both */
	{ 4096, 512, 64, 0, 64, false },
	{ 4096, 512, 128, 0, 128, false },
	{ 4096, 512, 512, 0, 512, false },
	{ 4096, 128, 2048, 0, 2048, false },
	{ 4096, 256, 4096, 0, 4096, false },
	{ 16384, 512, 4096, 0, 4096, false },
	/* forced beyond the library */
	{ 4096, 512, 8192, 0, 8192, true },
	{ 16384, 512, 16384, 0, 16384, true },
	{ 4096, 128, 32768, 0, 32768, true },
	/* refused */
	{ 4096, 512, 1, -EINVAL },
	{ 4096, 512, 32, -EINVAL },
	{ 4096, 512, 63, -EINVAL },
	{ 4096, 512, 65, -EINVAL },
	{ 4096, 512, 96, -EINVAL },
	{ 4096, 512, 4095, -EINVAL },
	{ 4096, 512, 4097, -EINVAL },
	{ 4096, 512, 12288, -EINVAL },
	{ 4096, 512, 32767, -EINVAL },
	{ 4096, 512, 65536, -EINVAL },
	{ 4096, 512, 1 << 30, -EINVAL },
	{ 4096, 512, INT_MAX, -EINVAL },
	{ 4096, 512, -1, -EINVAL },
	{ 4096, 512, -4096, -EINVAL },
	{ 4096, 512, INT_MIN, -EINVAL },
};

static void hailo_page_size_desc(const struct hailo_page_size_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "page %lu, read request %u, force %d",
		 c->page_size, c->mrrs, c->force);
}

KUNIT_ARRAY_PARAM(hailo_page_size, hailo_page_size_cases, hailo_page_size_desc);

static void hailo_variant_test_page_size(struct kunit *test)
{
	const struct hailo_page_size_case *c = test->param_value;
	bool too_big = !c->too_big;
	u16 size = 0x5a5a;

	KUNIT_ASSERT_EQ(test, c->ret,
			hailo_desc_page_size(c->page_size, c->mrrs, c->force,
					     &size, &too_big));
	if (c->ret) {
		KUNIT_EXPECT_EQ(test, 0x5a5a, size);
		return;
	}
	KUNIT_EXPECT_EQ(test, c->expected, size);
	KUNIT_EXPECT_EQ(test, c->too_big, too_big);
}

static void hailo_variant_test_hailo8(struct kunit *test)
{
	const struct hailo_variant *v = &hailo8_variant;

	KUNIT_EXPECT_EQ(test, 0, v->board_type);
	KUNIT_EXPECT_EQ(test, 0, v->accelerator_type);
	KUNIT_EXPECT_EQ(test, 0xe0000, v->addr.boot_status);
	KUNIT_EXPECT_EQ(test, 0xe0980, v->addr.boot_trigger);
	KUNIT_EXPECT_EQ(test, 0x60001000, v->addr.board_cfg);
	KUNIT_EXPECT_EQ(test, 0x60001500, v->addr.fw_cfg);
	KUNIT_EXPECT_EQ(test, 1280, v->fw.cfg);
	KUNIT_EXPECT_STREQ(test, "hailo/hailo8_board_cfg.bin", v->board_cfg_name);
	KUNIT_EXPECT_STREQ(test, "hailo/hailo8_fw_cfg.bin", v->fw_cfg_name);
	KUNIT_EXPECT_EQ(test, 0x1684, v->doorbell);
	KUNIT_EXPECT_EQ(test, 0x708, v->loaded_reg);
	KUNIT_EXPECT_EQ(test, 0x60000000, v->loaded_value);
}

static struct kunit_case hailo_variant_cases[] = {
	KUNIT_CASE(hailo_variant_test_hailo8),
	KUNIT_CASE_PARAM(hailo_variant_test_page_size, hailo_page_size_gen_params),
	{}
};

static struct kunit_suite hailo_variant_suite = {
	.name = "hailo_variant",
	.test_cases = hailo_variant_cases,
};

kunit_test_suite(hailo_variant_suite);
