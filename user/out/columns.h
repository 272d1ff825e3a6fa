/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of a table of columns, a line each: key in JSON, title in text or NULL. */
#ifndef SEK_OUT_COLUMNS_H
#define SEK_OUT_COLUMNS_H

#include "out.h"

/* clang-format off */
#define SEK_OUT_COLUMN(k, t, what) { .key = k, .title = t, .type = what }
/* clang-format on */

#define STRING(k, t) SEK_OUT_COLUMN(k, t, SEK_OUT_STRING)
#define NUMBER(k, t) SEK_OUT_COLUMN(k, t, SEK_OUT_U64)
#define AMOUNT(k, t) SEK_OUT_COLUMN(k, t, SEK_OUT_BYTES)
#define BOOL(k, t)   SEK_OUT_COLUMN(k, t, SEK_OUT_BOOL)

#endif
