# Two commands for a newcomer: `make run` and `make test`. `make` alone lists the rest.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
CODE := accounts ai bench billing cube_demper deploy kaspi news preorders products sandbox tests whatsapp manage.py
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-header --annotation-style line

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run stop test laws fuzz mutants check format format-check lint types contracts migrations \
	bench manage requirements clean forget

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## run everything in this terminal, on a sandbox marketplace; Ctrl-C stops it
	@exec $(PY) -m cube_demper.local run

stop: $(INSTALLED) ## stop a `make run` of another terminal
	@exec $(PY) -m cube_demper.local stop

test: $(INSTALLED) ## run all tests, on a real PostgreSQL, Valkey and browser (ARGS="-k price")
	@$(PY) -m cube_demper.local chromium
	@$(PY) -m pytest -n 2 $(ARGS)

laws: $(INSTALLED) ## try the laws of pricing on a million cases and more, a process a core (LAWS=1000: fewer)
	@LAWS=$${LAWS:-50000} $(PY) -m pytest -p no:tests.spreading -n auto --dist worksteal -o timeout=0 -m unit \
		tests/products/pricing/test_laws.py tests/products/pricing/test_told_laws.py \
		tests/products/engine/test_privacy.py $(ARGS)

fuzz: $(INSTALLED) ## send every endpoint hundreds of odd requests (CONTRACT_CASES=50: fewer)
	@CONTRACT_CASES=$${CONTRACT_CASES:-300} $(PY) -m pytest -o timeout=0 tests/test_contract.py $(ARGS)

mutants: $(INSTALLED) ## count the mistakes in the heart that its tests see (BENCH_MUTANTS=200: a sample)
	@$(PY) -m bench mutants

check: format-check lint types contracts migrations test ## run everything a change must pass

format: $(INSTALLED) ## write the code as the formatter likes it
	@$(PY) -m ruff format $(wildcard $(CODE))
	@$(PY) -m ruff check --fix-only --quiet $(wildcard $(CODE))

format-check: $(INSTALLED) ## say what the formatter would change
	@$(PY) -m ruff format --check --quiet --diff $(wildcard $(CODE))

lint: $(INSTALLED) ## look for mistakes and bad habits
	@$(PY) -m ruff check $(wildcard $(CODE))

types: $(INSTALLED) ## check the types
	@$(PY) -m mypy $(wildcard $(CODE))

contracts: $(INSTALLED) ## check who may import whom
	@$(VENV)/bin/lint-imports

migrations: $(INSTALLED) ## check that no migration is missing
	@DEMPER_ENV_FILES= SECRET_KEY=only-to-compare-models-with-migrations \
		$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --skip-checks

bench: $(INSTALLED) ## measure what docs/ promises
	@$(PY) -m bench $(ARGS)

manage: $(INSTALLED) ## run a management command on the running system (ARGS="shell")
	@$(PY) manage.py $(ARGS)

requirements: ## pin the newest versions of what pyproject.toml asks for
	@$(COMPILE) --upgrade pyproject.toml -o requirements.txt
	@$(COMPILE) --upgrade --extra embedded --extra dev pyproject.toml -o requirements-dev.txt

clean: ## remove what can be made again (the data in var/ stays)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	@rm -f .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

forget: $(INSTALLED) ## remove the data of `make run`
	@exec $(PY) -m cube_demper.local forget

# Made last, so that an interrupted installation is taken up again.
$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed as $(PYTHON): install it, or name one with make PYTHON=python3.12." >&2; \
		exit 1; }
	@$(PY) -c '' 2>/dev/null || rm -rf $(VENV)
	@if uv --version >/dev/null 2>&1; then \
		test -x $(PY) || uv venv --quiet --python "$$(command -v $(PYTHON))" $(VENV) || exit 1; \
		exec uv pip sync --quiet --python $(PY) requirements-dev.txt; \
	fi; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "Python cannot make a virtual environment here: apt-get install python3-venv, or install uv." >&2; \
		exit 1; }; \
	$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || exit 1; \
	if $(PY) -m pip install --quiet --disable-pip-version-check uv 2>/dev/null; then \
		exec $(PY) -m uv pip install --quiet --python $(PY) -r requirements-dev.txt; \
	fi; \
	exec $(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
