// SPDX-License-Identifier: GPL-2.0-only
/*
 * Releases: spelling, table, choice.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "hailo_release.h"

static void hailo_release_expect(struct kunit *test,
				 const struct hailo_release *expected,
				 const struct hailo_release *actual)
{
	KUNIT_EXPECT_EQ(test, expected->major, actual->major);
	KUNIT_EXPECT_EQ(test, expected->minor, actual->minor);
	KUNIT_EXPECT_EQ(test, expected->revision, actual->revision);
}

struct hailo_release_parse_case {
	const char *text;
	int ret;
	struct hailo_release expected;
};

static const struct hailo_release_parse_case hailo_release_parse_cases[] = {
	{ "4.20.0", 0, { 4, 20, 0 } },
	{ "4.20.1\n", 0, { 4, 20, 1 } },
	{ "0.0.0", 0, { 0, 0, 0 } },
	{ "10.200.3000", 0, { 10, 200, 3000 } },
	{ "4294967295.0.0", 0, { U32_MAX, 0, 0 } },
	{ "4294967296.0.0", -EINVAL },
	{ "4.4294967296.0", -EINVAL },
	{ "4.20.18446744073709551616", -EINVAL },
	{ "", -EINVAL },
	{ "\n", -EINVAL },
	{ "4", -EINVAL },
	{ "4.", -EINVAL },
	{ "4.20", -EINVAL },
	{ "4.20.", -EINVAL },
	{ "4.20.\n", -EINVAL },
	{ "4..0", -EINVAL },
	{ ".20.0", -EINVAL },
	{ "4.20.0.", -EINVAL },
	{ "4.20.0.1", -EINVAL },
	{ "4.20.0\n\n", -EINVAL },
	{ "4.20.0 ", -EINVAL },
	{ " 4.20.0", -EINVAL },
	{ "4. 20.0", -EINVAL },
	{ "+4.20.0", -EINVAL },
	{ "-4.20.0", -EINVAL },
	{ "4.020.0", -EINVAL },
	{ "4.20.00", -EINVAL },
	{ "0x4.20.0", -EINVAL },
	{ "v4.20.0", -EINVAL },
	{ "4.20.0a", -EINVAL },
	{ "4,20,0", -EINVAL },
};

static void hailo_release_parse_desc(const struct hailo_release_parse_case *c,
				     char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "'%*pE'", (int)strlen(c->text),
		 c->text);
}

KUNIT_ARRAY_PARAM(hailo_release_parse, hailo_release_parse_cases,
		  hailo_release_parse_desc);

static void hailo_release_test_parse(struct kunit *test)
{
	static const struct hailo_release untouched = { 71, 72, 73 };
	const struct hailo_release_parse_case *c = test->param_value;
	struct hailo_release release = untouched;

	KUNIT_EXPECT_EQ(test, c->ret, hailo_release_parse(c->text, &release));
	hailo_release_expect(test, c->ret ? &untouched : &c->expected, &release);
}

/* One row per release: what the driver does for it. */
struct hailo_release_case {
	struct hailo_release release;
	bool supported;
	bool memory_transfer;
};

static const struct hailo_release_case hailo_release_cases[] = {
	{ { 3, 99, 0 }, false, true },
	{ { 4, 19, 0 }, false, true },
	{ { 4, 20, 0 }, true, true },
	{ { 4, 20, 1 }, true, true },
	{ { 4, 20, 2 }, false, true },
	{ { 4, 21, 0 }, true, true },
	{ { 4, 21, 1 }, false, true },
	{ { 4, 22, 0 }, true, true },
	{ { 4, 22, 9 }, false, true },
	{ { 4, 23, 0 }, true, false },
	{ { 4, 23, 1 }, false, false },
	{ { 4, 24, 0 }, false, false },
	{ { 5, 20, 0 }, false, false },
	{ { 0, 20, 0 }, false, true },
};

static void hailo_release_desc(const struct hailo_release_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u.%u.%u", c->release.major,
		 c->release.minor, c->release.revision);
}

KUNIT_ARRAY_PARAM(hailo_release, hailo_release_cases, hailo_release_desc);

static void hailo_release_test_table(struct kunit *test)
{
	const struct hailo_release_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->supported, hailo_release_supported(&c->release));
	KUNIT_EXPECT_EQ(test, c->memory_transfer,
			hailo_release_has_memory_transfer(&c->release));
}

static void hailo_release_test_from_fw(struct kunit *test)
{
	static const struct hailo_release untouched = { 71, 72, 73 };
	const struct hailo_release_case *c = test->param_value;
	static const u32 flags[] = {
		0, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x80000000,
		0xf8000000,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct hailo_release raw = c->release;
		struct hailo_release release = untouched;

		raw.revision |= flags[i];
		KUNIT_EXPECT_EQ_MSG(test, c->supported ? 0 : -EINVAL,
				    hailo_release_from_fw(&raw, &release),
				    "flags %#x", flags[i]);
		hailo_release_expect(test,
				     c->supported ? &c->release : &untouched,
				     &release);
	}

	/* The number itself reaches up to bit 26. */
	{
		struct hailo_release raw = c->release;
		struct hailo_release release = untouched;

		raw.revision |= 0x04000000;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				hailo_release_from_fw(&raw, &release));
		hailo_release_expect(test, &untouched, &release);
	}
}

static void hailo_release_test_newest(struct kunit *test)
{
	static const struct hailo_release newest = { 4, 23, 0 };

	hailo_release_expect(test, &newest, hailo_release_newest());
}

static void hailo_release_test_compare(struct kunit *test)
{
	static const struct hailo_release base = { 4, 20, 1 };
	static const struct {
		struct hailo_release other;
		bool equal;
		bool same_major_minor;
	} rows[] = {
		{ { 4, 20, 1 }, true, true },
		{ { 4, 20, 0 }, false, true },
		{ { 4, 21, 1 }, false, false },
		{ { 5, 20, 1 }, false, false },
		{ { 20, 4, 1 }, false, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ_MSG(test, rows[i].equal,
				    hailo_release_equal(&base, &rows[i].other),
				    "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, rows[i].same_major_minor,
				    hailo_release_same_major_minor(&base,
								   &rows[i].other),
				    "row %u", i);
	}
}

/* Who wins. */

static const struct hailo_release hailo_release_pin = { 4, 20, 1 };
static const struct hailo_release hailo_release_param = { 4, 21, 0 };
static const struct hailo_release hailo_release_fw = { 4, 22, 0x20000000 };
static const struct hailo_release hailo_release_unknown_fw = { 4, 19, 0 };

struct hailo_release_select_case {
	const char *name;
	const struct hailo_release *pin;
	const struct hailo_release *param;
	const struct hailo_release *fw;
	enum hailo_release_source source;
	struct hailo_release expected;
};

static const struct hailo_release_select_case hailo_release_select_cases[] = {
	{ "pin over all", &hailo_release_pin, &hailo_release_param,
	  &hailo_release_fw, HAILO_RELEASE_FROM_PIN, { 4, 20, 1 } },
	{ "pin alone", &hailo_release_pin, NULL, NULL, HAILO_RELEASE_FROM_PIN,
	  { 4, 20, 1 } },
	{ "pin over unknown firmware", &hailo_release_pin, NULL,
	  &hailo_release_unknown_fw, HAILO_RELEASE_FROM_PIN, { 4, 20, 1 } },
	{ "parameter over firmware", NULL, &hailo_release_param,
	  &hailo_release_fw, HAILO_RELEASE_FROM_PARAM, { 4, 21, 0 } },
	{ "firmware", NULL, NULL, &hailo_release_fw, HAILO_RELEASE_FROM_FW,
	  { 4, 22, 0 } },
	{ "unknown firmware", NULL, NULL, &hailo_release_unknown_fw,
	  HAILO_RELEASE_FROM_DEFAULT, { 4, 23, 0 } },
	{ "nothing", NULL, NULL, NULL, HAILO_RELEASE_FROM_DEFAULT, { 4, 23, 0 } },
};

static void hailo_release_select_desc(const struct hailo_release_select_case *c,
				      char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hailo_release_select, hailo_release_select_cases,
		  hailo_release_select_desc);

static void hailo_release_test_select(struct kunit *test)
{
	const struct hailo_release_select_case *c = test->param_value;
	struct hailo_release release = {};

	KUNIT_EXPECT_EQ(test, c->source,
			hailo_release_select(c->pin, c->param, c->fw, &release));
	hailo_release_expect(test, &c->expected, &release);
}

static struct kunit_case hailo_release_test_cases[] = {
	KUNIT_CASE_PARAM(hailo_release_test_parse, hailo_release_parse_gen_params),
	KUNIT_CASE_PARAM(hailo_release_test_table, hailo_release_gen_params),
	KUNIT_CASE_PARAM(hailo_release_test_from_fw, hailo_release_gen_params),
	KUNIT_CASE(hailo_release_test_newest),
	KUNIT_CASE(hailo_release_test_compare),
	KUNIT_CASE_PARAM(hailo_release_test_select,
			 hailo_release_select_gen_params),
	{}
};

static struct kunit_suite hailo_release_suite = {
	.name = "hailo_release",
	.test_cases = hailo_release_test_cases,
};

kunit_test_suite(hailo_release_suite);
