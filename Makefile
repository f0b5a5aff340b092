# Each command starts from nothing: it makes .venv, installs the hashed lock, and does so again only when the lock changes.

PORT ?= 8000
WORKERS ?= 2
PYTEST := .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal

# Chromium and uv keep caches in HOME.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/var/home
endif

# Tests start many processes: what is compiled once must not be compiled again by each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo demo-reset test test-fast test-slow check bench lock clean run-environment test-environment browser

demo: run-environment ## the portal with invented data, at http://127.0.0.1:$(PORT)
	@exec .venv/bin/python -m portal demo --port $(PORT)

demo-reset: run-environment ## forget what was done in the demo
	@.venv/bin/python -m portal demo-reset

test: test-environment browser ## everything a change must pass: both databases, journeys in a browser
	@$(PYTEST) -m "not slow"

test-fast: test-environment ## on SQLite, without a browser nor long histories: under a minute
	@$(PYTEST) -m "not slow and not journey and not long" --databases=sqlite

test-slow: test-environment browser ## killed processes, every page at every width, fuzzing
	@$(PYTEST) -m slow --hypothesis-profile=thorough

check: test-environment ## style, types, layers, templates
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/djlint templates --lint --quiet

bench: test-environment ## figures, as tables
	@.venv/bin/python -m bench

lock: test-environment ## pin the newest versions that pyproject.toml allows, hashed, without any host
	@.venv/bin/uv $(COMPILE) --extra demo --output-file requirements.lock
	@.venv/bin/uv $(COMPILE) --extra demo --extra dev --output-file requirements-dev.lock

COMPILE := pip compile --quiet --upgrade --no-emit-index-url --no-emit-find-links --generate-hashes --universal \
	--no-annotate --no-header pyproject.toml

clean: ## remove what the commands made, except the data in var/
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-environment:
	@.ci/environment demo

test-environment:
	@.ci/environment dev

browser:
	@.venv/bin/python -m tests.browser
