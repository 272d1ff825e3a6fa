// SPDX-License-Identifier: GPL-2.0-only
#include "http_lib.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

/* The names that their ABI has, as the linker would have written them down. */
#define MHD_SONAME    "libmicrohttpd.so.12"
#define GNUTLS_SONAME "libgnutls.so.30"

/*
 * For tools of packagers, which look for what a program is linked to: "ELF dlopen metadata" of the
 * UAPI group.
 */
#define NOTE_OWNER "FDO"
#define NOTE_TYPE  0x407c0c0aU
#define NOTE_TEXT                                                         \
	"[{\"feature\":\"http\",\"description\":\"sekisho serve: HTTP\"," \
	"\"priority\":\"recommended\",\"soname\":[\"" MHD_SONAME "\"]},"  \
	"{\"feature\":\"tls\",\"description\":\"sekisho serve: TLS\","    \
	"\"priority\":\"recommended\",\"soname\":[\"" GNUTLS_SONAME "\"]}]"

static const struct {
	Elf32_Nhdr header;
	char owner[sizeof(NOTE_OWNER)];
	_Alignas(4) char text[sizeof(NOTE_TEXT)];
} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.header = { sizeof(NOTE_OWNER), sizeof(NOTE_TEXT), NOTE_TYPE },
	.owner = NOTE_OWNER,
	.text = NOTE_TEXT,
};

#define DEFINE(symbol) __typeof__(symbol) *sym_##symbol;
SEK_HTTP_LIB_MHD(DEFINE)
SEK_HTTP_LIB_GNUTLS(DEFINE)

struct row {
	const char *name;
	void **pointer;
};

#define ROW(symbol) { #symbol, (void **)&sym_##symbol },
static const struct row mhd[] = { SEK_HTTP_LIB_MHD(ROW) };
static const struct row gnutls[] = { SEK_HTTP_LIB_GNUTLS(ROW) };

static int load(const char *soname, const struct row *rows, size_t n, char *error, size_t size)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_NODELETE);

	if (!library) {
		snprintf(error, size, "the HTTP server needs %s: %s", soname, dlerror());
		return -ELIBACC;
	}
	for (size_t i = 0; i < n; i++) {
		*rows[i].pointer = dlsym(library, rows[i].name);
		if (!*rows[i].pointer) {
			snprintf(error, size, "the HTTP server needs another %s: %s", soname,
				 dlerror());
			return -ELIBACC;
		}
	}
	return 0;
}

int sek_http_lib_load(char *error, size_t size)
{
	static bool loaded;
	int err = 0;

	if (!loaded)
		err = load(MHD_SONAME, mhd, sizeof(mhd) / sizeof(*mhd), error, size);
	if (!loaded && !err)
		err = load(GNUTLS_SONAME, gnutls, sizeof(gnutls) / sizeof(*gnutls), error, size);
	loaded = !err;
	return err;
}
