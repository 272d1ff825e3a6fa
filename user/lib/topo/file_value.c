// SPDX-License-Identifier: GPL-2.0-only
/* The values of a topology file: what each may be, and what is said of one that is not. */
#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"
#include "words.h"

/* Of what stands in the file, as much as an error quotes. */
#define QUOTED 40

__attribute__((format(printf, 5, 0))) static int fail_at(struct sek_file *f, const char *file,
							 unsigned int line, unsigned int column,
							 const char *fmt, va_list args)
{
	snprintf(f->error->file, sizeof(f->error->file), "%s", file);
	f->error->line = line;
	f->error->column = column;
	vsnprintf(f->error->text, sizeof(f->error->text), fmt, args);
	return -EINVAL;
}

int sek_file_fail(struct sek_file *f, const struct sek_yaml *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_at(f, at->file, at->line, at->column, fmt, args);
	va_end(args);
	return -EINVAL;
}

int sek_file_fail_key(struct sek_file *f, const struct sek_yaml *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_at(f, at->file, at->key_line, at->key_column, fmt, args);
	va_end(args);
	return -EINVAL;
}

const char *sek_file_where(char to[static SEK_FILE_WHERE_SIZE], const struct sek_yaml *from,
			   const struct sek_yaml *other, unsigned int line)
{
	if (!strcmp(from->file, other->file))
		snprintf(to, SEK_FILE_WHERE_SIZE, "line %u", line);
	else
		snprintf(to, SEK_FILE_WHERE_SIZE, "%s:%u", other->file, line);
	return to;
}

int sek_file_expected(struct sek_file *f, const struct sek_yaml *at, const char *what)
{
	switch (at->type) {
	case SEK_YAML_LIST:
		return sek_file_fail(f, at, "expected %s, found a list", what);
	case SEK_YAML_MAP:
		return sek_file_fail(f, at, "expected %s, found a mapping", what);
	default:
		if (!*at->text)
			return sek_file_fail(f, at, "expected %s, found nothing", what);
		return sek_file_fail(f, at, "expected %s, found '%.*s'", what, QUOTED, at->text);
	}
}

/* "a, b or c" of what is not NULL. */
static void list_words(char *to, size_t size, const char *const *names, size_t n)
{
	size_t left = 0, used = 0;

	for (size_t i = 0; i < n; i++)
		left += names[i] != NULL;
	*to = '\0';
	for (size_t i = 0; i < n && used < size; i++) {
		if (!names[i])
			continue;
		left--;
		used += (size_t)snprintf(to + used, size - used, "%s%s", names[i],
					 left > 1 ? ", "
					 : left	  ? " or "
						  : "");
	}
}

static int fail_unknown_key(struct sek_file *f, const struct sek_yaml *at, const char *what,
			    const struct sek_field *fields, size_t n)
{
	const char *names[32], *nearest;
	char list[320];

	for (size_t i = 0; i < n; i++)
		names[i] = fields[i].key;
	nearest = sek_words_nearest(at->key, names, n);
	if (nearest)
		return sek_file_fail_key(f, at, "%s has no key '%.*s'; do you mean '%s'?", what,
					 QUOTED, at->key, nearest);
	list_words(list, sizeof(list), names, n);
	return sek_file_fail_key(f, at, "%s has no key '%.*s'; expected %s", what, QUOTED, at->key,
				 list);
}

static size_t find_field(const char *key, const struct sek_field *fields, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(key, fields[i].key) != 0)
		i++;
	return i;
}

int sek_file_fields(struct sek_file *f, const struct sek_yaml *map, const char *what,
		    const struct sek_field *fields, size_t n, void *object)
{
	__u64 seen = 0;

	for (const struct sek_yaml *y = map->child; y; y = y->next) {
		size_t i = find_field(y->key, fields, n);
		int err;

		if (i == n)
			return fail_unknown_key(f, y, what, fields, n);
		if (seen & 1ULL << i)
			return sek_file_fail_key(f, y, "'%s' is there already", y->key);
		seen |= 1ULL << i;
		err = fields[i].read(f, y, (char *)object + fields[i].offset, fields[i].arg);
		if (err)
			return err;
	}
	return 0;
}

const struct sek_yaml *sek_file_has(const struct sek_yaml *map, const struct sek_field *fields,
				    size_t n, unsigned int set)
{
	for (const struct sek_yaml *y = map->child; y; y = y->next) {
		size_t i = find_field(y->key, fields, n);

		if (i < n && fields[i].set & set)
			return y;
	}
	return NULL;
}

int sek_file_keep(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const enum sek_yaml_type *type = arg;

	if (type && y->type != *type)
		return sek_file_expected(f, y, *type == SEK_YAML_LIST ? "a list" : "a mapping");
	*(const struct sek_yaml **)to = y;
	return 0;
}

int sek_file_word(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const struct sek_file_words *words = arg;
	const char *nearest;
	char list[160];

	list_words(list, sizeof(list), words->names, words->n);
	if (y->type != SEK_YAML_SCALAR || !*y->text)
		return sek_file_expected(f, y, list);
	for (size_t i = 0; i < words->n; i++) {
		if (words->names[i] && !strcmp(y->text, words->names[i])) {
			*(unsigned int *)to = (unsigned int)i;
			return 0;
		}
	}
	nearest = sek_words_nearest(y->text, words->names, words->n);
	if (!nearest)
		return sek_file_expected(f, y, list);
	return sek_file_fail(f, y, "expected %s, found '%.*s'; do you mean '%s'?", list, QUOTED,
			     y->text, nearest);
}

/* ASCII, whatever the locale is. */
static bool is_made_of(const char *s, const char *others)
{
	for (; *s; s++)
		if (!(isascii(*s) && isalnum((unsigned char)*s)) && !strchr(others, *s))
			return false;
	return true;
}

static bool is_letter(char c)
{
	return isascii(c) && isalpha((unsigned char)c);
}

/* A host name that is no number, which ping would take for an address. */
int sek_file_label(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "a name (letters, digits and '-', a letter first)";
	size_t length;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR)
		return sek_file_expected(f, y, what);
	length = strlen(y->text);
	if (length >= SEK_TOPO_NAME_LEN)
		return sek_file_fail(f, y, "a name of %zu characters; at most %d are possible",
				     length, SEK_TOPO_NAME_LEN - 1);
	if (!is_letter(*y->text) || !is_made_of(y->text, "-") || y->text[length - 1] == '-')
		return sek_file_expected(f, y, what);
	memcpy(to, y->text, length + 1);
	return 0;
}

int sek_file_ifname(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "an interface name (letters, digits, '-' and '_')";
	size_t length;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR)
		return sek_file_expected(f, y, what);
	length = strlen(y->text);
	if (length >= IFNAMSIZ)
		return sek_file_fail(f, y,
				     "an interface name of %zu characters; at most %d are possible",
				     length, IFNAMSIZ - 1);
	if (!length || !is_made_of(y->text, "-_") || *y->text == '-')
		return sek_file_expected(f, y, what);
	if (!strcmp(y->text, "lo") || !strcmp(y->text, "all") || !strcmp(y->text, "default"))
		return sek_file_fail(f, y, "'%s' means something else to the kernel", y->text);
	memcpy(to, y->text, length + 1);
	return 0;
}

int sek_file_u32(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const struct sek_file_range *range = arg;
	unsigned long long value = 0;
	char what[64];

	snprintf(what, sizeof(what), "a number from %u to %u", range->min, range->max);
	if (y->type != SEK_YAML_SCALAR || !*y->text || !y->plain || strlen(y->text) > 10)
		return sek_file_expected(f, y, what);
	for (const char *c = y->text; *c; c++) {
		if (*c < '0' || *c > '9')
			return sek_file_expected(f, y, what);
		value = value * 10 + (unsigned long long)(*c - '0');
	}
	if (value < range->min || value > range->max)
		return sek_file_expected(f, y, what);
	*(__u32 *)to = (__u32)value;
	return 0;
}

int sek_file_bool(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	bool yes = y->type == SEK_YAML_SCALAR && y->plain && !strcmp(y->text, "true");

	(void)arg;
	if (!yes && (y->type != SEK_YAML_SCALAR || !y->plain || strcmp(y->text, "false") != 0))
		return sek_file_expected(f, y, "true or false");
	*(bool *)to = yes;
	return 0;
}

int sek_file_string(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	char *copy;

	if (y->type != SEK_YAML_SCALAR || !*y->text)
		return sek_file_expected(f, y, arg ?: "a text");
	copy = strdup(y->text);
	if (!copy)
		return -ENOMEM;
	free(*(char **)to);
	*(char **)to = copy;
	return 0;
}

const __u8 sek_file_families[SEK_FILE_FAMILIES] = { AF_INET, AF_INET6 };

int sek_file_net(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const __u8 family = *(const __u8 *)arg;
	struct sek_file_net net = { .at = y };
	char what[80], text[SEK_IP_TEXT_SIZE];
	struct sek_topo_ip cut;
	bool has_plen;

	snprintf(what, sizeof(what), "an %s net such as %s, none or auto",
		 family == AF_INET ? "IPv4" : "IPv6",
		 family == AF_INET ? "10.0.10.0/24" : "fd00:0:0:10::/64");
	if (y->type != SEK_YAML_SCALAR)
		return sek_file_expected(f, y, what);
	if (!strcmp(y->text, "none")) {
		net.mode = SEK_FILE_NET_NONE;
	} else if (strcmp(y->text, "auto") != 0) {
		net.mode = SEK_FILE_NET_GIVEN;
		if (sek_ip_parse(y->text, &net.ip, &has_plen) || !has_plen ||
		    net.ip.family != family)
			return sek_file_expected(f, y, what);
		cut = sek_ip_net(&net.ip);
		if (!sek_ip_same(&cut, &net.ip))
			return sek_file_fail(f, y,
					     "%s has bits beyond its length; the net of it is %s",
					     y->text, sek_ip_text(text, &cut));
		if (sek_file_usable(f, y, &net.ip))
			return -EINVAL;
	}
	*(struct sek_file_net *)to = net;
	return 0;
}

int sek_file_usable(struct sek_file *f, const struct sek_yaml *at, const struct sek_topo_ip *ip)
{
	static const struct {
		const char *net;
		const char *why;
	} others[] = {
		{ "0.0.0.0/8", "this network itself (RFC 1122)" },
		{ "127.0.0.0/8", "the loopback interface" },
		{ "224.0.0.0/3", "multicast and what is reserved" },
		{ "::/127", "nobody and the loopback interface" },
		{ "::ffff:0.0.0.0/96", "IPv4 (RFC 4291)" },
		{ "fe80::/10", "single links, and the kernel chooses them" },
		{ "ff00::/8", "multicast" },
	};
	char text[SEK_IP_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct sek_topo_ip net;

		if (!sek_ip_parse(others[i].net, &net, NULL) &&
		    (sek_ip_contains(&net, ip) || sek_ip_contains(ip, &net)))
			return sek_file_fail(f, at, "%s cannot be used here: %s is for %s",
					     sek_ip_text(text, ip), others[i].net, others[i].why);
	}
	return 0;
}

/* Names for sek_words_nearest(), which nobody needs but an error. */
static const char *nearest_node(const struct sek_file *f, const char *word)
{
	const char **names = calloc(f->t->nodes_n + 1, sizeof(*names)), *nearest;

	if (!names)
		return NULL;
	for (size_t i = 0; i < f->t->nodes_n; i++)
		names[i] = f->t->nodes[i].name;
	nearest = sek_words_nearest(word, names, f->t->nodes_n);
	free(names);
	return nearest;
}

int sek_file_node_index(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const char *nearest;
	size_t i;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR || !*y->text)
		return sek_file_expected(f, y, "the name of a node");
	i = sek_index_find(&f->node_names, 0, y->text);
	if (i != SEK_INDEX_NONE && !strcmp(f->t->nodes[i].name, y->text)) {
		*(size_t *)to = i;
		return 0;
	}
	nearest = nearest_node(f, y->text);
	if (nearest)
		return sek_file_fail(f, y, "there is no node '%.*s'; do you mean '%s'?", QUOTED,
				     y->text, nearest);
	return sek_file_fail(f, y, "there is no node '%.*s' under 'nodes'", QUOTED, y->text);
}

int sek_file_grow(void *array, size_t n, size_t size)
{
	size_t room = n ? n * 2 : 4;
	void *larger;

	if (n && (n < 4 || n & (n - 1)))
		return 0;
	larger = reallocarray(*(void **)array, room, size);
	if (!larger)
		return -ENOMEM;
	*(void **)array = larger;
	return 0;
}
