/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds valid firmware images of any size, for tests to break.
 *
 * Offsets and the magic are written out on purpose: sharing them with the
 * code under test would let one mistake confirm itself.
 */
#ifndef HAILO_FW_BUILDER_H
#define HAILO_FW_BUILDER_H

#include <linux/types.h>

struct kunit;

/* Fields of a header, bytes from its start. */
#define HAILO_TEST_HEADER_SIZE		24
#define HAILO_TEST_MAGIC		0
#define HAILO_TEST_HEADER_VERSION	4
#define HAILO_TEST_MAJOR		8
#define HAILO_TEST_MINOR		12
#define HAILO_TEST_REVISION		16
#define HAILO_TEST_CODE_SIZE		20

/**
 * struct hailo_fw_recipe - what to build
 * @app_code: bytes of application CPU code
 * @key_cert: bytes of key certificate
 * @content_cert: bytes of content certificate
 * @core_code: bytes of core CPU code
 */
struct hailo_fw_recipe {
	u32 app_code;
	u32 key_cert;
	u32 content_cert;
	u32 core_code;
};

/**
 * struct hailo_fw_built - an image and where its parts begin
 * @data: the image, freed when the test ends
 * @size: its length, bytes
 * @app_header: offset, bytes, as are all below
 * @app_code: offset
 * @cert_header: offset
 * @key_cert: offset
 * @content_cert: offset
 * @core_header: offset
 * @core_code: offset
 */
struct hailo_fw_built {
	u8 *data;
	size_t size;
	size_t app_header;
	size_t app_code;
	size_t cert_header;
	size_t key_cert;
	size_t content_cert;
	size_t core_header;
	size_t core_code;
};

void hailo_fw_build(struct kunit *test, const struct hailo_fw_recipe *recipe,
		    struct hailo_fw_built *built);

#endif /* HAILO_FW_BUILDER_H */
