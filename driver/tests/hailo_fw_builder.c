// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds valid firmware images of any size, for tests to break.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "compat/hailo_compat.h"
#include "hailo_fw_builder.h"

static void hailo_fw_build_header(u8 *header, u32 revision, u32 code_size)
{
	put_unaligned_le32(0x1dd89de0, header + HAILO_TEST_MAGIC);
	put_unaligned_le32(0, header + HAILO_TEST_HEADER_VERSION);
	put_unaligned_le32(4, header + HAILO_TEST_MAJOR);
	put_unaligned_le32(23, header + HAILO_TEST_MINOR);
	put_unaligned_le32(revision, header + HAILO_TEST_REVISION);
	put_unaligned_le32(code_size, header + HAILO_TEST_CODE_SIZE);
}

/**
 * hailo_fw_build - build a valid image of version 4.23.0
 * @test: owner of the memory
 * @recipe: sizes of the parts, not checked against any limit
 * @built: result
 *
 * Aborts the test when there is no memory.
 */
void hailo_fw_build(struct kunit *test, const struct hailo_fw_recipe *recipe,
		    struct hailo_fw_built *built)
{
	u8 *data;

	built->app_header = 0;
	built->app_code = HAILO_TEST_HEADER_SIZE;
	built->cert_header = built->app_code + recipe->app_code;
	built->key_cert = built->cert_header + 8;
	built->content_cert = built->key_cert + recipe->key_cert;
	built->core_header = built->content_cert + recipe->content_cert;
	built->core_code = built->core_header + HAILO_TEST_HEADER_SIZE;
	built->size = built->core_code + recipe->core_code;

	data = kunit_kzalloc(test, built->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, data);
	built->data = data;

	hailo_fw_build_header(data, 0x20000000, recipe->app_code);
	memset(data + built->app_code, 0xa0, recipe->app_code);
	put_unaligned_le32(recipe->key_cert, data + built->cert_header);
	put_unaligned_le32(recipe->content_cert, data + built->cert_header + 4);
	memset(data + built->key_cert, 0x4b, recipe->key_cert);
	memset(data + built->content_cert, 0x43, recipe->content_cert);
	hailo_fw_build_header(data + built->core_header, 0x28000000,
			      recipe->core_code);
	memset(data + built->core_code, 0xc0, recipe->core_code);
}
