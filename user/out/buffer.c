// SPDX-License-Identifier: GPL-2.0-only
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>

bool sek_buffer_reserve(struct sek_buffer *b, size_t more)
{
	size_t room = b->room ? b->room : 4096;
	char *text;

	if (b->error)
		return false;
	if (b->room - b->n >= more)
		return true;
	while (room - b->n < more)
		room *= 2;
	text = realloc(b->text, room);
	if (!text) {
		b->error = -ENOMEM;
		return false;
	}
	b->text = text;
	b->room = room;
	return true;
}

void sek_buffer_add(struct sek_buffer *b, const void *data, size_t n)
{
	if (sek_buffer_reserve(b, n))
		sek_buffer_put(b, data, n);
}

void sek_buffer_puts(struct sek_buffer *b, const char *s)
{
	sek_buffer_add(b, s, strlen(s));
}

void sek_buffer_u64(struct sek_buffer *b, uint64_t value)
{
	if (sek_buffer_reserve(b, SEK_BUFFER_U64))
		sek_buffer_put_u64(b, value);
}

/* Two digits at a time: divisions are what this costs. */
void sek_buffer_put_u64(struct sek_buffer *b, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[SEK_BUFFER_U64];
	char *end = digits + sizeof(digits), *p = end;

	for (; value >= 100; value /= 100) {
		p -= 2;
		memcpy(p, pairs + 2 * (value % 100), 2);
	}
	if (value >= 10) {
		p -= 2;
		memcpy(p, pairs + 2 * value, 2);
	} else {
		*--p = (char)('0' + value);
	}
	sek_buffer_put(b, p, (size_t)(end - p));
}

void sek_buffer_free(struct sek_buffer *b)
{
	free(b->text);
	*b = (struct sek_buffer){ 0 };
}
