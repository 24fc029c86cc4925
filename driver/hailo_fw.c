// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware files: names, validation and where the parts go.
 */
#include <linux/errno.h>
#include <linux/firmware.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "abi/hailo_fw_image.h"
#include "compat/hailo_compat.h"
#include "hailo_fw.h"
#include "hailo_variant.h"

/* What is left of the file. */
struct hailo_fw_cursor {
	const u8 *data;
	size_t left;
};

/* How the checks of one CPU's header and code are called. */
struct hailo_fw_texts {
	const char *header_truncated;
	const char *magic;
	const char *header_version;
	const char *code_too_small;
	const char *code_too_large;
	const char *code_truncated;
};

static const struct hailo_fw_texts hailo_fw_app_texts = {
	.header_truncated = "app header truncated",
	.magic = "app header magic",
	.header_version = "app header version",
	.code_too_small = "app code too small",
	.code_too_large = "app code too large",
	.code_truncated = "app code truncated",
};

static const struct hailo_fw_texts hailo_fw_core_texts = {
	.header_truncated = "core header truncated",
	.magic = "core header magic",
	.header_version = "core header version",
	.code_too_small = "core code too small",
	.code_too_large = "core code too large",
	.code_truncated = "core code truncated",
};

static int hailo_fw_refuse(struct hailo_fw_defect *defect, const char *what,
			   size_t value, u32 limit)
{
	defect->what = what;
	defect->value = min_t(size_t, value, U32_MAX);
	defect->limit = limit;
	return -EINVAL;
}

static int hailo_fw_take(struct hailo_fw_cursor *cursor, u32 length,
			 const char *truncated, struct hailo_fw_defect *defect,
			 const u8 **part)
{
	if (cursor->left < length)
		return hailo_fw_refuse(defect, truncated, cursor->left, length);

	*part = cursor->data;
	cursor->data += length;
	cursor->left -= length;
	return 0;
}

static int hailo_fw_take_cpu(struct hailo_fw_cursor *cursor, u32 magic,
			     u32 code_max, const struct hailo_fw_texts *texts,
			     struct hailo_fw_defect *defect,
			     const u8 **header_bytes, const u8 **code,
			     u32 *code_size)
{
	const struct hailo_fw_header *header;
	u32 value;
	int ret;

	ret = hailo_fw_take(cursor, sizeof(*header), texts->header_truncated,
			    defect, header_bytes);
	if (ret)
		return ret;
	header = (const struct hailo_fw_header *)*header_bytes;

	value = get_unaligned_le32(&header->magic);
	if (value != magic)
		return hailo_fw_refuse(defect, texts->magic, value, magic);

	value = get_unaligned_le32(&header->header_version);
	if (value != HAILO_FW_HEADER_VERSION)
		return hailo_fw_refuse(defect, texts->header_version, value,
				       HAILO_FW_HEADER_VERSION);

	value = get_unaligned_le32(&header->code_size);
	if (value < HAILO_FW_CODE_MIN)
		return hailo_fw_refuse(defect, texts->code_too_small, value,
				       HAILO_FW_CODE_MIN);
	if (value > code_max)
		return hailo_fw_refuse(defect, texts->code_too_large, value,
				       code_max);

	*code_size = value;
	return hailo_fw_take(cursor, value, texts->code_truncated, defect, code);
}

static int hailo_fw_take_certs(struct hailo_fw_cursor *cursor,
			       const struct hailo_fw_limits *limits,
			       struct hailo_fw_image *image,
			       struct hailo_fw_defect *defect)
{
	const struct hailo_fw_cert_header *header;
	const u8 *header_bytes;
	int ret;

	ret = hailo_fw_take(cursor, sizeof(*header),
			    "certificate header truncated", defect,
			    &header_bytes);
	if (ret)
		return ret;
	header = (const struct hailo_fw_cert_header *)header_bytes;

	image->key_cert_size = get_unaligned_le32(&header->key_size);
	image->content_cert_size = get_unaligned_le32(&header->content_size);
	if (image->key_cert_size > limits->key_cert)
		return hailo_fw_refuse(defect, "key certificate too large",
				       image->key_cert_size, limits->key_cert);
	if (image->content_cert_size > limits->content_cert)
		return hailo_fw_refuse(defect, "content certificate too large",
				       image->content_cert_size,
				       limits->content_cert);

	ret = hailo_fw_take(cursor, image->key_cert_size,
			    "key certificate truncated", defect,
			    &image->key_cert);
	if (ret)
		return ret;

	return hailo_fw_take(cursor, image->content_cert_size,
			     "content certificate truncated", defect,
			     &image->content_cert);
}

/**
 * hailo_fw_validate - check a firmware image and take it apart
 * @variant: board the image is for
 * @data: the file
 * @size: its length, bytes
 * @image: result, set only when the image is valid
 * @defect: the first failed check, set only when the image is refused
 *
 * Return: 0, -EFBIG when the file is larger than the board allows, -EINVAL
 * for every other defect.
 */
int hailo_fw_validate(const struct hailo_variant *variant,
		      const u8 *data, size_t size,
		      struct hailo_fw_image *image,
		      struct hailo_fw_defect *defect)
{
	const struct hailo_fw_limits *limits = &variant->fw;
	struct hailo_fw_cursor cursor = { .data = data, .left = size };
	const struct hailo_fw_header *header;
	struct hailo_fw_image parsed;
	int ret;

	if (size > limits->size) {
		hailo_fw_refuse(defect, "file too large", size, limits->size);
		return -EFBIG;
	}

	ret = hailo_fw_take_cpu(&cursor, limits->magic, limits->app_code,
				&hailo_fw_app_texts, defect,
				&parsed.app_header, &parsed.app_code,
				&parsed.app_code_size);
	if (ret)
		return ret;

	ret = hailo_fw_take_certs(&cursor, limits, &parsed, defect);
	if (ret)
		return ret;

	ret = hailo_fw_take_cpu(&cursor, limits->magic, limits->core_code,
				&hailo_fw_core_texts, defect,
				&parsed.core_header, &parsed.core_code,
				&parsed.core_code_size);
	if (ret)
		return ret;

	if (cursor.left)
		return hailo_fw_refuse(defect, "bytes behind the core code",
				       cursor.left, 0);

	header = (const struct hailo_fw_header *)parsed.app_header;
	parsed.version.major = get_unaligned_le32(&header->major);
	parsed.version.minor = get_unaligned_le32(&header->minor);
	parsed.version.revision = get_unaligned_le32(&header->revision) &
				  HAILO_FW_REVISION_MASK;

	*image = parsed;
	return 0;
}

/**
 * hailo_fw_plan - where the parts of an image go, in order of writing
 * @variant: board the image was validated for
 * @image: valid image
 * @parts: result; empty certificates are left out
 *
 * Return: number of parts.
 */
unsigned int hailo_fw_plan(const struct hailo_variant *variant,
			   const struct hailo_fw_image *image,
			   struct hailo_fw_part parts[HAILO_FW_MAX_PARTS])
{
	const struct hailo_addr_map *addr = &variant->addr;
	const struct hailo_fw_part all[HAILO_FW_MAX_PARTS] = {
		{ addr->app_header, image->app_header,
		  sizeof(struct hailo_fw_header) },
		{ addr->app_code, image->app_code, image->app_code_size },
		{ addr->key_cert, image->key_cert, image->key_cert_size },
		{ addr->content_cert, image->content_cert,
		  image->content_cert_size },
		{ addr->core_code, image->core_code, image->core_code_size },
		{ addr->core_header, image->core_header,
		  sizeof(struct hailo_fw_header) },
	};
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].length)
			parts[count++] = all[i];
	}

	return count;
}

/* Relative and without a ".." component: it stays below the firmware folders. */
static bool hailo_fw_name_ok(const char *name)
{
	const char *component = name;

	if (*name == '/')
		return false;

	while (component) {
		if (!strncmp(component, "..", 2) &&
		    (component[2] == '/' || component[2] == '\0'))
			return false;
		component = strchr(component, '/');
		if (component)
			component++;
	}

	return true;
}

/**
 * hailo_fw_candidate - firmware file names to try, most specific first
 * @variant: board the file is for
 * @buf: result, relative to the kernel's firmware search path
 * @len: size of @buf, bytes; %HAILO_FW_NAME_SIZE is enough for every default
 * @index: 0 for the first name
 * @firmware_name: module parameter; NULL or empty = not given, else the only
 *	candidate
 * @pin: pinned release, or NULL
 *
 * Return: 0, -ENOENT behind the last candidate, -EINVAL when the name leaves
 * the firmware folders or is too long.
 */
int hailo_fw_candidate(const struct hailo_variant *variant,
		       char *buf, size_t len, unsigned int index,
		       const char *firmware_name,
		       const struct hailo_release *pin)
{
	int written;

	if (firmware_name && *firmware_name) {
		if (index > 0)
			return -ENOENT;
		if (!hailo_fw_name_ok(firmware_name))
			return -EINVAL;
		written = snprintf(buf, len, "%s", firmware_name);
	} else if (pin && index == 0) {
		written = snprintf(buf, len, "%s.%u.%u.%u.bin", variant->fw_stem,
				   pin->major, pin->minor, pin->revision);
	} else if (index == (pin ? 1 : 0)) {
		written = snprintf(buf, len, "%s.bin", variant->fw_stem);
	} else {
		return -ENOENT;
	}

	return written < len ? 0 : -EINVAL;
}

/**
 * hailo_fw_request - read a firmware file
 * @fw: result, to be released with release_firmware()
 * @name: candidate name
 * @dev: device the file is for
 *
 * Never asks user space and never warns: a missing candidate is normal.
 *
 * Return: 0 or the errno of the firmware loader, -ENOENT when missing.
 */
int hailo_fw_request(const struct firmware **fw, const char *name,
		     struct device *dev)
{
	return request_firmware_direct(fw, name, dev);
}
