/* SPDX-License-Identifier: GPL-2.0-only */
/* Quantities for people: three significant digits and a prefix. */
#ifndef SEK_OUT_UNITS_H
#define SEK_OUT_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Room for the longest result, "18446744073709551615bit/s", and its NUL. */
#define SEK_UNITS_SIZE 32

/**
 * sek_units_bytes - write a number of bytes with a binary prefix (IEC 80000-13)
 * @to: buffer of at least %SEK_UNITS_SIZE bytes
 * @bytes: the quantity
 *
 * Below 1024 exact ("1023B"), then "1.00KiB", "12.3MiB", "1023GiB".
 */
void sek_units_bytes(char to[static SEK_UNITS_SIZE], uint64_t bytes);

/**
 * sek_units_rate - write a data rate with a decimal prefix, as links are sold
 * @to: buffer of at least %SEK_UNITS_SIZE bytes
 * @rate: bits a second
 *
 * Below 1000 exact ("999bit/s"), then "1.00kbit/s", "12.3Mbit/s".
 */
void sek_units_rate(char to[static SEK_UNITS_SIZE], uint64_t rate);

#endif
