# `make help` lists what there is. A fresh machine needs Python 3.11+ and make; the rest is installed here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCALE ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test bench chaos train train-guard fmt lock sbom clean system

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Installed by plain pip from the hashed lock: no resolver, no build isolation, nothing that the lock does not name.
$(VENV)/run.stamp: requirements/run.txt requirements/semantic.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Genesis needs Python 3.11 or newer; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked requirements into $(VENV) (about a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/semantic.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

OBJECTIVE ?= Is this repository ready to be released?
WORKSPACE ?= examples/bookshop

run: $(VENV)/run.stamp ## serve on 127.0.0.1:8080 and do one objective: OBJECTIVE="..." WORKSPACE=folder
	@$(BIN)/genesis up --objective "$(OBJECTIVE)" --workspace "$(WORKSPACE)"

# Real programs that some tests need. A laptop without them skips those tests and says so; CI may skip nothing.
DEBIAN := bubblewrap patch prometheus

system: ## install the Debian packages that tests use (CI=true does it by itself)
	@dpkg -s $(DEBIAN) >/dev/null 2>&1 || (apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null)

ifeq ($(CI),true)
test chaos: system
endif

test: $(VENV)/dev.stamp ## lint, types, import contracts, tests (at most 10 minutes)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

FUZZ := $(wildcard tests/test_fuzz*.py tests/*/test_fuzz*.py tests/*/*/test_fuzz*.py)

chaos: $(VENV)/dev.stamp ## kills, hostile snippets and fuzzing with all their counts (SCALE=0.2 for a fifth)
	@CHAOS_SCALE=$(SCALE) $(BIN)/python -m pytest -n 2 --dist loadgroup tests/chaos $(FUZZ)

bench: $(VENV)/dev.stamp ## every figure in the docs, measured here; DATA=folder for the public planning sets
	@$(BIN)/python -m benchmarks $(if $(DATA),--data $(DATA))

train: $(VENV)/dev.stamp ## make the planner's trained layers anew (an hour; ADAPTER=files keeps the longest part)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/train.txt
	@$(BIN)/python -m training $(if $(ADAPTER),--adapter $(ADAPTER))
	@$(BIN)/python -m benchmarks.requests.calibrate

train-guard: $(VENV)/dev.stamp ## make the injection guard's trained layer anew (a minute; DATA=folder of attack texts)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/train.txt
	@$(BIN)/python -m training.guard --data $(DATA)

fmt: $(VENV)/dev.stamp ## format and mend what can be mended
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

COMPILE_PLAIN = UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header
COMPILE = $(COMPILE_PLAIN) --extra agents pyproject.toml

lock: $(VENV)/dev.stamp ## compile the hashed requirements anew from pyproject.toml
	@$(COMPILE) --group run -o requirements/run.txt
	@$(COMPILE) --group run --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(COMPILE_PLAIN) --no-deps --group weights -o requirements/semantic.txt
	@$(COMPILE_PLAIN) --group train -c requirements/run.txt -o requirements/train.txt

sbom: $(VENV)/dev.stamp ## make sbom.cdx.json and the table in THIRD_PARTY.md anew from the lock
	@$(BIN)/python -m notices

clean: ## remove what was installed and measured here
	@rm -rf $(VENV) results .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
