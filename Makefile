# SPDX-License-Identifier: GPL-2.0-only
#
#	sudo make load		install what is missing, build, attach to this host
#	sudo make test		install what is missing, run all tests
#	sudo make unload	take all of it off again
#	sudo make bench		measure
#	make help		more
#
# DEPS=0 installs nothing. O=DIR builds elsewhere. VERSION=X names a build. SHARED=1 links to
# shared libraries only.

VERSION ?= 0.1.0
O ?= build
DEPS ?= 1
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
LLVM_STRIP ?= llvm-strip
PREFIX ?= /usr/local
UNITS = $(PREFIX)/lib/systemd/system

# V=1 prints whole commands.
ifeq ($(V),1)
say =
Q :=
else
say = @printf '  %-7s %s\n' $(1) $(2:$(CURDIR)/%=%);
Q := @
endif

MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

WARN := -Wall -Wextra -Wmissing-prototypes -Wformat=2 -Werror
CFLAGS ?= -O2 -g
SEK_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DSEK_VERSION='"$(VERSION)"' $(WARN) \
	      -Iinclude -I$(O)/bpf -Iuser $(EXTRA_CFLAGS)

# Each shared library costs every command its loading: where there is an archive, that is linked.
# tinfo and zstd are what archives of others need. SHARED=1 links no archives.
archive = $(if $(SHARED),,$(filter /%,$(shell $(CC) -print-file-name=lib$1.a)))
LIBS := bpf mnl sodium jansson cap seccomp yaml crypt ncursesw elf z
LDLIBS := $(foreach l,$(LIBS),$(or $(call archive,$l),-l$l)) \
	  $(call archive,tinfo) $(call archive,zstd) -ldl -pthread

BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -Iinclude -Ibpf \
	      $(if $(MULTIARCH),-isystem /usr/include/$(MULTIARCH))

LIB_SRC := $(wildcard user/lib/*.c user/lib/*/*.c user/out/*.c) user/log.c user/opts.c \
	   user/opts_help.c user/words.c
CMD_SRC := $(wildcard user/cmd*.c) user/main.c
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(O)/%.o)
SKEL := $(O)/bpf/sekisho.skel.h
LIB := $(O)/libsekisho.a
BIN := $(O)/sekisho

.PHONY: all
all: $(BIN)

$(BIN): $(CMD_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# The compiler is asked what each file includes (-MMD), so that nothing stale is linked.
$(O)/%.o: %.c $(SKEL) $(O)/version
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(SEK_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bpf/raw.o: bpf/sekisho.bpf.c $(wildcard bpf/*.h include/sekisho/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

# bpftool's linker drops debug information and what is not needed to load.
$(O)/bpf/sekisho.bpf.o: $(O)/bpf/raw.o
	$(call say,GEN,$@)
	$(Q)$(BPFTOOL) gen object $@ $<

$(SKEL): $(O)/bpf/sekisho.bpf.o
	$(call say,GEN,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name sekisho_bpf > $@.tmp
	$(Q)mv $@.tmp $@

# A change of VERSION rebuilds what carries it.
$(O)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(CFLAGS) $(SEK_CFLAGS)' | cmp -s - $@ || echo '$(VERSION) $(CFLAGS) $(SEK_CFLAGS)' > $@

.PHONY: FORCE
FORCE:

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: deps deps-test
deps:
	@[ "$(DEPS)" = 0 ] || scripts/deps.sh build
deps-test:
	@[ "$(DEPS)" = 0 ] || scripts/deps.sh test

# The build must see what deps installed: a make of its own, afterwards.
.PHONY: load unload
load: deps
	@$(MAKE) --no-print-directory all
	@$(BIN) load

unload:
	@if [ -x $(BIN) ]; then $(BIN) unload; else echo "not built here: nothing to unload"; fi

# Files only: 'sekisho load' attaches, or 'systemctl enable --now sekisho.socket sekisho'.
INTO = $(DESTDIR)$(PREFIX)
.PHONY: install uninstall
install: all
	install -D -m 755 $(BIN) '$(INTO)/sbin/sekisho'
	install -d '$(INTO)/share/man/man8'
	install -m 644 docs/man/*.8 '$(INTO)/share/man/man8'
	install -D -m 644 scripts/sekisho.bash \
		'$(INTO)/share/bash-completion/completions/sekisho'
	install -d '$(DESTDIR)$(UNITS)'
	sed 's,/usr/local/,$(PREFIX)/,' examples/deploy/sekisho.service >'$(DESTDIR)$(UNITS)/sekisho.service'
	install -m 644 examples/deploy/sekisho.socket '$(DESTDIR)$(UNITS)'

uninstall:
	rm -f '$(INTO)/sbin/sekisho' '$(DESTDIR)$(UNITS)/sekisho.service' \
		'$(DESTDIR)$(UNITS)/sekisho.socket' \
		'$(INTO)/share/bash-completion/completions/sekisho'
	for page in docs/man/*.8; do rm -f '$(INTO)/share/man/man8/'"$${page##*/}"; done

.PHONY: clean
clean:
	rm -rf $(O)

include selftests/Makefile

.PHONY: help
help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile
	@echo '	make, make clean, make check, make fuzz, make install PREFIX=/usr/local'
