/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words for the numbers of abi.h. They are a contract: the same in text,
 * JSON and metrics.
 */
#ifndef SEK_LIB_NAMES_H
#define SEK_LIB_NAMES_H

#include "sekisho/abi.h"

/* By value, with a NULL after the last. */
extern const char *const sek_family_names[SEK_FAMILY_NR + 1];
extern const char *const sek_class_names[SEK_CLASS_NR + 1];
extern const char *const sek_certainty_names[SEK_CERTAINTY_NR + 1];
extern const char *const sek_route_names[SEK_ROUTE_NR + 1];

/**
 * sek_family_name() - word for an enum sek_family
 * @family: the value
 *
 * Return: a constant; NULL if there is no such value.
 */
const char *sek_family_name(unsigned int family);

/** sek_class_name() - the same of an enum sek_class */
const char *sek_class_name(unsigned int class);

/** sek_certainty_name() - the same of an enum sek_certainty */
const char *sek_certainty_name(unsigned int certainty);

/** sek_route_name() - the same of an enum sek_route */
const char *sek_route_name(unsigned int route);

/**
 * sek_family_find() - enum sek_family of a word
 * @name: the whole word, in lower case
 *
 * Return: the value, or -ENOENT.
 */
int sek_family_find(const char *name);

/** sek_class_find() - the same for an enum sek_class */
int sek_class_find(const char *name);

/** sek_certainty_find() - the same for an enum sek_certainty */
int sek_certainty_find(const char *name);

/** sek_route_find() - the same for an enum sek_route */
int sek_route_find(const char *name);

/**
 * sek_icmp_type_name() - short name of an ICMP message
 * @family: enum sek_family
 * @type: ICMP or ICMPv6 type
 * @code: its code
 *
 * From the IANA registries "ICMP Parameters" and "ICMPv6 Parameters", without
 * what they deprecate. Where codes have names of their own, that of the code.
 *
 * Return: a constant, or NULL if it has no name here.
 */
const char *sek_icmp_type_name(unsigned int family, unsigned int type, unsigned int code);

#endif
