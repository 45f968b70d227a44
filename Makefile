# Everything a developer types. `make` alone says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
STAMP := .venv/.stamp
PYTEST_WORKERS ?= 3

# Images of machines often forbid Python to keep bytecode. Every server that a test starts would then compile itself and what
# it imports anew, which takes longer than what the test is about.
unexport PYTHONDONTWRITEBYTECODE

# A checkout that was moved has an environment whose scripts name the old place: make it again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(shell pwd -P))
STAMP_IS_STALE := always
endif

.PHONY: help env run test check lint types contracts collected tests slow fmt bench bench-all determinism golden mutants faults fuzz deploy-check image-check lock clean console console-check browser screenshots clients advisories advisories-update always

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: $(STAMP)  ## make .venv as the lock says (done by every other target when needed)

$(STAMP): pyproject.toml uv.lock requirements.txt $(STAMP_IS_STALE)
	@tools/make_env.sh

run: $(STAMP)  ## load the demonstration data if the record is empty, and serve on 127.0.0.1:8000
	@$(BIN)/python tools/console.py --beside
	@exec $(BIN)/txapi serve --demo

console: $(STAMP)  ## build the console and GraphiQL into the package (Node 20.19 or later, npm; the API needs neither)
	@$(BIN)/python tools/console.py

console-check: console  ## the console's own checks: types, lint, unit tests; and the TypeScript of the front-end guide
	@cd console && npm run --silent types && npm run --silent lint && npm run --silent check-browser && npm run --silent guide && npm run --silent test

browser: console  ## drive the console in Chromium against a real server (Debian: chromium fonts-noto-cjk)
	@cd console && npm run --silent browser

screenshots: console  ## take the pictures of docs/screenshots anew, in both languages (Chromium as for make browser)
	@cd console && npm run --silent screenshots

clients: $(STAMP)  ## clients and audits that others wrote, from npm and in Python, against a real server (Node 20.19 or later, npm)
	@$(BIN)/python tools/clients.py

# mypy takes one core: beside it, the rest. The tests come last, for they take all that there is.
test: $(STAMP)  ## lint, types, import contracts and tests
	@$(MAKE) --no-print-directory -j 2 types contracts lint collected
	@$(MAKE) --no-print-directory tests

lint: $(STAMP)  ## ruff, and the checks of the lock and of module sizes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python tools/check_lock.py
	$(BIN)/python tools/check_size.py

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy

contracts: $(STAMP)  ## which package may import which
	$(BIN)/lint-imports --no-logo

# Each worker collects every test. What was compiled here, once, none of them compiles; what cannot be collected, they tell.
collected: $(STAMP)  ## compile and collect the tests, once for all workers
	@$(BIN)/pytest --collect-only --quiet >/dev/null 2>&1 || true

# Whoever has nothing left to do takes from another's end: so the tests of a module, and the city that they share, stay together.
tests: $(STAMP)  ## the tests alone
	$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal -m "not slow"

slow: $(STAMP)  ## the tests that start several processes, ask everything there is, or walk through a whole page of the documentation
	$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal -m slow

fmt: $(STAMP)  ## format, and fix what ruff can fix
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

BENCH ?= --plot docs/peers.svg
bench: $(STAMP)  ## the product beside what a team would pick instead: same data, same answers, ratios, floors (an hour; BENCH=--short: two minutes)
	@$(BIN)/python bench/contest.py $(BENCH)

bench-all: $(STAMP)  ## every other benchmark, each with its own peers and limits (hours)
	@set -e; for each in bench/[a-z]*.py; do [ "$$each" = bench/contest.py ] || { echo "== $$each"; $(BIN)/python "$$each"; }; done

determinism: $(STAMP)  ## the same record in every Python from 3.11 on that this machine has: do all answers agree
	@$(BIN)/python tools/determinism.py

golden: $(STAMP)  ## write down anew what the bundled data sets come to, after a change that was meant
	@$(BIN)/python tools/determinism.py --golden

mutants: $(STAMP)  ## change the proof checker, the ledger and compare in every small way: does some test notice (half an hour)
	@$(BIN)/python tools/mutants.py

faults: $(STAMP)  ## kill, freeze, cut and fill up real processes (minutes; TXAPI_FAULTS=long: thousands of times over)
	@TXAPI_FAULTS=$${TXAPI_FAULTS:-short} $(BIN)/python tools/isolated.py $(BIN)/pytest tests/faults $(AGAIN)

fuzz: $(STAMP)  ## ask a real server what nobody would mean, 100,000 times and more (half an hour to three quarters; TXAPI_FUZZ=short: seconds)
	@TXAPI_FUZZ=$${TXAPI_FUZZ:-long} $(BIN)/pytest -s tests/fuzz

deploy-check: $(STAMP)  ## units, compose file, load balancer, the pages on backups and nodes: what reads them says whether they are right (minutes)
	@$(BIN)/pytest tests/deploy/check_*.py

image-check: $(STAMP)  ## build the image from Debian's packages, and run it read-only (root, buildah, debootstrap; minutes)
	@$(BIN)/pytest tests/deploy/image_check.py

advisories: $(STAMP)  ## is anything locked that a known advisory is about (offline; says how old its advisories are)
	@$(BIN)/python tools/advisories.py

# Clones are made beside nothing that lasts. DATABASES="folder folder" takes clones that are there already.
advisories-update: $(STAMP)  ## make the snapshot of advisories anew (needs git and the network, or DATABASES=folders; the one for npm is large)
	@set -e; if [ -n "$(DATABASES)" ]; then $(BIN)/python tools/advisories.py --update $(DATABASES); else \
		scratch="$$(mktemp -d)"; trap 'rm -rf "$$scratch"' EXIT; \
		for each in pypa github; do git clone --quiet --depth 1 "https://github.com/$$each/advisory-database" "$$scratch/$$each"; done; \
		$(BIN)/python tools/advisories.py --update "$$scratch/pypa" "$$scratch/github"; fi

lock:  ## resolve the dependencies anew and write uv.lock and requirements.txt (needs the network)
	@tools/lock.sh

clean:  ## remove the environment and what tools leave behind; the record stays
	@python3 tools/console.py --clean 2>/dev/null || true
	rm -rf .venv .venv-uv bench/peers/.venv bench/peers/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache mutants
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
