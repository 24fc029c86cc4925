// SPDX-License-Identifier: GPL-2.0-only
/*
 * MODULE_IMPORT_NS() of a bare identifier: until 6.13.  The one probe of an
 * older form: the older macro accepts a string, too, but quotes it twice.
 */
#include <linux/module.h>

MODULE_IMPORT_NS(DMA_BUF);
