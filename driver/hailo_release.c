// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which HailoRT release a board speaks.
 *
 * The library compares the release that the driver reports with its own,
 * exactly, so each board reports one of the releases below.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "abi/hailo_fw_image.h"
#include "hailo_release.h"

/* Ascending: the last one is the newest. */
static const struct hailo_release hailo_releases[] = {
	{ 4, 20, 0 },
	{ 4, 20, 1 },
	{ 4, 21, 0 },
	{ 4, 22, 0 },
	{ 4, 23, 0 },
};

/**
 * hailo_release_equal - compare all three numbers
 * @a: one release
 * @b: another release
 *
 * Return: true when equal.
 */
bool hailo_release_equal(const struct hailo_release *a,
			 const struct hailo_release *b)
{
	return hailo_release_same_major_minor(a, b) && a->revision == b->revision;
}

/**
 * hailo_release_same_major_minor - can library and firmware work together
 * @a: one release
 * @b: another release
 *
 * Return: true when the first two numbers are equal.
 */
bool hailo_release_same_major_minor(const struct hailo_release *a,
				    const struct hailo_release *b)
{
	return a->major == b->major && a->minor == b->minor;
}

/**
 * hailo_release_supported - look a release up in the table
 * @release: release to look up
 *
 * Return: true when the driver speaks exactly this release.
 */
bool hailo_release_supported(const struct hailo_release *release)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hailo_releases); i++) {
		if (hailo_release_equal(&hailo_releases[i], release))
			return true;
	}

	return false;
}

/**
 * hailo_release_has_memory_transfer - did the release have MEMORY_TRANSFER
 * @release: release that a descriptor reports
 *
 * Return: true up to 4.22.
 */
bool hailo_release_has_memory_transfer(const struct hailo_release *release)
{
	return release->major < 4 || (release->major == 4 && release->minor <= 22);
}

/**
 * hailo_release_newest - the newest release the driver speaks
 *
 * Return: entry of a constant table.
 */
const struct hailo_release *hailo_release_newest(void)
{
	return &hailo_releases[ARRAY_SIZE(hailo_releases) - 1];
}

/*
 * Decimal number without sign, space or leading zero, so that a release has
 * one spelling.  Returns the first character behind it, or NULL.
 */
static const char *hailo_release_parse_number(const char *text, u32 *number)
{
	u64 value = 0;

	if (*text < '0' || *text > '9')
		return NULL;
	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return NULL;

	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (*text - '0');
		if (value > U32_MAX)
			return NULL;
	}

	*number = value;
	return text;
}

/**
 * hailo_release_parse - read "X.Y.Z"
 * @text: the text, with or without one newline at its end
 * @release: result, untouched on failure
 *
 * Any triple is accepted; hailo_release_supported() says whether it is known.
 *
 * Return: 0, or -EINVAL when the text is anything else.
 */
int hailo_release_parse(const char *text, struct hailo_release *release)
{
	struct hailo_release parsed;

	text = hailo_release_parse_number(text, &parsed.major);
	if (!text || *text++ != '.')
		return -EINVAL;
	text = hailo_release_parse_number(text, &parsed.minor);
	if (!text || *text++ != '.')
		return -EINVAL;
	text = hailo_release_parse_number(text, &parsed.revision);
	if (!text)
		return -EINVAL;
	if (*text == '\n')
		text++;
	if (*text)
		return -EINVAL;

	*release = parsed;
	return 0;
}

/**
 * hailo_release_from_fw - the release a firmware belongs to
 * @fw: version of an image header or of an identify answer, raw or masked
 * @release: result, untouched on failure
 *
 * Return: 0, or -EINVAL when the driver does not know exactly this release.
 * Reporting it all the same could only mislead a library into structures the
 * driver does not have, so the caller warns and reports another one.
 */
int hailo_release_from_fw(const struct hailo_release *fw,
			  struct hailo_release *release)
{
	struct hailo_release masked = {
		.major = fw->major,
		.minor = fw->minor,
		.revision = fw->revision & HAILO_FW_REVISION_MASK,
	};

	if (!hailo_release_supported(&masked))
		return -EINVAL;

	*release = masked;
	return 0;
}

/**
 * hailo_release_select - decide which release a board reports
 * @pin: release pinned through the board's sysfs attribute, or NULL
 * @param: release from the module parameter, or NULL
 * @fw: version of the loaded or running firmware, raw or masked, or NULL
 * @release: result, always set
 *
 * @pin and @param must have been checked with hailo_release_supported().
 *
 * Return: where the result came from.  %HAILO_RELEASE_FROM_DEFAULT with a
 * firmware means that hailo_release_from_fw() did not know it.
 */
enum hailo_release_source
hailo_release_select(const struct hailo_release *pin,
		     const struct hailo_release *param,
		     const struct hailo_release *fw,
		     struct hailo_release *release)
{
	if (pin) {
		*release = *pin;
		return HAILO_RELEASE_FROM_PIN;
	}
	if (param) {
		*release = *param;
		return HAILO_RELEASE_FROM_PARAM;
	}
	if (fw && !hailo_release_from_fw(fw, release))
		return HAILO_RELEASE_FROM_FW;

	*release = *hailo_release_newest();
	return HAILO_RELEASE_FROM_DEFAULT;
}
