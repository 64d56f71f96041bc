# perfkit: PGXS build. `make bench` and `make test` are the two commands of the README; both work
# before anything is installed, so nothing above their rules may need pg_config.

EXTENSION = perfkit
MODULE_big = perfkit
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" perfkit.control)

# The install script is joined from parts, in the order in which they need one another; see
# src/README.md.
SQL_SCRIPT = sql/perfkit--$(EXTVERSION).sql
SQL_PARTS = $(addprefix sql/,common.sql trust.sql plan.sql assert.sql guard.sql measure.sql histogram.sql \
	budgets.sql runs.sql summary.sql notifications.sql run_cache.sql run_settings.sql verdicts.sql verdict.sql causes.sql \
	compare.sql exports.sql baselines.sql history.sql scalability.sql openmetrics.sql observe.sql observe_indexes.sql \
	observe_cache.sql observe_runs.sql index_advice.sql) \
	$(addprefix sql/report/,html.sql charts.sql sections.sql compare.sql history.sql capacity.sql style.sql page.sql) \
	sql/seed.sql $(sort $(wildcard sql/workloads/*.sql)) sql/user_edits.sql
DATA = $(filter-out $(SQL_SCRIPT),$(wildcard sql/perfkit--*.sql))
DATA_built = $(SQL_SCRIPT)

# The program perfkit: a script among PostgreSQL's programs, its modules and workloads in
# PostgreSQL's share directory.
SCRIPTS_built = build/perfkit
RUNNER_FILES = $(filter-out %.pl,$(wildcard bench/lib/*.sql bench/lib/Perfkit/*.pm bench/workloads/*/* bench/monitoring/* bench/formats/* bench/ci/*))

SRCS = $(sort $(wildcard src/*.c src/*/*.c))
OBJS = $(SRCS:.c=.o)
SRC_HEADERS = $(wildcard src/*.h src/*/*.h)
PG_CPPFLAGS = -I$(srcdir)/src -DPERFKIT_VERSION='"$(EXTVERSION)"'
# Bitcode would double the time of a build, which is most of a newcomer's wait, and let the JIT
# compiler inline functions that do too much to gain from it.
override with_llvm := no
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers $(if $(WERROR),-Werror)

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
# pg_regress looks for NAME.sql in the output directory's sql/ first, so that directory must not be
# this one. In 15 it has no --expecteddir, and looks in the output directory's expected/ instead.
EXPECTED_OPTS = --inputdir=test --outputdir=build/installcheck $(if $(filter-out 15,$(MAJORVERSION)),--expecteddir=.)
REGRESS_OPTS = $(EXPECTED_OPTS) --load-extension=pg_trgm --load-extension=perfkit
ISOLATION = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
ISOLATION_OPTS = $(EXPECTED_OPTS) --load-extension=pg_trgm --load-extension=perfkit
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
# The program that listens has a makefile of its own; see there.
all: all-listener
install: install-listener
uninstall: uninstall-listener
clean: clean-listener
else
all install installcheck:
	@echo "there is no PostgreSQL to build for ($(PG_CONFIG) --pgxs); run: test/dependencies" >&2; exit 2
endif

# Two makes at once would both link it, and one could copy what the other is writing.
install-listener: all-listener
%-listener: build/config
	$(MAKE) -C $(srcdir)/bench/listener PG_CONFIG='$(PG_CONFIG)' $*

# A struct that changed is a module that must be rebuilt; PGXS tracks headers only in
# --enable-depend builds. So is one that was built for another server or with other flags: objects
# of one major must never be loaded into another.
$(OBJS): $(SRC_HEADERS) build/config

$(SQL_SCRIPT): $(SQL_PARTS) Makefile
	awk 'FNR == 1 && NR > 1 { print "" } { print }' $(SQL_PARTS) > $@

# The way from the programs to the share directory is relative, for a staged installation.
build/perfkit: bench/perfkit build/config
	share=$$(perl -MFile::Spec -e 'print File::Spec->abs2rel(@ARGV)' '$(datadir)/perfkit' '$(bindir)') && \
		sed "s|'\\.';    # @share@|'$$share';|" $< > $@ && chmod 755 $@

# One command a folder: there are more than a hundred files, which every private server installs.
RUNNER_FOLDERS = $(sort $(dir $(RUNNER_FILES)))
install: install-runner
install-runner:
	$(MKDIR_P) $(patsubst bench/%,'$(DESTDIR)$(datadir)/perfkit/%',$(RUNNER_FOLDERS))
	$(foreach folder,$(RUNNER_FOLDERS),$(INSTALL_DATA) $(foreach file,$(RUNNER_FILES),$(if \
		$(filter $(folder),$(dir $(file))),'$(srcdir)/$(file)')) \
		'$(DESTDIR)$(datadir)/perfkit/$(folder:bench/%=%)' && ) true
	@echo "The program perfkit is in $(bindir); put that into PATH, or link to it from a directory that is."

uninstall: uninstall-runner
uninstall-runner:
	rm -rf '$(DESTDIR)$(datadir)/perfkit' '$(DESTDIR)$(bindir)/perfkit'
.PHONY: install-runner uninstall-runner

installcheck: build/installcheck
build/installcheck:
	mkdir -p $@
	ln -sfn ../../expected $@/expected

build/config: FORCE
	@mkdir -p build
	@{ $(PG_CONFIG) 2>/dev/null; echo "$(CC) $(CFLAGS) $(CPPFLAGS)"; } | cmp -s - $@ || \
		{ $(PG_CONFIG) 2>/dev/null; echo "$(CC) $(CFLAGS) $(CPPFLAGS)"; } > $@
.PHONY: FORCE
FORCE:

# The README's two commands, and what a developer types. Scripts take it from here; PG_CONFIG says
# for which server.
.PHONY: appends bench test lint format matrix newcomer META.json
export PG_CONFIG

bench:
	@test/dependencies build
	@bench/run events

test:
	@test/dependencies test
	@test/run

lint:
	@test/dependencies lint
	@test/lint

format:
	clang-format -i $(SRCS) $(SRC_HEADERS) $(wildcard test/unit/*.[ch] bench/listener/*.[ch])

# Several of domain_events' scripts come from one template; test/lint says when they differ.
appends:
	perl bench/workloads/domain_events/append.pl

matrix:
	@test/dependencies matrix
	@test/matrix $(MAJORS)

newcomer:
	@test/dependencies newcomer
	@test/newcomer

# perfkit.control has the version, and PGXN wants three parts of it. The meta-spec's own version
# stays: it is not at the beginning of a line.
META.json:
	sed -i -e 's|^\( *"version": \)"[^"]*"|\1"$(shell echo $(EXTVERSION) | sed 's/^[0-9]*\.[0-9]*$$/&.0/')"|' \
		-e 's|sql/perfkit--.*\.sql|sql/perfkit--$(EXTVERSION).sql|' $@
