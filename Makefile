# Everything runs in .venv, which is made and kept up to date by itself.
# Root is needed once, to install what tests and demo drive (Asterisk, SIPp, Chromium) from Debian's packages.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check format bench clean

help:
	@echo "make demo          a visit, a call, the log, on a real Asterisk, here (ONCE=1: exit after the call)"
	@echo "make test          all tests"
	@echo "make check         format, lint, types, contracts"
	@echo "make format        put the code into form"
	@echo "make bench         the table of figures (JSON=file writes them, QUICK=1 takes fewer)"
	@echo "make clean         remove .venv and caches"

.venv/ready: pyproject.toml
	@echo "Setting up .venv (once; about a minute) .."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: .venv/ready
	@$(BIN)/leaseline demo $(if $(ONCE),--once)

test: .venv/ready
	@$(BIN)/python -m pytest $(ARGS)

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

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
