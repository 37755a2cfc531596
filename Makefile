# Every target sets up what it needs by itself, from a bare Python 3.11 with pip: a pinned uv in .tools, the locked environment in .venv.
PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .tools/uv-$(UV_VERSION)/bin/uv
READY := .venv/.ready
DEV := .venv/.dev
SERVICES := .venv/.services
GPU_READY := gpu_service/.venv/.ready
GPU_DEV := gpu_service/.venv/.dev
# What the tests of gpu_service need beside its base; torch and torchvision come apart, see $(GPU_DEV).
GPU_EXTRAS := --extra cpu --extra yolo --extra paddle --extra vlm --extra ray
MPR_HOME ?= .mpr
# Before UI: the port of `make ui`.
PORT ?= 3000
# `make bench PARTS="speed memory accuracy"`
PARTS ?= speed

export MPR_HOME
export UV_PROJECT_ENVIRONMENT := .venv
export UV_COMPILE_BYTECODE := 1

.PHONY: setup demo test test-services test-gpu gpu check ui screenshots bench lock clean

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

# The inference host on this machine's CPU with the models that MPR ships, on the loopback address.
gpu: $(GPU_READY)
	@gpu_service/.venv/bin/python -m gpu_service

test-gpu: $(GPU_DEV)
	@cd gpu_service && .venv/bin/python -m pytest

$(GPU_READY): $(UV) pyproject.toml gpu_service/pyproject.toml gpu_service/uv.lock
	@echo "setting up gpu_service/.venv"
	@$(UV) sync --locked --quiet --no-dev --inexact --project gpu_service --python $(PYTHON)
	@touch $(GPU_READY)

# The locked torch brings 3 GB of CUDA libraries, which a test on a CPU does not use: torch is left to pip, whose settings may name a CPU build.
$(GPU_DEV): $(GPU_READY)
	@echo "setting up what the tests of gpu_service need"
	@cd gpu_service && ../$(UV) export --locked --quiet $(GPU_EXTRAS) --prune torch --prune torchvision --no-hashes -o .venv/requirements.txt > /dev/null
	@cd gpu_service && ../$(UV) pip install --quiet --no-deps --python .venv -r .venv/requirements.txt
	@$(PYTHON) -m pip --quiet --python gpu_service/.venv/bin/python install --no-warn-conflicts torch==2.13.0 torchvision==0.28.0
	@touch $(GPU_DEV)

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

# gpu_service depends on MPR by its path, so a changed dependency of MPR changes both.
lock: $(UV)
	@$(UV) lock
	@$(UV) lock --project gpu_service

clean:
	rm -rf .venv .tools gpu_service/.venv
