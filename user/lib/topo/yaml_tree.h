/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A YAML document as a tree in which every value knows its place. Of YAML as much as people use
 * to configure things: scalars, lists and mappings with scalar keys. Anchors, aliases, tags and
 * several documents are refused, so that no small text stands for a large tree.
 */
#ifndef SEK_TOPO_YAML_TREE_H
#define SEK_TOPO_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Lists and mappings inside each other; a topology needs 6. */
#define SEK_YAML_MAX_DEPTH 16

enum sek_yaml_type {
	SEK_YAML_SCALAR,
	SEK_YAML_LIST,
	SEK_YAML_MAP,
};

/**
 * struct sek_yaml - one value
 * @type: what it is
 * @plain: a scalar without quotes, the only ones that can be numbers or booleans
 * @file: what errors call the file
 * @line: of its first character, counted from 1
 * @column: in characters, counted from 1
 * @key: in a mapping: its key; else NULL
 * @key_line: of the key
 * @key_column: of the key
 * @text: scalar: its characters, UTF-8 without NULs; a plain null or ~ has none
 * @n: list, mapping: number of values
 * @child: list, mapping: the first of its values
 * @next: the next value of the same list or mapping
 */
struct sek_yaml {
	enum sek_yaml_type type;
	bool plain;
	const char *file;
	unsigned int line;
	unsigned int column;
	char *key;
	unsigned int key_line;
	unsigned int key_column;
	char *text;
	size_t n;
	struct sek_yaml *child;
	struct sek_yaml *next;
};

/**
 * struct sek_yaml_error - where a text stops to be such a document
 * @line: counted from 1; 0 if no place can be told
 * @column: counted from 1
 * @text: what is wrong, and what to write instead
 */
struct sek_yaml_error {
	unsigned int line;
	unsigned int column;
	char text[160];
};

/**
 * sek_yaml_parse - read a document
 * @text: UTF-8, not necessarily ended by a NUL
 * @size: in bytes
 * @file: what errors call it; must stay as long as the tree
 * @ret: to be freed by sek_yaml_free(); untouched on failure
 * @error: filled on -EINVAL
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sek_yaml_parse(const char *text, size_t size, const char *file, struct sek_yaml **ret,
		   struct sek_yaml_error *error);

/**
 * sek_yaml_free - free a tree
 * @y: its root, or NULL
 */
void sek_yaml_free(struct sek_yaml *y);

/* For __attribute__((cleanup(sek_yaml_freep))). */
static inline void sek_yaml_freep(struct sek_yaml **y)
{
	sek_yaml_free(*y);
}

#endif
