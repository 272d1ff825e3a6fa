// SPDX-License-Identifier: GPL-2.0-only
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct range {
	uint32_t first;
	uint32_t last;
};

/* Unicode 15: general categories Cc and Cf as far as a terminal acts on them, Zl and Zp. */
static const struct range unsafe[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c },
	{ 0x180e, 0x180e },   { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },   { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

/* Unicode 15: marks (Mn, Me) of the blocks that exist for nothing else. */
static const struct range zero_width[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x1ab0, 0x1aff },   { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xe0100, 0xe01ef },
};

/* Unicode 15, EastAsianWidth.txt: W and F, neighbouring blocks joined. */
static const struct range double_width[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x17000, 0x18cff }, { 0x1b000, 0x1b2ff }, { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool within(uint32_t code, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

size_t sek_utf8_decode(const char *s, uint32_t *code)
{
	/* The smallest code point that needs this many further bytes. */
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0];
	size_t more;

	*code = SEK_UTF8_INVALID;
	if (c < 0x80)
		more = 0;
	else if (c >= 0xc0 && c < 0xe0)
		more = 1;
	else if (c >= 0xe0 && c < 0xf0)
		more = 2;
	else if (c >= 0xf0 && c < 0xf8)
		more = 3;
	else
		return 1;

	if (more)
		c &= 0x3fU >> more;
	/* The terminating NUL is no continuation byte: this never reads past the end. */
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < smallest[more] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 1;
	*code = c;
	return more + 1;
}

bool sek_utf8_unsafe(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return false;
	return code == SEK_UTF8_INVALID || within(code, unsafe, ARRAY_SIZE(unsafe));
}

char *sek_utf8_visible(const char *s)
{
	static const char hex[] = "0123456789abcdef";
	char *copy = malloc(strlen(s) * 4 + 1);
	char *to = copy;

	if (!copy)
		return NULL;
	while (*s) {
		uint32_t code;
		size_t n = sek_utf8_decode(s, &code);

		if (!sek_utf8_unsafe(code)) {
			memcpy(to, s, n);
			to += n;
			s += n;
			continue;
		}
		for (; n; n--, s++) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[(unsigned char)*s >> 4];
			*to++ = hex[*s & 0xf];
		}
	}
	*to = '\0';
	return copy;
}

size_t sek_utf8_columns(const char *s)
{
	size_t columns = 0;
	uint32_t code;

	while (*s) {
		s += sek_utf8_decode(s, &code);
		if (within(code, double_width, ARRAY_SIZE(double_width)))
			columns += 2;
		else if (!within(code, zero_width, ARRAY_SIZE(zero_width)))
			columns++;
	}
	return columns;
}
