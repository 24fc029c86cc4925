// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which channels an interrupt means, on registers that are memory: they keep
 * what is written, so a test sees which bits would have been cleared.
 */
#include <kunit/test.h>
#include <linux/io.h>
#include <linux/string.h>

#include "hailo_cdev.h"
#include "hailo_dev.h"
#include "hailo_vdma.h"

struct hailo_vdma_irq_case {
	const char *name;
	u32 enabled;
	u32 src;	/* channels whose bits are set when the driver looks */
	u32 dst;
	u32 summary;
	u32 channels;
	u32 src_cleared;
	u32 dst_cleared;
};

static const struct hailo_vdma_irq_case hailo_vdma_irq_cases[] = {
	{ "one of a group", 0x2, 0x2, 0, 0x1, 0x2, 0xf, 0 },
	{ "one of the last group", 0x80000000, 0, 0x80000000, 0x8000, 0x80000000, 0, 0xf0000000 },
	{ "one of two", 0x3, 0x2, 0, 0x1, 0x2, 0x2, 0 },
	{ "both of two", 0x3, 0x3, 0, 0x1, 0x3, 0x3, 0 },
	{ "a group that nobody has", 0x2, 0x20, 0, 0x2, 0, 0xf0, 0 },
	{ "one of two beside one that is not enabled", 0x3, 0x5, 0, 0x1, 0x1, 0x5, 0 },
	{ "both directions", 0x30003, 0x1, 0x20000, 0x1001, 0x20001, 0x1, 0x20000 },
	{ "two groups", 0x33, 0x12, 0, 0x3, 0x12, 0x12, 0 },
	/* Set since the summary was read: that says so the next time. */
	{ "another group meanwhile", 0x33, 0x12, 0, 0x1, 0x2, 0x2, 0 },
	{ "another group of one meanwhile", 0x13, 0x12, 0, 0x1, 0x2, 0x2, 0 },
	{ "another group back meanwhile", 0x330000, 0, 0x120000, 0x1000, 0x20000, 0, 0x20000 },
};

static void hailo_vdma_irq_desc(const struct hailo_vdma_irq_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_vdma_irq, hailo_vdma_irq_cases, hailo_vdma_irq_desc);

static struct hailo_dev *hailo_test_board(struct kunit *test)
{
	struct hailo_dev *hdev = kunit_kzalloc(test, sizeof(*hdev), GFP_KERNEL);
	void *registers = kunit_kzalloc(test, HAILO_BAR_CONFIG_MIN, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hdev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, registers);
	init_rwsem(&hdev->rwsem);
	mutex_init(&hdev->use_lock);
	spin_lock_init(&hdev->irq_lock);
	hailo_vdma_init(&hdev->vdma);
	hdev->hw.bar[HAILO_BAR_CONFIG] = (void __iomem __force *)registers;
	return hdev;
}

static u32 hailo_test_written(struct hailo_dev *hdev, u32 reg, bool looked)
{
	return looked ? hailo_hw_read(&hdev->hw, HAILO_BAR_CONFIG, reg) : 0;
}

static void hailo_vdma_test_irq(struct kunit *test)
{
	const struct hailo_vdma_irq_case *c = test->param_value;
	struct hailo_file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);
	struct hailo_dev *hdev = hailo_test_board(test);
	u32 channels;
	int ret;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	file->hdev = hdev;
	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_ISTATUS_SRC, c->src);
	hailo_hw_write(&hdev->hw, HAILO_BAR_CONFIG, HAILO_REG_ISTATUS_DST, c->dst);

	down_read(&hdev->rwsem);
	mutex_lock(&hdev->use_lock);
	ret = hailo_vdma_enable(hdev, file, c->enabled, false);
	if (!ret) {
		spin_lock_irq(&hdev->irq_lock);
		channels = hailo_vdma_irq(hdev, c->summary);
		spin_unlock_irq(&hdev->irq_lock);

		KUNIT_EXPECT_EQ(test, c->channels, channels);
		KUNIT_EXPECT_EQ(test, c->channels, hdev->vdma.pending);
		hailo_vdma_disable(hdev, file, c->enabled);
	}
	mutex_unlock(&hdev->use_lock);
	up_read(&hdev->rwsem);

	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_EQ(test, 0, hdev->vdma.pending);
	KUNIT_EXPECT_EQ(test, c->src_cleared,
			hailo_test_written(hdev, HAILO_REG_ISTATUS_SRC,
					   c->summary & HAILO_INT_VDMA_H2D_MASK));
	KUNIT_EXPECT_EQ(test, c->dst_cleared,
			hailo_test_written(hdev, HAILO_REG_ISTATUS_DST,
					   c->summary & HAILO_INT_VDMA_D2H_MASK));
}

static struct kunit_case hailo_vdma_cases[] = {
	KUNIT_CASE_PARAM(hailo_vdma_test_irq, hailo_vdma_irq_gen_params),
	{}
};

static struct kunit_suite hailo_vdma_suite = {
	.name = "hailo_vdma",
	.test_cases = hailo_vdma_cases,
};

kunit_test_suite(hailo_vdma_suite);
