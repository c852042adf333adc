# The one door. `make` alone lists what it does.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON3 := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PYTHON := $(BIN)/python
# Else each of the many processes of a house would compile it again.
unexport PYTHONDONTWRITEBYTECODE
# Named after what it was made from: a changed lock, or a moved folder, makes it anew.
INSTALLED := .venv/installed-$(shell (pwd; cat installer.lock requirements.lock pyproject.toml) | sha256sum | cut -c1-16)
# Named after all that git would commit: tests that passed on a tree pass on it again. A
# file that is gone counts as such. Without git, no tree is like another.
TREE = $(shell if git rev-parse --git-dir >/dev/null 2>&1; then { git ls-files -co --exclude-standard -z | sort -z | xargs -0 sha256sum 2>&1 || true; } | sha256sum | cut -c1-16; else date +%s%N; fi)

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup protos/gen/medianest ## Start MediaNest here, without Docker; Ctrl-C stops it
	@exec $(BIN)/medianest up

down: setup ## Stop the MediaNest that runs
	@$(BIN)/medianest down

migrate: setup ## Bring the databases to this version's schema, with nothing else running
	@$(BIN)/medianest migrate

simulators: setup ## Start the simulated upstreams, and print where they are
	@exec $(PYTHON) -m tests.simulators

setup: $(INSTALLED) ## Make .venv, with exactly what requirements.lock names

$(INSTALLED):
	@$(PYTHON3) -m venv .venv || { echo "make: Python 3.11 or later with its venv is needed: on Debian, apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m pip install --quiet --require-hashes -r installer.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(PYTHON) --require-hashes -r requirements.lock || $(PYTHON) -m pip install --quiet --require-hashes -r requirements.lock
	$(PYTHON) -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@rm -f .venv/installed-* && touch $@

proto: setup ## Write protos/gen from the contract
	protos/generate

protos/gen/medianest:
	protos/generate

proto-check: setup ## Is protos/gen what the contract says?
	protos/generate .build/gen
	diff -rq -x __pycache__ .build/gen protos/gen

format: setup ## Format the code, and mend what the linter can
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

format-check: setup
	$(BIN)/ruff format --check .

lint: setup proto-check ## Lint the code and the contract, which may not break its last commit
	$(BIN)/ruff check .
	$(BIN)/buf lint .build/contract.binpb --config protos/buf.yaml
	protos/breaking

types: setup ## Check the types
	$(BIN)/mypy

contracts: setup ## Check who imports whom
	$(BIN)/lint-imports

test: setup ## Run all tests, against a Postgres and a Valkey of their own
	@mkdir -p .build && rm -f .build/tested-*
	$(BIN)/pytest -n 3 --dist worksteal $(if $(MAKE_TERMOUT),--color=yes) | tee .build/tests.log
	@tail -n 1 .build/tests.log > .build/tested-$(TREE)

e2e: setup ## Run the story, the faults and the browser alone
	$(BIN)/pytest -m e2e

explore: setup ## Ask the running house all that its document offers, at length
	MEDIANEST_TEST_EXAMPLES=$(or $(EXAMPLES),100) $(BIN)/pytest -q -s tests/e2e/test_openapi.py

bench: setup ## Measure: docs/performance.md's table
	$(PYTHON) -m tests.bench

storm: setup ## Attack a gateway of its own for SECONDS (600), while somebody asks
	$(PYTHON) -m tests.storm --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

chaos: setup ## Ask and decide for SECONDS (300) while everything is killed, then compare
	$(PYTHON) -m tests.chaos --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))

stack-test: setup ## Try the compose stack for real: images, the story, kills; as root
	$(PYTHON) -m tests.stack

static: format-check proto-check lint types contracts

check: static ## Everything that must hold before a commit lands
	@if [ -s .build/tested-$(TREE) ]; then echo "the tests passed on this very tree:"; cat .build/tested-$(TREE); else $(MAKE) test; fi

clean: ## Remove what was made here; MediaNest's data stays
	rm -rf .venv .build build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help up down migrate simulators setup proto proto-check format format-check lint types contracts test e2e explore bench storm chaos stack-test static check clean
