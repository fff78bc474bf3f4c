# make run    set up, then open the page      make test   set up, then run all tests
# make setup  all but start                   make check  lint and types
# make bench  the figures of the README       make gate   no figure fell below its baseline

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
# Where pip shall take PyTorch from. Plain pip takes a CUDA build of gigabytes on Linux: pass the
# arguments that PyTorch's own install page gives for the CPU build.
TORCH_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run setup models test check gate bench browser postgres clean

run: setup
	$(BIN)/zhitu ui

setup: models
	$(BIN)/zhitu index

models: $(READY)
	@$(BIN)/zhitu models pull || echo "The models are not all here: what needs them will say so."

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH_ARGS) torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The page is tested in a real Chromium, the store on a real PostgreSQL. Where they can't be
# installed, those tests skip and say so.
APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { $(APT) chromium fonts-noto-cjk >/dev/null; } || \
	  echo "No Chromium: the tests of the page will be skipped. Install chromium and fonts-noto-cjk."

postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	  { $(APT) postgresql >/dev/null; } || \
	  echo "No PostgreSQL: the tests on it will be skipped. Install postgresql."

test: models browser postgres
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zhitu corpus check

# Fails when a figure over dev fell below the interval of the committed baseline.
gate: setup
	$(BIN)/python -m evals.baseline check

bench: setup
	$(BIN)/python -m evals.bench

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
