# What is typed most: `make demo` and `make test`. Each makes the virtual environment it needs.

VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
# The first Python from 3.10 to 3.12 that can make a virtual environment.
SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.10; do \
	if $$python -c '$(SUPPORTED)' >/dev/null 2>&1; then echo $$python; break; fi; done)

.PHONY: help demo lab test test-faults test-browser bench lint format clean

help:
	@echo "make demo    run notebooks/01_titanic.ipynb without a browser, and say what came of it"
	@echo "make lab     open the notebooks in JupyterLab"
	@echo "make test    check the style, the types, the arrows, and run the tests"
	@echo "make test-faults  kill, fill and overload whatever can be, and print what came of it"
	@echo "make test-browser  drive JupyterLab and Notebook 7 in Chromium, if there is one"
	@echo "make bench   measure this package and its peers in turn, write benchmarks/RESULTS.md"
	@echo "make format  put the code into its form"
	@echo "make clean   remove what the other commands made"

demo: $(VENV)/.demo
	@rm -rf $(DEMO)
	@$(BIN)/synapse-magics run notebooks/01_titanic.ipynb --cwd $(DEMO) \
		--output $(DEMO)/01_titanic.ipynb --html $(DEMO)/01_titanic.html

lab: $(VENV)/.lab
	$(BIN)/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

test: lint
	$(BIN)/python -m pytest

# An empty -m: those that `make test` leaves out as well.
test-faults: $(VENV)/.dev
	$(BIN)/python -m pytest tests/faults -m ""

# Without a browser nothing is installed, and one line says why.
test-browser: | $(BIN)/python
	@if $(BIN)/python tests/browser/browser_path.py; then \
		$(MAKE) --no-print-directory $(VENV)/.browser && \
		$(BIN)/python -m pytest tests/browser -m ""; fi

# Some rows only: make bench ROWS=chain,load
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks --rows "$(ROWS)"

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.10, 3.11 or 3.12 with venv is needed; \
	none is on PATH. make PYTHON=/path/to/python3 says where one is."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[java,html,examples]'
	@touch $@

$(VENV)/.lab: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[java,html,examples,lab]'
	@touch $@

$(VENV)/.browser: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
