// SPDX-License-Identifier: GPL-2.0-only
#include "yaml_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/*
 * One value being read for each depth; open[0] is a list that stands for the document.
 * @key: read, and waiting for its value
 */
struct level {
	struct sek_yaml *value;
	struct sek_yaml **tail;
	struct sek_yaml *key;
};

struct reader {
	yaml_parser_t parser;
	const char *text;
	size_t size;
	const char *file;
	struct sek_yaml_error *error;
	struct level open[SEK_YAML_MAX_DEPTH + 1];
	unsigned int depth;
};

__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, const yaml_mark_t *at,
						      const char *fmt, ...)
{
	va_list args;

	r->error->line = at->line + 1;
	r->error->column = at->column + 1;
	va_start(args, fmt);
	vsnprintf(r->error->text, sizeof(r->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* libyaml tells the byte where the text stops to be text, and no line. */
static int fail_at_byte(struct reader *r, size_t offset)
{
	yaml_mark_t at = {};

	for (size_t i = 0; i < offset && i < r->size; i++) {
		if (r->text[i] == '\n') {
			at.line++;
			at.column = 0;
		} else if ((r->text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return fail(r, &at, "%s; a topology is text in UTF-8", r->parser.problem);
}

static bool is_tab(const struct reader *r, const yaml_mark_t *at)
{
	size_t line = 0, column = 0, i = 0;

	for (; i < r->size && line < at->line; i++)
		line += r->text[i] == '\n';
	for (; i < r->size && column < at->column; i++)
		column += (r->text[i] & 0xc0) != 0x80;
	return i < r->size && r->text[i] == '\t';
}

static int fail_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;

	if (p->error == YAML_SCANNER_ERROR && is_tab(r, &p->problem_mark))
		return fail(r, &p->problem_mark, "a tab; YAML is indented with spaces");

	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return -ENOMEM;
	case YAML_READER_ERROR:
		return fail_at_byte(r, p->problem_offset);
	default:
		return fail(r, &p->problem_mark, "%s%s%s", p->context ? p->context : "",
			    p->context ? ": " : "", p->problem ? p->problem : "not YAML");
	}
}

static struct sek_yaml *new_value(const struct reader *r, enum sek_yaml_type type,
				  const yaml_mark_t *at)
{
	struct sek_yaml *y = calloc(1, sizeof(*y));

	if (!y)
		return NULL;
	y->type = type;
	y->file = r->file;
	y->line = at->line + 1;
	y->column = at->column + 1;
	return y;
}

/* Puts a value where it belongs, and takes it. */
static void put(struct reader *r, struct sek_yaml *value)
{
	struct level *l = &r->open[r->depth];

	if (l->value->type == SEK_YAML_MAP) {
		if (!l->key) {
			l->key = value;
			return;
		}
		value->key = l->key->text;
		value->key_line = l->key->line;
		value->key_column = l->key->column;
		l->key->text = NULL;
		sek_yaml_free(l->key);
		l->key = NULL;
	}
	*l->tail = value;
	l->tail = &value->next;
	l->value->n++;
}

/* What YAML has for nothing, beside nothing. */
static bool is_null(const char *text)
{
	return !strcmp(text, "~") || !strcmp(text, "null");
}

static int take_scalar(struct reader *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	struct sek_yaml *y;

	/* Only an escape in double quotes can write one. */
	if (strlen(text) != e->data.scalar.length)
		return fail(r, &e->start_mark, "a NUL character in the text");
	y = new_value(r, SEK_YAML_SCALAR, &e->start_mark);
	if (!y)
		return -ENOMEM;
	y->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	y->text = strdup(y->plain && is_null(text) ? "" : text);
	if (!y->text) {
		sek_yaml_free(y);
		return -ENOMEM;
	}
	put(r, y);
	return 0;
}

static int begin(struct reader *r, enum sek_yaml_type type, const yaml_event_t *e)
{
	struct level *l = &r->open[r->depth];
	struct sek_yaml *y;

	if (l->value->type == SEK_YAML_MAP && !l->key)
		return fail(r, &e->start_mark, "a key is a word, not a list or mapping");
	if (r->depth == SEK_YAML_MAX_DEPTH)
		return fail(r, &e->start_mark, "more than %d lists and mappings inside each other",
			    SEK_YAML_MAX_DEPTH);
	y = new_value(r, type, &e->start_mark);
	if (!y)
		return -ENOMEM;
	put(r, y);
	r->open[++r->depth] = (struct level){ .value = y, .tail = &y->child };
	return 0;
}

/* What would let a part of the text stand for another one, or change what it is. */
static int refuse(struct reader *r, const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return fail(r, &e->start_mark, "aliases (*name) are not understood; write it out");
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return fail(r, &e->start_mark,
			    "anchors (&name) are not understood; write it out, or use 'defaults'");
	if (tag)
		return fail(r, &e->start_mark, "tags (!name) are not understood; leave it out");
	return 0;
}

static int take(struct reader *r, const yaml_event_t *e)
{
	int err = refuse(r, e);

	if (err)
		return err;
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->open[0].value->n)
			return fail(r, &e->start_mark, "a second document; a file holds one");
		return 0;
	case YAML_SCALAR_EVENT:
		return take_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return begin(r, SEK_YAML_LIST, e);
	case YAML_MAPPING_START_EVENT:
		return begin(r, SEK_YAML_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	default:
		return 0;
	}
}

static int take_all(struct reader *r)
{
	yaml_event_type_t type;
	yaml_event_t e;
	int err;

	do {
		if (!yaml_parser_parse(&r->parser, &e))
			return fail_syntax(r);
		type = e.type;
		err = take(r, &e);
		yaml_event_delete(&e);
	} while (!err && type != YAML_STREAM_END_EVENT);
	return err;
}

int sek_yaml_parse(const char *text, size_t size, const char *file, struct sek_yaml **ret,
		   struct sek_yaml_error *error)
{
	struct sek_yaml document = { .type = SEK_YAML_LIST };
	struct reader r = { .text = text, .size = size, .file = file, .error = error };
	int err;

	r.open[0] = (struct level){ .value = &document, .tail = &document.child };
	*error = (struct sek_yaml_error){};
	if (!yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	/* Otherwise a byte order mark makes it take other encodings. */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
	err = take_all(&r);
	yaml_parser_delete(&r.parser);
	for (unsigned int i = 0; i <= r.depth; i++)
		sek_yaml_free(r.open[i].key);
	if (!err && !document.child)
		err = fail(&r, &(yaml_mark_t){}, "the file is empty");
	if (err) {
		sek_yaml_free(document.child);
		return err;
	}
	*ret = document.child;
	return 0;
}

/* As deep as the tree, which is bounded. */
void sek_yaml_free(struct sek_yaml *y)
{
	while (y) {
		struct sek_yaml *next = y->next;

		sek_yaml_free(y->child);
		free(y->key);
		free(y->text);
		free(y);
		y = next;
	}
}
