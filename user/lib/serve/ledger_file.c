// SPDX-License-Identifier: GPL-2.0-only
#include "ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../names.h"

#define MAGIC "sekisho-ledger\t1"

/* Far more than there can be slots for. */
#define SIZE_MOST (1U << 28)

static const char *const part_names[SEK_LEDGER_PARTS] = { "base", "now" };

const enum sek_scope sek_ledger_scopes[SEK_LEDGER_NR] = {
	[SEK_LEDGER_LINK] = SEK_SCOPE_LINK,
	[SEK_LEDGER_CGROUP] = SEK_SCOPE_CGROUP,
	[SEK_LEDGER_TUNNEL] = SEK_SCOPE_TUNNEL,
};

int sek_ledger_part_new(struct sek_ledger_part *p)
{
	int err = 0;

	for (int i = 0; i < SEK_LEDGER_NR && !err; i++)
		err = sek_tally_new(sek_ledger_scopes[i], sek_tally_dims(sek_ledger_scopes[i], ~0U),
				    &p->tally[i]);
	return err;
}

void sek_ledger_part_free(struct sek_ledger_part *p)
{
	for (int i = 0; i < SEK_LEDGER_NR; i++)
		sek_tally_free(p->tally[i]);
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t checksum(const char *text, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	while (n--)
		h = (h ^ (unsigned char)*text++) * 0x100000001b3;
	return h;
}

static void put_word(FILE *to, const char *word)
{
	fputc('\t', to);
	for (; *word; word++) {
		unsigned char c = *word;

		if (c >= ' ' && c != 0x7f && c != '\\')
			fputc(c, to);
		else
			fprintf(to, "\\x%02x", c);
	}
}

struct writing {
	FILE *to;
	int part;
	int scope;
};

static int put_row(const struct sek_row *row, void *arg)
{
	struct writing *w = arg;
	bool cgroup = w->scope != SEK_LEDGER_LINK;

	fputs(part_names[w->part], w->to);
	put_word(w->to, sek_scope_names[sek_ledger_scopes[w->scope]]);
	put_word(w->to, cgroup ? row->cgroup : row->netns);
	put_word(w->to, cgroup ? row->cgroup_name : row->ifname);
	put_word(w->to, row->hook);
	put_word(w->to, row->egress ? "egress" : "ingress");
	put_word(w->to, sek_route_name(row->route));
	put_word(w->to, sek_family_name(row->family));
	put_word(w->to, sek_class_name(row->class));
	put_word(w->to, sek_certainty_name(row->certainty));
	fprintf(w->to, "\t%" PRIu64 "\t%" PRIu64 "\n", row->packets, row->bytes);
	return ferror(w->to) ? -ENOMEM : 0;
}

static int put_text(const struct sek_ledger_text *t, FILE *to)
{
	struct writing w = { .to = to };
	int err = 0;

	fprintf(to, MAGIC "\t%s\t%" PRIu32 "\n", t->boot, t->epoch);
	for (w.part = 0; w.part < SEK_LEDGER_PARTS; w.part++) {
		for (w.scope = 0; w.scope < SEK_LEDGER_NR && !err; w.scope++)
			err = sek_tally_rows(t->part[w.part].tally[w.scope], put_row, &w);
	}
	return err;
}

/* The whole file, with its end; to be freed also after an error. */
static int make_text(const struct sek_ledger_text *t, char **ret, size_t *n)
{
	FILE *to = open_memstream(ret, n);
	int err = to ? put_text(t, to) : -ENOMEM;

	if (!err && fflush(to))
		err = -ENOMEM;
	if (!err)
		fprintf(to, "end\t%016" PRIx64 "\n", checksum(*ret, *n));
	if (to && fclose(to) && !err)
		err = -ENOMEM;
	return err;
}

static int write_all(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			text += done;
			n -= done;
		}
	}
	return fsync(fd) ? -errno : 0;
}

/* The new name is on disk when the folder is. */
static int sync_folder(const char *file)
{
	SEK_CLEANUP(sek_freep) char *copy = strdup(file);
	SEK_CLEANUP(sek_closep) int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

int sek_ledger_save(const char *file, const struct sek_ledger_text *text)
{
	SEK_CLEANUP(sek_freep) char *name = NULL;
	SEK_CLEANUP(sek_freep) char *whole = NULL;
	SEK_CLEANUP(sek_closep) int fd = -1;
	size_t n = 0;
	int err;

	if (asprintf(&name, "%s.new", file) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	err = make_text(text, &whole, &n);
	if (!err) {
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
		err = fd < 0 ? -errno : write_all(fd, whole, n);
	}
	if (!err && rename(name, file))
		err = -errno;
	if (err && fd >= 0)
		unlink(name);
	return err ?: sync_folder(file);
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? at - digits : -1;
}

static bool unescape(char *word)
{
	char *to = word;

	while (*word) {
		int high, low;

		if (*word != '\\') {
			*to++ = *word++;
			continue;
		}
		if (word[1] != 'x' || (high = digit(word[2])) < 0 || (low = digit(word[3])) < 0 ||
		    !(high | low))
			return false;
		*to++ = high << 4 | low;
		word += 4;
	}
	*to = '\0';
	return true;
}

static bool take_number(const char *word, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && !errno;
}

static int index_of(const char *const *words, int n, const char *word)
{
	for (int i = 0; i < n; i++) {
		if (!strcmp(words[i], word))
			return i;
	}
	return -1;
}

static int find_scope(const char *word)
{
	int i = SEK_LEDGER_NR;

	while (i-- > 0 && strcmp(sek_scope_names[sek_ledger_scopes[i]], word) != 0)
		;
	return i;
}

static bool has_point(enum sek_scope scope, uint32_t point)
{
	struct sek_points points = sek_counters_points(scope);

	return point >= points.first && point < points.end;
}

/* Hook, direction and route together are a point. */
static bool take_point(struct sek_row *row, char *const *words)
{
	int cell = sek_family_find(words[3]) < 0 || sek_class_find(words[4]) < 0 ||
				   sek_certainty_find(words[5]) < 0
			   ? -1
			   : (int)sek_cell_index(sek_family_find(words[3]),
						 sek_class_find(words[4]),
						 sek_certainty_find(words[5]));

	for (int point = 0; point < SEK_POINT_NR && cell >= 0; point++) {
		sek_counters_kind(row, point, cell);
		if (!strcmp(row->hook, words[0]) &&
		    !strcmp(row->egress ? "egress" : "ingress", words[1]) &&
		    !strcmp(sek_route_name(row->route), words[2]))
			return true;
	}
	return false;
}

/* A line with a row: 0, 1 if it is wrong, or -ENOMEM. */
static int take_row(char *line, struct sek_ledger_text *t)
{
	enum { PART, SCOPE, WHOSE, NAME, KIND, PACKETS = KIND + 6, BYTES, WORDS };
	char *words[WORDS] = {};
	struct sek_row row = {};
	int n = 0, part, scope;

	while (line && n < WORDS)
		words[n++] = strsep(&line, "\t");
	if (line || n < WORDS || !unescape(words[WHOSE]) || !unescape(words[NAME]))
		return 1;
	part = index_of(part_names, SEK_LEDGER_PARTS, words[PART]);
	scope = find_scope(words[SCOPE]);
	if (part < 0 || scope < 0 || !take_point(&row, words + KIND) ||
	    !has_point(sek_ledger_scopes[scope], row.point) ||
	    !take_number(words[PACKETS], &row.packets) || !take_number(words[BYTES], &row.bytes))
		return 1;
	if (scope != SEK_LEDGER_LINK) {
		row.cgroup = words[WHOSE];
		row.cgroup_name = words[NAME];
	} else {
		row.netns = words[WHOSE];
		row.ifname = words[NAME];
	}
	return sek_tally_row(&row, t->part[part].tally[scope]);
}

static int take_first(char *line, struct sek_ledger_text *t)
{
	uint64_t epoch;
	char *boot;

	if (strncmp(line, MAGIC "\t", sizeof(MAGIC)))
		return 1;
	line += sizeof(MAGIC);
	boot = strsep(&line, "\t");
	if (!line || strlen(boot) >= sizeof(t->boot) || !take_number(line, &epoch) ||
	    epoch > UINT32_MAX)
		return 1;
	strcpy(t->boot, boot);
	t->epoch = epoch;
	return 0;
}

static int take_text(char *text, size_t n, struct sek_ledger_text *t)
{
	char *line, *next, end[32];
	int number = 1, err;

	for (line = text; (next = memchr(line, '\n', text + n - line)); line = next + 1, number++) {
		if (!strncmp(line, "end\t", 4))
			break;
	}
	snprintf(end, sizeof(end), "end\t%016" PRIx64 "\n", checksum(text, line - text));
	if (text + n - line != (ptrdiff_t)strlen(end) || memcmp(line, end, strlen(end)))
		return number;
	*line = '\0';
	for (number = 1, line = text; *line; line = next + 1, number++) {
		next = strchr(line, '\n');
		*next = '\0';
		err = number == 1 ? take_first(line, t) : take_row(line, t);
		if (err)
			return err < 0 ? err : number;
	}
	return number > 1 ? 0 : 1;
}

/* The rest of a file of so many bytes, with a NUL behind. */
static int read_all(int fd, char *text, size_t n)
{
	text[n] = '\0';
	while (n) {
		ssize_t done = read(fd, text, n);

		/* It has become shorter: then it is not whole. */
		if (!done)
			return 1;
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			text += done;
			n -= done;
		}
	}
	return 0;
}

int sek_ledger_read(const char *file, struct sek_ledger_text *ret)
{
	SEK_CLEANUP(sek_closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
	SEK_CLEANUP(sek_freep) char *text = NULL;
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MOST)
		return 1;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	err = read_all(fd, text, st.st_size);
	return err ?: take_text(text, st.st_size, ret);
}
