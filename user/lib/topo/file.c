// SPDX-License-Identifier: GPL-2.0-only
/* Topology files: what is read, in which order, and the file as a whole. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../cleanup.h"

/*
 * Files that include each other.
 * @outer: the one that includes it, or NULL
 */
struct chain {
	const struct sek_file_source *source;
	const struct chain *outer;
};

/* What is wrong with a file as a whole, and no place in it. */
__attribute__((format(printf, 4, 5))) static int fail_file(struct sek_file *f, const char *name,
							   int err, const char *fmt, ...)
{
	va_list args;

	snprintf(f->error->file, sizeof(f->error->file), "%s", name);
	f->error->line = 0;
	f->error->column = 0;
	va_start(args, fmt);
	vsnprintf(f->error->text, sizeof(f->error->text), fmt, args);
	va_end(args);
	return err;
}

static void free_source(struct sek_file_source *s)
{
	if (!s)
		return;
	sek_yaml_free(s->tree);
	free(s->name);
	free(s);
}

/* Appends it, so that whoever includes it comes later. */
static int keep_source(struct sek_file *f, struct sek_file_source *s)
{
	int err = sek_file_grow(&f->sources, f->sources_n, sizeof(struct sek_file_source *));

	if (!err)
		f->sources[f->sources_n++] = s;
	return err;
}

static int parse(struct sek_file *f, const char *text, size_t size, struct sek_file_source *s)
{
	struct sek_yaml_error error;
	int err;

	if (size > SEK_TOPO_MAX_FILE)
		return fail_file(f, s->name, -EINVAL, "larger than %u MiB, which no topology is",
				 SEK_TOPO_MAX_FILE >> 20);
	err = sek_yaml_parse(text, size, s->name, &s->tree, &error);
	if (err == -EINVAL) {
		fail_file(f, s->name, err, "%s", error.text);
		f->error->line = error.line;
		f->error->column = error.column;
	}
	if (err)
		return err;
	if (s->tree->type != SEK_YAML_MAP)
		return sek_file_expected(f, s->tree, "a mapping with 'nodes' and 'links'");
	return 0;
}

/* One byte more than is allowed tells that there is more. */
static int read_all(int fd, char **ret, size_t *ret_size)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;
	size_t room = 0, used = 0;
	ssize_t n;

	do {
		if (used == room) {
			char *larger;

			room = room ? room * 2 : 16384;
			larger = realloc(text, room + 1);
			if (!larger)
				return -ENOMEM;
			text = larger;
		}
		n = read(fd, text + used, room - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n && used <= SEK_TOPO_MAX_FILE);
	*ret = text;
	*ret_size = used;
	text = NULL;
	return 0;
}

static int read_fd(struct sek_file *f, int fd, struct sek_file_source *s)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;
	size_t size = 0;
	int err = read_all(fd, &text, &size);

	if (err)
		return fail_file(f, s->name, err, "read the file: %s", strerror(-err));
	return parse(f, text, size, s);
}

static const struct sek_yaml *find(const struct sek_yaml *map, const char *key)
{
	const struct sek_yaml *y = map->child;

	while (y && strcmp(y->key, key) != 0)
		y = y->next;
	return y;
}

/* Beside the file that includes it, unless it is an absolute path. */
static char *path_of(const struct sek_yaml *y, const struct sek_file_source *from)
{
	const char *slash = strrchr(from->name, '/');
	char *path = NULL;

	if (*y->text == '/' || !slash)
		return strdup(y->text);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from->name), from->name, y->text) < 0)
		return NULL;
	return path;
}

/* Only a file can be included: nothing that blocks, has no end, or does something when opened. */
static int open_included(struct sek_file *f, const struct sek_yaml *y, const char *path,
			 struct sek_file_source *s)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	struct stat st;

	if (stat(path, &st))
		return sek_file_fail(f, y, "open '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return sek_file_fail(f, y, "'%s' is no file", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		return sek_file_fail(f, y, "open '%s': %s", path, strerror(errno));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return sek_take_fd(&fd);
}

static bool is_same(const struct sek_file_source *a, const struct sek_file_source *b)
{
	return a->ino && a->ino == b->ino && a->dev == b->dev;
}

static int read_includes(struct sek_file *f, const struct chain *chain);

/* A file that several include is read once; one that includes itself never ends. */
static int include(struct sek_file *f, const struct sek_yaml *y, const struct chain *outer)
{
	struct sek_file_source *s;
	struct chain chain = { .outer = outer };
	int fd, err;

	if (y->type != SEK_YAML_SCALAR || !*y->text)
		return sek_file_expected(f, y, "the path of a file");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->name = path_of(y, outer->source);
	fd = s->name ? open_included(f, y, s->name, s) : -ENOMEM;
	err = fd < 0 ? fd : 0;
	for (const struct chain *c = outer; c && !err; c = c->outer)
		if (is_same(c->source, s))
			err = sek_file_fail(f, y, "'%s' includes itself%s", s->name,
					    c == outer ? "" : " by way of this file");
	for (size_t i = 0; i < f->sources_n && !err; i++)
		if (is_same(f->sources[i], s))
			goto out;
	if (!err && f->sources_n >= SEK_TOPO_MAX_INCLUDES)
		err = sek_file_fail(f, y, "more than %d files", SEK_TOPO_MAX_INCLUDES);
	if (!err)
		err = read_fd(f, fd, s);
	chain.source = s;
	if (!err)
		err = read_includes(f, &chain);
	if (!err)
		err = keep_source(f, s);
	if (!err)
		s = NULL;
out:
	if (fd >= 0)
		close(fd);
	free_source(s);
	return err;
}

static int read_includes(struct sek_file *f, const struct chain *chain)
{
	const struct sek_yaml *y = find(chain->source->tree, "include");
	unsigned int depth = 0;
	int err = 0;

	for (const struct chain *c = chain; c; c = c->outer)
		depth++;
	if (y && depth > SEK_YAML_MAX_DEPTH)
		return sek_file_fail(f, y, "more than %d files inside each other",
				     SEK_YAML_MAX_DEPTH);
	if (y && y->type == SEK_YAML_SCALAR)
		return include(f, y, chain);
	if (y && y->type == SEK_YAML_MAP)
		return sek_file_expected(f, y, "a file, or a list of files");
	for (y = y ? y->child : NULL; y && !err; y = y->next)
		err = include(f, y, chain);
	return err;
}

/* "defaults" */
static int read_defaults(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const enum sek_yaml_type map = SEK_YAML_MAP;
	static const struct sek_field fields[] = {
		SEK_FIELD("node", sek_file_keep, .arg = &map,
			  .offset = offsetof(struct sek_file_source, node_defaults)),
		SEK_FIELD("link", sek_file_keep, .arg = &map,
			  .offset = offsetof(struct sek_file_source, link_defaults)),
	};

	(void)arg;
	if (y->type != SEK_YAML_MAP)
		return sek_file_expected(f, y, "a mapping with 'node' and 'link'");
	return sek_file_fields(f, y, "defaults", fields, 2, to);
}

/* The whole of a file, while its keys are read. */
struct top {
	struct sek_file_source source;
	enum sek_topo_routing routing;
	enum sek_topo_daemon daemon;
	enum sek_topo_timers timers;
	const struct sek_yaml *include; /* done already */
};

#define TOP(member) offsetof(struct top, member)

static int read_top(struct sek_file *f, struct sek_file_source *s)
{
	static const enum sek_yaml_type list = SEK_YAML_LIST;
	static const struct sek_field fields[] = {
		SEK_FIELD("name", sek_file_label, .offset = TOP(source.title)),
		SEK_FIELD("include", sek_file_keep, .offset = TOP(include)),
		SEK_FIELD("routing", sek_file_word, .offset = TOP(routing),
			  .arg = &sek_file_routings),
		SEK_FIELD("daemon", sek_file_word, .offset = TOP(daemon), .arg = &sek_file_daemons),
		SEK_FIELD("timers", sek_file_word, .offset = TOP(timers), .arg = &sek_file_timers),
		SEK_FIELD("defaults", read_defaults, .offset = TOP(source)),
		SEK_FIELD("nodes", sek_file_keep, .offset = TOP(source.nodes)),
		SEK_FIELD("links", sek_file_keep, .offset = TOP(source.links), .arg = &list),
		SEK_FIELD("tests", sek_file_keep, .offset = TOP(source.tests), .arg = &list),
	};
	struct top top = {
		.source = *s, .routing = f->routing, .daemon = f->daemon, .timers = f->timers
	};
	int err = sek_file_fields(f, s->tree, "a topology", fields,
				  sizeof(fields) / sizeof(*fields), &top);

	if (err)
		return err;
	*s = top.source;
	f->routing = top.routing;
	f->daemon = top.daemon;
	f->timers = top.timers;
	return 0;
}

/*
 * The file's own name without its folder and ".yaml" names what has none, with a dash for what
 * names of files have and others have not.
 */
static int choose_name(struct sek_file *f, const struct sek_file_source *s)
{
	const char *base = strrchr(s->name, '/');
	struct sek_yaml name = { .text = strdup(base ? base + 1 : s->name), .file = s->name };
	char *dot;
	int err;

	if (!name.text)
		return -ENOMEM;
	dot = strrchr(name.text, '.');
	if (dot)
		*dot = '\0';
	for (char *c = name.text; *c; c++)
		if (strchr("_. ", *c))
			*c = '-';
	err = sek_file_label(f, &name, f->t->name, NULL);
	free(name.text);
	if (err)
		return fail_file(f, s->name, err,
				 "the topology has no 'name', and that of the file "
				 "cannot be one; add a line such as 'name: lab'");
	return 0;
}

/* @f->sources is complete, the file itself the last. */
static int build(struct sek_file *f)
{
	const struct sek_file_source *last = f->sources[f->sources_n - 1];
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++)
		err = read_top(f, f->sources[i]);
	if (err)
		return err;
	if (*last->title)
		memcpy(f->t->name, last->title, sizeof(f->t->name));
	else
		err = choose_name(f, last);
	if (!err)
		err = sek_file_nodes(f);
	if (!err && !f->t->nodes_n)
		err = sek_file_fail(f, last->tree,
				    "a topology needs 'nodes', such as "
				    "nodes: [vm1, vm2]");
	if (!err)
		err = sek_file_links(f);
	if (!err)
		err = sek_plan(f);
	if (!err)
		err = sek_file_tests(f);
	return err;
}

static void free_file(struct sek_file *f)
{
	for (size_t i = 0; i < f->sources_n; i++)
		free_source(f->sources[i]);
	free(f->sources);
	free(f->nodes);
	free(f->links);
	sek_index_free(&f->node_names);
	sek_index_free(&f->link_names);
	sek_topo_free(f->t);
}

/* @fd: or -1, then @text and @size are read */
static int read_topo(const char *name, int fd, const char *text, size_t size, struct sek_topo **ret,
		     struct sek_topo_error *error)
{
	struct sek_file f = { .error = error, .t = calloc(1, sizeof(*f.t)) };
	struct sek_file_source *s = calloc(1, sizeof(*s));
	struct chain chain = { .source = s };
	struct stat st;
	int err = -ENOMEM;

	*error = (struct sek_topo_error){};
	if (s)
		s->name = strdup(name);
	if (f.t && s && s->name)
		err = fd < 0 ? parse(&f, text, size, s) : read_fd(&f, fd, s);
	if (!err && fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	if (!err)
		err = read_includes(&f, &chain);
	if (!err)
		err = keep_source(&f, s);
	if (!err)
		s = NULL;
	free_source(s);
	if (!err)
		err = build(&f);
	if (!err) {
		*ret = f.t;
		f.t = NULL;
	} else if (err == -ENOMEM) {
		fail_file(&f, name, err, "out of memory");
	}
	free_file(&f);
	return err;
}

int sek_topo_read(const char *path, struct sek_topo **ret, struct sek_topo_error *error)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	struct sek_file f = { .error = error };

	if (!strcmp(path, "-"))
		return read_topo("-", STDIN_FILENO, NULL, 0, ret, error);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_file(&f, path, -errno, "open the file: %s", strerror(errno));
	return read_topo(path, fd, NULL, 0, ret, error);
}

int sek_topo_read_text(const char *text, size_t size, const char *name, struct sek_topo **ret,
		       struct sek_topo_error *error)
{
	return read_topo(name, -1, text, size, ret, error);
}

void sek_topo_free(struct sek_topo *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nodes_n; i++)
		sek_file_free_node(&t->nodes[i]);
	for (size_t i = 0; i < t->tests_n; i++) {
		free(t->tests[i].target);
		free(t->tests[i].via);
	}
	free(t->nodes);
	free(t->links);
	free(t->tests);
	free(t);
}
