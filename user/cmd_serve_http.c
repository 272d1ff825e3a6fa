// SPDX-License-Identifier: GPL-2.0-only
#include "serve_http.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/serve/http.h"
#include "log.h"
#include "metrics.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { METRICS_TEXT, METRICS_OPEN, PAGE_JSON, PAGE_LANDING };

static const struct sek_http_page pages[] = {
	[METRICS_TEXT] = { "/metrics", "text/plain; version=0.0.4; charset=utf-8", "text/plain",
			   "0.0.4" },
	[METRICS_OPEN] = { "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8",
			   "application/openmetrics-text", "1.0.0" },
	[PAGE_JSON] = { "/json", "application/json", "application/json", NULL },
	[PAGE_LANDING] = { "/", "text/html; charset=utf-8", "text/html", NULL },
};

static const char landing[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\"><title>sekisho</title></head>"
	"<body><h1>sekisho " SEK_VERSION "</h1>"
	"<p>Packets of this host: what they are, and whose.</p><ul>"
	"<li><a href=\"/metrics\">/metrics</a>: for Prometheus, as text or OpenMetrics</li>"
	"<li><a href=\"/json\">/json</a>: the same counters as JSON</li>"
	"<li><a href=\"/-/healthy\">/-/healthy</a>: whether this answers</li>"
	"</ul></body></html>\n";

struct sek_serve_http {
	struct sek_serve_http_options o;
	struct sek_exporter *exporter;
	_Atomic(struct sek_http *) http; /* there when the first page is made, or soon after */
	uint64_t last_ns;		 /* what the last reading took */
	bool last_ok;
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void add_one(struct sek_buffer *b, enum sek_metrics_format format, const char *name,
		    struct sek_metrics_value value, uint64_t cell)
{
	const struct sek_metrics_cube cube = {
		.name = name,
		.values = &value,
		.values_n = 1,
		.who = { .n = 1 },
		.what = { .n = 1 },
		.cells = &cell,
		.zero = true,
	};

	sek_metrics_add(b, format, &cube);
}

#define COUNTER(name, help) ((struct sek_metrics_value){ name, help, SEK_METRICS_COUNTER, false })
#define GAUGE(name, help)   ((struct sek_metrics_value){ name, help, SEK_METRICS_GAUGE, false })

static void add_http(const struct sek_serve_http *s, enum sek_metrics_format format,
		     struct sek_buffer *b)
{
	struct sek_http *http = atomic_load(&s->http);
	struct sek_http_stats stats = {};

	if (http)
		sek_http_stats(http, &stats);
	add_one(b, format, "sekisho_http",
		COUNTER("requests", "Requests that were answered with a page."), stats.requests);
	add_one(b, format, "sekisho_http_requests",
		COUNTER("refused", "Requests that were not found, not allowed or of nobody known."),
		stats.refused);
	add_one(b, format, "sekisho_http", GAUGE("connections", "Connections that are open."),
		stats.connections);
	add_one(b, format, "sekisho_http_connections",
		COUNTER("dropped", "Connections that were closed because they were too slow."),
		stats.dropped);
	add_one(b, format, "sekisho_web_config",
		COUNTER("failures", "Times that a changed web configuration could not be used."),
		stats.config_failures);
	add_one(b, format, "sekisho_web_config",
		GAUGE("ok", "1 if the web configuration on disk is the one in use, else 0."),
		!http || stats.config_ok);
}

/* Clock ticks after boot when this process began: field 22 of proc(5), stat. */
static uint64_t start_ticks(void)
{
	char text[1024], *p;
	unsigned long long ticks = 0;
	FILE *from = fopen("/proc/self/stat", "re");
	size_t n = from ? fread(text, 1, sizeof(text) - 1, from) : 0;

	if (from)
		fclose(from);
	text[n] = '\0';
	/* The second field is a name in parentheses, with anything in it. */
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		ticks = strtoull(p, NULL, 10);
	return ticks;
}

static uint64_t resident_bytes(void)
{
	unsigned long long size, resident = 0;
	FILE *from = fopen("/proc/self/statm", "re");

	if (from && fscanf(from, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	if (from)
		fclose(from);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The names that Prometheus' own client libraries use. */
static void add_process(enum sek_metrics_format format, struct sek_buffer *b)
{
	uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t boot = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME);

	add_one(b, format, "process_cpu",
		(struct sek_metrics_value){ "seconds", "User and system CPU time.",
					    SEK_METRICS_COUNTER, true },
		now_ns(CLOCK_PROCESS_CPUTIME_ID));
	add_one(b, format, "process_start_time",
		(struct sek_metrics_value){ "seconds", "Start time since the Unix epoch.",
					    SEK_METRICS_GAUGE, true },
		boot + start_ticks() * tick);
	add_one(b, format, "process_resident_memory", GAUGE("bytes", "Resident memory size."),
		resident_bytes());
}

static void add_follow(const struct sek_serve_http *s, enum sek_metrics_format format,
		       struct sek_buffer *b)
{
	static const struct sek_metrics_value settled = COUNTER(
		"settled", "Those that went, and whose counters were moved to where they stay.");
	static const char *const label = "scope", *const scopes[] = { "link", "cgroup", "netns",
								      "peer" };
	struct sek_follow_stats f;
	uint64_t cells[4];
	const struct sek_metrics_cube cube = {
		.name = "sekisho_follow",
		.values = &settled,
		.values_n = 1,
		.who = { &label, 1, scopes, 4 },
		.what = { .n = 1 },
		.cells = cells,
		.zero = true,
	};

	s->o.follow(&f, s->o.arg);
	memcpy(cells,
	       (uint64_t[]){ f.links_settled, f.cgroups_settled, f.netns_settled, f.peers_settled },
	       sizeof(cells));
	add_one(b, format, "sekisho_attach", COUNTER("failures", "Attempts to attach that failed."),
		f.attach_failures);
	add_one(b, format, "sekisho_follow",
		GAUGE("netns", "Network namespaces that are followed."), f.netns);
	sek_metrics_add(b, format, &cube);
	add_one(b, format, "sekisho_follow",
		GAUGE("lingering",
		      "Removed cgroups that keep their slots, because sockets refer to "
		      "them."),
		f.lingering);
	add_one(b, format, "sekisho_follow",
		COUNTER("resyncs", "Times that events were lost, and all was looked at."),
		f.resyncs);
}

static void add_scrape(const struct sek_serve_http *s, enum sek_metrics_format format,
		       struct sek_buffer *b)
{
	add_one(b, format, "sekisho_scrape_duration",
		(struct sek_metrics_value){ "seconds", "Time it took to read the counters.",
					    SEK_METRICS_GAUGE, true },
		s->last_ns);
	add_one(b, format, "sekisho_scrape",
		GAUGE("success", "1 if the counters could be read, else 0."), s->last_ok);
	if (s->o.ledger)
		add_one(b, format, "sekisho_ledger",
			GAUGE("ok",
			      "1 if the ledger was written the last time it was due, else 0."),
			sek_serve_ledger_ok(s->o.ledger));
}

/* A load that has not been, or an unload: nothing is counted, and that is what is served. */
static int read_counters(struct sek_serve_http *s)
{
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err == -ENOENT)
		return sek_exporter_read(s->exporter, NULL);
	if (err)
		return err;
	err = sek_exporter_read(s->exporter, &maps);
	sek_maps_close(&maps);
	return err;
}

static int make_metrics(struct sek_serve_http *s, enum sek_metrics_format format, char **ret,
			size_t *n)
{
	struct sek_buffer b = {};

	if (s->last_ok)
		sek_exporter_write(s->exporter, format, &b);
	add_follow(s, format, &b);
	add_scrape(s, format, &b);
	add_http(s, format, &b);
	add_process(format, &b);
	sek_metrics_end(&b, format);
	if (b.error) {
		sek_buffer_free(&b);
		return -ENOMEM;
	}
	*ret = b.text;
	*n = b.n;
	return 0;
}

static int make_json(struct sek_serve_http *s, char **ret, size_t *n)
{
	FILE *to = open_memstream(ret, n);
	int err;

	if (!s->last_ok || !to) {
		if (to)
			fclose(to);
		return -EIO;
	}
	err = sek_exporter_json(s->exporter, to, false);
	if (fclose(to) && !err)
		err = -ENOMEM;
	if (err)
		free(*ret);
	return err;
}

static int make(size_t page, char **ret, size_t *n, void *arg)
{
	struct sek_serve_http *s = arg;
	uint64_t begin = now_ns(CLOCK_MONOTONIC);

	if (page == PAGE_LANDING) {
		*ret = strdup(landing);
		*n = sizeof(landing) - 1;
		return *ret ? 0 : -ENOMEM;
	}
	s->last_ok = !read_counters(s);
	s->last_ns = now_ns(CLOCK_MONOTONIC) - begin;
	if (page == PAGE_JSON)
		return make_json(s, ret, n);
	return make_metrics(s,
			    page == METRICS_OPEN ? SEK_METRICS_OPENMETRICS : SEK_METRICS_PROMETHEUS,
			    ret, n);
}

static void say(const char *line, void *arg)
{
	(void)arg;
	sek_error("%s", line);
}

static void say_where(const struct sek_serve_http *s)
{
	char url[160];

	for (size_t i = 0; sek_http_url(s->http, i, url, sizeof(url)); i++)
		sek_note("metrics at %s/metrics", url);
}

int sek_serve_http_start(const struct sek_serve_http_options *o, struct sek_serve_http **ret)
{
	struct sek_serve_http *s = calloc(1, sizeof(*s));
	struct sek_http_options options = {
		.addresses = o->addresses,
		.addresses_n = o->addresses_n,
		.config_file = o->config_file,
		.pages = pages,
		.pages_n = ARRAY_SIZE(pages),
		.make = make,
		.say = say,
		.arg = s,
	};
	char error[512] = "out of memory";
	struct sek_http *http;
	int err = -ENOMEM;

	if (s) {
		s->o = *o;
		err = sek_exporter_new(o->scopes, o->by, &s->exporter);
		if (!err)
			sek_exporter_set_ledger(s->exporter, sek_serve_ledger_base(o->ledger));
	}
	if (!err)
		err = sek_http_new(&options, &http, error, sizeof(error));
	if (err) {
		sek_error("%s", error);
		if (s)
			sek_exporter_free(s->exporter);
		free(s);
		return err;
	}
	atomic_store(&s->http, http);
	say_where(s);
	*ret = s;
	return 0;
}

void sek_serve_http_stop(struct sek_serve_http *s)
{
	if (!s)
		return;
	sek_http_free(s->http);
	sek_exporter_free(s->exporter);
	free(s);
}
