# make hello: see it work. make test: all that has to pass. Nothing needs to be installed by hand first.
.POSIX:

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --quiet
NODE_MODULES = tests/node_modules

all: format test

hello: $(VENV)/installed
	$(BIN)/llmspell run spells/summarise.lua README.md --words=40 --model echo
	$(BIN)/llmspell run spells/summarise.js README.md --words=40 --model echo

install: $(VENV)/developed $(NODE_MODULES)/installed

format: $(VENV)/developed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint $(NODE_MODULES)/installed
	$(BIN)/python -m pytest --numprocesses=logical --dist=loadfile

coverage: $(VENV)/developed $(NODE_MODULES)/installed
	$(BIN)/python -m pytest --numprocesses=logical --dist=loadfile --cov --cov-report=term

stubs: $(VENV)/developed
	$(BIN)/python docs/generate.py

bench: $(VENV)/installed
	$(PIP) --group bench
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

# What follows makes the environment; the stamps are files inside it, so that removing it is enough to begin anew.
$(VENV)/made:
	@for python in $(PYTHON) python3.13 python3.12 python3.11; do \
	    if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "$$python -m venv $(VENV)"; exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "llmspell needs Python 3.11 or newer, with venv: install it, or name it: make PYTHON=/path/to/python" >&2; exit 1
	$(PIP) --upgrade 'pip>=25.1'
	touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml
	$(PIP) --editable .
	touch $@

$(VENV)/developed: $(VENV)/made pyproject.toml
	$(PIP) --editable '.[encryption,google,groq]' --group dev
	touch $@ $(VENV)/installed

$(NODE_MODULES)/installed: tests/package.json tests/package-lock.json
	@command -v npm >/dev/null || { echo "the tests need Node 20.15 or newer with npm, for the mock model server" >&2; exit 1; }
	npm ci --prefix tests --silent --no-audit --no-fund
	touch $@

.PHONY: all hello install format lint test coverage stubs bench
