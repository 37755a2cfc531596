# Every target sets up what it needs by itself, from a bare Python 3.11 with pip: a pinned uv in .tools, the locked environment in .venv.
PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .tools/uv-$(UV_VERSION)/bin/uv
READY := .venv/.ready
DEV := .venv/.dev
SERVICES := .venv/.services
MPR_HOME ?= .mpr
# Before UI: the port of `make ui`.
PORT ?= 3000
# `make bench PARTS="speed memory accuracy"`
PARTS ?= speed

export MPR_HOME
export UV_PROJECT_ENVIRONMENT := .venv
export UV_COMPILE_BYTECODE := 1

.PHONY: setup demo test test-services check ui screenshots bench lock clean

# All of it but the services; `make demo` and `make ui` do with what MPR itself needs.
setup: $(DEV)

$(UV):
	@echo "setting up uv $(UV_VERSION) in .tools"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore --target .tools/uv-$(UV_VERSION) uv==$(UV_VERSION)

$(READY): $(UV) pyproject.toml uv.lock
	@echo "setting up .venv"
	@$(UV) sync --locked --quiet --no-dev --inexact --python $(PYTHON)
	@touch $(READY)

$(DEV): $(READY)
	@echo "setting up what the tests need"
	@$(UV) sync --locked --quiet --python $(PYTHON)
	@touch $(DEV)

demo: $(READY)
	@.venv/bin/mpr demo

test: $(DEV)
	@.venv/bin/python -m pytest -n 2

# Against real services on this machine, each started and stopped by its tests. They need more packages than MPR does.
test-services: $(SERVICES)
	@.venv/bin/python -m tests.services.ui.chromium_setup
	@.venv/bin/python -m pytest tests/services

$(SERVICES): $(DEV)
	@echo "setting up services"
	@$(UV) sync --locked --quiet --group services --python $(PYTHON)
	@touch $(SERVICES)

check: $(DEV)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/python -m pytest -q tests/test_import_arrows.py

# The Dagster UI on this machine alone, with whatever timelines MPR_HOME holds (make demo first).
ui: $(READY)
	@.venv/bin/mpr ui --port $(PORT)

# The pictures of docs/ui.md, on a copy of MPR_HOME (make demo first).
screenshots: $(SERVICES)
	@.venv/bin/python -m tests.services.ui.chromium_setup
	@.venv/bin/python -m tests.services.ui.screenshots $(MPR_HOME) docs/ui

bench: $(DEV)
	@.venv/bin/python -m tests.bench $(PARTS)

lock: $(UV)
	@$(UV) lock

clean:
	rm -rf .venv .tools
