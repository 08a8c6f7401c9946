# Vigil. Every target does its own set-up: Python 3.11 or newer and make are enough.
# The environment is .venv in this folder; it is made again only when pyproject.toml or
# a lock file changed. Every package is installed by its hash.

ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
endif
VENV := .venv
BIN := $(VENV)/bin
NICE ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench fuzz lock clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

run: $(VENV)/ready-run ## start everything on this machine, with demo cars (SEED=n, FRESH=1)
	@exec $(BIN)/vigil run $(if $(SEED),--seed $(SEED)) $(if $(FRESH),--fresh) $(ARGS)

test: $(VENV)/ready-test ## every test, on plain PostgreSQL and on a real TimescaleDB (20 min at most)
	@exec $(NICE) $(BIN)/python -m tests.everything $(ARGS)

check: $(VENV)/ready-test ## style, types, floors, tests without servers (2 min at most)
	@exec $(NICE) $(BIN)/python -m tests.quick $(ARGS)

bench: $(VENV)/ready-test ## speed and memory, each as one JSON line
	@exec $(BIN)/python -m tests.benches $(ARGS)

fuzz: $(VENV)/ready-test ## the random tests again, long and with a new seed
	@exec $(BIN)/pytest -q -m "not slow" --timeout=3600 --hypothesis-profile=fuzz \
		--hypothesis-seed=random $(or $(ARGS),tests/firmware_contracts tests/gateway tests/care \
		tests/ingest/gbt32960/test_any_report.py)

clean: ## remove the environment and every cache; state in .vigil stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist artefacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/ready-run: pyproject.toml requirements.lock
	@$(MAKE) --no-print-directory install LOCK=requirements.lock
	@touch $@

$(VENV)/ready-test: pyproject.toml requirements-dev.lock
	@$(MAKE) --no-print-directory install LOCK=requirements-dev.lock
	@touch $@ $(VENV)/ready-run

lock: ## write the lock files anew: newest versions that pyproject.toml allows, with hashes
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet "uv>=0.5"
	@$(VENV)-lock/bin/python deploy/lock.py
	@rm -rf $(VENV)-lock

.PHONY: install
install:
	@test -n "$(PYTHON)" || { \
		echo "Vigil needs Python 3.11 or newer. On Debian and Ubuntu:"; \
		echo "    sudo apt-get install -y python3 python3-venv"; \
		echo "(on Ubuntu 22.04: python3.11 python3.11-venv)"; \
		echo "On macOS:  brew install python@3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { v=$$($(PYTHON) -c \
		'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "This Python cannot make environments. On Debian and Ubuntu:"; \
		echo "    sudo apt-get install -y python$$v-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what $(LOCK) names into $(VENV), each package by its hash ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
