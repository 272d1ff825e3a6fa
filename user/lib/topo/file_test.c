// SPDX-License-Identifier: GPL-2.0-only
/* "tests" of a topology file. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"
#include "words.h"

struct spec {
	struct sek_topo_test test;
	const struct sek_yaml *node;
	const struct sek_yaml *target[SEK_TOPO_TEST_KIND_NR];
	const struct sek_yaml *via;
};

/* Which keys go with which kinds. */
enum {
	WITH_PROBE = 1, /* ping, traceroute */
	WITH_TRACEROUTE = 2,
	WITH_NODE = 4, /* all but cut and heal */
};

static int read_family(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char *const names[] = { "ipv4", "ipv6" };
	static const struct sek_file_words words = { names, 2 };
	unsigned int which = 0;
	int err = sek_file_word(f, y, &which, &words);

	(void)arg;
	*(__u8 *)to = sek_file_families[which];
	return err;
}

#define TEST(member) offsetof(struct spec, member)

static const enum sek_yaml_type list = SEK_YAML_LIST;

static const struct sek_field test_fields[] = {
	SEK_FIELD("ping", sek_file_keep, .offset = TEST(target[SEK_TOPO_TEST_PING])),
	SEK_FIELD("traceroute", sek_file_keep, .offset = TEST(target[SEK_TOPO_TEST_TRACEROUTE])),
	SEK_FIELD("exec", sek_file_keep, .offset = TEST(target[SEK_TOPO_TEST_EXEC])),
	SEK_FIELD("cut", sek_file_keep, .offset = TEST(target[SEK_TOPO_TEST_CUT])),
	SEK_FIELD("heal", sek_file_keep, .offset = TEST(target[SEK_TOPO_TEST_HEAL])),
	SEK_FIELD("node", sek_file_keep, .offset = TEST(node), .set = WITH_NODE),
	SEK_FIELD("via", sek_file_keep, .offset = TEST(via), .arg = &list, .set = WITH_TRACEROUTE),
	SEK_FIELD("fails", sek_file_bool, .offset = TEST(test.fails), .set = WITH_NODE),
	SEK_FIELD("within", sek_file_seconds, .offset = TEST(test.within_s), .set = WITH_NODE),
	SEK_FIELD("family", read_family, .offset = TEST(test.family), .set = WITH_PROBE),
};

#define TEST_FIELDS (sizeof(test_fields) / sizeof(*test_fields))

static const char kinds[] = "one of 'ping', 'traceroute', 'exec', 'cut' and 'heal'";

/* The one thing that a test does. */
static int find_kind(struct sek_file *f, const struct sek_yaml *y, struct spec *spec)
{
	const struct sek_yaml *found = NULL;

	for (unsigned int i = 0; i < SEK_TOPO_TEST_KIND_NR; i++) {
		if (!spec->target[i])
			continue;
		if (found)
			return sek_file_fail(f, y, "'%s' and '%s' are two tests", found->key,
					     spec->target[i]->key);
		found = spec->target[i];
		spec->test.kind = i;
	}
	return found ? 0 : sek_file_fail(f, y, "a test needs %s", kinds);
}

static int check_keys(struct sek_file *f, const struct sek_yaml *y, const struct spec *spec)
{
	enum sek_topo_test_kind kind = spec->test.kind;
	bool step = kind == SEK_TOPO_TEST_CUT || kind == SEK_TOPO_TEST_HEAL;
	unsigned int not = 0;
	const struct sek_yaml *wrong;

	if (step)
		not |= WITH_NODE;
	if (step || kind == SEK_TOPO_TEST_EXEC)
		not |= WITH_PROBE;
	if (kind != SEK_TOPO_TEST_TRACEROUTE)
		not |= WITH_TRACEROUTE;
	wrong = sek_file_has(y, test_fields, TEST_FIELDS, not );
	if (wrong)
		return sek_file_fail_key(f, wrong, "'%s' does not go with '%s'", wrong->key,
					 sek_topo_test_name(kind));
	if (!step && !spec->node)
		return sek_file_fail(f, y, "a test needs 'node', where it is done");
	return 0;
}

static int fail_no_link(struct sek_file *f, const struct sek_yaml *y)
{
	const char **names = calloc(f->t->links_n + 1, sizeof(*names)), *nearest;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < f->t->links_n; i++)
		names[i] = f->t->links[i].name;
	nearest = sek_words_nearest(y->text, names, f->t->links_n);
	free(names);
	if (nearest)
		return sek_file_fail(f, y, "there is no link '%.40s'; do you mean '%s'?", y->text,
				     nearest);
	return sek_file_fail(f, y, "there is no link '%.40s'; 'topo show' lists them", y->text);
}

/* "vm2-vm1" is the link "vm1-vm2", as for those who cut it by hand. */
static size_t find_reversed(const struct sek_file *f, const char *name)
{
	char other[sizeof(f->t->links->name)];
	size_t i = SEK_INDEX_NONE;

	if (strlen(name) >= sizeof(other))
		return i;
	for (const char *dash = strchr(name, '-'); dash && i == SEK_INDEX_NONE;
	     dash = strchr(dash + 1, '-')) {
		snprintf(other, sizeof(other), "%s-%.*s", dash + 1, (int)(dash - name), name);
		i = sek_index_find(&f->link_names, 0, other);
	}
	return i;
}

static int read_link(struct sek_file *f, const struct sek_yaml *y, struct sek_topo_test *test)
{
	size_t i;

	if (y->type != SEK_YAML_SCALAR || !*y->text)
		return sek_file_expected(f, y, "the name of a link");
	i = sek_index_find(&f->link_names, 0, y->text);
	if (i == SEK_INDEX_NONE)
		i = find_reversed(f, y->text);
	if (i == SEK_INDEX_NONE)
		return fail_no_link(f, y);
	test->target = strdup(f->t->links[i].name);
	return test->target ? 0 : -ENOMEM;
}

/* A node that packets can be sent to or from. */
static int read_talker(struct sek_file *f, const struct sek_yaml *y, size_t *ret)
{
	int err = sek_file_node_index(f, y, ret, NULL);

	if (!err && f->t->nodes[*ret].kind == SEK_TOPO_BRIDGE)
		return sek_file_fail(f, y, "%s is a bridge, which has no addresses", y->text);
	return err;
}

static int read_target(struct sek_file *f, const struct sek_yaml *y, struct sek_topo_test *test)
{
	struct sek_topo_ip ip;
	bool has_plen;
	size_t node;
	int err;

	if (y->type == SEK_YAML_SCALAR && !sek_ip_parse(y->text, &ip, &has_plen) && !has_plen) {
		if (test->family && test->family != ip.family)
			return sek_file_fail(f, y, "%s is not of the test's 'family'", y->text);
		test->family = ip.family;
	} else {
		err = read_talker(f, y, &node);
		if (err)
			return err;
		if (node == test->node)
			return sek_file_fail(f, y, "%s would talk to itself", y->text);
	}
	return sek_file_string(f, y, &test->target, NULL);
}

static int read_via(struct sek_file *f, const struct sek_yaml *y, struct sek_topo_test *test)
{
	int err = 0;

	for (const struct sek_yaml *v = y->child; v && !err; v = v->next) {
		err = sek_file_grow(&test->via, test->via_n, sizeof(*test->via));
		if (!err)
			err = read_talker(f, v, &test->via[test->via_n]);
		if (!err)
			test->via_n++;
	}
	return err;
}

static int read_spec(struct sek_file *f, const struct sek_yaml *y, struct spec *spec)
{
	struct sek_topo_test *test = &spec->test;
	const struct sek_yaml *target;
	int err;

	if (y->type != SEK_YAML_MAP)
		return sek_file_expected(f, y, "a test such as {node: vm1, ping: vm4}");
	err = sek_file_fields(f, y, "a test", test_fields, TEST_FIELDS, spec);
	if (!err)
		err = find_kind(f, y, spec);
	if (!err)
		err = check_keys(f, y, spec);
	if (!err && spec->node)
		err = read_talker(f, spec->node, &test->node);
	if (err)
		return err;
	target = spec->target[test->kind];
	switch (test->kind) {
	case SEK_TOPO_TEST_PING:
	case SEK_TOPO_TEST_TRACEROUTE:
		err = read_target(f, target, test);
		break;
	case SEK_TOPO_TEST_EXEC:
		return sek_file_string(f, target, &test->target, "a command line");
	default:
		return read_link(f, target, test);
	}
	return err || !spec->via ? err : read_via(f, spec->via, test);
}

static int read_test(struct sek_file *f, const struct sek_yaml *y)
{
	struct spec spec = { .test = { .line = y->line } };
	struct sek_topo *t = f->t;
	int err = 0;

	if (t->tests_n == SEK_TOPO_MAX_TESTS)
		return sek_file_fail(f, y, "more than %d tests", SEK_TOPO_MAX_TESTS);
	err = read_spec(f, y, &spec);
	if (!err)
		err = sek_file_grow(&t->tests, t->tests_n, sizeof(*t->tests));
	if (err) {
		free(spec.test.target);
		free(spec.test.via);
		return err;
	}
	t->tests[t->tests_n++] = spec.test;
	return 0;
}

int sek_file_tests(struct sek_file *f)
{
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++) {
		const struct sek_yaml *tests = f->sources[i]->tests;

		for (const struct sek_yaml *y = tests ? tests->child : NULL; y && !err; y = y->next)
			err = read_test(f, y);
	}
	return err;
}
