/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows, for those who write a lot of it at once. */
#ifndef SEK_OUT_BUFFER_H
#define SEK_OUT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * struct sek_buffer - text under construction; zeroed it is empty
 * @text: what was written, without a NUL; owned, see sek_buffer_free()
 * @n: bytes of it
 * @room: bytes that fit
 * @error: 0 or -ENOMEM: then the text is not complete, and does not grow any more
 */
struct sek_buffer {
	char *text;
	size_t n;
	size_t room;
	int error;
};

/**
 * sek_buffer_reserve - make room
 * @b: the buffer
 * @more: bytes that will be put by the functions that need room
 *
 * Return: false when out of memory, which the buffer remembers.
 */
bool sek_buffer_reserve(struct sek_buffer *b, size_t more);

/**
 * sek_buffer_add - append bytes
 * @b: the buffer
 * @data: the bytes
 * @n: how many
 */
void sek_buffer_add(struct sek_buffer *b, const void *data, size_t n);

/** sek_buffer_puts - append a string */
void sek_buffer_puts(struct sek_buffer *b, const char *s);

/** sek_buffer_u64 - append a number in decimal */
void sek_buffer_u64(struct sek_buffer *b, uint64_t value);

/* The most bytes that sek_buffer_put_u64() writes. */
#define SEK_BUFFER_U64 20

/**
 * sek_buffer_put - append bytes where sek_buffer_reserve() made room
 * @b: the buffer
 * @data: the bytes
 * @n: how many
 */
static inline void sek_buffer_put(struct sek_buffer *b, const void *data, size_t n)
{
	/* An empty buffer has no memory yet, which memcpy() must not be told of. */
	if (n)
		memcpy(b->text + b->n, data, n);
	b->n += n;
}

/**
 * sek_buffer_put_u64 - append a number where sek_buffer_reserve() made room
 * @b: the buffer, with room for %SEK_BUFFER_U64 bytes
 * @value: the number
 */
void sek_buffer_put_u64(struct sek_buffer *b, uint64_t value);

/**
 * sek_buffer_free - free the text
 * @b: becomes empty
 */
void sek_buffer_free(struct sek_buffer *b);

#endif
