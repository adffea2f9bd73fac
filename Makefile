# Everything runs in .venv, which `make setup` makes. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Called from a ROS shell or from another environment's Python: their packages and libraries are not .venv's.
unexport PYTHONPATH PYTHONHOME AMENT_PREFIX_PATH LD_LIBRARY_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE
# The tests start hundreds of processes: each would compile all sources anew.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
PY := $(VENV)/bin/python
# Options for pytest, for example make test-fast PYTEST_ARGS="-x -k journal"
PYTEST_ARGS ?=
HEADLESS ?=
SIDE_BY_SIDE ?=

.PHONY: help
help: ## Show this
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Make .venv: locked packages, this project, the ROS 2 interfaces (done again: under 2 s)
	@tools/setup.sh $(VENV)

.PHONY: demo
demo: setup ## Run the demo; HEADLESS=1 answers its questions itself, over HTTP, and checks what happened
	@$(VENV)/bin/fleet demo $(if $(filter-out 0 no false,$(HEADLESS)),--headless)

.PHONY: test
test: setup lint ## Lint and all tests (installs Chromium if it is absent); SIDE_BY_SIDE=1 is sooner done
	@tools/setup.sh --chromium
	@$(PY) tools/run_tests.py $(if $(filter-out 0 no false,$(SIDE_BY_SIDE)),--side-by-side) $(PYTEST_ARGS)

.PHONY: test-fast
test-fast: setup ## Only the tests that need neither ROS nor a browser nor much time
	@$(PY) -m pytest -n 2 --dist loadscope -m "not ros and not slow and not browser" $(PYTEST_ARGS)

.PHONY: bench
bench: setup ## Run a benchmark: make bench NAME=latency
	@test -n "$(NAME)" || { echo "error: which one? make bench NAME=x, x of: $$(ls benchmarks 2>/dev/null | sed -n "s/^\([a-z]\w*\)\.py$$/\1/p" | xargs)" >&2; exit 2; }
	@$(PY) -m benchmarks.$(NAME)

.PHONY: lint
lint: setup ## Check style, format and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

.PHONY: format
format: setup ## Mend style and format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: lock
lock: ## Write requirements.lock anew from pyproject.toml, with the newest versions that fit
	@tools/lock.sh $(VENV) --upgrade

.PHONY: docs
docs: setup ## Check the documents: every link and every file they name
	@$(PY) tools/check_docs.py

.PHONY: clean
clean: ## Remove what the targets above made, .venv too
	@rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +
