# Everything runs in .venv, which is made and kept up to date by itself.
# Root is needed once, to install from Debian what is missing: SIPp and a private Asterisk (demo and tests), Chromium,
# PostgreSQL and node (tests). With `asterisk`, `sipp` and `chromium` on PATH no root is needed at all.
PYTHON ?= python3
BIN := .venv/bin

# A file at a time, in our own order; live tests wait more than they work, so there is one process more than cores.
PARALLEL := --numprocesses $(shell expr $$(nproc) + 1) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help demo test check format bench referrers parts clean

help:
	@echo "make demo      a visit, a call and the log, on a real switch, on this machine (ONCE=1: exit after the call;"
	@echo "               PBX=freeswitch: on an installed FreeSWITCH)"
	@echo "make test      all tests (ARGS='-k name' passes options to pytest)"
	@echo "make check     format, lint, types, contracts"
	@echo "make format    put the code into form"
	@echo "make bench     the table of figures (JSON=file writes them, QUICK=1 takes fewer)"
	@echo "make referrers bring the list of search engines and social sites up to date (npm)"
	@echo "make clean     remove .venv and caches"

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 .."; exit 2; }
	@test -x $(BIN)/python || { echo "Making .venv .."; $(PYTHON) -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 2; }; }
	@echo "Installing Leaseline and its tools into .venv (half a minute) .."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: .venv/ready
	@$(BIN)/python -m tests.live.demo $(if $(ONCE),--once) $(if $(PBX),--pbx $(PBX))

test: .venv/ready parts
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready
	@$(BIN)/python -m tests.bench $(if $(JSON),--json $(JSON)) $(if $(QUICK),--quick)

referrers: .venv/ready
	@$(BIN)/python -m tests.referrers

# What cannot be installed is skipped by its tests, which say so.
parts:
	@command -v chromium >/dev/null || set -- chromium fonts-liberation; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || set -- "$$@" postgresql; \
	{ command -v node && command -v npm; } >/dev/null || set -- "$$@" nodejs npm; \
	[ $$# = 0 ] || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing $$* for the tests (once; about half a minute) .."; \
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$$@"; } >/dev/null \
			|| echo "They could not be installed: their tests will be skipped"; \
	else echo "Not here, so skipped: $$* (sudo apt-get install $$*)"; fi

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
