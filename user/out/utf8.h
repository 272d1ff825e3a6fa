/* SPDX-License-Identifier: GPL-2.0-only */
/* Names from outside are bytes that anybody may choose: make them safe to print. */
#ifndef SEK_OUT_UTF8_H
#define SEK_OUT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What sek_utf8_decode() reports for a byte that is not part of valid UTF-8. */
#define SEK_UTF8_INVALID UINT32_MAX

/**
 * sek_utf8_decode - read one code point
 * @s: NUL-terminated string, not at its end
 * @code: the code point, or %SEK_UTF8_INVALID
 *
 * Overlong forms, surrogates and values above U+10FFFF are invalid (RFC 3629, section 3).
 *
 * Return: the number of bytes that were read; 1 for an invalid byte.
 */
size_t sek_utf8_decode(const char *s, uint32_t *code);

/**
 * sek_utf8_unsafe - may this code point do more to a terminal than show a glyph?
 * @code: a code point, or %SEK_UTF8_INVALID
 *
 * Return: true for control characters (C0, DEL, C1), for those that are invisible or
 * reorder the text around them, for line separators, and for %SEK_UTF8_INVALID.
 */
bool sek_utf8_unsafe(uint32_t code);

/**
 * sek_utf8_visible - copy a string so that it can be shown on a terminal
 * @s: NUL-terminated bytes, not necessarily UTF-8
 *
 * Each byte of what sek_utf8_unsafe() names becomes ``\xNN``. A backslash stays as it is:
 * systemd's own cgroup names contain ``\x2d``, and must remain fit to be copied.
 *
 * Return: valid UTF-8 that the caller frees, or NULL when out of memory.
 */
char *sek_utf8_visible(const char *s);

/**
 * sek_utf8_columns - how wide a string is on a terminal
 * @s: NUL-terminated UTF-8
 *
 * Does not depend on the locale, as wcwidth() does.
 *
 * Return: the number of terminal columns.
 */
size_t sek_utf8_columns(const char *s);

#endif
