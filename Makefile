# Two commands matter: `make run` and `make test`. Both set themselves up first.
# GUITU_PYTHON names another Python (3.11 or later); GUITU_HOME and GUITU_PORT go to `guitu up`.

GUITU_PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test shared-checks shots bench lint format messages assets clean

help:
	@echo "make run            start everything with a demo city, then open the address it prints"
	@echo "make test           set up and run every check and test"
	@echo "make setup          the environment alone (.venv)"
	@echo "make shared-checks  tests that read the folder of shared facts (GUITU_SHARED)"
	@echo "make shots          screenshots of every page"
	@echo "make bench          measure this machine, as JSON"
	@echo "make lint format messages assets clean"

setup:
	@command -v $(GUITU_PYTHON) >/dev/null || { echo "There is no $(GUITU_PYTHON): install it with \`apt-get install python3 python3-venv\`." >&2; exit 1; }
	@$(GUITU_PYTHON) src/guitu/ops/bootstrap.py

run: setup
	@exec $(BIN)/guitu up --demo

test: setup
	@exec $(BIN)/python -m guitu.ops.suite

shared-checks: setup
	@exec $(BIN)/python -m pytest -m shared

shots: setup
	@GUITU_SHOTS=$${GUITU_SHOTS:-$(CURDIR)/shots} exec $(BIN)/python -m pytest -m browser -k shots tests/browser

bench: setup
	@exec $(BIN)/guitu bench

lint: setup
	@exec $(BIN)/python -m guitu.ops.suite --quick

format: setup
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

messages: setup
	@$(BIN)/python -m guitu.ops.messages

assets: setup
	@$(BIN)/python -m guitu.ui.assets

# What can be made again. The data folder is not among it.
clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
	rm -rf src/guitu/ui/static/ui/vendor src/guitu/ui/static/ui/geo
