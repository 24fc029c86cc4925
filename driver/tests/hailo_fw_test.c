// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware images: validation, load plan, file names.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "compat/hailo_compat.h"
#include "hailo_fw.h"
#include "hailo_fw_builder.h"
#include "hailo_variant.h"

/* Small, with odd sizes so that every later part is unaligned. */
static const struct hailo_fw_recipe hailo_fw_small = { 81, 5, 6, 83 };

/* Validates what must be refused: exact errno and defect, image untouched. */
static void hailo_fw_expect_refused(struct kunit *test, const u8 *data,
				    size_t size, int error, const char *what,
				    u32 value, u32 limit)
{
	struct hailo_fw_defect defect = { .what = "" };
	struct hailo_fw_image untouched;
	struct hailo_fw_image image;

	memset(&untouched, 0x5a, sizeof(untouched));
	memset(&image, 0x5a, sizeof(image));

	KUNIT_EXPECT_EQ_MSG(test, error,
			    hailo_fw_validate(&hailo8_variant, data, size,
					      &image, &defect),
			    "file of %zu bytes", size);
	KUNIT_EXPECT_STREQ_MSG(test, what, defect.what, "file of %zu bytes", size);
	KUNIT_EXPECT_EQ_MSG(test, value, defect.value, "file of %zu bytes", size);
	KUNIT_EXPECT_EQ_MSG(test, limit, defect.limit, "file of %zu bytes", size);
	KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(&untouched, &image, sizeof(image)),
			    "file of %zu bytes: a refused image was stored", size);
}

/* Valid images. */

struct hailo_fw_valid_case {
	const char *name;
	struct hailo_fw_recipe recipe;
};

static const struct hailo_fw_valid_case hailo_fw_valid_cases[] = {
	{ "smallest", { 80, 0, 0, 80 } },
	{ "aligned", { 128, 64, 32, 256 } },
	{ "odd app code", { 81, 0, 0, 80 } },
	{ "odd core code", { 80, 0, 0, 83 } },
	{ "one byte key certificate", { 80, 1, 0, 80 } },
	{ "one byte content certificate", { 80, 0, 1, 80 } },
	{ "everything odd", { 81, 5, 7, 83 } },
	{ "largest app code", { 0x40000, 0, 0, 80 } },
	{ "largest core code", { 80, 0, 0, 0x20000 } },
	{ "largest key certificate", { 80, 840, 0, 80 } },
	{ "largest content certificate", { 80, 0, 1520, 80 } },
	{ "largest file", { 0x40000, 0, 0, 0x50000 - 0x40000 - 0x38 } },
};

static void hailo_fw_valid_desc(const struct hailo_fw_valid_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_fw_valid, hailo_fw_valid_cases, hailo_fw_valid_desc);

static void hailo_fw_expect_valid(struct kunit *test, const u8 *data,
				  const struct hailo_fw_built *built,
				  const struct hailo_fw_recipe *recipe)
{
	struct hailo_fw_defect defect = { .what = "" };
	struct hailo_fw_image image;
	int ret;

	ret = hailo_fw_validate(&hailo8_variant, data, built->size, &image,
				&defect);
	KUNIT_ASSERT_EQ_MSG(test, 0, ret, "%s: %#x, limit %#x", defect.what,
			    defect.value, defect.limit);

	KUNIT_EXPECT_PTR_EQ(test, data + built->app_header, image.app_header);
	KUNIT_EXPECT_PTR_EQ(test, data + built->app_code, image.app_code);
	KUNIT_EXPECT_EQ(test, recipe->app_code, image.app_code_size);
	KUNIT_EXPECT_PTR_EQ(test, data + built->key_cert, image.key_cert);
	KUNIT_EXPECT_EQ(test, recipe->key_cert, image.key_cert_size);
	KUNIT_EXPECT_PTR_EQ(test, data + built->content_cert, image.content_cert);
	KUNIT_EXPECT_EQ(test, recipe->content_cert, image.content_cert_size);
	KUNIT_EXPECT_PTR_EQ(test, data + built->core_header, image.core_header);
	KUNIT_EXPECT_PTR_EQ(test, data + built->core_code, image.core_code);
	KUNIT_EXPECT_EQ(test, recipe->core_code, image.core_code_size);
	KUNIT_EXPECT_EQ(test, 4, image.version.major);
	KUNIT_EXPECT_EQ(test, 23, image.version.minor);
	KUNIT_EXPECT_EQ(test, 0, image.version.revision);
}

static void hailo_fw_test_valid(struct kunit *test)
{
	const struct hailo_fw_valid_case *c = test->param_value;
	struct hailo_fw_built built;
	u8 *shifted;

	hailo_fw_build(test, &c->recipe, &built);
	hailo_fw_expect_valid(test, built.data, &built, &c->recipe);

	shifted = kunit_kzalloc(test, built.size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, shifted);
	memcpy(shifted + 1, built.data, built.size);
	hailo_fw_expect_valid(test, shifted + 1, &built, &c->recipe);
}

/* The builder against the specification's worked example of 216 bytes. */
static void hailo_fw_test_worked_example(struct kunit *test)
{
	static const u8 app_header[] = {
		0xe0, 0x9d, 0xd8, 0x1d, 0x00, 0x00, 0x00, 0x00,
		0x04, 0x00, 0x00, 0x00, 0x17, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x20, 0x50, 0x00, 0x00, 0x00,
	};
	static const u8 certs_and_core_header[] = {
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0xe0, 0x9d, 0xd8, 0x1d, 0x00, 0x00, 0x00, 0x00,
		0x04, 0x00, 0x00, 0x00, 0x17, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x28, 0x50, 0x00, 0x00, 0x00,
	};
	static const struct hailo_fw_recipe recipe = { 80, 0, 0, 80 };
	struct hailo_fw_built built;

	hailo_fw_build(test, &recipe, &built);

	KUNIT_ASSERT_EQ(test, 216, built.size);
	KUNIT_EXPECT_EQ(test, 0, memcmp(built.data, app_header,
					sizeof(app_header)));
	KUNIT_EXPECT_EQ(test, 0, memcmp(built.data + 0x68,
					certs_and_core_header,
					sizeof(certs_and_core_header)));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(built.data + 0x18, 0xa0, 80));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(built.data + 0x88, 0xc0, 80));
}

/* Flag bits of the revision word are not part of the version. */
static void hailo_fw_test_version(struct kunit *test)
{
	struct hailo_fw_defect defect;
	struct hailo_fw_built built;
	struct hailo_fw_image image;

	hailo_fw_build(test, &hailo_fw_small, &built);
	put_unaligned_le32(5, built.data + HAILO_TEST_MAJOR);
	put_unaligned_le32(0xffffffff, built.data + HAILO_TEST_MINOR);
	put_unaligned_le32(0xf8000003, built.data + HAILO_TEST_REVISION);
	/* The core's version is nobody's business here. */
	put_unaligned_le32(9, built.data + built.core_header + HAILO_TEST_MAJOR);

	KUNIT_ASSERT_EQ(test, 0,
			hailo_fw_validate(&hailo8_variant, built.data,
					  built.size, &image, &defect));
	KUNIT_EXPECT_EQ(test, 5, image.version.major);
	KUNIT_EXPECT_EQ(test, 0xffffffff, image.version.minor);
	KUNIT_EXPECT_EQ(test, 3, image.version.revision);
}

/* Truncation. */

/*
 * Every shorter length, each in a buffer of exactly that length so that KASAN
 * sees a read behind it.
 */
static void hailo_fw_test_truncated(struct kunit *test)
{
	const struct hailo_fw_recipe *recipe = &hailo_fw_small;
	struct hailo_fw_built built;
	size_t size;
	u8 *data;

	hailo_fw_build(test, recipe, &built);
	hailo_fw_expect_valid(test, built.data, &built, recipe);

	for (size = 0; size < built.size; size++) {
		const char *what;
		size_t start;
		u32 needed;

		if (size < built.app_code) {
			what = "app header truncated";
			start = built.app_header;
			needed = 24;
		} else if (size < built.cert_header) {
			what = "app code truncated";
			start = built.app_code;
			needed = recipe->app_code;
		} else if (size < built.key_cert) {
			what = "certificate header truncated";
			start = built.cert_header;
			needed = 8;
		} else if (size < built.content_cert) {
			what = "key certificate truncated";
			start = built.key_cert;
			needed = recipe->key_cert;
		} else if (size < built.core_header) {
			what = "content certificate truncated";
			start = built.content_cert;
			needed = recipe->content_cert;
		} else if (size < built.core_code) {
			what = "core header truncated";
			start = built.core_header;
			needed = 24;
		} else {
			what = "core code truncated";
			start = built.core_code;
			needed = recipe->core_code;
		}

		data = kmemdup(built.data, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, data);
		hailo_fw_expect_refused(test, data, size, -EINVAL, what,
					size - start, needed);
		kfree(data);
	}
}

/* Single defects in an otherwise valid image. */

enum hailo_fw_place {
	HAILO_FW_IN_APP_HEADER,
	HAILO_FW_IN_CERT_HEADER,
	HAILO_FW_IN_CORE_HEADER,
};

struct hailo_fw_defect_case {
	const char *name;
	enum hailo_fw_place place;
	u32 offset;	/* in that place, bytes */
	u32 word;	/* written there */
	const char *what;
	u32 value;
	u32 limit;
};

/*
 * Sizes within their limit but longer than the file report the bytes left in
 * hailo_fw_small: 207 behind the app header, 118 behind the certificate
 * header, 113 behind the key certificate, 83 behind the core header.
 */
static const struct hailo_fw_defect_case hailo_fw_defect_cases[] = {
	{ "app magic zero", HAILO_FW_IN_APP_HEADER, HAILO_TEST_MAGIC, 0,
	  "app header magic", 0, 0x1dd89de0 },
	{ "app magic of Hailo-15", HAILO_FW_IN_APP_HEADER, HAILO_TEST_MAGIC,
	  0xe905daab, "app header magic", 0xe905daab, 0x1dd89de0 },
	{ "app magic of Hailo-15L", HAILO_FW_IN_APP_HEADER, HAILO_TEST_MAGIC,
	  0xf94739ab, "app header magic", 0xf94739ab, 0x1dd89de0 },
	{ "app magic big-endian", HAILO_FW_IN_APP_HEADER, HAILO_TEST_MAGIC,
	  0xe09dd81d, "app header magic", 0xe09dd81d, 0x1dd89de0 },
	{ "app header version 1", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_HEADER_VERSION, 1, "app header version", 1, 0 },
	{ "app code empty", HAILO_FW_IN_APP_HEADER, HAILO_TEST_CODE_SIZE, 0,
	  "app code too small", 0, 80 },
	{ "app code one too small", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_CODE_SIZE, 79, "app code too small", 79, 80 },
	{ "app code one too large", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_CODE_SIZE, 0x40001, "app code too large", 0x40001, 0x40000 },
	{ "app code would overflow", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_CODE_SIZE, 0xffffffff, "app code too large", 0xffffffff,
	  0x40000 },
	{ "app code one longer than file", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_CODE_SIZE, 208, "app code truncated", 207, 208 },
	{ "app code at limit, file short", HAILO_FW_IN_APP_HEADER,
	  HAILO_TEST_CODE_SIZE, 0x40000, "app code truncated", 207, 0x40000 },
	{ "key certificate one too large", HAILO_FW_IN_CERT_HEADER, 0, 841,
	  "key certificate too large", 841, 840 },
	{ "key certificate at format limit", HAILO_FW_IN_CERT_HEADER, 0, 0x1000,
	  "key certificate too large", 0x1000, 840 },
	{ "key certificate would overflow", HAILO_FW_IN_CERT_HEADER, 0,
	  0xffffffff, "key certificate too large", 0xffffffff, 840 },
	{ "key certificate longer than file", HAILO_FW_IN_CERT_HEADER, 0, 840,
	  "key certificate truncated", 118, 840 },
	{ "content certificate one too large", HAILO_FW_IN_CERT_HEADER, 4, 1521,
	  "content certificate too large", 1521, 1520 },
	{ "content certificate at format limit", HAILO_FW_IN_CERT_HEADER, 4,
	  0x1000, "content certificate too large", 0x1000, 1520 },
	{ "content certificate would overflow", HAILO_FW_IN_CERT_HEADER, 4,
	  0xffffffff, "content certificate too large", 0xffffffff, 1520 },
	{ "content certificate longer than file", HAILO_FW_IN_CERT_HEADER, 4,
	  1520, "content certificate truncated", 113, 1520 },
	{ "core magic zero", HAILO_FW_IN_CORE_HEADER, HAILO_TEST_MAGIC, 0,
	  "core header magic", 0, 0x1dd89de0 },
	{ "core magic of Hailo-15", HAILO_FW_IN_CORE_HEADER, HAILO_TEST_MAGIC,
	  0xe905daab, "core header magic", 0xe905daab, 0x1dd89de0 },
	{ "core header version 1", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_HEADER_VERSION, 1, "core header version", 1, 0 },
	{ "core code empty", HAILO_FW_IN_CORE_HEADER, HAILO_TEST_CODE_SIZE, 0,
	  "core code too small", 0, 80 },
	{ "core code one too small", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 79, "core code too small", 79, 80 },
	{ "core code one too large", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 0x20001, "core code too large", 0x20001,
	  0x20000 },
	{ "core code would overflow", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 0xffffffff, "core code too large", 0xffffffff,
	  0x20000 },
	{ "core code one longer than file", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 84, "core code truncated", 83, 84 },
	{ "core code at limit, file short", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 0x20000, "core code truncated", 83, 0x20000 },
	{ "core code shorter than file", HAILO_FW_IN_CORE_HEADER,
	  HAILO_TEST_CODE_SIZE, 82, "bytes behind the core code", 1, 0 },
};

static void hailo_fw_defect_desc(const struct hailo_fw_defect_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_fw_defect, hailo_fw_defect_cases, hailo_fw_defect_desc);

static size_t hailo_fw_place_offset(const struct hailo_fw_built *built,
				    enum hailo_fw_place place)
{
	switch (place) {
	case HAILO_FW_IN_APP_HEADER:
		return built->app_header;
	case HAILO_FW_IN_CERT_HEADER:
		return built->cert_header;
	default:
		return built->core_header;
	}
}

static void hailo_fw_test_defect(struct kunit *test)
{
	const struct hailo_fw_defect_case *c = test->param_value;
	struct hailo_fw_built built;

	hailo_fw_build(test, &hailo_fw_small, &built);
	hailo_fw_expect_valid(test, built.data, &built, &hailo_fw_small);

	put_unaligned_le32(c->word, built.data + c->offset +
			   hailo_fw_place_offset(&built, c->place));
	hailo_fw_expect_refused(test, built.data, built.size, -EINVAL, c->what,
				c->value, c->limit);
}

/* Each bit of the words that have one valid value. */
static void hailo_fw_test_bit_flips(struct kunit *test)
{
	static const struct {
		enum hailo_fw_place place;
		u32 offset;
		u32 valid;
		const char *what;
	} words[] = {
		{ HAILO_FW_IN_APP_HEADER, HAILO_TEST_MAGIC, 0x1dd89de0,
		  "app header magic" },
		{ HAILO_FW_IN_APP_HEADER, HAILO_TEST_HEADER_VERSION, 0,
		  "app header version" },
		{ HAILO_FW_IN_CORE_HEADER, HAILO_TEST_MAGIC, 0x1dd89de0,
		  "core header magic" },
		{ HAILO_FW_IN_CORE_HEADER, HAILO_TEST_HEADER_VERSION, 0,
		  "core header version" },
	};
	struct hailo_fw_built built;
	unsigned int bit;
	unsigned int i;

	hailo_fw_build(test, &hailo_fw_small, &built);

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		u8 *word = built.data + words[i].offset +
			   hailo_fw_place_offset(&built, words[i].place);

		for (bit = 0; bit < 32; bit++) {
			u32 flipped = words[i].valid ^ BIT(bit);

			put_unaligned_le32(flipped, word);
			hailo_fw_expect_refused(test, built.data, built.size,
						-EINVAL, words[i].what, flipped,
						words[i].valid);
		}
		put_unaligned_le32(words[i].valid, word);
	}

	hailo_fw_expect_valid(test, built.data, &built, &hailo_fw_small);
}

static void hailo_fw_test_trailing_bytes(struct kunit *test)
{
	struct hailo_fw_built built;
	u8 *longer;

	hailo_fw_build(test, &hailo_fw_small, &built);
	longer = kunit_kzalloc(test, built.size + 4, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, longer);
	memcpy(longer, built.data, built.size);

	hailo_fw_expect_refused(test, longer, built.size + 1, -EINVAL,
				"bytes behind the core code", 1, 0);
	hailo_fw_expect_refused(test, longer, built.size + 4, -EINVAL,
				"bytes behind the core code", 4, 0);
}

/* The size is checked before a single byte is read. */
static void hailo_fw_test_too_large(struct kunit *test)
{
	static const struct hailo_fw_recipe recipe = {
		0x40000, 0, 0, 0x50000 - 0x40000 - 0x38 + 1
	};
	struct hailo_fw_built built;

	hailo_fw_build(test, &recipe, &built);
	KUNIT_ASSERT_EQ(test, 0x50001, built.size);

	hailo_fw_expect_refused(test, built.data, built.size, -EFBIG,
				"file too large", 0x50001, 0x50000);
	hailo_fw_expect_refused(test, NULL, built.size, -EFBIG,
				"file too large", 0x50001, 0x50000);
	/* Too large for the report, too. */
	hailo_fw_expect_refused(test, NULL, BIT(32) + 216, -EFBIG,
				"file too large", U32_MAX, 0x50000);
}

/* Load plan. */

static void hailo_fw_expect_part(struct kunit *test,
				 const struct hailo_fw_part *part, u32 address,
				 const u8 *data, u32 length)
{
	KUNIT_EXPECT_EQ(test, address, part->address);
	KUNIT_EXPECT_PTR_EQ(test, data, part->data);
	KUNIT_EXPECT_EQ(test, length, part->length);
}

static void hailo_fw_test_plan(struct kunit *test)
{
	static const struct hailo_fw_recipe recipe = { 81, 5, 6, 83 };
	struct hailo_fw_part parts[HAILO_FW_MAX_PARTS];
	struct hailo_fw_defect defect;
	struct hailo_fw_built built;
	struct hailo_fw_image image;

	hailo_fw_build(test, &recipe, &built);
	KUNIT_ASSERT_EQ(test, 0,
			hailo_fw_validate(&hailo8_variant, built.data,
					  built.size, &image, &defect));
	KUNIT_ASSERT_EQ(test, 6, hailo_fw_plan(&hailo8_variant, &image, parts));

	hailo_fw_expect_part(test, &parts[0], 0xe0030,
			     built.data + built.app_header, 24);
	hailo_fw_expect_part(test, &parts[1], 0x60000,
			     built.data + built.app_code, 81);
	hailo_fw_expect_part(test, &parts[2], 0xe0048,
			     built.data + built.key_cert, 5);
	hailo_fw_expect_part(test, &parts[3], 0xe0390,
			     built.data + built.content_cert, 6);
	hailo_fw_expect_part(test, &parts[4], 0xc0000,
			     built.data + built.core_code, 83);
	hailo_fw_expect_part(test, &parts[5], 0xa0000,
			     built.data + built.core_header, 24);
}

static void hailo_fw_test_plan_without_certificates(struct kunit *test)
{
	static const struct hailo_fw_recipe recipe = { 80, 0, 0, 80 };
	struct hailo_fw_part parts[HAILO_FW_MAX_PARTS];
	struct hailo_fw_defect defect;
	struct hailo_fw_built built;
	struct hailo_fw_image image;

	hailo_fw_build(test, &recipe, &built);
	KUNIT_ASSERT_EQ(test, 0,
			hailo_fw_validate(&hailo8_variant, built.data,
					  built.size, &image, &defect));
	KUNIT_ASSERT_EQ(test, 4, hailo_fw_plan(&hailo8_variant, &image, parts));

	KUNIT_EXPECT_EQ(test, 0xe0030, parts[0].address);
	KUNIT_EXPECT_EQ(test, 0x60000, parts[1].address);
	KUNIT_EXPECT_EQ(test, 0xc0000, parts[2].address);
	KUNIT_EXPECT_EQ(test, 0xa0000, parts[3].address);
}

/* File names. */

static const struct hailo_release hailo_fw_pin = { 4, 20, 1 };

struct hailo_fw_name_case {
	const char *name;
	const char *firmware_name;
	const struct hailo_release *pin;
	unsigned int index;
	size_t len;
	int ret;
	const char *expected;
};

static const struct hailo_fw_name_case hailo_fw_name_cases[] = {
	{ "default", NULL, NULL, 0, 128, 0, "hailo/hailo8_fw.bin" },
	{ "default, end", NULL, NULL, 1, 128, -ENOENT, NULL },
	{ "default, far behind", NULL, NULL, UINT_MAX, 128, -ENOENT, NULL },
	{ "pinned", NULL, &hailo_fw_pin, 0, 128, 0, "hailo/hailo8_fw.4.20.1.bin" },
	{ "pinned, second", NULL, &hailo_fw_pin, 1, 128, 0, "hailo/hailo8_fw.bin" },
	{ "pinned, end", NULL, &hailo_fw_pin, 2, 128, -ENOENT, NULL },
	{ "parameter", "vendor/test.bin", NULL, 0, 128, 0, "vendor/test.bin" },
	{ "parameter, end", "vendor/test.bin", NULL, 1, 128, -ENOENT, NULL },
	{ "parameter over pin", "test.bin", &hailo_fw_pin, 0, 128, 0, "test.bin" },
	{ "parameter over pin, end", "test.bin", &hailo_fw_pin, 1, 128, -ENOENT,
	  NULL },
	{ "parameter empty", "", NULL, 0, 128, 0, "hailo/hailo8_fw.bin" },
	{ "absolute", "/etc/shadow", NULL, 0, 128, -EINVAL, NULL },
	{ "parent", "..", NULL, 0, 128, -EINVAL, NULL },
	{ "parent first", "../test.bin", NULL, 0, 128, -EINVAL, NULL },
	{ "parent inside", "hailo/../../test.bin", NULL, 0, 128, -EINVAL, NULL },
	{ "parent last", "hailo/..", NULL, 0, 128, -EINVAL, NULL },
	{ "dots inside a name", "hailo/a..b.bin", NULL, 0, 128, 0,
	  "hailo/a..b.bin" },
	{ "dots before a name", "..hidden/..b", NULL, 0, 128, 0, "..hidden/..b" },
	{ "fits exactly", "abc.bin", NULL, 0, 8, 0, "abc.bin" },
	{ "one byte too long", "abcd.bin", NULL, 0, 8, -EINVAL, NULL },
	{ "pinned name too long", NULL, &hailo_fw_pin, 0, 26, -EINVAL, NULL },
	{ "default name too long", NULL, NULL, 0, 19, -EINVAL, NULL },
};

static void hailo_fw_name_desc(const struct hailo_fw_name_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_fw_name, hailo_fw_name_cases, hailo_fw_name_desc);

static void hailo_fw_test_candidate(struct kunit *test)
{
	const struct hailo_fw_name_case *c = test->param_value;
	char name[HAILO_FW_NAME_SIZE];

	KUNIT_ASSERT_LE(test, c->len, sizeof(name));
	memset(name, '#', sizeof(name));
	KUNIT_ASSERT_EQ(test, c->ret,
			hailo_fw_candidate(&hailo8_variant, name, c->len,
					   c->index, c->firmware_name, c->pin));
	if (c->expected)
		KUNIT_EXPECT_STREQ(test, c->expected, name);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(name + c->len, '#', sizeof(name) - c->len));
}

static struct kunit_case hailo_fw_cases[] = {
	KUNIT_CASE(hailo_fw_test_worked_example),
	KUNIT_CASE_PARAM(hailo_fw_test_valid, hailo_fw_valid_gen_params),
	KUNIT_CASE(hailo_fw_test_version),
	KUNIT_CASE(hailo_fw_test_truncated),
	KUNIT_CASE_PARAM(hailo_fw_test_defect, hailo_fw_defect_gen_params),
	KUNIT_CASE(hailo_fw_test_bit_flips),
	KUNIT_CASE(hailo_fw_test_trailing_bytes),
	KUNIT_CASE(hailo_fw_test_too_large),
	KUNIT_CASE(hailo_fw_test_plan),
	KUNIT_CASE(hailo_fw_test_plan_without_certificates),
	KUNIT_CASE_PARAM(hailo_fw_test_candidate, hailo_fw_name_gen_params),
	{}
};

static struct kunit_suite hailo_fw_suite = {
	.name = "hailo_fw",
	.test_cases = hailo_fw_cases,
};

kunit_test_suite(hailo_fw_suite);
