# Everything works from here: `make demo`, `make test`, `make check`.
# PYTHON is any Python from 3.11 to 3.13; ARGS goes to the command.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$python && break; done)
VENV := .venv
AUDIT := .venv-audit
BIN := $(VENV)/bin
ARGS ?=

.PHONY: demo test long soak bench check fidelity schema audit lock clean

demo: $(VENV)/ready
	$(BIN)/sheets-sync demo $(ARGS)

# In memory where it can be: a third of the time would be waiting for a disk. Three workers on two
# cores, since many tests wait for programs of their own.
test: $(VENV)/ready-dev
	TMPDIR=$(wildcard /dev/shm) $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

# What waits for leases and terminals, two minutes of it.
long: $(VENV)/ready-dev
	TMPDIR=$(wildcard /dev/shm) $(BIN)/python -m pytest -n 3 --dist worksteal -m long $(ARGS)

# The long tests, seeded and resumable: make soak ARGS="--shard 1/4 --minutes 40".
soak: $(VENV)/ready-dev
	$(BIN)/python -m tests.soak $(ARGS)

# Figures, in docs/performance.md; ARGS=--quick measures less and keeps nothing.
bench: $(VENV)/ready-dev
	$(BIN)/python -m benchmarks $(ARGS)

check: $(VENV)/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Hold the conversations recorded with the real Google again with the sandbox.
fidelity: $(VENV)/ready-dev
	$(BIN)/python -m tests.sandbox.replay $(ARGS)

schema: $(VENV)/ready
	$(BIN)/sheets-sync schema > config/sheets.schema.json

# Look up what is known of vulnerabilities in the pinned dependencies; what cannot be looked up fails.
audit: $(AUDIT)/bin/pip-audit
	$(AUDIT)/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
		-r constraints.txt -r constraints-dev.txt $(ARGS)

# Pin every dependency anew, for Python 3.11 to 3.13. Needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build --extra console --extra postgres \
		-o constraints.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build --extra console --extra postgres --extra dev \
		-c constraints.txt -o constraints-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) $(AUDIT) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Of its own, so that the auditor is no part of what is audited.
$(AUDIT)/bin/pip-audit:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit

$(VENV)/ready: constraints.txt pyproject.toml
	$(call install,constraints.txt)

$(VENV)/ready-dev: constraints-dev.txt pyproject.toml
	$(call install,constraints-dev.txt)
	touch $(VENV)/ready

# An editable install has no hash, so it is a step of its own.
define install
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
endef
